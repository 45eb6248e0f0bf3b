#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limits.sh - limits of memory, processors, time and output, by what this machine has: a control group, or the weaker ways
#
# Each limit has its control: without it the same product gets all it wants.
# shellcheck disable=SC1091,SC2016,SC2154 # box.sh sets what it says; the shell inside expands
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

usage() {	# NAME TEXT OPTION...: a usage error that says TEXT, and no bundle
	name=$1 text=$2
	shift 2
	"$TCBOX" run --output "$dir/bundles/none" "$@" -- true >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	[ $status = 2 ] && grep -qF -e "$text" "$dir/err" && [ ! -e "$dir/bundles/none" ]
	result $? "$name: wrong usage" "$status: $(cat "$dir/err")"
}

prints() {	# NAME TEXT: what the product printed
	[ "$(cat "$out")" = "$2" ]
	result $? "$1" "$(cat "$out" "$err")"
}

python=/usr/bin/python3
own=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
own_state() { cat "$own/cgroup.type" "$own/cgroup.subtree_control" /proc/self/cgroup 2>/dev/null; }
before=$(own_state)
reduced='any("--memory holds for each process" in d for d in m.reduced)'
# hold MIB N [shared]: N processes hold this much each at the same time, or tell that they could not
cat >"$work/hold.py" <<'END'
import mmap, os, signal, sys
size, n = int(sys.argv[1]) << 20, int(sys.argv[2])
kind = mmap.MAP_SHARED if sys.argv[3:] else mmap.MAP_PRIVATE
started, start = os.pipe()
done, finish = os.pipe()
pids = []
for i in range(n):
    pid = os.fork()
    if pid:
        pids.append(pid)
        continue
    os.close(finish)
    try:
        held = mmap.mmap(-1, size, kind | mmap.MAP_ANONYMOUS)
        for at in range(0, size, 4096):
            held[at] = 1
    except (OSError, MemoryError):
        os._exit(1)
    os.write(start, b"x")
    os.read(done, 1)
    os._exit(0)
os.close(start)
os.close(done)
held = 0
while held < n and os.read(started, 1):
    held += 1
os.close(finish)
good = [os.waitpid(pid, 0)[1] for pid in pids].count(0)
print("held", good)
END

# Does the machine have a control group for us? Told by the manifest, and by the doctor, who must agree.
run 3 "--memory" --memory 64MiB -- "$python" hold.py 200 1
prints "--memory: 200 MiB are not to be had" "held 0"
kept_by() { sed -n "s/^  \"$1\": \"\(.*\)\",\$/\1/p" "$bundle/run.json"; }
by=$(kept_by memory_by)
echo "# memory is limited by: ${by:-nothing}"
if "$TCBOX" doctor | grep -qE '^(works|absent) *cgroup v2 delegation  *(only )?memory'; then able=cgroup; else able=rlimit; fi
check "doctor and run say the same" test "$by" = "$able"
holds "--memory: recorded" 'm.memory_asked == 64 << 20 == m.memory_max == r.run.memory_max and m.memory_by == r.run.memory_by'
run 3 "no --memory" -- "$python" hold.py 200 1
prints "control: without --memory, 200 MiB are" "held 1"
holds "no --memory: none recorded" 'm.memory_asked == 0 == m.memory_max and m.memory_by is None and r.run.memory_by is None' \
	"no --memory: nothing is weaker for it" "not $reduced"
run 3 "--memory that suffices" --memory 64MiB -- "$python" hold.py 30 1
prints "--memory that suffices: nothing is ended" "held 1"
run 3 "--memory and many processes" --memory 64MiB -- "$python" hold.py 30 3
if [ "$by" = cgroup ]; then
	check "--memory and many processes: not all can hold theirs" sh -c "! grep -qx 'held 3' '$out'"
	says "--memory: the report says that it is for all" "$err" "memory 64.0 MiB for all of it (cgroup)"
	holds "--memory: not weaker" "not $reduced" \
		"--memory: the ended processes are counted" 'm.counters["run.box_memory_kills"] > 0' \
		"--memory: so are they in the report" 'any("because of the limit" in g.why and not g.blocks_conforms for g in r.not_observable)'
	run 3 "--memory and shared memory" --memory 64MiB -- "$python" hold.py 200 1 shared
	check "--memory and shared memory: not held either" sh -c "! grep -qx 'held 1' '$out'"
