# SPDX-License-Identifier: Apache-2.0
"""oracle.py - what tcbox-policy(5) says of acts, read here a second time and apart from tcbox

Judge.conversation() and the others are given one act after the other, as the actor did them; Judge.end() adds what can be said of all
of them together. `bad` has the sentences that make a run violate its policy; `unsure` says that the bytes came near a limit.
"""
import fnmatch
import ipaddress
import re

LIMITS = ("connections", "bytes_out")
HEADERS_UDP = {False: 28, True: 48}    # of IP and UDP, by IPv6
SPEAKS = {"http": "http", "tls": "tls", "binary": "unknown", "dns": "dns", "nothing": None}


def name_matches(pattern, name):
    """A whole first label "*" stands for one or more labels; elsewhere "*" stays within its label."""
    have, want = name.lower().rstrip(".").split("."), pattern.lower().rstrip(".").split(".")
    if want == ["*"]:
        return True
    if want[0] == "*":
        if len(have) < len(want):
            return False
        have, want = have[len(have) - len(want) + 1:], want[1:]
    return len(have) == len(want) and all(fnmatch.fnmatchcase(h, w) for h, w in zip(have, want))


def path_matches(pattern, path, files=False):
    out, i = "", 0
    while i < len(pattern):
        if pattern.startswith("**", i):
            out, i = out + ".*", i + 2
        elif pattern[i] == "*":
            out, i = out + "[^/]*", i + 1
        elif pattern[i] == "?":
            out, i = out + "[^/]", i + 1
        else:
            out, i = out + re.escape(pattern[i]), i + 1
    if re.fullmatch(out, path):
        return True
    return files and pattern.endswith("/**") and path_matches(pattern[:-3], path)


def in_ports(ports, port):
    def within(entry):
        low, _, high = str(entry).partition("-")
        return int(low) <= port <= int(high or low)
    return not ports or any(within(entry) for entry in ports)


def is_network(entry):
    try:
        return ipaddress.ip_network(entry)
    except ValueError:
        return None


def reaches(rule, name, addr):
    """Does the rule have this destination?"""
    for entry in rule.get("to", []):
        net = is_network(entry)
        if net and addr and ipaddress.ip_address(addr) in net:
            return True
        if not net and name and name_matches(entry, name):
            return True
    return not rule.get("to")


def breadth_of(entry):
    """Of a destination: the smaller the narrower. A prefix counts as a part of its family's address."""
    net = is_network(entry)
    if net:
        return (0, 0) if net.prefixlen == net.max_prefixlen else (2, -net.prefixlen / net.max_prefixlen)
    return (1, -len(entry.split("."))) if "*" in entry else (0, 0)


def number_of(ports):
    def size(entry):
        low, _, high = str(entry).partition("-")
        return int(high or low) - int(low) + 1
    return sum(map(size, ports)) if ports else 65535


def order(rule):
    """Of rules that agree the one with the least counts: "Which rule counts"."""
    process = rule.get("process")
    who = (2, 0) if not process else (1, -len(re.sub(r"[*?]", "", process))) if "*" in process else (0, 0)
    where = max(map(breadth_of, rule["to"])) if rule.get("to") else (0, 0) if rule.get("on") == "loopback" else (3, 0)
    return where, who, number_of(rule.get("ports")), *(key not in rule for key in ("protocol", "application", "tls"))


