#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""page.py - report.html in a real browser, opened from a file: what it says, its filters, and that nothing in it acts

Usage: page.py   in the top directory of the sources, with TCBOX=program; FLOWS=N: of the large bundle; SHOTS=DIR: pictures of it

Chromium by WebDriver. Sizes are held, times are only told. Every denial has its control: the same in a page without protection acts.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import bundles

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    print("1..0 # SKIP no python3-selenium")
    sys.exit(0)

TCBOX = os.environ["TCBOX"]
FLOWS = int(os.environ.get("FLOWS") or 100000)
SHOTS = os.environ.get("SHOTS")
READY_S = 60
BUSY_S = 240		# what axe does may take so long on a busy machine; the default is 30
LARGE = 3 * 1000 * 1000
EMPTY = 200 * 1000
done = 0


def result(good, name, explanation=""):
    global done
    done += 1
    print(f"{'ok' if good else 'not ok'} {done} - {name}", flush=True)
    if not good:
        for line in str(explanation)[:1200].splitlines():
            print(f"# {line}")


def page_of(bundle):
    path = f"{bundle}.html"
    with open(path, "wb") as f:
        subprocess.run([TCBOX, "report", "--format", "html", bundle], stdout=f, stderr=subprocess.DEVNULL, check=False)
    said = subprocess.run([TCBOX, "report", "--format", "json", bundle], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
    return path, json.loads(said)


def report_text(bundle):
    """The report as text, without its line breaks."""
    said = subprocess.run([TCBOX, "report", bundle], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, text=True).stdout
    return " ".join(said.split())


class Browser:
    def __init__(self, home):
        options = Options()
        options.binary_location = shutil.which("chromium")
        for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1400,1000",
                     "--no-first-run", "--disable-extensions", f"--user-data-dir={home}/profile"):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.driver.set_script_timeout(BUSY_S)

    def open(self, path):
        """Return the seconds until it can be used; None: it never could."""
        self.messages()
        self.requests()
        began = time.monotonic()
        self.driver.get(f"file://{path}")
        while time.monotonic() < began + READY_S:
            if self.js("return document.documentElement.dataset.ready"):
                return self.js("return performance.getEntriesByName('ready')[0].startTime") / 1000
            time.sleep(0.02)
        return None

    def js(self, script, *args):
        return self.driver.execute_script(script, *args)

    def text(self, selector):
        return self.js("return document.querySelector(arguments[0]).textContent", selector)

    def rows(self, section):
        return self.js("return [...document.querySelectorAll(`#${arguments[0]} tbody tr:not(.space)`)].map((r) => [...r.cells].map((c) => c.textContent).join('\\t'))", section)

    def messages(self):
        return [m["message"] for m in self.driver.get_log("browser")]

    def requests(self):
        """Addresses that the page asked for, beside itself."""
        events = [json.loads(e["message"])["message"] for e in self.driver.get_log("performance")]
        asked = [e["params"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return [a["request"]["url"] for a in asked if not a["documentURL"].startswith("chrome://")]  # the browser's own first page

    def type(self, selector, text):
        field = self.driver.find_element(By.CSS_SELECTOR, selector)
        field.clear()
        field.send_keys(text)

    def said(self, section):
        return self.text(f"#{section} .said").replace("\u2009", "")

    def until(self, script):
        """Events come when they come."""
        limit = time.monotonic() + READY_S
        while not self.js(script) and time.monotonic() < limit:
            time.sleep(0.02)

    def bring(self, element):
        """Into the middle of the window, and wait until it stays there: what comes in sight is laid out then."""
        limit, places = time.monotonic() + READY_S, []
        while len(places) < 3 or len(set(places[-3:])) > 1 and time.monotonic() < limit:
            places.append(self.js("arguments[0].scrollIntoView({block: 'center'}); return arguments[0].getBoundingClientRect().top", element))
            self.driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")

    def press(self, section, word):
        self.js("[...document.querySelectorAll(`#${arguments[0]} button`)].find((b) => b.textContent === arguments[1]).click()", section, word)

    def shot(self, name):
        if SHOTS:
            self.driver.save_screenshot(f"{SHOTS}/{name}.png")


def content(b, path, report):
    ready = b.open(path)
    result(ready is not None, "the page opens from a file", b.messages())
    quiet = b.messages()
    result(not quiet, "and has nothing to say on the console", quiet)
    asked = [u for u in b.requests() if u != f"file://{path}"]
    result(not asked, "and asks for nothing", asked)
    result(b.text("#verdict .outcome") == report["verdict"].upper() and b.text("#verdict .reason") == report["reason"],
           "the verdict and its reason stand first", b.text("#verdict"))
    n = len(report["findings"])
    result(b.said("findings") == f"{n} of {n}", "all findings are shown", b.said("findings"))
    titles = b.js("return [...document.querySelectorAll('#findings .title')].map((e) => e.textContent)")
    result(titles == [f["title"] for f in report["findings"][:50]], "the first fifty in the order of the report", titles)
    lists = b.js("return [...document.querySelectorAll('main > section')].map((s) => s.id)")
    result({"verdict", "findings", "timeline", "picture", "destinations", "flows", "names", "procs", "files", "notseen", "unseen"} <= set(lists),
           "every section is there", lists)
    dests = len(report["facts"]["destinations"])
    result(b.said("destinations") == f"{dests} of {dests}", "all destinations are in their table", b.said("destinations"))
    flows = sum(d["count"] for d in report["facts"]["destinations"])
    b.type("#destinations input[type=search]", "acme")
    sums = b.rows("destinations")
    result(flows == 63 and len(sums) == 3 and sums[0].startswith("undeclared\tstranger") and sums[2].startswith("declared\tupdates"), "a destination says where it stands", sums)
    product, tile = report["totals"]["flows"], b.js("return document.querySelector('#verdict a[href=\"#flows\"]').textContent")
    result(b.said("flows") == f"{product} of {product}" and tile.replace("\u2009", "").startswith(str(product)),
           "tcbox's own control is no connection of the product", (b.said("flows"), tile, product))
    notes = b.js("return [...document.querySelectorAll('#notes tbody tr')].map((r) => [...r.cells].map((c) => c.textContent))")
    result([[n[0], *n[2:]] for n in notes] == [["0.050 s after the start", "ann", "pressed the button"], ["after the end", "ann", "it still blinks"]],
           "notes stand with their time", notes)
    lane = b.js("return document.querySelector('#timeline .plot').getAttribute('aria-label')")
    result("timeline of notes, " in lane, "and on the timeline", lane)
    wide = b.js("return document.documentElement.scrollWidth - innerWidth")
    result(wide <= 0, "the page is not wider than the window", wide)


def one_finding(b, report):
    first = report["findings"][0]
    b.js("document.querySelector('#finding-1').open = true")
    b.until("return document.querySelector('#finding-1 .body dl')")
    body = b.text("#finding-1 .body")
    wanted = [first["observed"], first["question"], first["id"], str(first["process"]["pid"]), "frame.number in {"]
    result(all(w in body for w in wanted), "a finding has what was observed, its process, packets, question and id", body)
    text = b.js("return findingMarkdown(arguments[0], 0)", first)
    result(text.startswith(f"### 1. {first['code']}") and "**question:**" in text, "and can be copied as Markdown", text)
    b.type("#findings input[type=search]", "stranger.example")
    wanted = sum("stranger.example" in json.dumps(f) for f in report["findings"])
    result(b.said("findings") == f"{wanted} of {len(report['findings'])}" and 0 < wanted < len(report["findings"]),
           "the filter of findings leaves those with the word", b.said("findings"))
    b.js("const s = document.querySelector('#findings input[type=search]'); s.value = ''; s.dispatchEvent(new Event('input'))")
    b.js("document.querySelector('#findings .bar input[type=checkbox]').click()")
    rest = sum(f["severity"] != "violation" for f in report["findings"])
    result(b.said("findings").startswith(f"{rest} of "), "a severity can be left out", b.said("findings"))
    b.js("document.querySelector('#findings .bar input[type=checkbox]').click()")


def filters(b):
    total = int(b.said("flows").split(" of ")[1])
    b.type("#flows input[type=search]", "curl 203.0.113.7:80")
    result(b.said("flows") == f"1 of {total}", "words of a filter may stand in different columns", b.said("flows"))
    b.type("#flows input[type=search]", "no such word")
    result(b.said("flows") == f"0 of {total}", "a word that is nowhere leaves nothing", b.said("flows"))
    b.type("#flows input[type=search]", "8443")
    result(b.said("flows") == f"1 of {total}", "a number is a port", b.said("flows"))
    b.js("const s = document.querySelector('#flows input[type=search]'); s.value = ''; s.dispatchEvent(new Event('input'))")
    b.js("document.getElementById('hide-declared').click()")
    shown = b.rows("destinations")
    result(len(shown) == 2 and all("undeclared" in s for s in shown), "\"hide declared\" leaves what is not declared", shown)
    hidden = b.said("flows")
    result(hidden.split(" of ")[0] != hidden.split(" of ")[1], "in all tables", hidden)
    b.js("document.getElementById('hide-declared').click()")
    result(b.said("flows") == f"{total} of {total}", "and gives it back", b.said("flows"))
    b.js("document.querySelectorAll('#flows thead button')[10].click()")
    head = b.js("const t = document.querySelectorAll('#flows th')[10]; return [t.textContent, t.ariaSort || t.getAttribute('aria-sort')]")
    b.js("document.querySelectorAll('#flows thead button')[11].click()")
    out = b.rows("flows")[0].split("\t")[11]
    result(head[1] in ("ascending", "descending") and out == "68.4 KiB", "a click on its head sorts a column", (head, out))


def ranges(b):
    whole = b.said("flows")
    fields = b.driver.find_elements(By.CSS_SELECTOR, "#timeline input[type=number]")
    for field, value in zip(fields, ("0", "0.1")):
        field.clear()
        field.send_keys(value, Keys.ENTER)
    shown = [b.said(s).split(" of ") for s in ("flows", "names", "findings", "destinations")]
    result(all(int(n) < int(of) for n, of in shown) and int(shown[0][0]) > 0, "a range of the timeline is that of all tables", shown)
    b.press("timeline", "whole run")
    result(b.said("flows") == whole, "the whole run can be had back", b.said("flows"))
    drag = webdriver.ActionChains(b.driver)
    over = b.driver.find_element(By.CSS_SELECTOR, "#timeline .u-over")
    b.bring(over)
    drag.move_to_element_with_offset(over, -100, 10).click_and_hold().move_by_offset(200, 0).release().perform()
    b.until(f"return document.querySelector('#flows .said').textContent !== '{whole}'")
    result(b.said("flows") != whole, "a part of the timeline can be chosen with the mouse", b.said("flows"))
    b.press("timeline", "whole run")


def keyboard(b):
    box = b.driver.find_element(By.CSS_SELECTOR, "#flows .rows")
    b.js("arguments[0].focus()", box)
    box.send_keys(Keys.END)
    last = b.text("#flows .chosen")
    box.send_keys(Keys.HOME)
    first = b.text("#flows .chosen")
    result("line" in last and "line" in first and first != last and "ip.addr ==" in last, "the keyboard walks through a table and shows a row whole", (first, last))
    box.send_keys(Keys.ESCAPE)
    result(b.text("#flows .chosen") == "", "and leaves it", b.text("#flows .chosen"))
    b.js("scrollTo(0, 0); document.querySelector('header a').focus()")
    seen = set()
    for _ in range(60):
        webdriver.ActionChains(b.driver).send_keys(Keys.TAB).perform()
        seen.add(b.js("const e = document.activeElement; return e.id || e.getAttribute('href') || e.textContent.slice(0, 30) || e.getAttribute('aria-label')"))
    result({"hide-declared", "#findings", "print"} <= seen, "the Tab key comes to links, choices and buttons", seen)


def accessible(b):
    module = subprocess.run(["scripts/npm-module", "axe-core"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    with open(f"{module}/axe.min.js", encoding="utf-8") as f:
        axe = f.read()
    b.js("for (const s of document.querySelectorAll('#app section')) s.style.contentVisibility = 'visible'")  # also what is not in sight
    for theme in ("light", "dark"):
        b.js("const t = document.querySelector('header select'); t.value = arguments[0]; t.dispatchEvent(new Event('change'))", theme)
        b.js(axe)
        found = b.driver.execute_async_script("const say = arguments[0]; axe.run().then((r) => say(r.violations.map((v) => "
                                              "[v.impact, v.id, v.nodes.length, v.nodes[0].html.slice(0, 200), v.nodes[0].failureSummary])), (e) => say([['critical', String(e)]]))")
        grave = [v for v in found if v[0] in ("serious", "critical")]
        result(not grave, f"axe finds nothing serious, {theme}", "\n".join(map(str, grave)))
        b.shot(f"story-{theme}")
    # axe itself asks for the style sheets of the page
    b.messages()


def on_paper(b):
    b.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    b.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 718, "height": 1000, "deviceScaleFactor": 1, "mobile": False})
    shown = b.js("return [getComputedStyle(document.getElementById('document')).display, getComputedStyle(document.getElementById('app')).display]")
    result(shown == ["block", "none"], "on paper the document is read", shown)
    cut = b.js("return [...document.querySelectorAll('#document *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 || "
               "(e.scrollWidth > e.clientWidth + 1 && e.clientWidth && getComputedStyle(e).overflow !== 'visible')).map((e) => e.outerHTML.slice(0, 300))")
    result(not cut, "and nothing in it is cut", "\n".join(cut[:5]))
    b.shot("print")
    b.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    b.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def without_script(b, path, report):
    b.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    b.driver.get(f"file://{path}")
    page = b.driver.find_element(By.ID, "document")
    text = page.text
    result(page.is_displayed() and report["reason"] in text and all(f["code"] in text for f in report["findings"]),
           "without a script the document has the verdict and the findings", text[:2000])
    result(len(b.driver.find_elements(By.CSS_SELECTOR, "#document table tbody tr")) > 2, "and tables")
    b.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def control(b, home):
    """Where nothing protects, the corpus acts."""
    path = f"{home}/control.html"
    with open(path, "w", encoding="utf-8") as f:
        f.write("<!DOCTYPE html><body>" + "".join(f"<p>{t}</p>" for t in bundles.HOSTILE if "\udcff" not in t and not t.startswith("<!--")))
    b.driver.get(f"file://{path}")
    result(b.js("return window.hit") == 1, "control: in a page without protection the hostile texts act")
    b.messages()
    b.requests()


def inert(b, path, report):
    ready = b.open(path)
    result(ready is not None and report["policy"] and len(report["findings"]) > 50, "a page with hostile texts can be used", b.messages())
    b.js("for (const d of document.querySelectorAll('details')) d.open = true")
    while b.js("const m = document.querySelector('#findings .more'); if (m) m.click(); return Boolean(m)"):
        pass
    b.js("for (const s of document.querySelectorAll('.rows tbody tr:not(.space)')) s.click()")
    b.js("for (const e of document.querySelectorAll('input[type=search]')) { e.value = '<script>'; e.dispatchEvent(new Event('input')); e.value = ''; e.dispatchEvent(new Event('input')); }")
    result(b.js("return window.hit") is None, "nothing of them runs")
    strange = b.js("return [...document.querySelectorAll('img,iframe,object,embed,link,base,form,style,script,meta,template,textarea')].map((e) => e.outerHTML.slice(0, 80))")
    result(len([s for s in strange if not s.startswith(("<meta", "<style>/*! uplot", "<script>/*! uplot"))]) == 0 and len(strange) == 7,
           "and nothing of them is markup", strange)
    hiding = b.js("return (document.body.textContent.match(/[\\x00-\\x08\\x0b-\\x1f\\u200b-\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff]/g) || []).length")
    result(hiding == 0, "what hides or turns text is shown", hiding)
    found = b.js("return arguments[0].filter((t) => !document.getElementById('app').textContent.includes(t))", ["<img src=x onerror=window.hit=1>", "\\u202egnp.exe", "\\xff"])
    result(not found, "and all can be read", found)
    asked = [u for u in b.requests() if u != f"file://{path}"]
    result(not asked, "nothing is asked for", asked)
    quiet = b.messages()
    result(not quiet, "and nothing is said on the console", quiet)
    texts = [findings["title"] for findings in report["findings"]]
    made = b.js("return arguments[0].map((f) => findingMarkdown(f, 0))", report["findings"][:200])
    rendered = subprocess.run(["cmark-gfm", "--unsafe", "-e", "table", "-e", "autolink", "-e", "strikethrough"], input="\n".join(made),
                              text=True, stdout=subprocess.PIPE, check=True).stdout
    result(texts and not any(t in rendered for t in ("<script", "<img", "<a ", "<svg", "<iframe", "<table")), "what is copied as Markdown is text, too", rendered)
    b.js("const s = document.createElement('script'); s.textContent = 'window.hit = 2'; document.body.append(s);"
         "const i = document.createElement('img'); i.src = 'nowhere.png'; document.body.append(i);")
    result(b.js("return window.hit") is None and any("Content Security Policy" in m for m in b.messages()),
           "a script that came in all the same would not run", b.js("return window.hit"))


def cut_visibly(b):
    said = b.js("const t = new Table({v: [], low: null}, {id: 'cut', title: 'Cut', build: () => ({rows: 3, leftOut: 7, columns: [numberColumn('n', [1, 2, 3], String)]})});"
                "return t.said.textContent")
    result(said == "3 of 3; 7 more are not in this page, see events.jsonl", "what is not in the page is counted", said)


def open_ended(b, path):
    b.open(path)
    for table in ("destinations", "flows"):
        rows = {"203.0.113.7" in r: r.split("\t") for r in b.rows(table)}
        result(rows[True].count("not known") == 2 and "500 B" in rows[False] and "not known" not in rows[False],
               f"{table}: bytes of a conversation whose end was not recorded are not known, those of others are", rows)
    said = b.js("return [[0, 0], [0, 2], [2048, 1], [2048, 0]].map(([n, open]) => amountSeen(n, open))")
    result(said == ["0 B", "not known", "at least 2.0 KiB", "2.0 KiB"], "what was counted of it is the least", said)


def many(b, path, bundle_flows):
    size = os.path.getsize(path)
    result(size <= LARGE, f"a page of {bundle_flows} flows has {size} bytes, at most {LARGE}", size)
    b.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})  # what other work of the machine does not change
    ready = b.open(path)
    result(ready is not None, "and can be used", b.messages())
    spent = {m["name"]: m["value"] for m in b.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]}["TaskDuration"]
    took = {}
    for name, word in (("name", "stranger"), ("number", "443"), ("two words", "h7 acme"), ("nothing", "zzzz"), ("letter", "e")):
        took[name] = b.js("const s = document.querySelector('#flows input[type=search]'); s.value = arguments[0]; const t = performance.now();"
                          "s.dispatchEvent(new Event('input')); const took = performance.now() - t; return [took, document.querySelector('#flows .said').textContent]", word)
    took["hide declared"] = b.js("const t = performance.now(); const h = document.getElementById('hide-declared'); h.click(); const n = performance.now() - t; h.click(); return [n, '']")
    took["range"] = b.js("const t = performance.now(); view.set({range: [1e8, 2e8]}); const n = performance.now() - t; view.set({range: null}); return [n, '']")
    print(f"# ready after {ready:.2f} s, {spent:.2f} s of them the processor's; filters: " + ", ".join(f"{k} {v[0]:.0f} ms" for k, v in took.items()))
    shown, of = took["name"][1].replace("\u2009", "").split(" of ")
    result(int(of) >= bundle_flows and 0 < int(shown) < int(of), "a filter says how many of how many", took["name"])
    rows = b.js("return document.querySelectorAll('#flows tbody tr').length")
    result(rows < 200, "only the rows in sight are elements", rows)
    b.js("document.querySelector('#flows input[type=search]').value = ''; view.set({}); const box = document.querySelector('#flows .rows'); box.scrollTop = box.scrollHeight")
    last = f"#flows tbody tr[aria-rowindex='{int(of) + 1}']"
    b.until(f"return document.querySelector(\"{last}\")")
    result(b.js("return document.querySelectorAll(arguments[0]).length", last) == 1, "and the last one can be scrolled to", of)
    result(not b.messages(), "without a message")
    b.shot("many")


