#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""selftests.py - the kernel's own tests say in the box what they say outside, but for what is listed

Each test that passes outside passes in the box, or stands in the file "differences", and each row of that file still is
one. What does not pass outside says nothing about the box. Root runs what needs root only, with --as-root.
"""
import concurrent.futures
import fnmatch
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BUILT = os.path.abspath(os.path.join(os.environ["B"], "tests/kernel"))
TCBOX = os.environ["TCBOX"]
ROOT = os.geteuid() == 0
SECONDS = 240
SHOWN_LINES = 30
RESULT = re.compile(r"(not )?ok ([0-9]+) ?(?:# (SKIP)|- )?(?:\[[0-9]+\] )?(.*)")

NO_NEED, NEEDS_ROOT = [], ["unshare", "-Urm"]
PROGRAMS = {
    "seccomp/seccomp_bpf": NO_NEED,
    "pidfd/pidfd_fdinfo_test": NO_NEED,
    "pidfd/pidfd_getfd_test": NO_NEED,
    "pidfd/pidfd_open_test": NO_NEED,
    "pidfd/pidfd_poll_test": NO_NEED,
    "pidfd/pidfd_setns_test": NO_NEED,
    "pidfd/pidfd_test": NO_NEED,
    "pidfd/pidfd_wait": NO_NEED,
    "clone3/clone3": NO_NEED,
    "clone3/clone3_clear_sighand": NO_NEED,
    "clone3/clone3_set_tid": NO_NEED,
    "landlock/base_test": NO_NEED,
    "landlock/ptrace_test": NO_NEED,
    "landlock/fs_test": NEEDS_ROOT,
    "ptrace/get_syscall_info": NO_NEED,
    "ptrace/peeksiginfo": NO_NEED,
    "ptrace/vmaccess": NO_NEED,
}


def read(text, status):
    """Return {number: (passed, name)}; a program without results is one test, by its exit status."""
    tests = {}
    for line in text.split("\n"):
        found = RESULT.match(line)
        if found:
            tests[int(found[2])] = (not found[1] and not found[3], found[4])
    return tests or {0: (status == 0, "exit status")}


def execute(command, place):
    try:
        done = subprocess.run(command, cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b"").decode("utf-8", "replace"), -1
    return done.stdout.decode("utf-8", "replace"), done.returncode


def both(program, work):
    """Return the results outside and inside, and what was printed inside."""
    suite, name = program.split("/")
    command = PROGRAMS[program] + ["./" + name]
    box = [TCBOX, "run", "--quiet", "--timeout", str(SECONDS - 20), "--policy", HERE + "/policy.json",
           "--output", f"{work}/{name}.bundle"] + (["--as-root"] if ROOT else []) + ["--"]
    places = []
    for where in "outside", "inside":
        places.append(f"{work}/{name}.{where}")
        shutil.copytree(f"{BUILT}/{suite}", places[-1])
        os.chmod(places[-1], 0o1777)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        outside = pool.submit(execute, command, places[0])
        inside = pool.submit(execute, box + command, places[1])
    return read(*outside.result()), read(*inside.result()), inside.result()[0]


class Tap:
    def __init__(self):
        self.n = 0
        self.failed = False

    def result(self, good, name, text=""):
        self.n += 1
        print(f"{'ok' if good else 'not ok'} {self.n} - {name}", flush=True)
        if not good:
            self.failed = True
            for line in text.rstrip("\n").split("\n")[-SHOWN_LINES:]:
                print("#   " + line)

    def skip(self, name, reason):
        self.n += 1
        print(f"ok {self.n} - {name} # SKIP {reason}", flush=True)


class Row:
    """A row of the file of differences, and how many tests it has explained."""
    def __init__(self, line):
        self.program, self.names, self.reason = line.rstrip("\n").split("\t")
        self.used = 0

    def covers(self, program, name):
        return fnmatch.fnmatchcase(program, self.program) and fnmatch.fnmatchcase(name, self.names)


def part_of(text, name):
    """What the harness printed about one test."""
    found = re.search(rf"^#  RUN +{re.escape(name)} .*?^(not )?ok ", text, re.M | re.S)
    return found[0] if found else text


def compare(tap, rows, program, work):
    outside, inside, text = both(program, work)
    passed = [number for number, test in outside.items() if test[0]]
    if not passed:
        tap.skip(program, "nothing of it passes outside")
    for number in passed:
        name = outside[number][1]
        what = f"{program} {number}, {name}"
        row = next((row for row in rows if row.covers(program, name)), None)
        good = inside.get(number, (False,))[0]
        if row:
            row.used += 1
            tap.result(not good, f"{what}: does not pass in the box: {row.reason}",
                       "It does pass: tests/kernel/differences and doc/COMPATIBILITY.md say otherwise")
        else:
            tap.result(good, f"{what}: passes in the box as outside", part_of(text, name))


def main():
    with open(HERE + "/differences", encoding="utf-8") as f:
        rows = [Row(line) for line in f if not line.startswith("#")]
    with open("doc/COMPATIBILITY.md", encoding="utf-8") as f:
        documented = f.read()
    tap = Tap()
    for reason in sorted({row.reason for row in rows}):
        tap.result(f"\n| {reason} |" in documented, f"doc/COMPATIBILITY.md says why: {reason}")
    programs = [p for p in PROGRAMS if not ROOT or PROGRAMS[p] == NEEDS_ROOT]
    # Not below /tmp: the box has a /tmp of its own.
    with tempfile.TemporaryDirectory(prefix="tcbox-test.", dir="/var/tmp") as work:
        os.chmod(work, 0o755)
        for program in programs:
            compare(tap, rows, program, work)
    for row in rows:
        if not row.used and any(fnmatch.fnmatchcase(p, row.program) for p in programs):
            tap.skip(f"{row.program} {row.names}", "nothing of that name passes outside")
    print(f"1..{tap.n}")
    sys.exit(tap.failed)


main()