class Judge:
    def __init__(self, policy, program):
        self.policy, self.program = policy, program
        self.rules, self.listens = (sorted(policy[section], key=order) for section in ("connections", "listens"))
        self.bad, self.unsure, self.proved = [], False, set()
        self.used = {rule["id"]: {"connections": 0, "least": 0, "most": 0} for rule in self.rules}

    def level(self, section):
        return self.policy["undeclared"][section] == "violation"

    def undeclared(self, section, what):
        if self.level(section):
            self.bad.append(f"undeclared, {section}: {what}")

    def ours(self, rule):
        return "process" not in rule or path_matches(rule["process"], self.program)

    def name(self, name):
        patterns = self.policy["names"] + [entry for rule in self.rules for entry in rule.get("to", []) if not is_network(entry)]
        if not any(name_matches(pattern, name) for pattern in patterns):
            self.undeclared("names", name)

    def conversation(self, act, protocol):
        name, said = act.get("name"), act.get("said")
        if name:
            self.name(name)
        if act.get("asked"):
            self.name(act["asked"])
        speaks = SPEAKS[act["how"]] if "how" in act else "icmp"
        near = [rule for rule in self.rules if self.ours(rule) and rule.get("protocol", protocol) == protocol and
                in_ports(rule.get("ports"), act.get("port", 0)) and (protocol != "icmp" or not rule.get("ports")) and
                reaches(rule, name, act.get("addr"))]
        rule = next((r for r in near if self.speaks_as(r, act, speaks)), None)
        covering = rule or (near[0] if near else None)
        if said and said != name and self.is_foreign(covering, act, said):
            self.bad.append(f"said {said} to {name or act['addr']}")
        elif rule:
            self.count(rule, act, protocol, speaks)
        if near and not rule:
            self.bad.append(f"breaks {near[0]['id']}: {speaks} {act.get('version', '')}")
        elif not near:
            self.undeclared("connections", f"{name or act['addr']} {act.get('port')}")

    @staticmethod
    def speaks_as(rule, act, speaks):
        if speaks is None:
            return True
        if rule.get("application", speaks) != speaks:
            return False
        least = rule.get("tls", {}).get("min_version")
        return not least or (speaks == "tls" and act["version"] >= least)

    @staticmethod
    def is_foreign(rule, act, said):
        """A name that neither the lookup gave nor the rule has. Where nothing was looked up and no rule covers it, the conversation
        itself is what is undeclared."""
        if not rule:
            return bool(act.get("name"))
        if not rule.get("to"):
            return False
        return not any(not is_network(entry) and name_matches(entry, said) for entry in rule["to"])

    def count(self, rule, act, protocol, speaks):
        used = self.used[rule["id"]]
        used["connections"] += 1
        if protocol == "udp" and act["how"] == "binary":
            cost = act["bytes"] + HEADERS_UDP[bool(act.get("v6"))]
            used["least"] += cost
            used["most"] += cost
        else:
            used["least"] += act.get("bytes", 0)
            used["most"] += act.get("bytes", 0) * 6 // 5 + 8000
        if speaks is not None or not ("application" in rule or "tls" in rule):
            self.proved.add(rule["id"])

    def listen(self, act):
        loopback = ipaddress.ip_address(act["addr"]).is_loopback
        for rule in self.listens:
            if rule.get("protocol", act["protocol"]) == act["protocol"] and in_ports(rule.get("ports"), act["port"]) and \
                    (rule.get("on", "any") == "any" or loopback) and self.ours(rule):
                self.proved.add(rule["id"])
                return
        self.undeclared("listens", f"{act['protocol']} {act['addr']} {act['port']}")

    def execute(self, act):
        if not any(path_matches(pattern, path) for pattern in self.policy["executes"] for path in (act["path"], act["real"])):
            self.undeclared("executes", act["path"])

    def file(self, act):
        patterns = self.policy["files"]["write"]
        for path in (act["path"], act.get("second")) if act["how"] == "rename" else (act["path"],):
            if not any(path_matches(pattern, path, files=True) for pattern in patterns):
                self.undeclared("files", f"{act['how']} {path}")

    def call(self, act):
        calls, name = self.policy.get("syscalls"), act["name"]
        if act["danger"]:
            if act["danger"] == "grave" and not (calls and name in calls["allow"]):
                self.bad.append(f"attempt: {name}")
            elif calls and name not in calls["allow"] and self.level("syscalls"):
                self.bad.append(f"attempt: {name}")
            return
        if not calls:
            return
        if name in calls["deny"]:
            self.bad.append(f"denied: {name}")
        elif name not in calls["allow"] and not (act["default"] and "@default" in calls["allow"]):
            self.undeclared("syscalls", name)

    def act(self, act):
        kind = act["kind"]
        if kind == "talk":
            self.conversation(act, "tcp")
        elif kind == "datagram":
            self.conversation(act, "udp")
        elif kind == "echo":
            self.conversation(act, "icmp")
        elif kind == "lookup":
            self.name(act["name"])
        elif kind == "change":
            self.file(act)
        else:
            getattr(self, kind)(act)

    def end(self):
        for rule in self.rules:
            limits, used = rule.get("limits", {}), self.used[rule["id"]]
            if used["connections"] > limits.get("connections", used["connections"]):
                self.bad.append(f"limit of {rule['id']}: {used['connections']} connections")
            most = limits.get("bytes_out")
            if most and used["least"] > most:
                self.bad.append(f"limit of {rule['id']}: {used['least']} bytes")
            elif most and used["most"] > most:
                self.unsure = True
        for rule in self.rules + self.listens:
            if rule.get("required") and rule["id"] not in self.proved:
                self.bad.append(f"missing: {rule['id']}")