else
	prints "--memory and many processes: each has its own limit" "held 3"
	says "--memory: the report does not claim more" "$err" "memory 64.0 MiB for each process (rlimit), not for all together"
	holds "--memory: that it is weaker is told" "m.memory_by == 'rlimit' and $reduced" \
		"--memory: and does not bound the verdict" 'any("--memory holds for each process" in g.why and not g.blocks_conforms for g in r.not_observable)'
	run 3 "--memory and a lower limit" --memory 64MiB -- true
	lower=$((48 << 20))
	name="--memory and a lower limit of who starts it"
	runs=$((runs + 1)) bundle=$dir/bundles/$runs
	check "$name" sh -c "ulimit -d $((lower >> 10)); '$TCBOX' run --quiet --memory 64MiB --output '$bundle' -- true; [ \$? = 3 ]"
	holds "$name: that counts" "m.memory_max == $lower and m.memory_asked == 64 << 20"
fi
# What Go, Java, node and Chromium do: the reason for not limiting the address space
run 3 "--memory and reserved addresses" --memory 64MiB -- "$python" -c \
	'import mmap; mmap.mmap(-1, 64 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, 0); print("reserved")'
prints "--memory and reserved addresses: they are no memory" reserved
run 3 "--memory and private files" --memory 64MiB -- sh -c 'head -c 20000000 /dev/zero >/tmp/x; wc -c </tmp/x'
prints "--memory and private files: as much as there is room for" 20000000

# Processors
processors='import os; print(len(os.sched_getaffinity(0)))'
all=$("$python" -c "$processors")
run 3 "no --cpus" -- "$python" -c "$processors"
prints "control: without --cpus all processors are there" "$all"
holds "no --cpus: none recorded" 'm.cpus_asked_milli == 0 == m.cpus_milli and m.cpus_by is None'
run 3 "--cpus" --cpus 0.5 --processes 40 -- "$python" -c "$processors"
if [ "$(kept_by cpus_by)" = cgroup ]; then
	holds "--cpus: in force for all" 'm.cpus_milli == 500 == r.run.cpus_milli and m.cpus_by == "cgroup"' \
		"--processes: by the group, too" 'm.processes_by == "cgroup"' \
		"--cpus: not weaker" 'not any("--cpus" in d for d in m.reduced)'
	says "--cpus: the report says so" "$err" "0.5 processors for all of it (cgroup)"
elif [ "$all" -gt 1 ]; then
	prints "--cpus: whole processors" 1
	holds "--cpus: recorded, and that it is weaker" \
		'm.cpus_asked_milli == 500 and m.cpus_milli == 1000 and m.cpus_by == "affinity" and m.processes_by == "rlimit"' \
		"--cpus: that the product may choose others is told" 'any("--cpus is a number of whole" in d for d in m.reduced)'
	says "--cpus: the report says so" "$err" "1 processor unless it chose others (affinity)"
	run 3 "--cpus of all processors" --cpus "$all" -- true
	holds "--cpus of all processors: nothing is limited, and that is told" \
		'm.cpus_by is None and any("--cpus limits nothing" in d for d in m.reduced)'
fi

# Processor time
spin='import sys, time
while time.process_time() < float(sys.argv[1]):
    pass
print("done")'
run 3 "no --cpu-time" -- "$python" -c "$spin" 1.5
prints "control: without --cpu-time it goes on" "done"
run 3 "--cpu-time" --cpu-time 500ms -- "$python" -c "$spin" 20
holds "--cpu-time: ended by SIGXCPU, after a whole second" 'm.exit_signal == 24 and m.cpu_time_max_s == 1 == r.run.cpu_time_max_s'
says "--cpu-time: the report tells it" "$err" "1 s of processor time a process"
run 3 "--cpu-time and who catches the signal" --cpu-time 1 -- "$python" -c "import signal
signal.signal(signal.SIGXCPU, signal.SIG_IGN)
$spin" 20
holds "--cpu-time and who ignores the signal: killed" 'm.exit_signal == 9'

# Kept output. It says nothing about behaviour, so a policy can be conformed to
many='head -c 100000 /dev/zero | tr "\0" o; head -c 50000 /dev/zero | tr "\0" e >&2'
log_sizes() { test "$(wc -c <"$bundle/stdout.log") $(wc -c <"$bundle/stderr.log")" = "$1"; }
run 0 "no --output-size" --policy "$policies/any.json" -- sh -c "$many"
check "control: without --output-size all is kept" log_sizes "100000 50000"
holds "no --output-size: 1 GiB" 'm.output_max == 1 << 30 == r.run.output_max and m.counters["run.stdout_cut"] == 0'
run 0 "--output-size" --policy "$policies/any.json" --output-size 60000B -- sh -c "$many"
check "--output-size: no log is larger, and one that fits is whole" log_sizes "60000 50000"
check "--output-size: all is passed on" sh -c "test \"\$(tr -dc o <'$out' | wc -c)\" = 100000 && test \"\$(tr -dc e <'$err' | wc -c)\" -ge 50000"
check "--output-size: the log is the beginning" sh -c "head -c 60000 '$out' | cmp - '$bundle/stdout.log'"
holds "--output-size: what is left out is counted" \
	'm.counters["run.stdout_cut"] == 40000 and m.counters["run.stderr_cut"] == 0 and m.output_max == 60000' \
	"--output-size: and told" \
	'[g.why for g in r.not_observable if "what the product printed" in g.what] == ["stdout.log was cut after 60000 bytes; bytes left out: 40000"]'

