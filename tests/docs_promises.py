#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs_promises.py - each promise of a document names files of tests/ and words that stand in them

usage: docs_promises.py DOCUMENT	in the top directory of the tree

Last column of a row: `tests/FILE`: `words`, `words`; `tests/FILE`: `words`. Prints what is wrong.
"""
import os
import re
import sys

ROW = re.compile(r"^\| [0-9]+ \| (\*\*.*?\*\*).*\|([^|]*)\|$")

wrong, promises = [], 0
for line in open(sys.argv[1]):
    row = ROW.match(line)
    if not row:
        continue
    promises += 1
    held, text = 0, None
    for word in re.findall("`([^`]+)`", row[2]):
        if word.startswith("tests/"):
            text = open(word).read() if os.path.isfile(word) else None
            if text is None:
                wrong.append(f"{row[1]} {word} is not there")
        elif text is not None:
            held += 1
            if word not in text:
                wrong.append(f"{row[1]} nothing there says: {word}")
    if not held:
        wrong.append(f"{row[1]} no test holds it")
if promises < 10:
    wrong.append(f"{promises} promises")
print(*wrong, sep="\n")
sys.exit(bool(wrong))
