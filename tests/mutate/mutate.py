#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mutate.py - make one small change at a time in a copy of the tree, and see whether a test notices

usage: mutate.py --place PLACE --build DIR [--number N] [--seed S] [--tree DIR] [--seconds S] STEP...

PLACE is a room, a folder, a file or a pattern of files, or several of them. N lines of the code of each are chosen at random, and
one change in each. The copy lies below /var/tmp; only what contains the file is built again, one program at a time, until one notices:

    --programs NAME PROGRAM...		targets of make that speak TAP; only those that the file is linked into are built and run
    --scripts NAME TARGET SCRIPT...	scripts that run the program TARGET
    --table NAME FILE			FILE says which scripts belong to which source files: PATTERN SCRIPT...; one
					that has none is an error

A change that does not compile does not count, nor does one that the compiler finds to be none (the same object), nor one that
tests/mutate/equivalent lists with a reason: FILE | LINE OF CODE | CHANGE | REASON. A test that does not end within four times
its first run, or S seconds if that is more, has noticed; if it did not compute in that time, then only if it does not end in a
second run either, because the machine may have been busy with something else. Those that only time noticed are counted.
Nothing runs as root: a changed program does what nobody planned.
"""
import argparse
import fnmatch
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import changes  # noqa: E402 (after the line above)

COPIED = ["Makefile", "mk", "include", "scripts", "doc", "man", "completions", "tests"]	# and the rooms
COMPILE_SECONDS = 120
# A test may be slower than in the first run, when the machine is busy.
SLOWER = 4
# A loop without end is cut earlier, by what it computes: a busy machine does not change that.
CPU_SHARE = 6
MEMORY = 4 << 30
FILE_SIZE = 3 << 30	# a test has a sparse file of 2 GiB and a byte
# Most of the time of a change that lives is that of the linker; LLVM's takes a third of it.
QUICK_LINKER = shutil.which("ld.lld")
# What tap-run says of a program that it ended, and what we say of one that did not end twice.
STILL_RUNNING = "still running after"
DID_NOT_END = "did not end, twice"
# Whom root becomes; nobody has this id.
NOBODY = 12346


class Step:
    """One step: what make must build for it, and what runs then."""

    def __init__(self, name, targets, runs, table=None):
        self.name, self.targets, self.runs, self.table = name, targets, runs, table
        self.bounds = {}	# of a program: seconds, seconds of a processor

    def scripts_of(self, file):
        if self.table is None:
            return self.runs
        scripts = next((scripts for pattern, scripts in self.table if fnmatch.fnmatch(file, pattern)), None)
        if not scripts:
            sys.exit(f"mutate: no script of the step {self.name} belongs to {file}")
        return scripts


class Tree:
    """The copy."""

    def __init__(self, top, build, steps):
        self.top, self.build = top, build
        # what has no table is asked of make at once
        self.programs = sorted({target for step in steps if step.table is None for target in step.targets})
        self.commands, self.symbols, self.took = {}, {}, {}
        self.environment = dict(os.environ, B=build, TZ="UTC", LC_ALL="C.UTF-8", CMOCKA_MESSAGE_OUTPUT="TAP",
                                HOME=os.path.join(top, "home"), USER="technician", LOGNAME="technician",
                                CCACHE_DISABLE="1")	# its directory is not for this user
        self.environment.pop("TCBOX_RESULTS_FD", None)  # of who runs us: a descriptor that the tests do not have

    def execute(self, command, seconds, cpu_seconds=None):
        """Status of a command, None when it did not end; nothing of it survives. With cpu_seconds also memory is bounded."""
        def limits():		# soft ones: who is tested may ask for others
            bounds = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: FILE_SIZE}
            if cpu_seconds:
                bounds[resource.RLIMIT_CPU] = cpu_seconds
                if "-san-" not in self.build:		# sanitizers reserve terabytes
                    bounds[resource.RLIMIT_AS] = MEMORY
            for what, bound in bounds.items():
                hard = resource.getrlimit(what)[1]
                if hard == resource.RLIM_INFINITY or hard > bound:
                    resource.setrlimit(what, (bound, hard))
        with open(os.path.join(self.top, "output"), "wb") as out:
            child = subprocess.Popen(command, cwd=self.top, env=self.environment, stdin=subprocess.DEVNULL, stdout=out,
                                     stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=limits)
            try:
                return child.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                return None
            finally:
                try:
                    os.killpg(child.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                child.wait()

    def output(self):
        with open(os.path.join(self.top, "output"), encoding="utf-8", errors="replace") as out:
            return out.read()

    def commands_for(self, file, step):
        """What make would do for a step if the file were changed."""
        key, targets = (file, ""), self.programs
        if step.table is not None:
            key, targets = (file, step.name), step.targets
        if key not in self.commands:
            asked = subprocess.run(["make", "-n", "--no-print-directory", f"B={self.build}", "V=1", "-o", f"{self.build}/.flags",
                                    "-W", file, *targets], cwd=self.top, env=self.environment, check=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
            # a change may well cause a warning
            asked = asked.replace("\\\n", " ").replace(" -Werror ", " ")
            if QUICK_LINKER:
                asked = asked.replace(" -Wl,--start-group ", " -fuse-ld=lld -Wl,--start-group ")
            lines = [line for line in asked.split("\n")
                     if line and not line.startswith(("make", "mkdir", "echo"))]
            self.commands[key] = lines
        return self.commands[key]

    def symbols_of(self, path):
        """The global names that an object or a program defines, as they were first."""
        if path not in self.symbols:
            asked = subprocess.run(["nm", "-g", "-j", "--defined-only", os.path.join(self.top, path)], check=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
            self.symbols[path] = set(asked.split("\n")) - {""}
        return self.symbols[path]

    def contains(self, program, file):
        """Whether the linker found something in a file that this program needs."""
        return not self.symbols_of(self.object_of(file)).isdisjoint(self.symbols_of(program))

    def object_of(self, file):
        return os.path.join(self.top, self.build, file[:-2] + ".o")

    def code(self, file):
        """The object without what debuggers read."""
        stripped = os.path.join(self.top, "stripped.o")
        subprocess.run(["objcopy", "--strip-debug", self.object_of(file), stripped], check=True)
        with open(stripped, "rb") as data:
            return data.read()


def tap_run(step, programs, seconds):
    return ["scripts/tap-run", "--label", step.name, "--timeout", str(seconds), *programs]


def nearest_first(tree, file, programs):
    """The tests that have the file's name before the others, its room's before theirs, and quick ones before slow ones."""
    stem, room = os.path.basename(file)[:-2], "/" + file.split("/")[0] + "/"
    return sorted(programs, key=lambda p: (stem not in os.path.basename(p), room not in p, tree.took.get(p, 0)))


def first_line_that_failed(output):
    for line in output.split("\n"):
        if line.strip().startswith("not ok"):
            return line.strip()
    return next((line for line in output.split("\n") if line.startswith("FAIL")), "")


def make_all(tree, commands, done):
    """Do what make would do, but what this change has done already."""
    for command in commands:
        if command not in done:
            if tree.execute(["sh", "-c", command], COMPILE_SECONDS) != 0:
                raise RuntimeError(f"cannot be built: {command}\n{tree.output()}")
            done.add(command)


def links_of(tree, file, step):
    """{target: the command that links it} of those that contain the file, and the commands before them."""
    commands = tree.commands_for(file, step)
    if step.table is not None:
        return {}, commands
    all_links = {target: c for target in tree.programs for c in commands if f"-o {target} " in c}
    links = {target: c for target, c in all_links.items() if target in step.targets and tree.contains(target, file)}
    return links, [c for c in commands if c not in all_links.values()]


def failure(tree, step, program):
    """None, or how a program fails."""
    seconds, cpu_seconds = step.bounds[program]
    for _ in range(2):
        status = tree.execute(tap_run(step, [program], seconds), 2 * seconds, cpu_seconds)
        if status == 0:
            return None
        said = first_line_that_failed(tree.output())
        late = status is None or not said.startswith("not ok") and STILL_RUNNING in tree.output()
        if not late:
            return said or "failed"
    return DID_NOT_END


def judge(tree, file, step, done):
    """None, or what noticed. done: commands that this change needs no second time."""
    links, before = links_of(tree, file, step)
    scripts = step.scripts_of(file)
    if not links and step.table is None:	# the targets with a table are all that there are
        return None
    make_all(tree, before + (list(links.values()) if scripts else []), done)
    for program in scripts or nearest_first(tree, file, links):
        if not scripts:
            make_all(tree, [links[program]], done)
        failed = failure(tree, step, program)
        if failed:
            return f"{step.name} {os.path.basename(program)}: {failed}"
    return None


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def looks_at(tree, step, files):
    """The programs or scripts of a step that may see a change in one of these files."""
    if step.table is not None:
        return sorted({s for f in files for s in step.scripts_of(f)})
    seen = [p for p in step.targets if any(tree.contains(p, f) for f in files)]
    return step.runs if step.runs and seen else seen


def baseline(tree, steps, files, least):
    """The copy as it is must pass; how long it takes bounds what a change may take."""
    for step in steps:
        if tree.execute(["make", "-s", f"B={tree.build}", *step.targets], 3600) != 0:
            sys.exit(f"mutate: {step.name} cannot be built:\n{tree.output()}")
        links = [c for c in tree.commands_for(files[0], step) if " -o " in c and " -c " not in c]
        for program in looks_at(tree, step, files):
            # as after a change, with the same linker
            make_all(tree, [c for c in links if f"-o {program} " in c], set())
            began, cpu = time.monotonic(), cpu_of_children()
            if tree.execute(tap_run(step, [program], 600), 700) != 0:
                sys.exit(f"mutate: the tree is not green before any change:\n{tree.output()}")
            tree.took[program] = cpu_of_children() - cpu
            cpu_seconds = max(1, least // CPU_SHARE, int(tree.took[program] * SLOWER)) if step.table is None else None
            step.bounds[program] = max(least, int((time.monotonic() - began) * SLOWER)), cpu_seconds


def listed(path):
    """(file, line of code, change) of those that are known to change nothing."""
    known = set()
    if os.path.exists(path):
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                if not line.strip() or line.startswith("#"):
                    continue
                file, _, rest = line.strip().partition(" | ")
                fields = [file] + [f.strip() for f in rest.rsplit(" | ", 2)]	# the code may have a "|", too
                if len(fields) != 4 or not all(fields):
                    sys.exit(f"mutate: {path}: not FILE | LINE OF CODE | CHANGE | REASON: {line.rstrip()}")
                known.add(tuple(fields[:3]))
    return known


def read_table(path):
    with open(path, encoding="utf-8") as lines:
        rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return [(row[0], row[1:]) for row in rows]


def files_of(top, place):
    """Source files of a place, below the top directory."""
    found = []
    for directory, _, names in os.walk(os.path.join(top, place.split("/")[0].split("*")[0])):
        for name in names:
            file = os.path.relpath(os.path.join(directory, name), top)
            if file.endswith(".c") and (file == place or file.startswith(place.rstrip("/") + "/") or
                                         (fnmatch.fnmatch(file, place) and file.count("/") == place.count("/"))):
                found.append(file)
    return sorted(found)


def rooms(source):
    """As the Makefile names them."""
    with open(os.path.join(source, "Makefile"), encoding="utf-8") as lines:
        return next(line.split()[2:] for line in lines if line.startswith("ROOMS :="))


def copy_tree(source, build):
    """A copy that an ordinary user owns; who is root becomes that user."""
    top = tempfile.mkdtemp(prefix="tcbox-mutate.", dir="/var/tmp")
    for name in COPIED + rooms(source) + [build]:
        if os.path.exists(os.path.join(source, name)):
            os.makedirs(os.path.dirname(os.path.join(top, name)), exist_ok=True)
            subprocess.run(["cp", "-a", os.path.join(source, name), os.path.join(top, name)], check=True)
    os.mkdir(os.path.join(top, "home"))
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", top], check=True)
        child = os.fork()
        if child:			# root only waits, and removes the copy
            status = os.waitpid(child, 0)[1]
            shutil.rmtree(top)
            sys.exit(os.waitstatus_to_exitcode(status) & 0xff)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    return top


def compiles(tree, file, step, done):
    """Compile the file, as it is now."""
    for command in tree.commands_for(file, step):
        if f" -c {file} " in command:
            if tree.execute(["sh", "-c", command], COMPILE_SECONDS) != 0:
                return False
            done.add(command)
    return True


def one_change(tree, file, text, change, original, steps):
    """"no code", "same", None (nobody noticed) or who noticed."""
    path = os.path.join(tree.top, file)
    done = set()
    with open(path, "w", encoding="utf-8") as out:
        out.write(text[:change.start] + change.text + text[change.end:])
    try:
        if not compiles(tree, file, steps[0], done):
            return "no code"
        if tree.code(file) == original:
            return "same"
        for step in steps:
            noticed = judge(tree, file, step, done)
            if noticed:
                return noticed
        return None
    finally:
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        # the archive of the next change must not have this one
        shutil.copy2(os.path.join(tree.top, "saved.o"), tree.object_of(file))
        for command in done:
            if " rcs " in command:
                tree.execute(["sh", "-c", command], COMPILE_SECONDS)


def search(tree, files, steps, number, chance, known):
    """Make the changes and print them; how many count, how many only time noticed, and who lived."""
    texts, places = {}, []
    for file in files:
        with open(os.path.join(tree.top, file), encoding="utf-8") as source:
            texts[file] = source.read()
        by_line = {}
        for change in changes.changes(texts[file]):
            by_line.setdefault(change.line, []).append(change)
        places += [(file, line, by_line[line]) for line in sorted(by_line)]
    chance.shuffle(places)
    if places and not compiles(tree, places[0][0], steps[0], set()):
        sys.exit(f"mutate: {places[0][0]} cannot be compiled even as it is:\n{tree.output()}")
    count, late, lived = 0, 0, []
    for file, line, possible in places:
        if count == number:
            break
        change = chance.choice(possible)
        code = texts[file].split("\n")[line - 1].strip()
        shutil.copy2(tree.object_of(file), os.path.join(tree.top, "saved.o"))
        verdict = "listed" if (file, code, change.what) in known else \
            one_change(tree, file, texts[file], change, tree.code(file), steps)
        said = f"{file}:{line}: {change.what}"
        if verdict in ("no code", "same", "listed"):
            print(f"not counted  {said} ({verdict})", flush=True)
            continue
        count += 1
        if verdict is None:
            lived.append(f"{said}\n    {code}")
            print(f"LIVED        {said}", flush=True)
        else:
            late += verdict.endswith(DID_NOT_END)
            print(f"noticed      {said} ({verdict})", flush=True)
    return count, late, lived


def tell(place, seed, found):
    """The score, and who lived."""
    count, late, lived = found
    print(f"\n{place}, seed {seed}: {count - len(lived)} of {count} changes noticed"
          + (f", {100 * (count - len(lived)) // count} %" if count else "")
          + (f"; {late} of them only by a test that did not end" if late else ""))
    for survivor in lived:
        print(f"lived: {survivor}", flush=True)


class Add(argparse.Action):
    def __call__(self, parser, args, values, option=None):
        name, rest = values[0], values[1:]
        if self.dest == "programs":
            step = Step(name, rest, None)
        elif self.dest == "scripts":
            step = Step(name, rest[:1], rest[1:])
        else:
            step = Step(name, ["test-programs", "all"], [], read_table(rest[0]))
        args.steps.append(step)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--place", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--tree", default=".")
    parser.add_argument("--number", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=20)
    parser.set_defaults(steps=[])
    for option in ("--programs", "--scripts", "--table"):
        parser.add_argument(option, nargs="+", action=Add)
    args = parser.parse_args()
    places = {place: files_of(args.tree, place) for place in args.place.split()}
    for place, found in places.items():
        if not found:
            sys.exit(f"mutate: {place} has no source files")
    files = sorted({file for found in places.values() for file in found})
    for step in args.steps:
        for file in files:
            step.scripts_of(file)
    known = listed(os.path.join(args.tree, "tests/mutate/equivalent"))
    top = copy_tree(args.tree, args.build)
    try:
        tree = Tree(top, args.build, args.steps)
        baseline(tree, args.steps, files, args.seconds)
        for place, found in places.items():
            tell(place, args.seed, search(tree, found, args.steps, args.number, random.Random(args.seed), known))
    finally:
        if os.geteuid() != NOBODY:
            shutil.rmtree(top)


if __name__ == "__main__":
    main()
