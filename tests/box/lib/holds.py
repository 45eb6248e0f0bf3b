#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""holds.py - test what a bundle says

usage: holds.py BUNDLE NUMBER {NAME EXPRESSION}...

Prints one line of TAP for each expression, numbered from NUMBER + 1. An expression that raises an error does not hold.
Expressions see the report (r), the manifest (m), the record (ev: a list of objects) and the functions below. What tcbox's
own control process did is left out of all of them. TRUTH names a file with what an actor says that it did, see truth().
"""
import collections
import json
import os
import sys
import traceback


class Object(dict):
    """A JSON object whose keys are attributes; a key that is not there is None."""
    __getattr__ = dict.get

    def has(self, wanted):
        return all(self.get(key) == value for key, value in wanted.items())


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file, object_hook=Object)
    except FileNotFoundError:
        return None


bundle = sys.argv[1]
r = load(os.path.join(bundle, "report.json"))
m = load(os.path.join(bundle, "run.json"))
ev = []
with open(os.path.join(bundle, "events.jsonl"), encoding="utf-8") as record:
    for line in record:
        if line.endswith("\n"):		# the last line of a run that could not go on may be cut off
            ev.append(json.loads(line, object_hook=Object))

canary = next((e.name for e in ev if e.k == "canary"), None)
canary_procs = {e.proc for e in ev if e.k == "proc" and e.role == "canary"}


def talk(proto, local, remote):
    return proto, (local or "").rpartition(":")[2], remote


# The product may get the control's port later, for another destination.
canary_talks = {talk(e.proto, e.local, e.remote) for e in ev if e.k == "sock" and e.proc in canary_procs}
ev = [e for e in ev if e.proc not in canary_procs or not e.proc]


def port(address):
    return int(address.rsplit(":", 1)[1])


def host(address):
    return address.rsplit(":", 1)[0].strip("[]")


def the(items):
    """The only one."""
    items = list(items)
    assert len(items) == 1, f"{len(items)} instead of one: {items}"
    return items[0]


def events(kind, **wanted):
    return [e for e in ev if e.k == kind and e.has(wanted)]


def flows(**wanted):
    """Conversations on the wire with their final totals."""
    last = {}
    for e in ev:
        if e.k == "flow":
            last[e.id] = e
    return [f for f in last.values() if f.has(wanted) and talk(f.proto, f.local, f.remote) not in canary_talks]


def talks(**wanted):
    """Flows that are no lookups at the lab's own name server."""
    return [f for f in flows(**wanted) if f.app != "dns"]


def socks(**wanted):
    return events("sock", **wanted)


def calls(**wanted):
    return events("call", **wanted)


def execs(**wanted):
    return events("exec", **wanted)


def files(**wanted):
    return events("file", **wanted)


def procs():
    return events("proc")


def count(items):
    """How many acts the events stand for."""
    return sum(e.count or 1 for e in items)


def lookups(**wanted):
    """Names that were asked, as the packets show them."""
    return [e for e in events("lookup", src="net", **wanted) if e.name != canary]


def names():
    return sorted({e.name for e in lookups()})


def codes():
    """Codes of the findings that are more than information."""
    return sorted(f.code for f in r.findings if f.severity != "info")


def find(code, **wanted):
    return [f for f in r.findings if f.code == code and f.has(wanted)]


def rule(name):
    return the(x for x in r.declared_seen if x.id == name)


def unseen():
    return sorted(x.id for x in r.declared_not_seen)


def owner(flow):
    """The process whose call has this flow's own address."""
    return the({s.proc for s in socks(proto=flow.proto) if s.call in ("connect", "sendto", "sendmsg", "sendmmsg")
                and s.local and port(s.local) == port(flow.local)})


def exe(proc):
    return the(p for p in r.processes if p.proc == proc).exe


def base(path):
    return os.path.basename(path or "")


def ancestry(finding):
    return [base(a.exe) for a in finding.process.ancestry]


def truth(path=None):
    """Lines of the actor's own log, as lists of words."""
    with open(path or os.environ.get("TRUTH", os.path.join(bundle, "stdout.log")), encoding="utf-8") as file:
        return [line.split() for line in file]


def counted(items):
    return collections.Counter(items)


def unchanged(truth_set, seen):
    """Equal collections; says what is missing and what was invented."""
    a, b = counted(truth_set), counted(seen)
    assert a == b, f"missing: {dict(a - b)}; invented: {dict(b - a)}"
    return True


def told(*protos):
    """The conversations that the actor tells of: protocol, own port, other side, bytes sent and received."""
    return [(proto, port(local), remote, int(sent), int(received))
            for proto, local, remote, sent, received in (line for line in truth() if line[0] in protos)]


def wire():
    """The same of the packets."""
    return [(f.proto, port(f.local), f.remote, f.bytes_out or 0, f.bytes_in or 0) for f in talks()]


def served():
    """The same of the lab, which gets each byte once; names are not the lab's own."""
    return [(s.proto, port(s.client), s.server, s.bytes_in or 0, s.bytes_out or 0)
            for s in events("served") if talk(s.proto, s.client, s.server) not in canary_talks and s.service != "dns"]


def arrived(sent, seen):
    """Equal conversations; packets may have shown bytes more than once, TCP sends again what is late."""
    unchanged([s[:3] for s in sent], [s[:3] for s in seen])
    less = [(a, b) for a, b in zip(sorted(sent), sorted(seen)) if b[3] < a[3] or b[4] < a[4]]
    more = [(a, b) for a, b in zip(sorted(sent), sorted(seen)) if b[3:] != a[3:]]
    assert not less and len(more) <= 1 + len(sent) // 20, f"less: {less}, more: {more}"
    return True


def claimed(proto):
    """The same of the calls, without bytes: of connect, and of what sends to an address without it."""
    return [(proto, port(s.local), s.remote) for s in socks(proto=proto)
            if s.remote and s.call in ("connect", "sendto", "sendmsg", "sendmmsg")]


def main():
    number = int(sys.argv[2])
    failed = False
    pairs = sys.argv[3:]
    for name, expression in zip(pairs[::2], pairs[1::2]):
        number += 1
        why = None
        try:
            if not eval(f"({expression})", globals()):		# the tests' own words, nothing from outside
                why = f"does not hold: {expression}"
        except Exception:
            why = f"{expression}\n" + traceback.format_exc(limit=0)
        print(("ok" if why is None else "not ok"), number, "-", name)
        if why is not None:
            failed = True
            if r:
                why += "\n" + "\n".join(f"{f.severity} {f.code} {f.observed or f.title}" for f in r.findings)
                why += f"\nverdict {r.verdict}: {r.reason}"
            for line in why.split("\n")[:40]:
                print("#", line[:600])
    sys.exit(failed)


main()
