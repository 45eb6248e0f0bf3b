#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs_groups.py - do tcbox-policy(5) and "tcbox policy groups" list the same calls? Prints GROUP: what differs.

Usage: docs_groups.py TCBOX   in the top directory of the tree
"""
import re
import subprocess
import sys


def tcbox(*args):
    return subprocess.run([sys.argv[1], "policy", "groups", *args], check=True, capture_output=True, text=True).stdout


def manual():
    """The calls and groups that the manual lists for each group: what follows the sentence about it."""
    entries = {}
    text = open("man/tcbox-policy.5", encoding="utf-8").read()
    for name, body in re.findall(r"^\.It Li (@[\w-]+)\n(.*?)(?=^\.(?:It|El))", text, re.M | re.S):
        sentences = body.split(".\n")
        entries[name] = re.findall(r"@?[\w-]+", sentences[-2])
    return entries


def expand(name, entries):
    calls = set()
    for item in entries.get(name, []):
        calls |= expand(item, entries) if item.startswith("@") else {item}
    return calls


listed = manual()
names = [line.split()[0] for line in tcbox().splitlines() if line.startswith("@")]
for name in sorted(set(names) ^ set(listed)):
    print(f"{name}: only in {'tcbox' if name in names else 'the manual'}")
for name in names:
    real = set(tcbox(name).split())
    for call in sorted(real ^ expand(name, listed)):
        print(f"{name}: {call} is only in {'tcbox' if call in real else 'the manual'}")
if not names:
    print("no groups at all")
