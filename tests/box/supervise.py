# SPDX-License-Identifier: Apache-2.0
"""supervise.py - what the supervisor recorded, compared with what the products say that they did (TAP)

Every refusal has a control: the same act outside of the filter must not meet the same error.
"""
import functools
import hashlib
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading

B = os.path.abspath(os.environ.get("B", "build/cc-release"))
DRIVER = B + "/tests/box/supervise_driver"
ACTOR = B + "/tests/actors/sys_actor"
ABSENT = os.environ["TCBOX_ABSENT"].split("\n")		# see lib/machine.sh
tests = []


def test(function, name=None, needs=None):
    tests.append((function, name or function.__name__.replace("_", " "), needs))
    return function


class Run:
    """One command under the supervisor: output, exit status, events."""

    def __init__(self, *command, options=(), around=()):
        self.done = subprocess.run([*around, DRIVER, *options, "events", *command], stdin=subprocess.DEVNULL, timeout=60,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.out = self.done.stdout
        self.status = self.done.returncode
        with open("events") as f:
            self.events = [json.loads(line) for line in f]
        assert [e["n"] for e in self.events] == list(range(1, len(self.events) + 1)), "numbers without a gap"
        assert self.events[-1]["k"] == "counters" and self.events[-1]["final"], self.events[-1:]
        self.counters = self.events[-1]["values"]

    def all(self, kind, **fields):
        return [e for e in self.events if e["k"] == kind and all(e.get(k) == v for k, v in fields.items())]

    def one(self, kind, **fields):
        found = self.all(kind, **fields)
        assert len(found) == 1, f"{kind} {fields}: {found or self.events}"
        return found[0]

    def said(self, word):
        return int(re.search(rf"^{word} (\d+)$", self.out, re.M)[1])


def native(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=60).stdout


def port(address):
    return int(address.rsplit(":", 1)[1])


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


@test
def the_connection_of_curl_has_its_owner_and_local_port():
    ports = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            ports.append(self.client_address[1])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    run = Run("sh", "-c", f"curl -s {url}; true")
    server.shutdown()
    assert run.out == "hello", run.out
    event = run.one("sock", call="connect", proto="tcp")
    assert port(event["local"]) == ports[0] and event["remote"] == f"127.0.0.1:{server.server_port}", event
    program = [e for e in run.all("exec", proc=event["proc"]) if "error" not in e][-1]
    assert program["exe"] == os.path.realpath("/usr/bin/curl") and program["argv"][2] == url, program
    assert program["sha256"] == sha256(program["exe"]), program
    assert event["cookie"] > 0 and run.counters["calls_unread"] == 0


@test
def a_daemon_keeps_its_ancestry_when_its_parents_die_at_once():
    for _ in range(10):
        run = Run(ACTOR, "daemonize")
        daemon = run.one("proc", pid=run.said("daemon"))
        parent = run.one("proc", proc=daemon["parent"])
        assert parent["parent"] == 1 and {daemon["how"], parent["how"]} == {"fork"}, run.events
        assert run.one("sock", call="connect")["proc"] == daemon["proc"], run.events


@test
def of_200_processes_each_is_seen_with_its_parent_its_connection_and_its_end():
    run = Run(ACTOR, "forks", "200")
    assert len(run.all("proc")) == 201 and len(run.all("proc", parent=1)) == 200
    assert len({e["pid"] for e in run.all("proc")}) == 201
    assert len(run.all("exit", known=True)) == 201
    owners = [e["proc"] for e in run.all("sock", call="connect")]
    assert len(owners) == 200 and len(set(owners)) == 200
    assert sorted(e.get("code", 0) for e in run.all("exit") if e["proc"] != 1) == sorted(i % 128 for i in range(200))


@test
def background_processes_that_end_at_once_keep_their_parents():
    run = Run("sh", "-c", "for j in 1 2 3 4 5 6 7 8; do (for k in 1 2 3 4 5 6 7 8 9 10; do (true & ); done) & done; wait")
    assert len(run.all("proc")) == 1 + 8 + 8 * 10 * 2, len(run.all("proc"))
    assert {e["how"] for e in run.all("proc")} == {"first", "fork"}
    parents = {e["proc"]: e.get("parent") for e in run.all("proc")}
    depth = sorted(1 if parents[p] == 1 else 2 if parents[parents[p]] == 1 else 3 for p in parents if p != 1)
    assert depth == [1] * 8 + [2] * 80 + [3] * 80
    assert len(run.all("exit")) == len(run.all("proc"))


@test
def a_look_around_finds_the_products_processes_and_nobody_else():
    run = Run("sh", "-c", "sleep 0.7; sleep 0")		# the supervisor looks each half second
    assert [e["how"] for e in run.all("proc")] == ["first", "fork", "fork"], run.events


@test
def a_shell_can_fork_while_its_children_end():
    script = "i=0; while [ $i -lt 100 ]; do i=$((i+1)); : | : | : & : & done; wait; echo forked"
    run = Run("sh", "-c", script)
    assert run.out == "forked\n" and run.status == 0, run.out
    assert len(run.all("proc")) > 400


ORPHAN = """
import os, signal, socket, time
ends, parent_has = os.pipe()
if os.fork() == 0:
    open("b", "w").close()
    if os.fork() == 0:
        os.close(parent_has)
        os.read(ends, 1)
        time.sleep(0.05)
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("127.0.0.1", 9))
        os._exit(0)
    os.kill(os.getpid(), signal.SIGKILL)
os.close(parent_has)
os.wait()
time.sleep(0.3)
"""


@test
def a_child_whose_parent_was_killed_first_is_an_orphan_of_that_one():
    run = Run(sys.executable, "-c", ORPHAN)
    child = run.one("proc", proc=run.all("sock", call="connect")[-1]["proc"])
    killed = run.one("proc", proc=run.all("file", path=os.getcwd() + "/b")[-1]["proc"])
    assert child["how"] == "orphan" and child["parent"] == killed["proc"], run.events


@test
def a_script_is_recorded_and_its_interpreter_is_no_surprise():
    with open("script", "w") as f:
        f.write("#!/bin/sh\nexec true\n")
    os.chmod("script", 0o755)
    run = Run("./script", "argument")
    first = run.all("exec")[0]
    assert first["exe"] == os.path.abspath("script") and first["sha256"] == sha256("script"), first
    assert first["argv"] == ["./script", "argument"], first
    assert not run.all("call", group="exec"), run.events


@test
def a_program_that_changes_between_two_runs_has_two_hashes():
    run = Run("sh", "-c", "for i in 1 2; do printf '#!/bin/true\\n# %s\\n' $i > changing; chmod +x changing; ./changing; done")
    hashes = [e["sha256"] for e in run.all("exec", path="./changing")]
    assert len(hashes) == 2 and hashes[0] != hashes[1], hashes
    assert hashes[1] == sha256("changing")


@test
def an_exec_that_the_kernel_refuses_does_not_rename_the_process():
    run = Run(ACTOR, "exec_fails")
    own, refused = run.all("exec")
    assert own["exe"] == os.path.realpath(ACTOR) and own["argv"] == [ACTOR, "exec_fails"], own
    assert refused["error"] == "unknown" and refused["n"] < run.one("sock", call="connect")["n"], refused


@test
def a_missing_program_is_an_attempt():
    run = Run("sh", "-c", "/no/such/program; exit 5")
    assert run.status == 5
    assert "exe" not in run.one("exec", path="/no/such/program", error="ENOENT")


@test
def an_exec_whose_path_another_thread_changes_is_told_by_what_runs():
    caught = 0
    for _ in range(60):
        run = Run(ACTOR, "exec_race")
        truth = "/usr/bin/echo" if run.out.startswith("raced") else "/usr/bin/true" if run.out == "" else ACTOR
        last = [e for e in run.all("exec") if "error" not in e][-1]
        assert last["exe"] == os.path.realpath(truth) and last["sha256"] == sha256(last["exe"]), (run.out, run.all("exec"))
        caught += len(run.all("call", group="exec"))
    print(f"# {caught} of 60 races made a difference")


DENIED = [		# act, error in the box, event, what the machine needs to make it
    ("io_uring", "ENOSYS", {"call": "io_uring_setup", "group": "io_uring"}, "io_uring"),
    ("int80", "ENOSYS", {"call": "getpid", "abi": "i386", "group": "abi"}, "32-bit calls"),
    ("vsock", "EAFNOSUPPORT", {"call": "socket", "group": "family", "detail": "AF_VSOCK SOCK_STREAM protocol 0"}, "vsock sockets"),
    ("packet", "EAFNOSUPPORT", {"call": "socket", "group": "family", "detail": "AF_PACKET SOCK_RAW protocol 0"}, None),
    ("new_user", "EPERM", {"call": "unshare", "group": "namespace", "detail": "CLONE_NEWUSER"}, None),
    ("clone_new_user", "EPERM", {"call": "clone", "group": "namespace", "detail": "CLONE_NEWUSER"}, None),
    ("tiocsti", "EPERM", {"call": "ioctl", "group": "terminal", "detail": "TIOCSTI"}, None),
    ("mount", "EPERM", {"call": "mount", "group": "mount"}, None),
    ("new_listener", "EBUSY", {"call": "seccomp", "group": "privilege"}, None),
]
NO_CONTROL = [		# this kernel itself may say no in the same words
    ("x32", "ENOSYS", {"call": "getpid", "abi": "x32", "group": "abi"}, None),
    ("not_a_call", "ENOSYS", {"call": "syscall-500", "group": "unknown"}, None),
]


def refused(act, error, fields, control):
    if control:
        outside = native(ACTOR, act)
        assert outside != f"{act} {error}\n", f"no control: {outside}"
    run = Run(ACTOR, act)
    assert run.out == f"{act} {error}\n", run.out
    run.one("call", outcome="denied", error=error, proc=1, **fields)
    assert run.counters["attempts"] == 1, run.counters


for row in DENIED + NO_CONTROL:
    test(functools.partial(refused, *row[:3], row in DENIED), f"{row[0]} fails and is an attempt", row[3])


@test
def whether_the_kernel_has_listeners_is_answered_as_outside():
    assert native(ACTOR, "ask_for_listener") == "ask_for_listener EFAULT\n"
    run = Run(ACTOR, "ask_for_listener")
    assert run.out == "ask_for_listener EFAULT\n" and run.counters["attempts"] == 0, (run.out, run.counters)


@test
def a_call_that_a_tracer_skips_and_answers_is_answered_so():
    assert native(ACTOR, "tracer_skips") == "tracer_skips EXDEV\n"
    run = Run(ACTOR, "tracer_skips")
    assert run.out == "tracer_skips EXDEV\n" and run.counters["attempts"] == 0, (run.out, run.counters)


@test
def the_number_that_stands_for_no_call_is_no_attempt():
    run = Run(ACTOR, "each", "-1")
    assert run.out == native(ACTOR, "each", "-1") == "-1 ENOSYS\n" and run.counters["attempts"] == 0, run.out


@test
def clone3_fails_quietly():
    run = Run(ACTOR, "clone3")
    assert run.out == "clone3 ENOSYS\n" and run.counters["attempts"] == 0


@test
def identity_and_debugging_calls_are_recorded_and_go_on():
    run = Run(ACTOR, "set_ids")
    uid = os.getuid() + 1
    run.one("call", call="setresuid", group="identity", outcome="allowed", detail=f"{uid} {uid} {uid}")
    assert run.out in ("set_ids ok\n", "set_ids EPERM\n"), run.out  # the kernel lets root
    Run(ACTOR, "trace_me").one("call", call="ptrace", group="debug", outcome="allowed", detail="PTRACE_TRACEME")


@test
def threads_belong_to_their_process():
    run = Run(ACTOR, "threads", "10")
    events = run.all("sock", call="connect")
    assert len(events) == 160 and {e["proc"] for e in events} == {1}
    assert len({e["cookie"] for e in events}) == 160 and all(port(e["local"]) for e in events)
    assert len(run.all("proc")) == 1


@test
def a_thread_with_its_own_descriptors_is_asked_for_them():
    for act in ("private_files", "private_range"):
        run = Run(ACTOR, act)
        assert port(run.one("sock", call="connect")["local"]) == run.said("local"), run.events


@test
def a_process_with_the_number_of_a_dead_thread_is_another():
    for _ in range(20):		# somebody else may have taken the number
        run = Run(ACTOR, "number_again", around=("unshare", "-Urpf", "--mount-proc"))
        if run.out == "number_again ok\n":
            break
    assert run.out == "number_again ok\n", run.out
    thread, child = run.one("file", path="/proc/thread"), run.one("file", path="/proc/child")
    assert thread["proc"] == 1 and child["proc"] == 2, run.events


@test
def calls_come_to_an_end_under_frequent_signals():
    run = Run(ACTOR, "signals", "3000")
    assert run.out == "signals ok\n"
    assert sum(e.get("count", 1) for e in run.all("file", op="write", path="/dev/null")) == 3000


@test
def older_kernels_without_killable_waits_are_served_too():
    run = Run(ACTOR, "udp_flood", "100", options=("-k",))
    assert run.out.endswith("udp_flood ok\n")
    assert sum(e.get("count", 1) for e in run.all("sock", call="sendto")) == 100


@test
def every_way_of_sending_a_datagram_is_seen():
    run = Run(ACTOR, "udp")
    for call, remotes in (("sendto", [9001]), ("sendmsg", [9002]), ("sendmmsg", [9002, 9003])):
        events = run.all("sock", call=call)
        assert sorted(port(e["remote"]) for e in events) == remotes, events
        assert {port(e["local"]) for e in events} == {run.said(call)}, events


@test
def a_flood_becomes_two_events_and_the_sum_is_right():
    run = Run(ACTOR, "udp_flood", "5000")
    events = run.all("sock", call="sendto")
    assert len(events) == 2 and sum(e.get("count", 1) for e in events) == 5000, events
    assert {port(e["local"]) for e in events} == {run.said("sendto")}


@test
def what_a_process_repeated_before_an_exec_is_not_the_next_programs():
    run = Run("sh", "-c", ": >x; : >x; : >x; : >x; exec cat x")	# the first one creates it
    writes = run.all("file", op="write", path=os.getcwd() + "/x")
    assert sum(e.get("count", 1) for e in writes) == 3, writes
    assert max(e["n"] for e in writes) < run.all("exec")[-1]["n"], run.events


@test
def listening_and_being_called_is_seen():
    run = Run(ACTOR, "listening")
    for call in ("bind", "listen", "accept"):
        assert port(run.one("sock", call=call)["local"]) == run.said("listens"), run.events
    assert port(run.one("sock", call="connect")["local"]) == run.said("local"), run.events


@test
def refused_connections_and_abstract_sockets_are_seen():
    run = Run(ACTOR, "refused")
    event = run.one("sock", call="connect", remote="127.0.0.1:1")
    assert port(event["local"]) > 0
    Run(ACTOR, "unix").one("sock", call="connect", proto="unix", path="@actor")


@test
def changed_files_are_seen_with_their_true_paths():
    run = Run(ACTOR, "write_files")
    here = os.getcwd()
    seen = [(e["op"], e["path"].replace(here, "."), e.get("path2", "").replace(here, "."))
            for e in sorted(run.all("file"), key=lambda e: e["t"])]
    name = seen[0][1]
    assert seen == [("create", name, ""), ("write", name, ""), ("chmod", name, ""), ("rename", name, "./actor-renamed"),
                    ("mkdir", "./actor-dir", ""), ("symlink", "./actor-link", ""), ("remove", "./actor-renamed", ""),
                    ("rmdir", "./actor-dir", ""), ("remove", "./actor-link", "")], seen


@test
def a_killed_process_says_by_what():
    run = Run(ACTOR, "killed")
    assert run.one("exit")["signal"] == 9 and run.status == 137


@test
def an_undeclared_call_is_recorded_and_goes_on():
    run = Run(ACTOR, "plain_calls", "500", options=("-u", "getppid"))
    events = run.all("call", call="getppid", undeclared=True, outcome="allowed")
    assert sum(e.get("count", 1) for e in events) == 500 and len(events) == 2, events
    assert run.out == "plain_calls ok\n"


@test
def an_undeclared_call_fails_under_enforcement():
    run = Run(ACTOR, "set_ids", options=("-e", "-u", "setresuid"))
    assert run.out == "set_ids EPERM\n"
    run.one("call", call="setresuid", undeclared=True, outcome="denied", error="EPERM")
    run = Run(ACTOR, "refused", options=("-e", "-u", "connect"))
    assert run.out == "refused EPERM\n"
    run.one("sock", call="connect", remote="127.0.0.1:1", outcome="denied", error="EPERM")


@test
def a_process_may_end_although_exit_is_undeclared():
    run = Run("true", options=("-e", "-u", "exit_group"))
    assert run.status == 0


@test
def tcboxs_own_calls_before_the_product_are_not_the_products():
    run = Run("true", options=("-e", "-u", "read"))		# the launcher reads before its exec; the loader afterwards
    assert run.status != 0
    assert all(e["n"] > run.all("exec")[-1]["n"] for e in run.all("call", call="read")), run.events


@test
def observing_all_counts_every_call():
    run = Run(ACTOR, "plain_calls", "777", options=("-a",))
    run.one("call", call="getppid", group="observed", count=777)
    assert run.counters["calls_all_getppid"] == 777
    assert run.counters["calls_all_exit_group"] == 1


@test
def a_process_that_hides_its_memory_is_still_served():
    run = Run(ACTOR, "undumpable")
    assert run.out == "undumpable ECONNREFUSED\n"
    run.one("call", call="prctl", detail="PR_SET_DUMPABLE", group="privilege")
    assert os.getuid() == 0 or run.counters["calls_unread"] > 0, run.counters


@test
def a_record_that_cannot_be_written_ends_the_supervision():
    done = subprocess.run([DRIVER, "/dev/full", ACTOR, "forks", "50"], stdin=subprocess.DEVNULL, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 125 and "No space left" in done.stdout, done


def main():
    failed = 0
    with tempfile.TemporaryDirectory(prefix="tcbox-supervise-") as directory:
        os.chdir(directory)
        print(f"1..{len(tests)}")
        for number, (function, name, needs) in enumerate(tests, 1):
            if needs in ABSENT:
                print(f"ok {number} - {name} # SKIP machine: no {needs}", flush=True)
                continue
            try:
                function()
                print(f"ok {number} - {name}", flush=True)
            except Exception as error:		# whatever it is, it is this test's failure
                failed += 1
                text = f"{type(error).__name__}: {error}"
                print(f"not ok {number} - {name}\n# {text[:2000]}", flush=True)
        os.chdir("/")
    sys.exit(1 if failed else 0)


main()
