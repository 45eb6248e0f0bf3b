# SPDX-License-Identifier: Apache-2.0
"""story.py - the acts of a case as the bundle of a run in which nothing was lost"""
import os
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
import cases  # noqa: E402

PRODUCT = cases.AGENT
ENCRYPTED = ("tls", "https", "quic", "http3")


def address(name):
    """the address that the simulated internet gives to a name"""
    number = zlib.crc32(name.encode()) % 60000 + 300
    return f"198.18.{number >> 8}.{number & 255}"


class Story(cases.Case):
    def __init__(self):
        super().__init__("story", "")
        self.run["observe"] = "all"  # the policy of the run is another one
        self.programs = {PRODUCT: 2}
        self.looked = set()

    def who(self, program):
        """the process that runs this program; a child of the product is made if there is none"""
        if program not in self.programs:
            self.programs[program] = 10 + len(self.programs)
            self.spawn(self.programs[program], 2, program)
        return self.programs[program]

    def do_connect(self, act):
        to, port, proc = act["connect"], act.get("port"), self.who(act.get("by", PRODUCT))
        named = not any(c in to for c in ":") and not to.replace(".", "").isdigit()
        addr = act.get("at") or (address(to) if named else to)
        if named and (proc, to) not in self.looked:
            self.looked.add((proc, to))
            self.lookup(proc, to, addr)
        proto, app = act.get("proto", "tcp"), act.get("as", "tls")
        mine = f"2001:db8:ffff::{self.port % 250 + 2}" if ":" in addr else cases.BOX
        peer = f"[{addr}]:{port}" if ":" in addr else f"{addr}:{port}"
        if port:
            local = self.sock(proc, "connect" if proto == "tcp" else "sendto", proto, peer, ip=mine)
        else:
            peer, local = addr, mine
            self.add("sock", "box", proc, call="sendto", proto="icmp" if proto.startswith("icmp") else "raw", local=mine, remote=addr,
                     outcome="allowed")
        if "kept_by" in act:
            self.add("sock", "box", self.who(act["kept_by"]), call="execve", proto=proto, local=local, remote=peer, outcome="allowed")
        more = {"app": app, "out": act.get("out", 500), "inn": act.get("in", 4000)}
        if app in ENCRYPTED:
            more |= {"sni": act.get("says", to if named else ""), "tls_version": act.get("tls", "1.3")}
        elif app == "http":
            more |= {"http_host": act.get("says", to)}
        if act.get("refused"):
            more = {"out": 0, "inn": 0, "state": "refused", "pkts": 2}
        for number, asked in enumerate(act.get("asks", ()), 1):
            method, path = asked.split(" ")
            named_as = [act.get("says", to)] if named else []
            self.add("request", "lab", service="https" if app in ENCRYPTED else "http", client=local, server=peer, number=number,
                     names=named_as, method=method, path=path, status=200, first=self.t, last=self.t)
        self.flow(local, peer, proto=proto, names=[to] if named else (), **more)

    def do_name(self, act):
        self.lookup(self.who(act.get("by", PRODUCT)), act["name"], address(act["name"]))

    def do_listen(self, act):
        proto = act.get("proto", "tcp")
        self.add("sock", "box", self.who(act.get("by", PRODUCT)), call="listen" if proto == "tcp" else "bind", proto=proto,
                 local=act["listen"], outcome="allowed", cookie=900 + self.t // cases.MS)

    def do_exec(self, act):
        self.who(act["exec"])

    def do_file(self, act):
        more = {"path2": act["to"]} if "to" in act else {}
        self.add("file", "box", self.who(act.get("by", PRODUCT)), op=act.get("op", "write"), path=act["file"], outcome="allowed", **more)

    def do_call(self, act):
        self.add("call", "box", self.who(act.get("by", PRODUCT)), call=act["call"], abi=act.get("abi", "x86_64"),
                 group=act.get("group", "other"), outcome="allowed", undeclared=True)

    def act(self, act):
        for _ in range(act.get("times", 1)):
            self.t += int(act.get("wait", 0) * 1000) * cases.MS
            getattr(self, "do_" + next(k for k in ("connect", "name", "listen", "exec", "file", "call") if k in act))(act)


def write(acts, bundle, run):
    s = Story()
    for act in acts:
        s.act(act)
    s.run |= run
    s.finish()
    s.write_bundle(bundle)
    return bundle
