# SPDX-License-Identifier: Apache-2.0
"""rounds.py - a random policy with all that a policy can say, and acts for its rules and beside them"""
import ipaddress
import json
import os
import shutil
import subprocess
import tempfile

from oracle import Judge, is_network

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = os.path.realpath("/usr/bin/python3")
LEVELS = ("violation", "violation", "warning", "info", "ignore")
SECTIONS = ("connections", "names", "listens", "executes", "files", "syscalls")
HOSTS = ("a.example", "*.b.example", "c.d.example", "cdn*.k.example", "203.0.113.0/26", "192.0.2.200", "2001:db8:44::/48")
PROGRAMS = [path for path in ("/usr/bin/true", "/usr/bin/id", "/usr/bin/uname", "/usr/bin/nproc", "/usr/bin/arch") if os.path.exists(path)]
CHANGES = ("append", "pwrite", "copy", "sendfile", "splice", "fallocate", "truncate", "mmap")
# x86_64: number, whether @default has it, whether the box refuses it unless it is declared
CALLS = {"times": (100, True, None), "getpriority": (140, True, None), "sched_getscheduler": (145, True, None),
         "getitimer": (36, True, None), "timer_gettime": (224, True, None), "mincore": (27, True, None), "readahead": (187, True, None),
         "sync_file_range": (277, True, None), "modify_ldt": (154, False, "grave"), "migrate_pages": (256, False, None),
         "lookup_dcookie": (212, False, None), "io_uring_setup": (425, False, "light"), "kexec_load": (246, False, "grave"),
         "perf_event_open": (298, False, "grave")}


def some(rng, things, most):
    return rng.sample(things, rng.randint(0, min(most, len(things))))


def port_of(rng):
    return rng.randint(8000, 19000)


def ports(rng):
    low = port_of(rng)
    return [rng.choice((low, f"{low}-{low + rng.randint(1, 500)}")) for _ in range(rng.randint(1, 2))]


def connection(rng, number):
    rule = {"id": f"c{number}"}
    if rng.random() < 0.9:
        rule["to"] = some(rng, HOSTS, 3) or [f"own{number}.example"]
    protocol = rng.choice(("tcp", "tcp", "tcp", "udp", "udp", "icmp"))
    if rng.random() < 0.8 or "to" not in rule:
        rule["protocol"] = protocol
    if rule.get("protocol") in ("tcp", "udp") and rng.random() < 0.7:
        rule["ports"] = ports(rng)
    if rng.random() < 0.2:
        rule["process"] = rng.choice(("/opt/acme/**", "/usr/bin/python3*", "/usr/**"))
    if rule.get("protocol") == "tcp" and rng.random() < 0.5:
        rule["application"] = rng.choice(("http", "tls", "unknown"))
        if rule["application"] == "tls" and rng.random() < 0.6:
            rule["tls"] = {"min_version": rng.choice(("1.2", "1.3"))}
    elif rule.get("protocol") == "udp" and rng.random() < 0.4:
        rule["application"] = rng.choice(("dns", "unknown"))
    if rng.random() < 0.35:
        rule["limits"] = {"connections": rng.randint(1, 4)} if rng.random() < 0.6 else {"bytes_out": rng.choice((228, 1000, 60000))}
    if rng.random() < 0.15:
        rule["required"] = True
    return rule


def policy_of(rng):
    """Rules of all sections, each section sometimes empty."""
    listens = [{"id": f"l{i}", "ports": ports(rng), **({"protocol": rng.choice(("tcp", "udp"))} if rng.random() < 0.8 else {}),
                **({"on": "loopback"} if rng.random() < 0.3 else {}), **({"required": True} if rng.random() < 0.1 else {})}
               for i in range(rng.randint(0, 3))]
    policy = {"tcbox_policy": 1, "connections": [connection(rng, i) for i in range(rng.randint(0, 5))],
              "names": some(rng, ["*.f.example", "g.example", "*.h.i.example"], 3), "listens": listens,
              "executes": some(rng, [*PROGRAMS, "/opt/acme/**", "/usr/bin/un*"], 3),
              "files": {"write": some(rng, ["/tmp/**", "/var/tmp/*/files/new-*", "/var/tmp/*/files/old-1*",
                                            "/var/tmp/*/files/**", "/var/tmp/*/files/?ld-2*"], 3)},
              "undeclared": {section: rng.choice(LEVELS) for section in SECTIONS}}
    if rng.random() < 0.6:
        extra = some(rng, ["modify_ldt", "migrate_pages", "lookup_dcookie", "io_uring_setup"], 2)
        policy["syscalls"] = {"allow": ["@default", "@network", *extra],
                              "deny": some(rng, [name for name, (_, default, _) in CALLS.items() if default], 3)}
    else:
        del policy["undeclared"]["syscalls"]
    return policy