def not_compared(b, path, bundle):
    """Without a policy the page begins as the report in text does."""
    b.open(path)
    text = report_text(bundle)
    head = b.text("#verdict")
    result(b.text("#verdict .outcome") == "NOT COMPARED: no policy" and b.text("header .badge") == "not compared" and not b.js(
        "return document.querySelector('#verdict .reason')"), "without a policy nothing was compared, and the page says so", head)
    facts = b.js("return [...document.querySelectorAll('#verdict .facts li')].map((e) => e.textContent)")
    result(facts and all(f"* {fact}" in text for fact in facts), "the facts that stand out are those of the report", (facts, text))
    result("It ended with status 23" in b.text("#verdict .about"), "that the product failed stands beside", head)
    commands = b.text("#verdict .commands").splitlines()
    result(len(commands) == 2 and commands[0].startswith("tcbox policy new ") and commands[1].startswith("tcbox check "),
           "and how a first policy is written and compared", commands)
    result(b.js("return document.title").startswith("not compared - "), "the title says it, too", b.js("return document.title"))


def decided(b, home):
    """What an examiner decided stands with the finding, and can be filtered."""
    bundle = bundles.story(f"{home}/decided")
    findings = page_of(bundle)[1]["findings"]
    for i, words in enumerate((["accepted", "--reason", "<b>known</b>", "--until", "2099-01-01"], ["false-alarm", "--reason", "a <script>"])):
        subprocess.run([TCBOX, "review", "--finding", findings[i]["id"], "--decide", *words, "--reviewer", "ann", bundle], check=True,
                       stdout=subprocess.DEVNULL)
    with open(f"{bundle}/review.jsonl", "r+", encoding="utf-8") as f:
        text = f.read().replace("2099-", "2001-")	# nobody can decide for a time that is over
        f.seek(0)
        f.write(text)
    b.open(page_of(bundle)[0])
    marks = b.js("return [...document.querySelectorAll('#findings summary .decided')].map((e) => e.textContent)")
    result(marks == ["expired: accepted", "false alarm"], "decisions stand with the findings", marks)
    choose = "const s = document.querySelector('#findings select[aria-label=\"decided or not\"]'); s.value = arguments[0]; s.dispatchEvent(new Event('change'))"
    b.js(choose, "decided")
    result(b.said("findings") == f"1 of {len(findings)}", "findings are filtered by what was decided", b.said("findings"))
    b.until("return document.querySelector('#findings .body dl')")
    text = b.text("#findings .body")
    result("false alarm by ann on " in text and "a <script>" in text, "who decided, when and why is told", text)
    b.js(choose, "open")
    result(b.said("findings") == f"{len(findings) - 2} of {len(findings)}", "and the open ones are the rest", b.said("findings"))


def main():
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        print("1..0 # SKIP no chromium-driver")
        return
    with tempfile.TemporaryDirectory() as home:
        b = Browser(home)
        try:
            path, report = page_of(bundles.clean(f"{home}/clean"))
            result(os.path.getsize(path) <= EMPTY, f"a page of little has {os.path.getsize(path)} bytes, at most {EMPTY}")
            path, report = page_of(bundles.story(f"{home}/story"))
            content(b, path, report)
            one_finding(b, report)
            filters(b)
            ranges(b)
            keyboard(b)
            cut_visibly(b)
            accessible(b)
            on_paper(b)
            without_script(b, path, report)
            control(b, home)
            decided(b, home)
            unjudged = bundles.unjudged(f"{home}/unjudged")
            not_compared(b, page_of(unjudged)[0], unjudged)
            open_ended(b, page_of(bundles.killed(f"{home}/killed"))[0])
            path, report = page_of(bundles.hostile(f"{home}/hostile"))
            inert(b, path, report)
            path, report = page_of(bundles.many(f"{home}/many", FLOWS))
            many(b, path, FLOWS)
        finally:
            b.driver.quit()
    print(f"1..{done}")


main()
