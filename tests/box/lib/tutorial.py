#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tutorial.py - what a tutorial tells its reader to type, done word for word, and what it shows, compared

usage: tutorial.py DOCUMENT DIR FIRST	prints TAP from number FIRST + 1 on; DIR: for scripts and output

A block ```sh has commands, one a line; "# exits with N" at the end of a line says which status it has, else it is 0. A block
```text after it has lines of its output, in their order: "..." stands for anything, and what is before and after is left out.
All commands run in one shell. The last line on standard error is the number of tests.
"""
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.M | re.S)
STATUS = re.compile(r"\s+# exits with ([0-9]+)$")


def blocks(text):
    """Commands with their line number, each with the lines that are shown of it."""
    found = []
    for block in BLOCK.finditer(text):
        if block[1] == "sh":
            found.append((text.count("\n", 0, block.start()) + 2, block[2].splitlines(), []))
        else:
            found[-1][2].extend(block[2].splitlines())
    return found


def script(found, out):
    """One shell for all: the files of a block are its output, and status and wanted status of each command."""
    lines = []
    for number, (_, commands, _) in enumerate(found):
        for command in commands:
            wanted = STATUS.search(command)
            lines += [f"{{ {STATUS.sub('', command)}", f"}} >>{out}/{number}.out 2>&1",
                      f"echo $? {wanted[1] if wanted else 0} >>{out}/{number}.status"]
    return "\n".join(lines) + "\n"


def words(line):
    return " ".join(line.split())


def missing(shown, output):
    """The first line that is shown and does not follow in the output; None: all do."""
    text = words(output)
    for line in filter(None, map(words, shown)):
        pattern = ".*?".join(re.escape(part.strip()) for part in line.split("..."))
        match = re.search(pattern, text)
        if not match:
            return line
        text = text[match.end():]
    return None


def main():
    out, count = pathlib.Path(sys.argv[2]), int(sys.argv[3])
    found = blocks(pathlib.Path(sys.argv[1]).read_text())
    (out / "script").write_text(script(found, out))
    subprocess.run(["bash", str(out / "script")], stdin=subprocess.DEVNULL, check=False)
    bad = not found
    for number, (line, commands, shown) in enumerate(found):
        output = (out / f"{number}.out").read_text(errors="replace") if (out / f"{number}.out").exists() else ""
        ends = (out / f"{number}.status").read_text().split("\n")[:-1] if (out / f"{number}.status").exists() else []
        problems = [f"{command}: status {end.split()[0]}" for command, end in zip(commands, ends) if len(set(end.split())) > 1]
        if len(ends) < len(commands):
            problems.append("it did not come so far")
        for name, problem in ((f"line {line}: {words(commands[0])} ...", problems),
                              (f"line {line}: says what is shown", [missing(shown, output)] if missing(shown, output) else [])):
            count += 1
            bad |= bool(problem)
            print("not ok" if problem else "ok", count, "-", name.replace("#", ""))
            for text in problem + (output.splitlines()[-40:] if problem else []):
                print("#", text)
    print(count, file=sys.stderr)
    return bad


sys.exit(main())
