# SPDX-License-Identifier: Apache-2.0
"""family.py - the processes of a run: find, name, signal, collect them; what a machine could keep of a run"""
import fcntl
import os
import select
import signal
import subprocess
import termios


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def state(pid):
    fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return fields[0] if fields else "X"


def children(pid):
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    return [int(c) for task in tasks for c in read(f"/proc/{pid}/task/{task}/children").split()]


def descendants(pid):
    found = []
    todo = children(pid)
    while todo:
        one = todo.pop()
        found.append(one)
        todo += children(one)
    return found


def living(pid):
    return [p for p in descendants(pid) if state(p) not in "ZX"]


def name(pid):
    return read(f"/proc/{pid}/comm").strip()


def describe(pid):
    return f"{pid} {name(pid)} ({state(pid)})"


def tree(pid):
    return ", ".join(describe(p) for p in [pid, *descendants(pid)])


def is_newborn(pid):
    """Was it stopped before it could tie its life to that of tcbox, prctl(PR_SET_PDEATHSIG)? The airlock blocks SIGCHLD behind that."""
    blocked = [line for line in read(f"/proc/{pid}/status").splitlines() if line.startswith("SigBlk:")]
    return name(pid) == "tcbox" and bool(blocked) and not int(blocked[0].split()[1], 16) >> (signal.SIGCHLD - 1) & 1


PARTS = {f"tcbox: {part}"[:15]: part for part in ("airlock", "capture", "decoder", "lab", "supervisor")}
PARTS["init"] = "init"		# the product sees it


def parts(tcbox):
    """tcbox's own processes by name. One that has none yet is the airlock while it is built; one that has not changed its
    parent's name yet is not taken for it: parents come first."""
    found = {"tcbox": tcbox}
    for pid in descendants(tcbox):
        what = name(pid)
        if what in PARTS:
            found.setdefault(PARTS[what], pid)
        elif what == "tcbox":
            found.setdefault("airlock", pid)
        elif what == "busy_actor":
            found["product"] = pid
    return found


def signal_one(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def collect(but):
    """Reap what was left to us, but not the one that subprocess waits for."""
    for pid in children(os.getpid()):
        if pid != but and state(pid) == "Z":
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass


def take_terminal(fd):
    fcntl.ioctl(fd, termios.TIOCSCTTY, 0)


def drain(terminal):
    while select.select([terminal], [], [], 0)[0]:
        try:
            if not os.read(terminal, 65536):
                return
        except OSError:
            return


def remains():
    """What a run could leave on the machine beyond processes, by names that only tcbox gives."""
    found = set()
    for base, dirs, _ in os.walk("/sys/fs/cgroup"):
        found |= {os.path.join(base, d) for d in dirs if "tcbox" in d}
    found |= {link for link in os.listdir("/sys/class/net") if link == "g0"}
    if os.geteuid() == 0:
        rules = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=False).stdout
        found |= {line for line in rules.splitlines() if "tcbox" in line}
    return found
