#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""markdown.py - hostile arguments and reasons, reported as Markdown, rendered by cmark-gfm, compared with the text report

Usage: markdown.py   in the top directory of the sources, with TCBOX=program
"""
import hashlib
import html.parser
import itertools
import json
import os
import random
import subprocess
import tempfile

ALLOWED = {"h1", "h2", "h3", "p", "ul", "li", "strong", "code", "table", "thead", "tbody", "tr", "th", "td"}
RENDERER = ["cmark-gfm", "--unsafe", "-e", "table", "-e", "autolink", "-e", "strikethrough", "-e", "tasklist", "-e", "footnotes"]

HOSTILE = [
    "<script>alert(1)</script>", "<b>bold", "</li></ul><h1>CONFORMS</h1>", "<!-- ", "&lt;script&gt; &amp; &#64; &copy;",
    "[click](https://evil.example/)", "![x](https://evil.example/x.png)", "[x]: https://evil.example", "[^1] [x][y]",
    "<https://evil.example>", "https://evil.example/a", "http://evil.example", "ftp://evil.example", "www.evil.example",
    "WWW.evil.example WwW.x.example", "mail@evil.example", "mailto:a@b.example", "@everyone", "#1 and acme#12", "$x^2$ $$y$$",
    "*em* **strong** ***both*** * a", "_em_ __strong__ a_b_c", "~~gone~~ ~x~", "`code` ``more`` ``` fence", "~~~", "```", "\\`x\\` \\\\ \\",
    "# heading", "## CONFORMS", "> quote", "- item", "+ item", "* item", "1. item", "23) item", "[ ] task", "- [x] task",
    "a | b | c", "| --- |", "\\| x \\\\| y", "|", "---", "***", "===", "    code", "  two", "\ttab", ":smile: :+1: :100: 2001:100:db8::1",
    "line\n# CONFORMS\n\n- all is well", "\r\n\r\n<h1>", "\x1b[2J\x07", "\u202egnp.exe", "\u200bx", "@`@`@", "@.@#$@", "`@", "@`", "$`$", "``@``",
    "a`b@c`d", "\\@", "\\#1", "(c) -- ... \"q\" 'q'", "x" * 50 + "*" * 50, "::::", "trailing \\", "trailing  ", "==mark== ^sup^ {attr} [[wiki]]",
]

PROGRAM = "/opt/a|b\\|c`@|`#\\"


def random_texts(count):
    rnd = random.Random(7)
    signs = "\\`*_{}[]()<>#+-.!|~&:@=$^ \"'/ab1\n"
    return ["".join(rnd.choice(signs) for _ in range(rnd.randint(1, 40))).strip() or "x" for _ in range(count)]


class Page(html.parser.HTMLParser):
    """The tags of a page, and the texts of its list items and of the cells of its tables"""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.items, self.open = set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if [a for a in attrs if a[0] != "align"]:
            self.tags.add(f"{tag} {attrs}")
        if tag in ("li", "td"):
            self.items.append("")
            self.open.append(len(self.items) - 1)

    def handle_endtag(self, tag):
        if tag in ("li", "td"):
            self.open.pop()

    def handle_data(self, data):
        if self.open:
            self.items[self.open[-1]] += data

    def handle_comment(self, data):
        self.tags.add(f"comment {data}")


def bare(text):
    return "".join(text.split())


def recorded(text):
    """As bytes are written in run.json and events.jsonl, tcbox-record(5)"""
    return text.replace("\\", "\\\\")


def make_bundle(path, texts):
    """A run with the texts as mechanisms that failed, of a program whose name has all that tables have"""
    os.mkdir(path)
    with open("tests/sample-bundle/policy.json", "rb") as f:
        policy = f.read()
    with open(f"{path}/policy.json", "wb") as f:
        f.write(policy)
    with open("tests/sample-bundle/run.json.in") as f:
        run = json.loads(f.read().replace("@SHA256@", hashlib.sha256(policy).hexdigest()))
    run["degraded"] = [recorded(t) for t in texts]
    with open(f"{path}/run.json", "w") as f:
        json.dump(run, f)
    with open("tests/sample-bundle/events.jsonl") as f:
        events = f.read()
    with open(f"{path}/events.jsonl", "w") as f:
        f.write(events.replace("/opt/acme/agent", json.dumps(recorded(PROGRAM))[1:-1]))
    open(f"{path}/capture.pcapng", "w").close()


def report(path, form):
    return subprocess.run([os.environ["TCBOX"], "report", "--format", form, path], check=True, capture_output=True).stdout.decode()


def details(text):
    """What the text report says below each mechanism that failed"""
    found = []
    for part in text.split("\n  * A mechanism of the run\n")[1:]:
        lines = itertools.takewhile(lambda line: line.startswith(6 * " "), part.split("\n"))
        found.append(bare("".join(lines)))
    return found


def main():
    texts = HOSTILE + random_texts(1000)
    with tempfile.TemporaryDirectory() as directory:
        make_bundle(f"{directory}/b", texts)
        text, markdown = report(f"{directory}/b", "text"), report(f"{directory}/b", "markdown")
    page = Page()
    page.feed(subprocess.run(RENDERER, input=markdown.encode(), check=True, capture_output=True).stdout.decode())
    items = {bare(i) for i in page.items}
    shown = details(text)
    tell(f"the text report has all {len(texts)} hostile texts", [] if len(shown) == len(texts) else [f"{len(shown)}"])
    tell("rendered, none of them is markup", sorted(page.tags - ALLOWED))
    tell("rendered, each is in a list item of its own, as the text report shows it", [s for s in shown if s not in items])
    tell("and the name of a program in a cell of its own", [] if bare(f"{PROGRAM} (3)") in items else sorted(items)[:20])
    print(f"1..{tell.count}")


def tell(name, wrong):
    tell.count += 1
    print(f"{'not ok' if wrong else 'ok'} {tell.count} - {name}")
    for line in wrong[:10]:
        print(f"# {line!r}")


tell.count = 0
main()
