#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""cases.py - writes the stored bundles of tests/golden: one story, and what each case changes in it

Usage: cases.py   in the top directory of the sources; then "make golden-update", and review the difference

The story: the control process looks up and contacts its name; then /opt/acme/agent looks up updates.acme.example, contacts it
over TLS and writes its state. Addresses, times and numbers are made up in the shape that a run in the simulated internet has.
"""
import hashlib
import json
import os
import shutil
import struct

GATE, BOX = "198.19.255.1", "198.19.255.2"
CANARY, UPDATES = "c0ffee.canary.example", "updates.acme.example"
AGENT = "/opt/acme/agent"
MS = 1000000
PCAPNG = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28) + struct.pack("<IIHHII", 1, 20, 1, 0, 262144, 20)


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Case:
    def __init__(self, name, about):
        self.name, self.about = name, about
        self.events, self.numbers, self.t, self.packets, self.flows, self.port = [], {}, 1 * MS, 0, 0, 40000
        self.counters = {
            "box": {"notifications": 9},
            "net": {"packets_malformed": 0, "packets_other": 0, "packets_link_arp": 0, "packets_link_nd": 0,
                    "packets_link_mld": 0, "flows_evicted": 0},
            "capture": {"packets_dropped": 0, "packets_ifdropped": 0, "packets_undecoded": 0, "packets_unaccounted": 0},
            "lab": {"lookups": 2},
            "disk": {"entries": 53, "created": 0, "changed": 0, "removed": 0},
            "run": {},
        }
        self.finals = ["box", "net", "capture", "lab", "disk", "run"]
        self.tail, self.ended, self.watched = "", True, True
        self.run = {
            "tcbox_run": 1, "state": "complete", "tcbox_version": "0.1.0", "hostname": "lab-3", "kernel": "6.1.0-18-amd64",
            "machine": "x86_64", "uid": 1000, "started_ns": 1795512000000000000, "started": "2026-11-24T09:20:00.000000000Z",
            "ended_ns": 1795512002000000000, "ended": "2026-11-24T09:20:02.000000000Z", "argv": [AGENT, "--once"], "cwd": "/root",
            "net": "sim", "observe": "default", "enforce": False, "has_policy": True, "policy_path": "agent.policy.json",
            "timeout_ms": 0, "timed_out": False, "interrupted": False, "exited": True, "exit_code": 0, "exit_signal": 0,
            "files": [{"path": AGENT, "sha256_before": sha(AGENT), "sha256_after": sha(AGENT), "size": 70000}],
            "degraded": [], "counters": {},
        }
        self.policy = {
            "tcbox_policy": 1,
            "product": {"vendor": "Acme", "name": "Agent", "version": "4.2.1"},
            "connections": [{
                "id": "update-check", "why": "asks once a day for a new release", "process": "/opt/acme/*",
                "to": [UPDATES, "*.cdn.acme.example"], "protocol": "tcp", "ports": [443], "application": "tls",
                "tls": {"min_version": "1.2"}, "limits": {"connections": 3, "bytes_out": "64KiB"}, "required": True,
            }],
            "names": ["*.acme.example"],
            "listens": [{"id": "ui", "ports": [8080], "on": "loopback"}],
            "executes": ["/bin/sh", "/opt/acme/**"],
            "files": {"write": ["/var/lib/acme/**"]},
            "syscalls": {"allow": ["@default", "@network"], "deny": ["ptrace"]},
            "undeclared": {"connections": "violation", "names": "violation", "listens": "violation", "executes": "warning",
                           "files": "warning", "syscalls": "violation"},
        }
        self.start()

    def add(self, kind, src, proc=0, **members):
        self.numbers[src] = self.numbers.get(src, 0) + 1
        ev = {"k": kind, "src": src, "n": self.numbers[src], "t": self.t}
        if proc:
            ev["proc"] = proc
        self.events.append(ev | {k: v for k, v in members.items() if v})  # what is empty is left out of a record
        self.t += MS
        return self.events[-1]

    def sock(self, proc, call, proto, remote, port=None, ip=BOX, **more):
        self.port += 1
        local = f"[{ip}]:{port or self.port}" if ":" in ip else f"{ip}:{port or self.port}"
        self.add("sock", "box", proc, call=call, proto=proto, local=local, remote=remote, outcome="allowed", **more)
        return local

    def flow(self, local, remote, proto="tcp", names=(), out=500, inn=4000, pkts=10, state="fin", **more):
        self.flows += 1
        first = self.t
        members = dict(id=self.flows, proto=proto, local=local, remote=remote, first=first, last=first, pkts_out=1,
                       pkt_first=self.packets + 1, pkt_last=self.packets + 1)
        if names:
            members["names"] = list(names)
        self.add("flow", "net", **members)
        self.t += 20 * MS
        members |= dict(end=True, last=self.t, pkts_out=(pkts + 1) // 2, pkts_in=pkts // 2, bytes_out=out, bytes_in=inn,
                        pkt_last=self.packets + pkts, state=state) | more
        self.packets += pkts
        self.add("flow", "net", **members)

    def lookup(self, proc, name, addr, server=GATE, lab=True):
        local = self.sock(proc, "sendto", "udp", f"{server}:53")
        common = dict(name=name, type="A", rcode="NOERROR", addrs=[addr], client=local, server=f"{server}:53", proto="udp")
        self.flow(local, f"{server}:53", proto="udp", out=40, inn=60, pkts=2, state="done", app="dns")
        if lab:
            self.add("lookup", "lab", **common)
        self.add("lookup", "net", flow=self.flows, **common)

    def tls(self, proc, addr, name, port=443, sni=None, version="1.3", **more):
        local = self.sock(proc, "connect", "tcp", f"{addr}:{port}")
        self.flow(local, f"{addr}:{port}", names=[name] if name else (), app="tls", sni=sni or name or "", tls_version=version, **more)

    def spawn(self, proc, parent, exe, *argv):
        self.add("proc", "box", proc, pid=proc + 1, parent=parent, how="fork", role="product")
        self.execute(proc, exe, *argv)

    def execute(self, proc, exe, *argv):
        self.add("exec", "box", proc, path=exe, exe=exe, argv=[exe, *argv], sha256=sha(exe), size=70000)

    def start(self):
        self.add("canary", "run", name=CANARY, at="start", stage="planned")
        self.add("proc", "box", 1, pid=2, how="first", role="canary")
        self.lookup(1, CANARY, "198.18.7.9")
        local = self.sock(1, "connect", "tcp", "198.18.7.9:80")
        self.flow(local, "198.18.7.9:80", names=[CANARY], out=0, inn=0, pkts=6)
        self.add("served", "lab", service="sink", proto="tcp", client=local, server="198.18.7.9:80")
        self.add("canary", "run", name=CANARY, addr="198.18.7.9:80", at="start", stage="connected")
        self.add("proc", "box", 2, pid=3, how="first", role="product")
        self.execute(2, AGENT, "--once")

    def works(self, proc=2):
        self.lookup(proc, UPDATES, "198.18.3.7")
        self.tls(proc, "198.18.3.7", UPDATES)
        self.add("file", "box", proc, op="write", path="/var/lib/acme/state", outcome="allowed")
        return self

    def end(self):
        self.add("canary", "run", name=CANARY, at="end", stage="planned")
        self.add("proc", "box", 9000, pid=90, how="control", role="canary")
        if not self.watched:
            return
        self.lookup(9000, CANARY, "198.18.7.9")
        local = self.sock(9000, "connect", "tcp", "198.18.7.9:80")
        self.flow(local, "198.18.7.9:80", names=[CANARY], out=0, inn=0, pkts=6)
        self.add("served", "lab", service="sink", proto="tcp", client=local, server="198.18.7.9:80")
        self.add("canary", "run", name=CANARY, at="end", stage="connected")

    def finish(self):
        self.add("exit", "box", 2, known=True)
        if self.ended:
            self.end()
        self.counters["net"] |= {"packets_decoded": self.packets, "flows": self.flows}
        self.counters["capture"] = {"packets_captured": self.packets} | self.counters["capture"]
        for src in self.finals:
            self.add("counters", src, values=self.counters[src], final=True)
        return self

    def write_bundle(self, bundle):
        os.makedirs(bundle)
        policy = json.dumps(self.policy, indent=1) + "\n"
        self.run["policy_sha256"] = sha(policy)
        text = "".join(json.dumps(e, separators=(",", ":")) + "\n" for e in self.events) + self.tail
        for name, data in (("events.jsonl", text), ("run.json", json.dumps(self.run, indent=1) + "\n"), ("policy.json", policy)):
            with open(f"{bundle}/{name}", "w") as f:
                f.write(data)
        with open(f"{bundle}/capture.pcapng", "wb") as f:
            f.write(PCAPNG)

    def write(self):
        top = f"tests/golden/{self.name}"
        shutil.rmtree(f"{top}/bundle", ignore_errors=True)
        self.write_bundle(f"{top}/bundle")
        for name, data in (("README", f"{self.about}\nWritten by tests/golden/cases.py.\n"),
                           ("policy.json", json.dumps(self.policy, indent=1) + "\n")):
            with open(f"{top}/{name}", "w") as f:
                f.write(data)


def conforms():
    return Case("conforms", "Everything is declared, and everything was seen.").works()


def cut():
    c = Case("cut", "Its time was over: it conforms for the time that it ran.").works()
    c.run |= {"timeout_ms": 2000, "timed_out": True, "exited": False, "exit_code": 0, "exit_signal": 15}
    return c


def undeclared():
    c = Case("undeclared", "Names that no rule declares, contacted and not, a wrong port of a declared one, an address that was never looked up.").works()
    c.lookup(2, "stranger.example", "198.18.9.9")
    c.tls(2, "198.18.9.9", "stranger.example")
    c.tls(2, "198.18.3.7", UPDATES, port=8443)
    c.tls(2, "203.0.113.5", None)
    c.lookup(2, "idle.example", "198.18.9.10")
    return c


def limits():
    c = Case("limits", "Four connections and 80 000 bytes where three and 64 KiB are declared.").works()
    for _ in range(3):
        c.tls(2, "198.18.3.7", UPDATES, out=26500)
    return c


def application():
    c = Case("application", "SSH on the declared port 443, then TLS 1.0 where 1.2 is the least.").works()
    local = c.sock(2, "connect", "tcp", "198.18.3.7:443")
    c.flow(local, "198.18.3.7:443", names=[UPDATES], app="ssh")
    c.tls(2, "198.18.3.7", UPDATES, version="1.0")
    return c


def fronting():
    c = Case("fronting", "The declared name is looked up, and another is asked for in the SNI.").works()
    c.tls(2, "198.18.3.7", UPDATES, sni="hidden.example")
    return c


def resolver():
    c = Case("resolver", "A lookup at a name server of the product's own choice, and name lookups over TLS.").works()
    c.lookup(2, "x.acme.example", "198.18.4.4", server="203.0.113.53")
    local = c.sock(2, "connect", "tcp", "203.0.113.53:853")
    c.flow(local, "203.0.113.53:853", app="tls", app_detail="tls.doh_dot", tls_version="1.3")
    return c


def children():
    c = Case("children", "Two hundred short-lived children do the same undeclared thing: one finding.").works()
    for i in range(200):
        c.spawn(10 + i, 2, "/usr/bin/curl", "http://203.0.113.80/")
        local = c.sock(10 + i, "connect", "tcp", "203.0.113.80:80")
        c.flow(local, "203.0.113.80:80", app="http", http_host="203.0.113.80", pkts=8, out=90, inn=300)
        c.add("exit", "box", 10 + i, known=True)
    return c


def witnesses():
    c = Case("witnesses", "Packets that no call explains, a call whose packets went elsewhere, a call without packets, a port that no call opened.").works()
    c.flow(f"{BOX}:39999", "203.0.113.9:4444", app="unknown")
    local = c.sock(2, "connect", "tcp", "198.18.3.7:443")
    c.flow(local, "203.0.113.66:443", app="tls", sni=UPDATES, tls_version="1.3")
    c.sock(2, "connect", "tcp", "203.0.113.99:80")
    c.sock(2, "connect", "udp", "203.0.113.98:80")
    c.sock(2, "connect", "tcp", "127.0.0.1:5432", ip="127.0.0.1")
    c.add("sock", "box", 2, call="listen", proto="tcp", local="127.0.0.1:8080", outcome="allowed", cookie=71)
    c.add("port", "box", proto="tcp", local="127.0.0.1:8080", cookie=71)
    c.add("port", "box", proto="tcp", local="0.0.0.0:8081", cookie=72)
    c.add("port", "box", proto="udp", local="0.0.0.0:40123", cookie=73)
    return c


def attempts():
    c = Case("attempts", "Calls that the box refuses, and calls that the policy rules out or does not declare.").works()
    for call, group, error, undeclared_ in (("mount", "mount", "EPERM", True), ("io_uring_setup", "io_uring", "ENOSYS", True)):
        c.add("call", "box", 2, call=call, abi="x86_64", group=group, outcome="denied", error=error, undeclared=undeclared_)
    c.add("call", "box", 2, call="ptrace", abi="x86_64", group="debug", outcome="allowed", undeclared=True, count=3)
    c.add("call", "box", 2, call="setuid", abi="x86_64", group="identity", outcome="allowed", detail="0", undeclared=True)
    c.add("sock", "box", 2, call="socket", proto="family-40", outcome="denied", error="EAFNOSUPPORT")
    for family, count in (("AF_PACKET", 2), ("AF_VSOCK", 1)):
        c.add("call", "box", 2, call="socket", abi="x86_64", group="family", outcome="denied", error="EAFNOSUPPORT",
              detail=family + " SOCK_RAW protocol 0", count=count)
    return c


def local_acts():
    c = Case("local-acts", "Undeclared executions, files and listeners; none of the findings is a violation but the listeners.").works()
    c.spawn(3, 2, "/usr/bin/perl", "-e", "1")
    c.add("exec", "box", 3, path="/usr/local/bin/nowhere", error="ENOENT")
    c.add("file", "box", 3, op="create", path="/var/lib/acme/../../../etc/cron.d/acme", outcome="allowed")
    c.add("file", "box", 3, op="write", path="/dev/null", outcome="allowed")
    c.add("file", "box", 3, op="rename", path="/var/lib/acme/a", path2="/usr/bin/b", outcome="denied", error="EACCES")
    c.add("sock", "box", 2, call="listen", proto="tcp", local="0.0.0.0:8080", outcome="allowed")
    c.add("sock", "box", 2, call="listen", proto="tcp", local="127.0.0.1:8080", outcome="allowed")
    c.add("sock", "box", 2, call="bind", proto="udp", local="[::]:5353", outcome="allowed")
    return c


def missing():
    return Case("missing", "The required rule was not seen, and nothing was lost.")


def lost():
    c = Case("lost", "Packets were dropped: nothing contradicts the policy, but the run proves nothing.").works()
    c.counters["capture"] |= {"packets_dropped": 12, "packets_unaccounted": 12}
    c.add("loss", "capture", what="packets", detail="12 packets were dropped by the kernel", count=12)
    return c


def lost_violates():
    c = Case("lost-violates", "A violation stays one, although evidence was lost, too.").works()
    c.tls(2, "203.0.113.5", None)
    c.add("loss", "capture", what="packets", detail="12 packets were dropped by the kernel", count=12)
    return c


def canary():
    c = Case("canary", "The call record does not have the control connection.").works()
    c.events = [e for e in c.events if not (e["k"] == "sock" and e.get("proc") == 1)]
    for src in ("box",):
        for n, e in enumerate((e for e in c.events if e["src"] == src), 1):
            e["n"] = n
        c.numbers[src] = n
    return c


def asleep():
    c = Case("asleep", "Every observer saw the control before the product, and none the one after its end.").works()
    c.watched = False
    return c


def truncated():
    c = Case("truncated", "tcbox was killed: the last line is cut, no producer has finished, the manifest says running.").works()
    c.finals, c.ended = [], False
    c.tail = '{"k":"flow","src":"net","n":9,"t":23'
    c.run |= {"state": "running", "ended_ns": 0, "exited": False}
    c.run.pop("ended")
    return c


def ipv6():
    c = Case("ipv6", "Calls on a dual-stack socket, ping, a protocol of its own: joined by protocol, port and mapped addresses.")
    c.lookup(2, UPDATES, "198.18.3.7")
    c.sock(2, "connect", "tcp", "[::ffff:198.18.3.7]:443", port=41000, ip=f"::ffff:{BOX}")
    c.flow(f"{BOX}:41000", "198.18.3.7:443", names=[UPDATES], app="tls", sni=UPDATES, tls_version="1.3")
    c.sock(2, "connect", "tcp", "[2001:db8::77]:443", ip="2001:db8:ffff::2", port=41001)
    c.flow("[2001:db8:ffff::2]:41001", "[2001:db8::77]:443", names=["a.cdn.acme.example"], app="tls", sni="a.cdn.acme.example",
           tls_version="1.2")
    c.add("sock", "box", 2, call="sendto", proto="icmp", local=f"{BOX}:7", remote="203.0.113.1", outcome="allowed")
    c.flow(BOX, "203.0.113.1", proto="icmp", app="icmp", out=64, inn=64, pkts=2, state="done")
    c.add("sock", "box", 2, call="sendto", proto="raw", local=BOX, remote="203.0.113.2", outcome="allowed")
    c.flow(BOX, "203.0.113.2", proto="ip-47", out=64, inn=0, pkts=2, state="timeout")
    return c


def state():
    c = Case("state", "The layer was kept: what the run changed on disk, two of it without a recorded call, and that root of the box did it.").works()
    c.run |= {"state_name": "acme", "state_run": 2, "as_root": True, "ids": 65536, "root": "/srv/images/acme",
              "lab_path": "answers.json", "lab_sha256": sha("answers"), "scenario": "late", "scenario_means": "answers begin after 120 s"}
    c.counters["disk"] |= {"created": 2, "changed": 1, "removed": 1}
    c.add("file", "box", 2, op="symlink", path="/opt/acme/current", outcome="allowed")
    c.add("file", "box", 2, op="rename", path="/var/lib/acme/old", path2="/var/lib/acme/older", outcome="allowed")
    c.add("change", "disk", op="changed", path="/etc/passwd", type="file", size=1200, sha256=sha("passwd"))
    c.add("change", "disk", op="created", path="/opt/acme/current", type="link", target="/opt/acme/4.2.1")
    c.add("change", "disk", op="created", path="/var/lib/acme/big\n", type="file", size=700 << 20)
    c.add("change", "disk", op="removed", path="/var/lib/acme/old", type="directory")
    return c


def ignored():
    c = Case("ignored", "The policy declares nothing and ignores connections and names: the headline says so.").works()
    c.policy = {"tcbox_policy": 1, "undeclared": {"connections": "ignore", "names": "ignore"}}
    return c


def headline():
    c = Case("headline", "A conforming run with undeclared files and programs: the headline does not say that all was declared.").works()
    c.add("file", "box", 2, op="create", path="/tmp/undeclared-file", outcome="allowed")
    c.spawn(3, 2, "/usr/bin/touch", "/tmp/x")
    c.policy["undeclared"]["executes"] = "info"
    return c


if __name__ == "__main__":
    for make in (conforms, cut, undeclared, limits, application, fronting, resolver, children, witnesses, attempts, local_acts, missing, lost,
                 lost_violates, canary, asleep, truncated, ipv6, state, ignored, headline):
        make().finish().write()
