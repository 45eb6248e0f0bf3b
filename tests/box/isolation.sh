#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# isolation.sh - what a product cannot reach, each with a control that it can be reached outside; and what it changes, as it is told
# shellcheck disable=SC1091,SC2016,SC2154 # box.sh sets what it says; the shell inside expands
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

actor=$ACTORS/sys_actor
python=/usr/bin/python3
strict=$dir/strict.json
cat >"$strict" <<'END'
{ "tcbox_policy": 1, "executes": ["/usr/bin/true"], "files": { "write": ["/**/allowed-*"] },
  "syscalls": { "allow": ["@default"] }, "undeclared": { "executes": "violation", "files": "violation" } }
END

# Calls that lead out of the box or around its observers. What the actor says natively: allowed, or refused for its arguments.
refused() {	# ACT CALL ERROR GROUP NATIVE
	outside "$1" sh -c "unshare -Urnm '$actor' $1 | grep -qx '$1 $5'"
	run 1 "$1" --policy "$strict" -- "$actor" "$1"
	says "$1: the product sees $3" "$out" "$1 $3"
	holds "$1: recorded as refused" "the(calls(outcome='denied')).has({'call': '$2', 'error': '$3', 'group': '$4'})" \
		"$1: an attempt, with who and what" "base(the(find('BOX-ATTEMPT')).process.exe) == 'sys_actor'
		 and '$2' in the(find('BOX-ATTEMPT')).observed and r.totals.attempts == 1"
}
! needs io_uring io_uring || refused io_uring io_uring_setup ENOSYS io_uring EFAULT
! needs "vsock sockets" vsock || refused vsock socket EAFNOSUPPORT family ok	# created, never connected
refused packet socket EAFNOSUPPORT family ok
refused new_user unshare EPERM namespace ok
refused clone_new_user clone EPERM namespace ok
refused mount mount EPERM mount EFAULT
! needs "32-bit calls" int80 || refused int80 getpid ENOSYS abi ok
run 1 "bpf" --policy "$strict" -- "$actor" bpf	# outside it may be switched off: no control
holds "bpf: recorded as refused" 'the(calls(outcome="denied")).has({"call": "bpf", "group": "kernel"}) and find("BOX-ATTEMPT")'
run 1 "ptrace" --policy "$strict" -- "$actor" trace_me
holds "ptrace: recorded" 'the(calls(call="ptrace")).detail == "PTRACE_TRACEME"' \
	"ptrace: found" '"ptrace" in str([f.observed for f in r.findings])'

# Every call that the table refuses, made for real: "NUMBER NAME ERROR RECORDED", RECORDED being "not" or empty. Outside is no
# control of all of them, because some would work there.
sed -n 's/^{ \([0-9]*\), "\([a-z0-9_]*\)" },$/\2 \1/p' "$ACTORS/../../gen/syscall_table.h" | sort >"$dir/numbers"
"$TCBOX" policy calls | grep -v harmless | sed -n 's/^\([a-z0-9_]*\)  *\(E[A-Z]*\), \(not \)\{0,1\}recorded.*/\1 \2 \3/p' | sort |
	join "$dir/numbers" - | sort -nk2 >"$dir/refusals"
# shellcheck disable=SC2046 # words
run 1 "every refused call" --policy "$strict" -- "$actor" each $(cut -d ' ' -f 2 "$dir/refusals")
cut -d ' ' -f 2,3 "$dir/refusals" >"$dir/errors"
same "every refused call: fails with the table's error" "$dir/errors" "$out"
check "every refused call: they are many" test "$(wc -l <"$out")" -gt 40
grep -v 'not *$' "$dir/refusals" | cut -d ' ' -f 1,3 | sort >"$dir/recorded"
python3 -c 'import json, sys
for e in map(json.loads, open(sys.argv[1])):
    if e["k"] == "call" and e["outcome"] == "denied":
        print(e["call"], e["error"])' "$bundle/events.jsonl" | sort >"$dir/seen"
same "every refused call: recorded, and no other" "$dir/recorded" "$dir/seen"

# Undeclared calls and programs
run 1 "an undeclared call" --policy "$strict" -- "$actor" set_ids
holds "an undeclared call: found" 'codes() == ["SYS-UNDECLARED"] and "setresuid" in the(find("SYS-UNDECLARED")).observed'
run 1 "an undeclared call, enforced" --enforce --policy "$strict" -- "$actor" set_ids
says "an undeclared call, enforced: fails" "$out" "set_ids EPERM"
run 0 "a declared program" --policy "$strict" -- sh -c 'true; /usr/bin/true; exec /usr/bin/true'
run 1 "an undeclared program" --policy "$strict" -- sh -c '/usr/bin/id >/dev/null; true'
hash=$(sha256sum </usr/bin/id | cut -d' ' -f1)
holds "an undeclared program: found, with its hash" \
	"the(find('EXEC-UNDECLARED')).observed == '/usr/bin/id, SHA-256 $hash'" \
	"an undeclared program: who started it" 'ancestry(the(find("EXEC-UNDECLARED"))) == ["dash"]'

