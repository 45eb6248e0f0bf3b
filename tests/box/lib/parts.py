#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""parts.py - look at, or send a signal to, the processes of tcbox while a run is going on

usage: parts.py look NUMBER TCBOX BUNDLE [OPTION...] -- PROGRAM...
       parts.py NAME SIGNAL TCBOX BUNDLE [OPTION...] -- PROGRAM...

"look" prints one line of TAP for each property, numbered from NUMBER + 1, and says how many at the end, as "# tests N".
The other sends the signal to the process of that name (decoder, lab ...), and ends with the exit status of tcbox. Both
wait for the program's first line of output before, and write a line to its input afterwards.
"""
import os
import re
import signal
import subprocess
import sys
import time

# What each may hold, by name: kinds of descriptors (besides /dev/null) and capabilities.
KINDS = {
    "decoder": {"pipe"},
    "lab": {"pipe", "socket", "anon_inode:[eventpoll]"},
    "capture": {"pipe", "socket", "/capture.pcapng", "2"},
    "disk": {"pipe", "/", "2"},
}
CAPS = {"decoder": 0, "capture": 0, "lab": 1 << 10 | 1 << 13, "disk": 1 << 2}
# Bytes of address space; the capture allocates nothing while it runs.
MEMORY = {"decoder": 2 << 30, "lab": 2 << 30, "disk": 1 << 30}
number = 0


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def tell(name, good, said=""):
    global number
    number += 1
    print(f"{'ok' if good else 'not ok'} {number} - {name}" + (f"\n# {said}" if said and not good else ""))


def family(pid):
    for child in read(f"/proc/{pid}/task/{pid}/children").split():
        yield int(child)
        yield from family(int(child))


def part(run, name):
    for _ in range(200):
        for pid in family(run.pid):
            if read(f"/proc/{pid}/comm").strip() == f"tcbox: {name}"[:15]:
                return pid
        time.sleep(0.02)
    run.kill()
    raise SystemExit(f"no {name}")


def await_control(bundle):
    """Until all observers have told of the control before the product: who is hit now has seen it."""
    for _ in range(500):
        lines = read(f"{bundle}/events.jsonl").splitlines()
        if all(any(f'"src":"{src}"' in line and ".canary.invalid" in line for line in lines) for src in ("net", "lab")):
            return
        time.sleep(0.02)
    print("the control is not in the record")


def status(pid):
    return dict(line.split(":\t", 1) for line in read(f"/proc/{pid}/status").splitlines() if ":\t" in line)


def descriptors(pid):
    """Kinds of what is open; standard error is named by its number if it is not /dev/null."""
    kinds = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        to = os.readlink(f"/proc/{pid}/fd/{fd}")
        if to == "/dev/null":
            continue
        if fd in ("0", "1", "2"):
            kinds.add(fd)
        else:
            kinds.add("/" + os.path.basename(to) if to.startswith("/") else re.sub(r":\[\d+\]$", "", to))
    return kinds


def look_from_outside(name, pid):
    s = status(pid)
    caps = {int(s[key], 16) for key in ("CapPrm", "CapEff")}
    tell(f"{name}: a filter, and no way to new privileges", s["Seccomp"] == "2" and s["NoNewPrivs"] == "1", s)
    tell(f"{name}: no capability but those that it needs",
         caps == {CAPS[name]} and not any(int(s[key], 16) for key in ("CapInh", "CapAmb")), caps)
    tell(f"{name}: not root of the machine", s["Uid"].split()[0] != "0" if os.getuid() == 0 else True, s["Uid"])


def look_inside(name, pid, gate):
    tell(f"{name}: its root directory is empty", os.listdir(f"/proc/{pid}/root/") == [])
    tell(f"{name}: nothing can be written there", not os.access(f"/proc/{pid}/root/", os.W_OK)
         or "ro" in read(f"/proc/{pid}/mountinfo").split(" / /sys ")[-1].split()[0].split(","))
    tell(f"{name}: it holds only {', '.join(sorted(KINDS[name]))}", descriptors(pid) <= KINDS[name], descriptors(pid))
    limits = read(f"/proc/{pid}/limits")
    tell(f"{name}: no core dump", re.search(r"Max core file size +0 +0 ", limits), limits)
    if name in MEMORY:
        most = MEMORY[name]
        tell(f"{name}: bounded memory", re.search(rf"Max address space +{most} +{most} ", limits), limits)
        maps = read(f"/proc/{pid}/maps")
        tell(f"{name}: no memory is both writable and executable", not re.search(r" .wx", maps))
    net = os.readlink(f"/proc/{pid}/ns/net")
    devices = [line.split(":")[0].strip() for line in read(f"/proc/{pid}/net/dev").splitlines()[2:]]
    if name in ("decoder", "disk"):
        tell(f"{name}: its network namespace is empty", net != gate and devices == ["lo"], devices)
    else:
        tell(f"{name}: it is in the gate's network namespace", net == gate and "g0" in devices, devices)


def look(run):
    gate = os.readlink(f"/proc/{part(run, 'airlock')}/ns/net") if os.getuid() == 0 else None
    for name in KINDS:
        pid = part(run, name)
        look_from_outside(name, pid)
        if gate:
            look_inside(name, pid, gate)
            continue
        try:
            os.listdir(f"/proc/{pid}/fd")
            tell(f"{name}: other processes of the same user cannot look into it", False)
        except PermissionError:
            tell(f"{name}: other processes of the same user cannot look into it", True)


def main():
    global number
    what, detail, tcbox, bundle, *rest = sys.argv[1:]
    run = subprocess.Popen([tcbox, "run", "--quiet", "--output", bundle, *rest], stdin=subprocess.PIPE,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    run.stdout.readline()
    if what == "look":
        first = number = int(detail)
        look(run)
        print(f"# tests {number - first}")
    else:
        await_control(bundle)
        os.kill(part(run, what), getattr(signal, detail))
        time.sleep(0.3)
    try:
        run.communicate(b"go on\n", 60)
    except subprocess.TimeoutExpired:
        run.kill()
        print("tcbox did not end")
        return 99
    return run.returncode if what != "look" else 0


sys.exit(main())