def concrete(rng, entry):
    """A destination that an entry of "to" has."""
    net = is_network(entry)
    if not net:
        return {"name": entry.replace("*", rng.choice(("x", "y7", "z-z")))}
    addr = ipaddress.ip_address(int(net.network_address) + rng.randint(1, 9) * (net.num_addresses > 9))
    return {"addr": str(addr), **({"v6": True} if addr.version == 6 else {})}


def port_in(rng, rule):
    if not rule.get("ports"):
        return port_of(rng)
    low, _, high = str(rng.choice(rule["ports"])).partition("-")
    return rng.randint(int(low), int(high or low))


def wording(rng, rule, kind):
    """How a conversation speaks, mostly as its rule has it."""
    hows = ("http", "tls", "binary", "nothing") if kind == "talk" else ("binary", "dns")
    wanted = {"http": "http", "tls": "tls", "unknown": "binary", "dns": "dns"}.get(rule.get("application"))
    how = wanted if wanted in hows and rng.random() < 0.8 else rng.choice(hows)
    act = {"how": how}
    if how == "tls":
        act["version"] = rng.choice((rule.get("tls", {}).get("min_version", "1.3"), "1.2", "1.3"))
    elif how == "binary":
        act["bytes"] = rng.choice((20, 100, 200, 201, 900))
    elif how == "dns":
        act["asked"] = rng.choice(("q.f.example", "g.example", "stranger.example"))
    return act


def conversation(rng, policy):
    """For a rule, or beside it in one thing, or to somebody whom no rule has."""
    rules = policy["connections"]
    rule = rng.choice(rules) if rules and rng.random() < 0.85 else {"to": [rng.choice(("z.example", "198.51.100.9", "2001:db8:99::/64"))]}
    protocol = rule.get("protocol") or rng.choice(("tcp", "udp"))
    to = concrete(rng, rng.choice(rule.get("to") or ["w.f.example", "198.51.100.7"]))
    if protocol == "icmp":
        return {"kind": "echo", **(to if "addr" in to else {"addr": "203.0.113.5"})}
    kind = "talk" if protocol == "tcp" else "datagram"
    act = {"kind": kind, **to, "port": port_in(rng, rule), **wording(rng, rule, kind)}
    if rng.random() < 0.15:
        act["port"] = port_of(rng)
    if kind == "talk" and act["how"] in ("http", "tls") and rng.random() < 0.15:
        act["said"] = rng.choice(("said.b.example", "stranger.example", "a.example"))
    if kind == "datagram" and act["how"] == "binary" and rng.random() < 0.5:
        act["unconnected"] = True
    return act


def listener(rng, policy):
    rule = rng.choice(policy["listens"]) if policy["listens"] and rng.random() < 0.7 else {}
    addr = rng.choice(("0.0.0.0", "127.0.0.1", "::", "::1"))
    return {"kind": "listen", "protocol": rule.get("protocol") or rng.choice(("tcp", "udp")), "addr": addr, "port": port_in(rng, rule),
            **({"v6": True} if ":" in addr else {})}


def file_act(rng, place, number):
    if rng.random() < 0.5:
        return {"kind": "change", "how": rng.choice(CHANGES), "path": f"{place}/old-{number}"}
    how = rng.choice(("create", "mkdir", "chmod", "rename", "symlink", "mkfifo", "utime", "remove"))
    new, old = f"{place}/new-{number}", f"{place}/old-{number}"
    act = {"kind": "file", "how": how, "path": old if how in ("chmod", "rename", "utime", "remove") else new}
    return {**act, "second": new} if how == "rename" else act


def act_of(rng, policy, place, number):
    dice = rng.random()
    if dice < 0.5:
        return conversation(rng, policy)
    if dice < 0.56:
        return {"kind": "lookup", "name": rng.choice(("q.f.example", "g.example", "h.i.example", "s.h.i.example", "other.example"))}
    if dice < 0.66:
        return listener(rng, policy)
    if dice < 0.74:
        path = rng.choice(PROGRAMS)
        return {"kind": "execute", "path": path, "real": os.path.realpath(path)}
    if dice < 0.9:
        return file_act(rng, place, number)
    name = rng.choice(list(CALLS))
    return {"kind": "call", "name": name, "number": CALLS[name][0], "default": CALLS[name][1], "danger": CALLS[name][2]}


def judged(policy, acts):
    judge = Judge(policy, PYTHON)
    for act in acts:
        judge.act(act)
    judge.end()
    return judge


def is_honest(policy, acts):
    return not [what for what in judged(policy, acts).bad if not what.startswith("missing")]


