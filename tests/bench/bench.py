#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bench.py - what tcbox costs, against peers in the same run

usage: bench.py DIRECTORY [ITEM...]	B=build directory; DIRECTORY is private and empty; items are the functions of ITEMS

Everything stays in namespaces of its own and ends by itself. An item that cannot be measured is left out with a message.
"""
import itertools
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import time

from measure import QUICK, Failed, interleave, result, run, say, table

HERE = os.path.dirname(os.path.realpath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.realpath(os.environ["B"])
TCBOX = os.path.join(BUILD, "tcbox")
DIR = os.path.realpath(sys.argv[1])
WHOLE = (0, 1, 3)	# the run is complete, whatever the verdict
GATE = "198.19.255.1"
STRANGER = "203.0.113.9"	# an address that nobody looked up: the lab's sink
serial = itertools.count()

# What the default observation is notified of, as far as strace can tell the same.
WATCHED = ("execve,execveat,fork,vfork,clone,clone3,exit,exit_group,socket,connect,bind,listen,accept,accept4,sendto,sendmsg,"
           "sendmmsg,open,openat,openat2,creat,unlink,unlinkat,rmdir,rename,renameat,renameat2,mkdir,mkdirat,mknod,mknodat,link,"
           "linkat,symlink,symlinkat,truncate,chmod,fchmod,fchmodat,chown,lchown,fchown,fchownat,setxattr,lsetxattr,fsetxattr,"
           "utime,utimes,futimesat,utimensat,ptrace,seccomp,prctl,setuid,setgid,setresuid,setresgid,setgroups,capset,chroot")


def driver(name, where="bench"):
    return os.path.join(BUILD, "tests", where, name + "_driver")


def have(*programs):
    missing = [p for p in programs if not shutil.which(p)]
    for p in missing:
        say(f"{p} is not installed, skipped")
    return not missing


class Box:
    """tcbox run with some options; the bundle of the last run can be asked."""

    def __init__(self, *options):
        self.options, self.bundle = options, None

    def run(self, *argv, ok=WHOLE, cwd=None):
        self.forget()
        self.bundle = os.path.join(DIR, f"bundle{next(serial)}")
        return run([TCBOX, "run", "--quiet", "--timeout", "60s", "--output", self.bundle, *self.options, "--", *argv], ok, cwd)

    def load(self, name):
        with open(os.path.join(self.bundle, name), encoding="utf-8") as f:
            return json.load(f)

    def counter(self, name):
        return self.load("run.json")["counters"].get(name, 0)

    def forget(self):
        if self.bundle:
            shutil.rmtree(self.bundle, ignore_errors=True)


def strace(calls, *argv, bpf=False):
    return ["strace", "-f", "-qq", *(["--seccomp-bpf"] if bpf else []), "-o", os.path.join(DIR, "strace.out"),
            *(["-e", "trace=" + calls] if calls else []), *argv]


def latency():
    """A whole run of a program that does nothing."""
    box = Box()
    sides = {"tcbox run": lambda: box.run("true")[0] * 1e3, "native": lambda: run(["true"])[0] * 1e3}
    if have("bwrap"):
        sides["bwrap"] = lambda: run(["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"])[0] * 1e3
    if have("firejail"):
        sides["firejail"] = lambda: run(["firejail", "--quiet", "--noprofile", "--net=none", "true"])[0] * 1e3
    v = interleave(sides, 40, 15)
    box.forget()
    more = None
    if v.get("bwrap") and v.get("tcbox run"):
        more = round(sorted(v["tcbox run"])[len(v["tcbox run"]) // 2] - sorted(v["bwrap"])[len(v["bwrap"]) // 2], 1)
    result("latency", "ms", v, "bwrap" if v.get("bwrap") else "native", "bwrap + 25 ms", ms_more_than_bwrap=more)


SOURCE = """#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct item%(f)d { int key; char text[%(f)d + 8]; struct item%(f)d *next; };
""", """static int work%(f)d_%(n)d(struct item%(f)d *head, int x)
{
	int sum = 0;
	for (struct item%(f)d *i = head; i; i = i->next) {
		if (i->key %% %(n)d == x)
			sum += (int)strlen(i->text) * %(n)d;
		else if (strchr(i->text, 'a' + x %% 26))
			(void)snprintf(i->text, sizeof(i->text), "%%d", sum);
	}
	return sum;
}
""", """int use%(f)d(int x)
{
	struct item%(f)d one = { .key = x };
	int sum = 0;
%(calls)s	return sum;
}
"""


def write_project(path, files=40, functions=30):
    os.mkdir(path)
    for f in range(files):
        numbers = range(1, functions + 1)
        calls = "".join(f"\tsum += work{f}_{n}(&one, x);\n" for n in numbers)
        text = SOURCE[0] % {"f": f} + "".join(SOURCE[1] % {"f": f, "n": n} for n in numbers) + SOURCE[2] % {"f": f, "calls": calls}
        with open(os.path.join(path, f"part{f}.c"), "w", encoding="utf-8") as out:
            out.write(text)
    with open(os.path.join(path, "Makefile"), "w", encoding="utf-8") as out:
        out.write("objects := $(patsubst %.c,%.o,$(wildcard *.c))\nall.a: $(objects)\n\tar rc $@ $^\n%.o: %.c\n\tcc -O0 -c $< -o $@\n")


def make():
    """A build of 40 files with two jobs; the time that make itself took, in bash's words."""
    src = os.path.join(DIR, "project")
    write_project(src)
    build = ["bash", "-c", "TIMEFORMAT=%R; time make -s -j2"]
    some, every = Box(), Box("--observe", "all")

    def took(outcome):
        for name in os.listdir(src):
            if name.endswith((".o", ".a")):
                os.unlink(os.path.join(src, name))
        return float(outcome[2].split()[-1])

    sides = {"native": lambda: took(run(build, cwd=src)), "tcbox": lambda: took(some.run(*build, cwd=src)),
             "tcbox --observe all": lambda: took(every.run(*build, cwd=src))}
    if have("strace"):
        sides["strace --seccomp-bpf"] = lambda: took(run(strace(WATCHED, *build, bpf=True), cwd=src))
        sides["strace"] = lambda: took(run(strace(WATCHED, *build), cwd=src))
        sides["strace, every call"] = lambda: took(run(strace(None, *build), cwd=src))
    v = interleave(sides, 5, 50)
    result("make", "s", v, "native", "1.25 x; all 3.5 x", notifications=some.counter("box.notifications"),
           notifications_all=every.counter("box.notifications"))
    some.forget()
    every.forget()
    shutil.rmtree(src)