# Files
cat >"$dir/change.py" <<'END'
import os, socket, sys
os.chdir(sys.argv[1])
open("kept", "r+").write("overwritten")
open("allowed-new", "w").close()
os.rename("allowed-new", "renamed")
os.mkdir("sub")
os.chmod("sub", 0o700)
os.symlink("kept", "link")
os.link("kept", "hard")
os.truncate("hard", 3)
os.rmdir("sub")
os.remove("gone")
socket.socket(socket.AF_UNIX).bind("talk")
END
cp "$dir/change.py" change.py
echo "the host's" >kept
echo "the host's" >gone
[ "$(id -u)" != 0 ] || chown 65534:65534 kept gone
mkdir "$dir/copy" && cp kept gone "$dir/copy"
outside "changing the files" "$python" change.py "$dir/copy"
run 1 "changing files" --policy "$strict" -- "$python" change.py "$work"
holds "changing files: it succeeded" 'm.exit_code == 0' \
	"changing files: all told, nothing else" \
	'unchanged([(f.op, base(f.path), base(f.path2)) for f in files()], [("write", "kept", ""), ("create", "allowed-new", ""),
	 ("rename", "allowed-new", "renamed"), ("mkdir", "sub", ""), ("chmod", "sub", ""), ("symlink", "link", ""),
	 ("link", "kept", "hard"), ("truncate", "hard", ""), ("rmdir", "sub", ""), ("remove", "gone", ""),
	 ("mknod", "talk", "")])' \
	"changing files: the paths are whole" "{os.path.dirname(f.path) for f in files()} == {'$work'}" \
	"changing files: what is declared is not found" 'not [f for f in find("FILE-UNDECLARED") if f.observed.endswith("allowed-new")]'
check "changing files: the host's are as before" test "$(cat kept gone)" = "the host's
the host's" -a ! -e renamed -a ! -e hard
if [ "$(id -u)" != 0 ]; then
	run 3 "a directory of root" -- sh -c '! touch /etc/x && ! touch /opt/x'
	holds "a directory of root: may not be written, as outside" 'm.exit_code == 0'
fi

# What is the host's, or the technician's
look() {	# NAME SCRIPT [ARG...]: exits with 0 if it cannot be reached
	name=$1
	shift
	run 3 "$name" -- "$python" -c "$@"
	holds "$name: not reached" 'm.exit_code == 0'
}

echo secret >"$dir/secret"
chmod 600 "$dir/secret"
fds='import os, sys
for fd in os.listdir("/proc/self/fd"):
    try:
        target = os.readlink("/proc/self/fd/" + fd)
    except OSError:
        continue		# the directory itself, closed again
    print(fd, target)
    if int(fd) > 2 and not target.startswith("/proc/"):
        sys.exit(1)'
exec 9<"$dir/secret" 8<"$work"
check "control: outside an inherited descriptor is there" sh -c "! $python -c '$fds' >/dev/null"
look "inherited descriptors" "$fds"
exec 9<&- 8<&-

cat >"$dir/server.py" <<'END'
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1].replace("@", "\0"))
if sys.argv[1][0] == "/":
    os.chmod(sys.argv[1], 0o777)
s.listen()
while True:
    s.accept()[0].close()
END
reach='import socket, sys
s = socket.socket(socket.AF_UNIX)
try:
    s.connect(sys.argv[1].replace("@", "\0"))
except OSError as e:
    print(e)
    sys.exit(0)
sys.exit(1)'
for socket in "$work/socket" "@tcbox-test-$$"; do
	$python "$dir/server.py" "$socket" &
	server=$!
	cleanup() { kill "$server" 2>/dev/null; }
	reached() { ! $python -c "$reach" "$socket"; }
	until_true 5 reached
	outside "connecting to the socket $socket" reached
	look "a socket of the host, $socket" "$reach" "$socket"
	kill "$server"
	wait "$server" 2>/dev/null
done

mkdir "$dir/other" && echo mine >"$dir/other/file" && chmod 644 "$dir/other/file"
outside "reading another directory in /var/tmp" cat "$dir/other/file"
run 3 "the host's temporary files" -- sh -c "! cat $dir/other/file && ! ls $dir/bundles && [ -z \"\$(ls /tmp)\" ]"
holds "the host's temporary files: not there" 'm.exit_code == 0'
run 3 "homes" -- sh -c '[ "$(ls /home | wc -l)" -le 1 ] && [ -z "$(ls -A /root)" ]'
holds "homes: no other user's" 'm.exit_code == 0'
if [ "$(id -u)" = 0 ]; then
	outside "reading /etc/shadow" cat /etc/shadow
	run 3 "/etc/shadow" -- sh -c '! cat /etc/shadow && [ "$(id -u)" != 0 ]'
	holds "/etc/shadow: not readable, and the product is not root" 'm.exit_code == 0'
fi
run 3 "processes of the host" -- sh -c "! kill -0 $$ 2>/dev/null && [ ! -d /proc/$$ ] || [ $$ -lt 100 ]"
holds "processes of the host: not there" 'm.exit_code == 0'
look "the network of the host" 'import os, sys
names = {l.split(":")[0].strip() for l in open("/proc/net/dev") if ":" in l}
sys.exit(len(names) != 2 or "lo" not in names)'

finish