def satisfying(rng, rule):
    """An act that a required rule of connections is proved by, if one of these kinds can."""
    to = concrete(rng, (rule.get("to") or ["w.f.example"])[0])
    protocol = rule.get("protocol", "tcp")
    if protocol == "icmp":
        return {"kind": "echo", **to} if "addr" in to else None
    how = {"http": "http", "tls": "tls", "dns": "dns"}.get(rule.get("application"), "binary")
    extra = {"tls": {"version": "1.3"}, "dns": {"asked": "g.example"}}.get(how, {"bytes": 20} if how == "binary" else {})
    return {"kind": "talk" if protocol == "tcp" else "datagram", **to, "port": port_in(rng, rule), "how": how, **extra}


def plan_of(rng, policy, place):
    """Half of the actors are honest: each act is left out that would break the policy."""
    honest = rng.random() < 0.5
    acts, busy = [], set()
    candidates = [satisfying(rng, rule) for rule in policy["connections"] if rule.get("required") and rng.random() < 0.8]
    candidates += [{"kind": "listen", "protocol": rule.get("protocol", "tcp"), "addr": "127.0.0.1", "port": port_in(rng, rule)}
                   for rule in policy["listens"] if rule.get("required")]
    candidates += [act_of(rng, policy, place, i) for i in range(rng.randint(4, 40))]
    for act in candidates:
        if not act or (act["kind"] == "listen" and act["port"] in busy):
            continue
        if honest and not is_honest(policy, [*acts, act]):
            continue
        acts.append(act)
        busy |= {act["port"]} if act["kind"] == "listen" else set()
    rng.shuffle(acts)
    return acts


def lay_out(acts):
    """Where the actor works, with the files that it changes."""
    top = tempfile.mkdtemp(prefix="tcbox-prop.", dir="/var/tmp")
    place = os.path.join(top, "files")
    os.mkdir(place)
    os.chmod(top, 0o755)
    shutil.copy(os.path.join(HERE, "actor.py"), place)
    os.chmod(os.path.join(place, "actor.py"), 0o644)
    for i in range(acts):
        with open(os.path.join(place, f"old-{i}"), "w", encoding="ascii") as file:
            file.write("0123456789\n")
    if os.getuid() == 0:
        for name in (".", *os.listdir(place)):
            os.chown(os.path.join(place, name), 65534, 65534)
    return top, place


def one(rng, scratch, tcbox):
    """Return: as property.one(), and the acts that failed"""
    policy = policy_of(rng)
    top, place = lay_out(40)
    path, bundle = os.path.join(scratch, "policy.json"), os.path.join(scratch, "bundle")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(policy, file)
    try:
        acts = plan_of(rng, policy, place)
        subprocess.run([tcbox, "run", "--policy", path, "--output", bundle, "--timeout", "90s", "--workdir", place, "--",
                        "/usr/bin/python3", "-B", os.path.join(place, "actor.py")],
                       input=json.dumps(acts), capture_output=True, text=True, check=False)
    finally:
        shutil.rmtree(top)
    if not os.path.exists(os.path.join(bundle, "report.json")):
        return [], f"no report for {json.dumps(policy)}", False, None, []
    with open(os.path.join(bundle, "stdout.log"), encoding="utf-8") as log:
        told = [json.loads(line) for line in log]
    with open(os.path.join(bundle, "report.json"), encoding="utf-8") as file:
        report = json.load(file)
    return judge(policy, acts, told, report)


def judge(policy, acts, told, report):
    done = [line["act"] for line in told if "error" not in line]
    failed = [line for line in told if "error" in line] + [{"act": act, "error": "not reached"} for act in acts[len(told):]]
    truth = judged(policy, done)
    blocked = [gap["why"] for gap in report["not_observable"] if gap["blocks_conforms"]]
    bad = truth.bad if not blocked else [what for what in truth.bad if not what.startswith("missing")]
    wanted = {"violates"} if bad else {"inconclusive"} if blocked else {"conforms"}
    if truth.unsure and not bad:
        wanted |= {"violates"}
    if judged(policy, [line["act"] for line in failed]).bad:	# what failed may have been done in part
        wanted |= {"violates", "conforms", "inconclusive"}
    if report["verdict"] in wanted:
        return done, None, bool(blocked), report["verdict"], failed
    return done, "\n".join((f"{report['verdict']} instead of {sorted(wanted)}: {report['reason']}", f"policy {json.dumps(policy)}",
                            f"oracle: {truth.bad}", f"gaps: {blocked}",
                            *[f"{f['severity']} {f['code']} {f['title']}" for f in report["findings"]],
                            *[json.dumps(act) for act in done])), bool(blocked), report["verdict"], failed
