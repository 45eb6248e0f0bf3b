# SPDX-License-Identifier: Apache-2.0
"""acts.py - what can happen to a run from outside: signals, a lost terminal, a full disk, a bundle that somebody changes,
limits and memory taken away"""
import os
import resource
import shutil
import signal
import time

import family

VICTIMS = ("tcbox", *family.PARTS.values(), "product")
FILES = ("events.jsonl", "capture.pcapng", "run.json", "policy.json", "stdout.log", "stderr.log")


class Act:
    """Something that happens. kills: somebody may die of it. for_good: it lasts until the run ends."""
    terminal = for_good = False
    tampers = False		# with what is in the bundle, so that it may even be unreadable
    disk = False		# the bundle may not be finished for want of a disk
    kills_tcbox = False
    control = False

    def prepare(self, r):
        pass

    def happen(self, r):
        raise NotImplementedError

    def meanwhile(self, r):
        pass

    def undo(self, r):
        pass


class Nothing(Act):
    """The control."""
    control = True

    def happen(self, r):
        pass

    def __str__(self):
        return "nothing"


class Signal(Act):
    def __init__(self, rng):
        self.number = rng.choice((signal.SIGKILL,) * 4 + (signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV, signal.SIGBUS,
                                                          signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGABRT))
        self.victim = rng.choice(VICTIMS)
        self.spared = ()
        self.kills_tcbox = self.victim == "tcbox"

    def find(self, r):
        """The victim; if it is not there yet, or no more, the airlock or else tcbox."""
        parts = family.parts(r.run.pid)
        self.victim = next((v for v in (self.victim, "airlock", "tcbox") if v in parts and v not in self.spared), self.victim)
        return parts.get(self.victim)

    def happen(self, r):
        self.to(r, self.number)
        self.kills_tcbox = self.victim == "tcbox"

    def to(self, r, number):
        pid = self.find(r)
        if pid:
            family.signal_one(pid, number)
        return pid

    def __str__(self):
        return f"{self.number.name} to {self.victim}"


class Everybody(Signal):
    """All processes of tcbox, or its process group, which is tcbox and what has not left it yet."""

    def __init__(self, rng):
        super().__init__(rng)
        self.victim = rng.choice(("everybody", "the process group"))
        self.kills_tcbox = True

    def happen(self, r):
        self.to(r, self.number)

    def to(self, r, number):
        if self.victim == "everybody":
            for pid in [r.run.pid, *family.descendants(r.run.pid)]:
                family.signal_one(pid, number)
        else:
            try:
                os.killpg(r.run.pid, number)
            except ProcessLookupError:
                pass


class Pause(Signal):
    """SIGSTOP, and SIGCONT later."""

    def __init__(self, rng):
        super().__init__(rng)
        self.seconds = rng.uniform(0, 0.6)
        self.kills_tcbox = False
        self.until = self.pid = None

    def happen(self, r):
        self.pid = self.to(r, signal.SIGSTOP)
        self.until = time.monotonic() + self.seconds

    def meanwhile(self, r):
        if self.pid and time.monotonic() > self.until:
            family.signal_one(self.pid, signal.SIGCONT)
            self.pid = None

    def undo(self, r):
        if self.pid and self.pid in family.descendants(os.getpid()):
            family.signal_one(self.pid, signal.SIGCONT)

    def __str__(self):
        return f"{self.victim} stops for {self.seconds * 1000:.0f} ms"


class StopThenKill(Signal):
    """SIGSTOP for good; then tcbox is killed."""

    def __init__(self, rng):
        super().__init__(rng)
        self.kills_tcbox = True

    def happen(self, r):
        self.to(r, signal.SIGSTOP)
        time.sleep(0.05)
        family.signal_one(r.run.pid, signal.SIGKILL)

    def __str__(self):
        return f"{self.victim} stops, and tcbox is killed"


class StopForGood(Signal):
    """Nobody continues it: --timeout must end the run. tcbox itself could only be ended by who stopped it."""
    for_good = True

    def __init__(self, rng):
        super().__init__(rng)
        self.spared = ("tcbox",)
        self.victim = rng.choice([v for v in VICTIMS if v not in self.spared])
        self.kills_tcbox = False

    def happen(self, r):
        self.to(r, signal.SIGSTOP)

    def __str__(self):
        return f"{self.victim} stops for good"


class Hangup(Act):
    """The technician's terminal is gone. Before there is a run, SIGHUP ends tcbox as it ends others."""
    terminal = kills_tcbox = True

    def __init__(self, rng):
        pass

    def happen(self, r):
        os.close(r.terminal)
        r.terminal = None

    def __str__(self):
        return "the terminal is lost"


