# SPDX-License-Identifier: Apache-2.0
"""changes.py - a policy with one word of a rule changed, in every way that is another meaning"""
import copy
import ipaddress

RULES = ("connections", "listens")
LEVELS = ("ignore", "info", "warning", "violation")


def changed_name(s):
    """a name, glob, address or network: another one, and a narrower or wider one"""
    try:
        net = ipaddress.ip_network(s)
    except ValueError:
        yield "x" + s if not s.startswith("*") else "*.x" + s[2:]
        if s.startswith("*."):
            yield s[2:]
        return
    yield str(ipaddress.ip_network((int(net.network_address) ^ (1 << (net.max_prefixlen - net.prefixlen)), net.prefixlen)))
    if net.prefixlen < net.max_prefixlen:
        yield str(next(net.subnets()))
        yield str(net.supernet())


def changed_path(s):
    yield s.rstrip("*") + "x" + s[len(s.rstrip("*")):]
    if s.endswith("/**"):
        yield s[:-1]
    elif s.endswith("/*"):
        yield s + "*"


def changed_port(v):
    if isinstance(v, int):
        yield v + 1
        return
    lo, hi = (int(n) for n in v.split("-"))
    yield f"{lo + 1}-{hi}"
    yield f"{lo}-{hi - 1}"


def changed_version(s):
    for other in ("1.0", "1.1", "1.2", "1.3"):
        if abs(float(other) - float(s)) < 0.11 and other != s:
            yield other


def changed_count(v):
    if isinstance(v, int):
        yield v + 1
        yield v - 1


def changed_span(s):
    yield f"{int(s[:-1]) + 1}{s[-1]}"
    yield f"{int(s[:-1]) - 1}{s[-1]}"


def others(*words):
    return lambda s: [w for w in words if w != s][:1]


WORDS = {  # key: other values for one
    "to": changed_name, "names": changed_name, "ports": changed_port, "process": changed_path, "executes": changed_path,
    "write": changed_path, "protocol": others("tcp", "udp"), "application": others("tls", "ssh"), "min_version": changed_version,
    "methods": others("GET", "PUT"), "paths": changed_path, "hosts": changed_name,
    "until": lambda s: [s[:-1] + str((int(s[-1]) + 1) % 10), s[:-1] + str(int(s[-1]) - 1)], "severity": others("violation", "info"),
    "phases": others("install", "use"),
    "on": others("any", "loopback"), "required": lambda v: [not v], "connections": changed_count, "bytes_out": changed_count,
    "bytes_in": changed_count, "requests": changed_count, "every": changed_span, "allow": lambda s: ["getpid"], "deny": lambda s: ["getpid"],
}
OPTIONAL = ("process", "to", "protocol", "ports", "application", "tls", "http", "limits", "required", "until", "severity", "phases", "on")
SILENT = ("id", "why", "product", "tcbox_policy", "read", "architectures")


def put(policy, path, value):
    """a copy with another value there; None: with nothing there"""
    other = copy.deepcopy(policy)
    at = other
    for step in path[:-1]:
        at = at[step]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return other


def no_matter(rule, key):
    """by what the manual says, no verdict can depend on it: a rule that has ended declares nothing, and breaking one whose severity
    is below violation does not violate"""
    if key not in ("until", "severity") and str(rule.get("until", "9999")) < "2026-11-24":
        return True
    return rule.get("severity") in ("info", "warning") and key in ("application", "tls", "http", "limits", "required")


def walk(policy, at, path, key):
    if isinstance(at, dict):
        for k, v in at.items():
            if k in SILENT or no_matter(at, k):
                continue
            if k in OPTIONAL and v not in ("any", False) and path and (inner(path)[:1] in ([r] for r in RULES) or k in ("process", "severity")):
                yield f"{where(path)} without {k}", put(policy, path + [k], None)
            yield from walk(policy, v, path + [k], k)
        return
    if isinstance(at, list):
        for i, v in enumerate(at):
            yield f"{where(path)} without {v if isinstance(v, (str, int)) else v.get('id')}", put(policy, path + [i], None)
            yield from walk(policy, v, path + [i], key)
        return
    if isinstance(at, str) and at.startswith("@") and path[0] != "syscalls":
        return  # the name of a group: what it stands for is changed
    path, whole = inner(path), path
    if whole != path and path[0] in ("undeclared", "product"):
        return  # passed over in what is included
    values = levels(at) if path[0] == "undeclared" else WORDS.get(kind(path, key), lambda v: [])(at)
    for value in (v for v in values if v != at):
        yield f"{where(whole)} {at} is {value}", put(policy, whole, value)


def inner(path):
    """the path in the policy that is included, if it is in one"""
    while path[:1] == ["include"]:
        path = path[2:]
    return path


def kind(path, key):
    """the key that tells what values these are; of a definition, a key where it is used"""
    if path[0] == "variables":
        return "process"
    if path[0] == "groups":
        return "to" if path[1] == "destinations" else "ports"
    return key


def levels(level):
    """the nearest level that means something else for the verdict"""
    return ["warning"] if level == "violation" else ["violation"]


def where(path):
    return ".".join(str(p) for p in path)


def changes(policy):
    yield from walk(policy, policy, [], None)
