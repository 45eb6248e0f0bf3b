#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""soak.py - runs that something happens to, again and again, and what is left of them

usage: soak.py [--rounds N] [--seconds S] [--seed SEED] [--round N] [--quick] [--keep DIR]

Each round runs busy_actor with tcbox and does one thing to it at a random moment of the run, its building and its end
included: see acts.py. Then what must hold whatever happened is looked at, see judge.py: nothing is left but the bundle, and
the bundle claims nothing that is not so. Prints one line of TAP for each round. A round depends on seed and number alone
(and on the machine's speed): --round does one again. --quick leaves out what takes many seconds. What a failed round left
is kept in --keep.

soak.py adopts what its descendants leave (PR_SET_CHILD_SUBREAPER), so it finds every process of a run, in whichever
namespaces it is, without looking at anybody else's. Bundles are on a small disk of its own mount namespace, which it can
fill. As an ordinary user that takes a user namespace; tcbox itself gets none of the capabilities there.
"""
import argparse
import collections
import ctypes
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import acts
import family
import judge

HERE = os.path.dirname(os.path.abspath(__file__))
TCBOX = os.environ["TCBOX"]
ACTOR = os.path.join(os.environ["ACTORS"], "busy_actor")
WITNESSES = ("tcbox", "airlock", "capture", "supervisor", "lab", "init")
KINDS = ("net", "files", "forks", "threads", "daemon", "crowd", "all")
DISK_MIB = 24
UNOBSERVED_S = 10	# milliseconds, but for a busy machine
ENDS_S = 120		# while it is built tcbox waits 60 s for a stopped airlock; the rest is for a busy machine
GONE_S = 30
PR_SET_CHILD_SUBREAPER, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 36, 47, 4

libc = ctypes.CDLL(None, use_errno=True)


class Round:
    """What is run, what happens to it and when, and where it is."""

    def __init__(self, seed, number, place, quick):
        self.rng = random.Random(f"{seed}/{number}")
        self.number = number
        self.dir = os.path.join(place, f"round-{number}")
        self.bundle = os.path.join(self.dir, "bundle")
        self.kind = self.rng.choice(KINDS)
        self.ticks = self.rng.choice((0, 5, 20, 60, 120))
        self.timeout_ms = self.rng.choice((60, 300)) if self.rng.random() < 0.1 else 20000
        self.options = self.choose_options()
        self.act = acts.choose(self.rng, quick)
        # building takes some 30 ms, the end some 20 ms; a tick is 2 ms
        span, self.at_end = self.rng.choice(((0.04, False), (0.04 + self.ticks * 0.002, False), (0.03, True)))
        self.delay = self.rng.uniform(0, span)
        if self.act.for_good:
            self.timeout_ms = min(self.timeout_ms, 1500)
        self.run = None
        self.status = None
        self.late = False	# it had ended before
        self.blind = 0		# seconds that the product lived without a witness
        self.trouble = []

    def choose_options(self):
        found = [] if self.rng.random() < 0.05 else ["--policy", os.path.join(HERE, "policy.json")]
        chance = self.rng.random()
        if found and chance < 0.2:
            found.append("--enforce")
        elif chance < 0.3:
            found += ["--observe", "all"]
        elif chance < 0.4:
            found += ["--net", "none"]
            self.kind = "files"		# which waits for no answer
        return found

    def command(self):
        return [TCBOX, "run", "--output", self.bundle, "--timeout", f"{self.timeout_ms}ms", *self.options, "--",
                ACTOR, self.kind, str(self.ticks)]

    def __str__(self):
        moment = "after the product's last word" if self.at_end else "after the start"
        return f"round {self.number}: {self.kind} {self.ticks}, {self.act} {self.delay * 1000:.1f} ms {moment}"


def unprivileged():
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)


def start(r):
    """tcbox with a session of its own, on a terminal of its own if that is what will be lost."""
    os.makedirs(r.dir)
    os.chmod(r.dir, 0o755)
    r.log = tempfile.TemporaryFile(dir="/var/tmp")	# not on the disk that becomes full
    r.tmp = os.path.join(r.dir, "tmp")
    os.makedirs(r.tmp)
    env = dict(os.environ, TMPDIR=r.tmp)
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": r.log}
    r.terminal = None
    setup = unprivileged
    if r.act.terminal:
        r.terminal, slave = os.openpty()
        streams = {"stdin": slave, "stdout": slave, "stderr": slave}

        def setup():
            family.take_terminal(0)
            unprivileged()
    r.started = time.monotonic()
    r.run = subprocess.Popen(r.command(), env=env, cwd="/", preexec_fn=setup, start_new_session=True, **streams)
    if r.act.terminal:
        os.close(slave)


def await_moment(r):
    """Until it is time. Return: false if tcbox has ended before."""
    from_then = None if r.at_end else r.started
    while r.run.poll() is None:
        if from_then is None and family.read(os.path.join(r.bundle, "stdout.log")).endswith("done\n"):
            from_then = time.monotonic()
        left = from_then + r.delay - time.monotonic() if from_then else 0.002
        if left <= 0:
            return True
        if r.terminal is not None:
            family.drain(r.terminal)
        time.sleep(min(0.001, left))
    return False


def watch_witnesses(r):
    """Once a witness is dead the product must not go on. A moment is how long the kernel takes to end it."""
    now = time.monotonic()
    if not any(family.state(pid) in "ZX" for pid in r.witnesses):
        r.blind_since = now
    elif any(family.name(pid) == "busy_actor" for pid in family.living(os.getpid())):
        r.blind = max(r.blind, now - r.blind_since)
        if now - r.blind_since > UNOBSERVED_S and "the product ran unobserved" not in r.trouble:
            r.trouble.append("the product ran unobserved")


def wait_end(r):
    """Until tcbox has ended; what its terminal shows must be read, or it waits."""
    deadline = time.monotonic() + ENDS_S
    while r.run.poll() is None:
        if time.monotonic() > deadline:
            r.trouble.append(f"tcbox still ran {ENDS_S} s after it happened: {family.tree(r.run.pid)}")
            break
        r.act.meanwhile(r)
        watch_witnesses(r)
        if r.terminal is not None:
            family.drain(r.terminal)
        time.sleep(0.002)
    r.status = r.run.poll()
    r.ended = time.monotonic()


def wait_gone(r):
    """Until no process of the run is left. The dead among them are ours to collect."""
    deadline = time.monotonic() + GONE_S
    while True:
        alive = family.living(os.getpid())
        family.collect(r.run.pid)
        if not alive:
            break
        watch_witnesses(r)
        for pid in alive:		# nobody can be heard before its first step: it has to end when it goes on
            if family.state(pid) == "T" and family.is_newborn(pid):
                family.signal_one(pid, signal.SIGCONT)
        if time.monotonic() > deadline or r.status is None:
            r.trouble.append("left: " + ", ".join(family.describe(p) for p in alive))
            for pid in alive:
                family.signal_one(pid, signal.SIGKILL)
            r.run.wait()
            time.sleep(0.2)
            family.collect(r.run.pid)
            break
        time.sleep(0.002)
    if r.terminal is not None:
        os.close(r.terminal)
    r.gone = time.monotonic() - r.ended


def one(r):
    mounts = family.read("/proc/self/mountinfo")
    start(r)
    r.act.prepare(r)
    r.late = not await_moment(r)
    r.happened = r.blind_since = time.monotonic()
    r.witnesses = [pid for name, pid in family.parts(r.run.pid).items() if name in WITNESSES]
    if not r.late:
        r.act.happen(r)
    wait_end(r)
    wait_gone(r)
    r.act.undo(r)
    if family.read("/proc/self/mountinfo") != mounts:
        r.trouble.append("mounts are left")
    if os.listdir(r.tmp):
        r.trouble.append(f"left in TMPDIR: {os.listdir(r.tmp)}")
    judge.judge(r, TCBOX)
    return r


def enter(arguments):
    """The same program again, where it may mount a disk."""
    space = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Umc", "--keep-caps"]
    os.environ["SOAK_INSIDE"] = "1"
    os.execvp("unshare", [*space, "--propagation", "private", sys.executable, "-B", os.path.abspath(__file__), *arguments])


def keep(r, directory):
    place = os.path.join(directory, f"round-{r.number}")
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(r.dir, place, symlinks=True)
    return place


def rounds(options, place):
    numbers = [options.round] if options.round else range(1, options.rounds + 1)
    deadline = time.monotonic() + options.seconds
    failed = done = 0
    outcomes = collections.Counter()
    slowest = blind = (0, "")
    print(f"# seed {options.seed}", flush=True)
    for number in numbers:
        if time.monotonic() > deadline:
            break
        r = one(Round(options.seed, number, place, options.quick))
        done += 1
        outcomes["too late" if r.late else r.outcome] += 1
        slowest = max(slowest, (r.ended - r.happened, str(r)))
        blind = max(blind, (r.blind, str(r)))
        print("not ok" if r.trouble else "ok", done, "-", f"{r}: {'too late, ' if r.late else ''}{r.outcome}", flush=True)
        if r.trouble:
            failed += 1
            print("\n".join(f"# {line}" for text in r.trouble for line in str(text).split("\n")[:20]))
            print(f"# kept in {keep(r, options.keep)}; again: make soak SEED={options.seed} ROUND={number}", flush=True)
        r.log.close()
        shutil.rmtree(r.dir, ignore_errors=True)
    print(f"1..{done}")
    print(f"# {done} rounds, {failed} failed: " + ", ".join(f"{n} {what}" for what, n in outcomes.most_common()))
    print(f"# longest from what happened to the end: {slowest[0]:.1f} s, {slowest[1]}")
    print(f"# longest without a witness: {blind[0] * 1000:.0f} ms, {blind[1]}")
    return failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--seed", default=str(random.SystemRandom().randrange(10 ** 9)))
    parser.add_argument("--round", type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--keep", default=tempfile.gettempdir() + f"/tcbox-soak-{os.getuid()}")
    options = parser.parse_args()
    if "SOAK_INSIDE" not in os.environ:
        if subprocess.run(["unshare", "-Urnm", "true"], stderr=subprocess.DEVNULL, check=False).returncode:
            print("1..0 # SKIP no user namespaces here")
            sys.exit(77)
        enter([*sys.argv[1:], "--seed", options.seed])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    place = tempfile.mkdtemp(prefix="tcbox-soak.", dir="/var/tmp")
    os.chmod(place, 0o755)
    before = family.remains()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=755", "soak", place], check=True)
    try:
        failed = rounds(options, place)
    finally:
        subprocess.run(["umount", "-l", place], check=False)
        os.rmdir(place)
    new = family.remains() - before
    if new:
        print(f"# left on the machine: {sorted(new)}")
    sys.exit(1 if failed or new else 0)


if __name__ == "__main__":
    main()
