#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""plain.py - is what tcbox wrote harmless text?

usage: plain.py [json|lines|text] FILE...

Each file is UTF-8 without a control character but newline, and without characters that hide or turn text; "json" is one
value, "lines" one on each line, with the same in every string but escaped. Says what is not, and ends with 1.
"""
import json
import sys
import unicodedata

bad = 0


def complain(path, what):
    global bad
    bad = 1
    print(f"{path}: {what}")


def main():
    kind, *paths = sys.argv[1:]
    for path in paths:
        with open(path, "rb") as file:
            data = file.read()
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            complain(path, error)
            continue
        for number, line in enumerate(text.split("\n"), 1):
            odd = [c for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
            if odd:
                complain(path, f"line {number}: {odd[:5]} in {line[:200]!r}")
        if not data:
            complain(path, "empty")
        try:
            for part in [text] if kind == "json" else text.splitlines() if kind == "lines" else []:
                json.loads(part)
        except ValueError as error:
            complain(path, error)


main()
sys.exit(bad)
