#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""exchange_keys.py - no key of a policy is left out of an export in silence

Usage: exchange_keys.py   in the top directory of the tree, with TCBOX

Each key is exported to each format with and without it, in a policy of few rules and behind rules that a format leaves out. What is
written or what is said has to differ, unless the whole section is said to be left out. Each key of the schema has to be among ROWS,
so that a new key is looked at. Prints what is wrong; the last line is a sum.
"""
import concurrent.futures
import copy
import json
import os
import re
import subprocess
import sys
import tempfile

TCBOX = os.environ["TCBOX"]
FORMATS = ("mud", "oci-seccomp", "oci-seccomp-log", "sbob", "cyclonedx", "cyclonedx-2.0", "systemd")
# Read before a format sees the policy; names of rules, which change no meaning; the version.
APART = {"tcbox_policy", "include", "variables", "groups", "groups.destinations", "groups.ports", "connections.id", "listens.id"}

RULE = {"id": "r", "to": ["192.0.2.1"], "process": "/x", "protocol": "tcp"}
LISTEN = {"id": "l", "protocol": "tcp", "ports": [80]}
QUOTA = {"connections": 9, "requests": 9, "bytes_out": 9, "bytes_in": 9}
EVERY = {"every": "1h"}
CALLS = {"allow": ["@basic-io"]}
# (keys, section, with it, without it)
ROWS = [
    ("connections", "connections", [RULE], None),
    ("connections.why", "connections", [RULE | {"why": "w"}], [RULE]),
    ("connections.process", "connections", [RULE], [{k: v for k, v in RULE.items() if k != "process"}]),
    ("connections.to", "connections", [RULE], [{k: v for k, v in RULE.items() if k != "to"}]),
    ("connections.protocol", "connections", [RULE], [{k: v for k, v in RULE.items() if k != "protocol"}]),
    ("connections.ports", "connections", [RULE | {"ports": [5]}], [RULE]),
    ("connections.application", "connections", [RULE | {"application": "tls"}], [RULE]),
    ("connections.tls connections.tls.min_version", "connections", [RULE | {"tls": {"min_version": "1.3"}}], [RULE]),
    ("connections.http connections.http.methods", "connections", [RULE | {"http": {"methods": ["GET"]}}], [RULE]),
    ("connections.http.paths", "connections", [RULE | {"http": {"paths": ["/"]}}], [RULE]),
    ("connections.http.hosts", "connections", [RULE | {"http": {"hosts": ["a.example"]}}], [RULE]),
    ("connections.limits", "connections", [RULE | {"limits": QUOTA}], [RULE]),
    *((f"connections.limits.{k}", "connections", [RULE | {"limits": {k: 9}}], [RULE]) for k in QUOTA),
    *((f"connections.limits.each_destination connections.limits.each_destination.{k}", "connections",
       [RULE | {"limits": {"each_destination": {k: 9}}}], [RULE]) for k in QUOTA),
    *((f"connections.limits.each_connection connections.limits.each_connection.{k}", "connections",
       [RULE | {"limits": {"each_connection": {k: 9}}}], [RULE]) for k in QUOTA if k != "connections"),
    *((f"connections.limits.rates connections.limits.rates.every connections.limits.rates.{k}", "connections",
       [RULE | {"limits": {"rates": [EVERY | {k: 9}]}}], [RULE]) for k in ("connections", "requests")),
    ("connections.required", "connections", [RULE | {"required": True}], [RULE]),
    ("connections.until", "connections", [RULE | {"until": "2099-12-31"}], [RULE]),
    ("connections.phases", "connections", [RULE | {"phases": ["use"]}], [RULE]),
    ("connections.severity", "connections", [RULE | {"severity": "info"}], [RULE]),
    ("connections.data", "connections", [RULE | {"data": ["d"]}], [RULE]),
    ("names", "names", ["a.example"], None),
    ("listens", "listens", [LISTEN], None),
    ("listens.why", "listens", [LISTEN | {"why": "w"}], [LISTEN]),
    ("listens.process", "listens", [LISTEN | {"process": "/x"}], [LISTEN]),
    ("listens.protocol", "listens", [LISTEN], [{"id": "l", "ports": [80]}]),
    ("listens.ports", "listens", [LISTEN], [{"id": "l", "protocol": "tcp"}]),
    ("listens.required", "listens", [LISTEN | {"required": True}], [LISTEN]),
    ("listens.until", "listens", [LISTEN | {"until": "2099-12-31"}], [LISTEN]),
    ("listens.phases", "listens", [LISTEN | {"phases": ["use"]}], [LISTEN]),
    ("listens.severity", "listens", [LISTEN | {"severity": "info"}], [LISTEN]),
    ("listens.on", "listens", [LISTEN | {"on": "loopback"}], [LISTEN]),
    ("executes", "executes", ["/bin/a"], None),
    ("executes", "executes", [], None),
    ("files files.write", "files", {"write": ["/a/**"]}, None),
    ("files.write", "files", {"write": ["/a/**"]}, {}),
    ("files", "files", {}, None),
    ("files.read", "files", {"write": ["/a/**"], "read": ["/b/**"]}, {"write": ["/a/**"]}),
    ("syscalls syscalls.allow", "syscalls", CALLS, None),
    ("syscalls.deny", "syscalls", CALLS | {"deny": ["read"]}, CALLS),
    ("syscalls.architectures", "syscalls", CALLS | {"architectures": ["i386"]}, CALLS),
    *((f"product product.{k}", "product", {k: "x"}, None) for k in ("vendor", "name", "version")),
    *((f"undeclared undeclared.{k}", "undeclared", {k: "ignore" if k != "files" else "violation"}, None)
      for k in ("connections", "names", "listens", "executes", "files", "syscalls")),
]
# Rules that come first: by a name, any, of no protocol that a format may know.
CROWD = {"connections": [{"id": "n", "to": ["n.example"]}, {"id": "a", "protocol": "icmp"}], "listens": [{"id": "m", "protocol": "sctp"}]}


def keys_of(schema, node, path):
    """the paths of all keys below a part of the schema"""
    node = schema["$defs"][node["$ref"][8:]] if node.get("$ref", "").startswith("#/$defs/") else node
    if node.get("type") == "array":
        yield from keys_of(schema, node["items"], path)
    for form in node.get("oneOf", []):
        if form.get("$ref") != "#":
            yield from keys_of(schema, form, path)
    for key, to in node.get("properties", {}).items():
        yield f"{path}{key}"
        yield from keys_of(schema, to, f"{path}{key}.")


def export(form, policy):
    """what is written, and what is said, without places in the policy"""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump(policy, f)
        f.flush()
        done = subprocess.run([TCBOX, "policy", "export", "--to", form, f.name], capture_output=True, text=True)
        said = [re.sub(r"^(:\d+:\d+)?: ", "", line.replace(f.name, "")) for line in done.stderr.splitlines()[:-1]]
    if done.returncode:
        raise ValueError(f"{form}: {done.stderr}")
    return re.sub(r'"last-update": "[^"]*"', "", done.stdout), sorted(said)


def policy_of(form, section, value, crowd):
    """a policy with this section; those of system calls need some, for other formats they would only be more"""
    policy = {"tcbox_policy": 1} | (copy.deepcopy(CROWD) if crowd else {})
    if section != "syscalls" and (form.startswith("oci") or section == "undeclared"):
        policy["syscalls"] = CALLS
    if value is not None and isinstance(policy.get(section), list):
        policy[section] += value
    elif value is not None:
        policy[section] = value
    return policy


def is_said(form, row, crowd):
    """does a format write a key or say that it does not?"""
    keys, section, value, without = row
    if form.startswith("oci") and section == "syscalls" and without is None:
        return True     # without them there is no profile at all
    there = export(form, policy_of(form, section, value, crowd))
    if there != export(form, policy_of(form, section, without, crowd)):
        return True
    return any(re.match(rf"not carried over: {section}(\.\w+)?: ", line) for line in there[1])


def main():
    with open("doc/schema/tcbox-policy-1.schema.json", encoding="utf-8") as f:
        schema = json.load(f)
    known = {key for row in ROWS for key in row[0].split()} | APART
    wrong = [f"{key}: no row for this key" for key in sorted(set(keys_of(schema, schema, "")) - known)]
    jobs = [(form, row, crowd) for form in FORMATS for row in ROWS for crowd in (False, True)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() + 1) as pool:
        ends = list(pool.map(lambda job: is_said(*job), jobs))
    wrong += [f"{form}: {row[0]} {json.dumps(row[2])} is left out in silence{' behind other rules' if crowd else ''}"
              for (form, row, crowd), end in zip(jobs, ends) if not end]
    print("\n".join(wrong))
    print(f"{len(jobs)} exports of {len(known)} keys; {len(wrong)} are wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