def calls():
    """One call in a tight loop: not watched, watched with a path, watched with an event for each open."""
    for call, count, budget in (("getppid", 200000, None), ("mkdir", 20000, "3500 ns"), ("open", 20000, None)):
        box = Box()
        loop = [driver("calls"), call, str(count)]
        slow = [driver("calls"), call, str(count // 20)]
        sides = {"native": lambda loop=loop: float(run(loop)[1]),
                 "tcbox": lambda loop=loop, box=box: float(box.run(*loop)[1])}
        if have("strace"):
            sides["strace"] = lambda slow=slow: float(run(strace("mkdir,openat", *slow))[1])
        v = interleave(sides, 7, 8)
        result("call " + call, "ns", v, "native", budget,
               ns_more_than_native=round(sorted(v["tcbox"])[len(v["tcbox"]) // 2] - sorted(v["native"])[len(v["native"]) // 2])
               if v.get("tcbox") and v.get("native") else None)
        box.forget()


def owners(box, wanted):
    """Does the record have every flow, each with its owner, and was nothing lost?"""
    evidence = box.load("report.json")
    flows = sum(1 for line in open(os.path.join(box.bundle, "events.jsonl"), encoding="utf-8")
                if '"k":"flow"' in line and '"end":true' in line and STRANGER in line)
    text = run([TCBOX, "report", box.bundle])[1] if wanted else ""
    without = re.search(r"(\d+)\s+without\s+an\s+owner", text)
    return {"connections": wanted, "flows": flows, "packets_without_owner": int(without.group(1)) if without else None,
            "drops": box.counter("capture.packets_dropped") + box.counter("capture.packets_unaccounted"),
            "undecoded": box.counter("capture.packets_undecoded"), "verdict": evidence.get("verdict")}


def connections():
    """Short TCP connections through the lab: 1 000 a second, and as many as go; the peer is a server on loopback."""
    shell = 'ip link set lo up; "$0" serve 9000 & s=$!; sleep 0.2; "$0" connect 127.0.0.1 9000 $1 $2; kill $s'
    seconds = 1 if QUICK else 3
    policy = os.path.join(DIR, "stranger.json")
    with open(policy, "w", encoding="utf-8") as f:	# "conforms" is said only when nothing was lost and every packet has an owner
        json.dump({"tcbox_policy": 1, "product": {"vendor": "Acme", "name": "Agent", "version": "1"}, "executes": ["**"],
                   "connections": [{"id": "all", "to": [STRANGER], "protocol": "tcp", "ports": [4321]}]}, f)
    for title, count, rate in (("connections 1000/s", 1000 * seconds, 1000), ("connections", 4000 * seconds, 0)):
        box, last, p50, p99 = Box("--policy", policy), {}, {}, {}

        def said(side, out, last=last, p50=p50, p99=p99):
            words = [float(x) for x in out.split()]
            last[side] = words
            p50.setdefault(side, []).append(words[3])
            p99.setdefault(side, []).append(words[4])
            return words[2]

        tool = driver("tcp")
        v = interleave({
            "loopback": lambda: said("loopback", run(["unshare", "-Urn", "sh", "-c", shell, tool, str(count), str(rate)])[1]),
            "tcbox": lambda: said("tcbox", box.run(tool, "connect", STRANGER, "4321", str(count), str(rate))[1]),
        }, 3, 20)
        if not v.get("tcbox"):
            continue
        result(title, "per s", v, "loopback", failed=int(last["tcbox"][1]), **owners(box, int(last["tcbox"][0])))
        result(title + ", connect p50", "us", p50, "loopback")
        result(title + ", connect p99", "us", p99, "loopback")
        box.forget()


REDIS = """redis-server --bind 127.0.0.1 --port $0 --save '' --dir . >/dev/null &
i=0; until redis-cli -p $0 ping >/dev/null 2>&1 || [ $i = 100 ]; do i=$((i+1)); sleep 0.05; done
redis-benchmark -p $0 -t set,get -n $1 --csv; redis-cli -p $0 shutdown nosave; wait"""


def redis():
    """A server and its client in one box: calls that are not watched, and many of them."""
    if not have("redis-server", "redis-cli", "redis-benchmark"):
        return
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = str(s.getsockname()[1])
    box, gets = Box(), {}
    shell = ["sh", "-c", REDIS, port, "100000"]

    def said(side, outcome):
        rate = {line.split(",")[0].strip('"'): float(line.split(",")[1].strip('"')) for line in outcome[1].splitlines() if "ET" in line}
        gets.setdefault(side, []).append(rate["GET"])
        return rate["SET"]

    sides = {"native": lambda: said("native", run(shell, cwd=DIR)), "tcbox": lambda: said("tcbox", box.run(*shell, cwd=DIR))}
    if have("bwrap"):
        bwrap = ["bwrap", "--unshare-all", "--dev-bind", "/", "/"]
        sides["bwrap"] = lambda: said("bwrap", run(bwrap + shell, cwd=DIR))
    if have("strace"):
        sides["strace --seccomp-bpf"] = lambda: said("strace --seccomp-bpf", run(strace(WATCHED, *shell, bpf=True), cwd=DIR))
    v = interleave(sides, 9, 80)
    result("redis SET", "per s", v, "native", "0.98 x")
    result("redis GET", "per s", gets, "native", "0.98 x")
    box.forget()


def capture_counters(path):
    """The last counters of the capture: drops and packets."""
    values = {}
    for line in open(os.path.join(path, "events.jsonl"), encoding="utf-8"):
        event = json.loads(line)
        if event["k"] == "counters" and event["src"] == "capture":
            values = event["values"]
    return values


def gate():
    """iperf3 from the box's end of the link to the gate's, with and without capture."""
    if not have("iperf3", "nft", "ip", "ss"):
        return
    seconds, lost, seen = ("1" if QUICK else "2"), {}, {}
    env = f"DRIVER={driver('gate', 'box')}", f"GATE={GATE}"

    def link(rate, snaplen):
        path = os.path.join(DIR, f"gate{next(serial)}")
        os.mkdir(path)
        run(["env", *env, "unshare", "-Urnm", driver("gate", "box"), "run", "--lab", "--rate", rate, os.path.join(HERE, "gate.sh"),
             path, seconds, snaplen])
        with open(os.path.join(path, "iperf.json"), encoding="utf-8") as f:
            bits = json.load(f)["end"]["sum_received"]["bits_per_second"]
        if snaplen != "off":
            c = capture_counters(path)
            key = f"{rate}/{snaplen}"
            lost[key] = lost.get(key, 0) + c["packets_dropped"] + c["packets_unaccounted"]
            seen[key] = seen.get(key, 0) + c["packets_captured"]
        shutil.rmtree(path)
        return bits / 1e9

    shaped = "1000000000"
    v = interleave({"no capture": lambda: link(shaped, "off"), "tcbox, whole packets": lambda: link(shaped, "262144")}, 3, 15)
    result("gate, 1 Gbit/s", "Gbit/s", v, "no capture", "0 lost", lost=lost.get(shaped + "/262144"),
           packets=seen.get(shaped + "/262144"))
    v = interleave({"no capture": lambda: link("0", "off"), "tcbox, headers": lambda: link("0", "128")}, 3, 15)
    result("gate, not shaped", "Gbit/s", v, "no capture", "0.85 x, 0 lost", lost=lost.get("0/128"), packets=seen.get("0/128"))


def upload():
    """An upload to an address that nobody looked up, through everything: gate, lab's sink, capture, decoder."""
    box, megabytes = Box(), 50 if QUICK else 200
    v = interleave({"tcbox": lambda: float(box.run(driver("tcp"), "send", STRANGER, "4321", str(megabytes << 20))[1]) * 8 / 1e9}, 3, 20)
    if v.get("tcbox"):
        result("upload", "Gbit/s", v, "", "1 Gbit/s, 0 lost", megabytes=megabytes, drops=box.counter("capture.packets_dropped"),
               unaccounted=box.counter("capture.packets_unaccounted"), undecoded=box.counter("capture.packets_undecoded"))
    box.forget()


def flow_lines(n):
    for i in range(n):
        rule, port, t = i % 10, 1024 + i % 60000, 1000000 * i
        local, remote, name = f"198.19.255.2:{port}", f"198.18.{rule}.7:443", f"h{rule}.example"
        yield (f'{{"k":"sock","src":"box","n":{i + 3},"t":{t},"proc":1,"call":"connect","proto":"tcp","local":"{local}",'
               f'"remote":"{remote}","cookie":{i + 1},"outcome":"allowed"}}\n'
               f'{{"k":"flow","src":"net","n":{i + 1},"t":{t + 500000},"id":{i + 1},"end":true,"proto":"tcp","local":"{local}",'
               f'"remote":"{remote}","first":{t + 1000},"last":{t + 400000},"pkts_out":9,"pkts_in":8,"bytes_out":640,"bytes_in":2300,'
               f'"wire_out":1120,"wire_in":2720,"pkt_first":{20 * i + 1},"pkt_last":{20 * i + 17},"state":"fin","app":"tls",'
               f'"sni":"{name}","alpn":"h2","tls_version":"1.3","names":["{name}"]}}\n')


def write_bundle(path, flows):
    os.mkdir(path)
    shutil.copy(os.path.join(TREE, "tests", "sample-bundle", "run.json.in"), os.path.join(path, "run.json"))
    with open(os.path.join(path, "events.jsonl"), "w", encoding="utf-8") as f:
        f.write('{"k":"proc","src":"box","n":1,"t":0,"proc":1,"pid":3,"start":103,"role":"product","how":"first"}\n'
                '{"k":"exec","src":"box","n":2,"t":0,"proc":1,"path":"/opt/acme/agent","exe":"/opt/acme/agent","argv":["agent"],'
                '"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","size":2097152}\n')
        f.writelines(flow_lines(flows))


def write_policy(path, rules):
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"tcbox_policy": 1, "product": {"vendor": "Acme", "name": "Agent", "version": "1"},
                   "connections": [{"id": f"r{i}", "to": [f"h{i}.example" if i % 2 else f"*.h{i}.example", f"h{i}.example"],
                                    "protocol": "tcp", "ports": [443]} for i in range(rules)]}, f)


def check():
    """tcbox check of a large record with few and with many rules."""
    flows, bundle = (20000 if QUICK else 200000), os.path.join(DIR, "large")
    write_bundle(bundle, flows)
    peak = {}

    def compare(rules):
        policy = os.path.join(DIR, f"policy{rules}.json")
        if not os.path.exists(policy):
            write_policy(policy, rules)
        start = time.perf_counter()
        p = subprocess.Popen([TCBOX, "check", "--policy", policy, bundle], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = p.stderr.read()
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        if p.returncode not in WHOLE:
            raise Failed(f"tcbox check ended with {p.returncode}: {said.decode()[-300:]}")
        peak[rules] = round(usage.ru_maxrss / 1024)
        return time.perf_counter() - start

    v = interleave({"10 rules": lambda: compare(10), "tcbox check, 10000 rules": lambda: compare(10000)}, 5, 25)
    result(f"check of {flows} flows", "s", v, "10 rules", "2 x", peak_mib=peak.get(10000),
           record_mib=round(os.path.getsize(os.path.join(bundle, "events.jsonl")) / 2**20))
    shutil.rmtree(bundle)


def match():
    """The comparison alone: 10 000 rules against 10, a million flows in memory."""
    line = json.loads(run([driver("match"), "100000" if QUICK else "1000000"])[1])
    result(f"match of {line['flows']} flows", "s", {"10 rules": [line["seconds_few"]], "tcbox, 10000 rules": [line["seconds_many"]]},
           "10 rules", "2 x", peak_mib=line["max_rss_mib"])


def record():
    """Events through a pipe into the record, stored and read back: processor time for each."""
    line = json.loads(run([driver("record"), "20000" if QUICK else "200000"])[1])
    result("record", "us", {key[:-3]: [value] for key, value in line.items() if key.endswith("_us")}, "", events=line["events"])


def packets_of(path):
    """The packets of a little-endian pcapng file with one interface."""
    with open(path, "rb") as f:
        data = f.read()
    at, packets = 0, []
    while at + 12 <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == 6:
            caplen = struct.unpack_from("<I", data, at + 20)[0]
            packets.append(data[at + 28:at + 28 + caplen])
        at += length
    return packets


def write_capture(path, wanted):
    """A capture of many conversations: stored ones again and again, with another box each time, so that each is new."""
    stored = [p for name in ("dns", "http", "tls") for p in packets_of(f"{TREE}/tests/captures/{name}.pcapng") if p[12:14] == b"\x08\0"]
    box, n = bytes([198, 19, 255, 2]), 0
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
        for turn in itertools.count():
            other = bytes([10, turn >> 16 & 255, turn >> 8 & 255, turn & 255])
            for p in stored:
                p = p[:26] + p[26:34].replace(box, other) + p[34:]
                f.write(struct.pack("<IIII", 1700000000 + n // 10**6, n % 10**6 * 1000, len(p), len(p)) + p)
                n += 1
            if n >= wanted:
                return n


def decode():
    """Decoding a capture file: packets a second of the decoder, tshark and ndpiReader."""
    path = os.path.join(DIR, "many.pcap")
    n = write_capture(path, 50000 if QUICK else 300000)
    sides = {"tcbox decoder": lambda: n / run([driver("decode", "box"), path])[0]}
    if have("tshark"):
        sides["tshark"] = lambda: n / run(["tshark", "-n", "-r", path, "-q", "-z", "conv,tcp"])[0]
    if have("ndpiReader"):
        sides["ndpiReader"] = lambda: n / run(["ndpiReader", "-i", path, "-q"])[0]
    v = interleave(sides, 3, 25)
    result("decode", "pkt/s", v, "tshark" if v.get("tshark") else "ndpiReader", "10 x tshark, 1 x ndpiReader", packets=n)
    os.unlink(path)


ITEMS = {f.__name__: f for f in (latency, make, calls, redis, connections, upload, gate, check, match, record, decode)}


def main():
    names = sys.argv[2:] or list(ITEMS)
    for name in names:
        start = time.monotonic()
        try:
            ITEMS[name]()
        except (Failed, OSError, KeyError, IndexError, ValueError) as e:
            say(f"{name}: not measured: {type(e).__name__}: {e}")
        say(f"{name} took {time.monotonic() - start:.0f} s")
    table()


if __name__ == "__main__":
    main()
