#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill_one.py - kill one process of a run, and look what is left

usage: kill_one.py TCBOX KIND MOMENT BUNDLE [OPTION...] -- PROGRAM...

KIND is "tcbox", or the name of a process of the airlock as ps shows it ("airlock", "init", "capture", ...). MOMENT:

    starting	as soon as that process is there
    running	when the program has written a line
    ending	when the program has been told to end

Ends with 0 if the process was killed, tcbox ended by itself and nothing is left of the run but the bundle, with 3 if
the process had ended before it could be killed, else with 1, after saying what is wrong.
"""
import os
import signal
import subprocess
import sys
import time

SPACES = ("net", "mnt", "pid", "user")


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def children(pid):
    return [int(p) for p in read(f"/proc/{pid}/task/{pid}/children").split()]


def descendants(pid):
    found = []
    todo = children(pid)
    while todo:
        one = todo.pop()
        found.append(one)
        todo += children(one)
    return found


def identity(pid):
    """A pid and its start time; None for a process that is no more, or only a zombie."""
    fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (pid, fields[19]) if fields and fields[0] not in "ZX" else None


def namespaces(pid):
    found = set()
    for space in SPACES:
        try:
            found.add(os.readlink(f"/proc/{pid}/ns/{space}"))
        except OSError:
            pass
    return found


def victim(tcbox, kind):
    if kind == "tcbox":
        return tcbox
    shown = "init" if kind == "init" else f"tcbox: {kind}"[:15]		# the product sees init
    for pid in descendants(tcbox):
        if read(f"/proc/{pid}/comm").strip() == shown:
            return pid
    return None


def wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.0005)
    return None


def main():
    program, kind, moment, bundle, *rest = sys.argv[1:]
    own = namespaces("self")
    run = subprocess.Popen([program, "run", "--quiet", "--timeout", "8", "--output", bundle, *rest], stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if moment != "starting":
        run.stdout.readline()
    if moment == "ending":
        run.send_signal(signal.SIGTERM)
    pid = wait_until(lambda: victim(run.pid, kind) or run.poll() is not None, 5)
    if pid is None or pid is True:
        run.wait(10)
        return 3
    family = {identity(p) for p in descendants(run.pid)} - {None}
    spaces = set().union(*(namespaces(p[0]) for p in family)) - own
    killed = time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK")
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        run.wait(10)
        return 3
    try:
        run.wait(6)
    except subprocess.TimeoutExpired:
        run.kill()
        print(f"tcbox still ran 6 s after its {kind} was killed")
        return 1
    if not wait_until(lambda: not any(identity(p[0]) in family for p in family), 3):
        print("left:", [(p, read(f"/proc/{p[0]}/cmdline")) for p in family if identity(p[0]) == p])
        return 1
    # numbers of namespaces are used again: a process that began later is in others
    def users():
        there = map(identity, (int(d) for d in os.listdir("/proc") if d.isdigit()))
        older = [p[0] for p in there if p and int(p[1]) <= killed]
        return [p for p in older if namespaces(p) & spaces]

    # who was forked after we looked needs its time to die, too
    if not wait_until(lambda: not users(), 3):
        print(f"processes {users()} are in namespaces of the run")
        return 1
    return 0


sys.exit(main())