class FullDisk(Act):
    disk = True

    def __init__(self, rng):
        self.seconds = rng.choice((0.02, 0.2, 60))
        self.until = None
        self.path = None

    def happen(self, r):
        self.path = os.path.join(os.path.dirname(r.dir), "ballast")
        with open(self.path, "wb", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                try:
                    while file.write(b"b" * size):
                        pass
                except OSError:
                    pass
        self.until = time.monotonic() + self.seconds

    def meanwhile(self, r):
        if self.path and time.monotonic() > self.until:
            self.undo(r)

    def undo(self, r):
        if self.path:
            os.unlink(self.path)
            self.path = None

    def __str__(self):
        return f"the disk is full for {self.seconds} s"


class Tamper(Act):
    """Somebody with the technician's rights changes what is in the bundle while it is written."""
    tampers = disk = True

    def __init__(self, rng):
        self.how = rng.choice(("remove the bundle", "rename the bundle", "forbid the bundle", "remove", "truncate", "replace"))
        self.file = rng.choice(FILES)

    def happen(self, r):
        path = os.path.join(r.bundle, self.file)
        try:
            if self.how == "remove the bundle":
                shutil.rmtree(r.bundle)
            elif self.how == "rename the bundle":
                os.rename(r.bundle, r.bundle + ".elsewhere")
            elif self.how == "forbid the bundle":
                os.chmod(r.bundle, 0o555)
            elif self.how == "remove":
                os.unlink(path)
            elif self.how == "truncate":
                os.truncate(path, os.path.getsize(path) // 2)
            else:
                shutil.copy(path, path + ".other")
                os.rename(path + ".other", path)
        except OSError:
            pass			# it is not there yet, or no more

    def undo(self, r):
        if os.path.isdir(r.bundle):
            os.chmod(r.bundle, 0o755)

    def __str__(self):
        return self.how + ("" if "bundle" in self.how else f" {self.file}")


class Limit(Signal):
    """A limit that a part gets in the middle of its work."""
    disk = True

    def __init__(self, rng):
        super().__init__(rng)
        self.kills_tcbox = False
        self.what = rng.choice(("RLIMIT_AS", "RLIMIT_DATA", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_NPROC", "RLIMIT_CPU"))
        self.value = rng.choice({"RLIMIT_AS": (0, 1 << 20, 1 << 25), "RLIMIT_DATA": (0, 1 << 20), "RLIMIT_NOFILE": (0, 8, 20),
                                 "RLIMIT_FSIZE": (0, 5000, 100000), "RLIMIT_NPROC": (1,), "RLIMIT_CPU": (0, 1)}[self.what])

    def happen(self, r):
        pid = self.find(r)
        self.kills_tcbox = self.victim == "tcbox" and self.what == "RLIMIT_CPU"
        try:
            if pid:
                resource.prlimit(pid, getattr(resource, self.what), (self.value, self.value))
        except (ProcessLookupError, PermissionError, ValueError):
            pass

    def __str__(self):
        return f"{self.what} {self.value} for {self.victim}"


class NoMemory(Act):
    """All of the run in a control group whose memory runs out; for root, and the first version of control groups."""
    BASE = "/sys/fs/cgroup/memory"
    disk = kills_tcbox = True

    def __init__(self, rng):
        self.spare = rng.choice((0, 1 << 20, 8 << 20))
        self.group = None

    @classmethod
    def possible(cls):
        return os.geteuid() == 0 and os.access(os.path.join(cls.BASE, "memory.limit_in_bytes"), os.W_OK)

    def write(self, name, value):
        with open(os.path.join(self.group, name), "w", encoding="ascii") as file:
            file.write(str(value))

    def prepare(self, r):
        self.group = os.path.join(self.BASE, f"soak-{os.getpid()}-{r.number}")
        os.mkdir(self.group)
        self.write("cgroup.procs", r.run.pid)

    def happen(self, r):
        try:
            used = int(family.read(os.path.join(self.group, "memory.usage_in_bytes")) or 0)
            self.write("memory.limit_in_bytes", used + self.spare)
        except OSError:
            pass

    def undo(self, r):
        for _ in range(200):
            try:
                os.rmdir(self.group)
                return
            except OSError:
                time.sleep(0.01)
        r.trouble.append(f"{self.group} is still used")

    def __str__(self):
        return f"memory runs out, {self.spare >> 20} MiB spare"


def choose(rng, quick):
    """One of them; a quick one takes no seconds."""
    kinds = [Signal] * 9 + [Everybody] * 2 + [Pause] * 4 + [StopThenKill] * 2 + [Hangup] * 2 + [FullDisk] * 3 + [Tamper] * 3 \
        + [Limit] * 3 + [NoMemory] * 2
    if rng.random() < 0.02 and not quick:
        return StopForGood(rng)
    if rng.random() < 0.04:
        return Nothing()
    kind = rng.choice(kinds)
    if kind is NoMemory and not NoMemory.possible():
        kind = Signal
    return kind(rng)
