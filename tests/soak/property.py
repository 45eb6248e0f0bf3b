#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""property.py - random actors against random policies: a run conforms if and only if the actor did nothing undeclared

usage: property.py [--acts N] [--seed WORD] [--round N]   with TCBOX and ACTORS as the box tests have them; TAP

How it works: there are two kinds of rounds. In one, "tcbox policy try" plans acts for a random policy, and says of each whether the
policy declares it (by rules that it reads itself, apart from the comparison); a random part of them is done by its helper. In the
other, property/actor.py does acts of all kinds that a policy can name, for and beside its rules, and property/oracle.py says what the
manual says of them. Both actors write down what they did. The verdict must be "violates" where that log has an act that breaks the
policy, and "conforms" where it has none; a run that lost evidence may be inconclusive instead of that, and is counted: it must
not be most of them, and both verdicts must have come. What failed is no proof of anything and is counted, too.
A round is done again with --seed and --round as printed.
"""
import argparse
import collections
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "property"))
import rounds	# noqa: E402

TCBOX = os.environ["TCBOX"]
ROUNDS = 40    # in which both verdicts must come
LEVELS = ("violation", "violation", "warning", "info", "ignore")
KINDS = {"connections": ("connect", "connect-ipv6", "datagram", "echo", "echo-ipv6", "multicast", "join", "resolver"),
         "names": ("lookup",), "listens": ("listen", "listen-ipv6", "wait"), "executes": ("execute",),
         "files": ("create", "mkdir", "change", "attributes", "rename", "link", "remove")}
SECTION = {kind: section for section, kinds in KINDS.items() for kind in kinds}


def policy_of(rng):
    """A policy that parses; rules of all sections, each section sometimes empty."""
    def some(things, most):
        return rng.sample(things, rng.randint(0, min(most, len(things))))

    def port():
        low = rng.randint(1024, 19000)
        return rng.choice((low, f"{low}-{low + rng.randint(1, 500)}"))

    hosts = ["a.example", "*.b.example", "c.d.example", "10.2.0.0/16", "192.0.2.200", "2001:db8:44::/48", "*.tcbox-try.invalid"]
    conns = []
    for i in range(rng.randint(0, 4)):
        rule = {"id": f"c{i}", "to": some(hosts, 3) or ["e.example"]}
        if rng.random() < 0.7:
            rule["protocol"] = rng.choice(("tcp", "udp", "icmp"))
        if rng.random() < 0.6 and rule.get("protocol") != "icmp":
            rule["ports"] = [port() for _ in range(rng.randint(1, 3))]
        if rng.random() < 0.2:
            rule["process"] = rng.choice(("/opt/acme/**", "/**"))
        conns.append(rule)
    listens = [{"id": f"l{i}", "ports": [port()], "protocol": rng.choice(("tcp", "udp")),
                **({"on": "loopback"} if rng.random() < 0.3 else {})} for i in range(rng.randint(0, 3))]
    return {"tcbox_policy": 1, "connections": conns, "names": some(["*.f.example", "g.example", "*.h.i.example"], 3), "listens": listens,
            "executes": some(["/usr/bin/uname", "/usr/bin/id", "/opt/acme/**", "/usr/bin/true"], 3),
            "files": {"write": some(["/tmp/**", "/var/tmp/*/files/created", "/tmp/one", "/var/tmp/*/files/re*"], 3)},
            "undeclared": {section: rng.choice(LEVELS) for section in KINDS}}


class Act:
    def __init__(self, line):
        self.plan = line.split("\t")[:8]
        self.kind, self.declared, self.target = self.plan[0], self.plan[1] == "declared", self.plan[4]
        self.done = line.split("\t")[8] == "done"

    def sections(self, names):
        """Whose undeclared acts it is. Who talks to a name looks it up; names: those that may be."""
        if not self.declared:
            yield SECTION[self.kind]
        looked_up = self.target.endswith(".invalid") and self.kind in KINDS["connections"]
        if looked_up and self.target not in names:
            yield "names"


def acts_of(bundle):
    with open(os.path.join(bundle, "stdout.log"), encoding="utf-8") as log:
        return [act for act in map(Act, log.read().splitlines()) if act.target and act.kind in SECTION]


def lay_out(place):
    """The files that the plan's acts change, as "policy try" makes them."""
    os.makedirs(place)
    for name in ("changed", "attributes", "renamed", "removed"):
        with open(os.path.join(place, name), "w", encoding="utf-8"):
            os.chmod(os.path.join(place, name), 0o644)
    os.chmod(os.path.dirname(place), 0o755)
    os.chmod(place, 0o755)
    if os.getuid() == 0:
        for name in (".", "changed", "attributes", "renamed", "removed"):
            os.chown(os.path.join(place, name), 65534, 65534)


