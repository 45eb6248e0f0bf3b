#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs_lines.py - the tables "lines | files" of a document against the tree

usage: docs_lines.py DOCUMENT	in the top directory of the tree

A directory stands for its source files; a file belongs to the row that names it first, whatever the order of the rows, and a
single file goes before its directory. Prints what is wrong: numbers off by more than 15 %, names of nothing, files in no row.
"""
import pathlib
import re
import sys

ROW = re.compile(r"^\| ([0-9]+) \| ([^|]*`[^|]*) \|")
ROOMS = "bundle capture cli evidence facts include lab lib policy record report run sandbox seal try".split()


def sources(place):
    """The source files of a directory, or the file itself."""
    path = pathlib.Path(place)
    if path.is_file():
        return [path]
    return [p for p in sorted(path.rglob("*")) if p.suffix in (".c", ".h")]


rows = []
for line in open(sys.argv[1]):
    row = ROW.match(line)
    if row:
        rows.append((int(row[1]), re.findall("`([^`]+)`", row[2])))

owner, wrong = {}, []
names = [(number, name) for number, (_, places) in enumerate(rows) for name in places]
# The longest name is the nearest: a file before its directory, a directory before the one above it.
for number, name in sorted(names, key=lambda n: (-n[1].count("/"), -len(n[1]))):
    if not sources(name):
        wrong.append(f"{name} is not there")
    for path in sources(name):
        owner.setdefault(path, number)
for number, (said, places) in enumerate(rows):
    lines = sum(len(open(path).readlines()) for path, row in owner.items() if row == number)
    if abs(lines - said) > 0.15 * lines:
        wrong.append(f"{said} lines are said of {' '.join(places)}, and it is {lines}")
wrong += [f"{path} is in no row" for room in ROOMS for path in sources(room) if path not in owner]
if not rows:
    wrong.append("there is no table of lines and files")
print(*wrong, sep="\n")
sys.exit(bool(wrong))