# The product and its control group. /sys/fs/cgroup is the host's: none of it is in the box
cat >"$dir/mounts.json" <<'END'
{ "tcbox_policy": 1, "connections": [], "executes": ["**"], "files": { "write": ["**"] },
  "syscalls": { "allow": ["@default", "@namespace", "@mount", "@identity"] } }
END
look='for f in /sys/fs/cgroup/*; do [ ! -e "$f" ] || echo "$f"; done; grep -w cgroup /proc/self/mountinfo; grep "^0::" /proc/self/cgroup'
run 3 "groups in the box" --memory 64MiB -- sh -c "$look"
prints "groups in the box: only its own, as the root of all" "0::/"
outside "seeing groups" sh -c 'grep -q cgroup2 /proc/self/mountinfo'
mount2='import ctypes, errno, os, sys
libc = ctypes.CDLL(None, use_errno=True)
uid, gid = os.getuid(), os.getgid()
assert libc.unshare(0x10000000 | 0x20000 | int(sys.argv[1], 16)) == 0, errno.errorcode[ctypes.get_errno()]
open("/proc/self/setgroups", "w").write("deny")
open("/proc/self/uid_map", "w").write(f"0 {uid} 1")
open("/proc/self/gid_map", "w").write(f"0 {gid} 1")
print("mounted" if libc.mount(b"none", b"at", b"cgroup2", 0, None) == 0 else errno.errorcode[ctypes.get_errno()])'
mkdir -m 777 at
outside "mounting the groups of a namespace of its own" sh -c "$python -c '$mount2' 0x2000000 | grep -x mounted"
run 0 "mounting groups" --memory 64MiB --policy "$dir/mounts.json" -- "$python" -c "$mount2" 0
prints "mounting groups: not even for root of a namespace" EPERM

# Whatever happens, no group is left
left() { find /sys/fs/cgroup -maxdepth 6 -type d -name "tcbox-$1*" 2>/dev/null | grep -q .; }
if [ "$by" = cgroup ]; then
	for signal in TERM KILL; do
		runs=$((runs + 1)) bundle=$dir/bundles/$runs
		"$TCBOX" run --quiet --memory 64MiB --output "$bundle" -- sleep 60 </dev/null &
		run_pid=$!
		check "$signal: there is a group" until_true 20 left "$run_pid"
		check "$signal: the product runs" until_true 20 grep -q '"k":"exec"' "$bundle/events.jsonl"
		kill -s $signal "$run_pid"
		wait "$run_pid" 2>/dev/null
		check "$signal: the group is gone" until_true 20 sh -c "! find /sys/fs/cgroup -maxdepth 6 -type d -name 'tcbox-$run_pid*' 2>/dev/null | grep -q ."
	done
else
	echo "# no control groups are delegated here: nothing can be left of them"
fi

check "the group that all this was started in is as before" test "$(own_state)" = "$before"

for value in "" 5 1XB; do usage "--memory \"$value\"" "is not a size" --memory "$value"; done
for value in 15MiB 0B 2000000TiB; do usage "--memory $value" "out of range" --memory "$value"; done
for value in "" 0 0.0 0.009 . .5 1. 1.2345 -1 1e3 0x1 inf 1,5 10001 99999999999999999999; do
	usage "--cpus \"$value\"" "number of processors" --cpus "$value"
done
for value in "" 0 x; do usage "--cpu-time \"$value\"" "is no time" --cpu-time "$value"; done
usage "--output-size of nothing" "out of range" --output-size 0B

# A limit of who starts tcbox, lower than those of its parts
check "ulimit -v: the limit is kept, and the run works" sh -c 'ulimit -v 1000000 || exit 9
"$0" run --quiet --output "$1" -- /bin/sh -c "ulimit -v"; case $? in 0 | 3) ;; *) exit 1 ;; esac
grep -qx 1000000 "$1/stdout.log"' "$TCBOX" "$dir/narrow"

finish