def one(rng, scratch):
    """Return: acts that were done, what is wrong or None, whether evidence was lost, the verdict or None"""
    policy = policy_of(rng)
    path, planned, bundle = (os.path.join(scratch, name) for name in ("policy.json", "planned", "bundle"))
    with open(path, "w", encoding="utf-8") as file:
        json.dump(policy, file)
    ran = subprocess.run([TCBOX, "policy", "try", "--output", planned, path], capture_output=True, text=True, check=False)
    if ran.returncode not in (0, 1, 3) or not os.path.exists(planned):
        return 0, f"no plan: {ran.returncode} {ran.stderr}", False, None
    acts = acts_of(planned)
    names = {a.target for a in acts if a.kind in KINDS["connections"] and a.declared}
    if any("tcbox-try.invalid" in host for rule in policy["connections"] for host in rule["to"]):
        names |= {a.target for a in acts if a.target.endswith(".tcbox-try.invalid")}
    # half of the actors are honest: they do what is declared
    some = [a for a in acts if a.declared] if rng.random() < 0.5 else acts
    some = rng.sample(some, rng.randint(min(1, len(some)), len(some)))
    if not some:
        return 0, None, False, None
    files = [a.target for a in acts if "/tcbox-try." in a.target]    # in /var/tmp, or at home
    place = os.path.dirname(files[0]) if files else os.path.join(tempfile.mkdtemp(prefix="tcbox-try.", dir="/var/tmp"), "files")
    lay_out(place)
    try:
        ran = subprocess.run([TCBOX, "run", "--policy", path, "--output", bundle, "--timeout", "60s", "--workdir", place, "--", TCBOX, "try-acts"],
                             input="".join("\t".join(a.plan) + "\n" for a in some), capture_output=True, text=True, check=False)
    finally:
        shutil.rmtree(os.path.dirname(place))
    done = [a for a in acts_of(bundle) if a.done]
    bad = [a for a in done if any(policy["undeclared"][section] == "violation" for section in a.sections(names))]
    with open(os.path.join(bundle, "report.json"), encoding="utf-8") as file:
        report = json.load(file)
    blocked = any(gap["blocks_conforms"] for gap in report["not_observable"])
    wanted = {"violates"} if bad else {"inconclusive"} if blocked else {"conforms"}
    if report["verdict"] in wanted:
        return len(done), None, blocked, report["verdict"]
    return len(done), f"{report['verdict']} instead of {wanted}: {report['reason']}\npolicy {json.dumps(policy)}\n" + "\n".join(
        f"{'declared' if a.declared else 'UNDECLARED'} {a.kind} {a.target}" for a in done), blocked, report["verdict"]


def planned(rng, scratch):
    """A round of "policy try". Return: kinds of the acts that were done, then as one()"""
    did, problem, lost, verdict = one(rng, scratch)
    return ["planned"] * did, problem, lost, verdict, []


def own(rng, scratch):
    """A round of an actor of our own."""
    done, problem, lost, verdict, failed = rounds.one(rng, scratch, TCBOX)
    return [" ".join(filter(None, (act["kind"], act.get("how")))) for act in done], problem, lost, verdict, failed


def report_of(total):
    for kind, n in sorted(total["kinds"].items()):
        print(f"# {n:6} {kind}")
    for verdict, n in total["verdicts"].items():
        print(f"# {n:6} runs: {verdict}")
    for failed in total["failed"][:5]:
        print(f"# failed: {json.dumps(failed)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--acts", type=int, default=40)
    parser.add_argument("--seed", default="property")
    parser.add_argument("--round", type=int)
    args = parser.parse_args()
    total = {"kinds": collections.Counter(), "verdicts": collections.Counter(), "failed": []}
    acts = lost = wrong = ran = 0
    missing = set() if args.round is not None else {"conforms", "violates"}
    number = args.round if args.round is not None else 0
    # what never comes to one of the verdicts, or mostly to none, has shown nothing
    while acts < args.acts or ((missing or lost * 2 > ran) and number < ROUNDS):
        scratch = tempfile.mkdtemp(dir="/var/tmp")
        os.chmod(scratch, 0o755)
        try:
            kinds, problem, blocked, verdict, failed = (planned if number % 4 == 3 else own)(random.Random(f"{args.seed} {number}"), scratch)
        finally:
            shutil.rmtree(scratch)
        acts += len(kinds)
        total["kinds"].update(kinds)
        total["verdicts"][verdict] += 1
        total["failed"] += failed
        lost += blocked
        ran += verdict is not None
        missing.discard(verdict)
        if problem:
            wrong += 1
            print(f"not ok - round {number} of seed {args.seed}\n" + "\n".join(f"# {line}" for line in problem.splitlines()), flush=True)
            if wrong > 5:
                break
        number += 1
        if args.round is not None:
            break
    report_of(total)
    if missing and not wrong:
        wrong = 1
        print(f"# no round came to: {', '.join(sorted(missing))}")
    if args.round is None and lost * 2 > ran:
        wrong += 1
        print(f"# {lost} of {ran} runs lost evidence")
    if len(total["failed"]) * 20 > acts + 20:
        wrong += 1
    print(f"{'not ok' if wrong else 'ok'} 1 - {acts} acts in {number} rounds: conforms if and only if nothing undeclared was done "
          f"({lost} rounds lost evidence, {len(total['failed'])} acts failed)\n1..1")
    return 1 if wrong else 0


sys.exit(main())
