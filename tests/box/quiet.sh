#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# quiet.sh - what ordinary programs do every day, and what of it is no act, or did not happen
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # box.sh sets what it says; the shell inside expands
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

strict=$dir/strict.json
cat >"$strict" <<'P'
{ "tcbox_policy": 1, "connections": [], "names": [], "executes": ["/**"],
  "files": { "write": ["/tmp/declared/**"] }, "syscalls": { "allow": ["@default"] },
  "undeclared": { "connections": "violation", "names": "violation", "listens": "violation",
    "executes": "violation", "files": "violation", "syscalls": "violation" } }
P

# Descriptors that are opened again. Standard output and error are pipes here.
for way in /dev/stderr /dev/fd/2 /proc/self/fd/2; do
	run 0 "$way, a pipe" --policy "$strict" -- sh -c "echo opened again >$way"
	check "the line came" grep -q "opened again" "$err"
	holds "nothing is recorded of it" "not [e for e in ev if e.k == 'file']"
done
run 1 "/dev/fd/3, a file that is open for reading" --policy "$strict" -- \
	sh -c 'exec 3</etc/passwd 4<"$0" 3<&4; echo x >/dev/fd/3; true' "$(command -v cat)"
holds "it is an act on that file" "[e for e in ev if e.k == 'file' and e.path.endswith('/cat')]"

# A path that goes through the descriptor of a directory is that of the file.
through() {	# STATUS DIRECTORY
	run "$1" "a file in $2 by its descriptor" --policy "$strict" -- sh -c 'mkdir -p "$0" && exec 3<"$0" &&
		for way in /dev/fd/3 /proc/self/fd/3 /proc/thread-self/fd/3; do echo x >$way/new && test -s "$0/new" && rm "$0/new" || exit 9; done' "$2"
	holds "a file in $2 by its descriptor: the act works" "m.exit_code == 0" \
		"a file in $2 by its descriptor: it is recorded by its path" \
		"{(e.path, e.outcome) for e in ev if e.k == 'file' and e.op in ('create', 'remove')} == {('$2/new', 'allowed')}"
}
through 0 /tmp/declared
through 1 /tmp/other

# What a call did, and what it only tried
cat >"$dir/files.json" <<'P'
{ "tcbox_policy": 1, "files": { "write": ["/nonexist/**", "/tmp/declared/**"] }, "syscalls": { "allow": ["@default"] } }
P
run 0 "a file that cannot be made" --policy "$dir/files.json" -- sh -c 'touch /nonexist/a; true'
check "touch said so" grep -q "No such file" "$err"
holds "it was tried" "{e.outcome for e in ev if e.k == 'file' and e.path == '/nonexist/a'} == {'tried'}" \
	"no file is counted as written" "r.totals.files_written == 0" \
	"the rule was not seen" "r.declared_not_seen and not r.declared_seen"
run 0 "a file that is made" --policy "$dir/files.json" -- sh -c 'mkdir /tmp/declared && echo x >/tmp/declared/a'
holds "it was written" "[e.outcome for e in ev if e.k == 'file' and e.path == '/tmp/declared/a'] == ['allowed']" \
	"two files are counted" "r.totals.files_written == 2"
run 3 "a file of the machine that this user may not change" -- sh -c 'echo x >/etc/passwd; true'
holds "it was tried, or changed in the layer" \
	"[e.outcome for e in ev if e.k == 'file' and e.path == '/etc/passwd'][0] in ('tried', 'allowed')"

# A datagram socket that is bound and connected at once hears its peer only.
cat >client.py <<'P'
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 27015))
if sys.argv[1] == "client":
    s.connect(("203.0.113.7", 9))
    s.send(b"x")
else:
    s.sendto(b"x", ("203.0.113.7", 9))
time.sleep(0.7)		# as long as it takes to be seen in the kernel's tables
P
sed 's|"connections": \[\]|"connections": [{ "id": "peer", "to": ["203.0.113.7"], "protocol": "udp" }]|; s|"@default"|"@default", "@network"|' \
	"$strict" >"$dir/peer.json"
run 0 "a client with a port of its choice" --policy "$dir/peer.json" -- python3 client.py client
holds "a client with a port of its choice: it had it" "the(flows()).local.endswith(':27015')"
run 1 "a port of its choice, open to all" --policy "$dir/peer.json" -- python3 client.py open
holds "a port of its choice, open to all: it is a listener" "codes() == ['LISTEN-UNDECLARED']"

# Sockets that stay in the box, and calls that change nobody
cat >quiet.py <<'P'
import os, socket
s = socket.socket(socket.AF_UNIX)
try:
    s.connect("/var/run/nscd/socket")
except OSError:
    pass
os.setresuid(-1, os.getuid(), -1)
os.setregid(-1, os.getgid())
P
cat >server.py <<'P'
import os, socket, threading
os.mkdir("/tmp/declared")
for name in ("/tmp/declared/socket", "\0socket"):
    s, c = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    s.bind(name)
    s.listen()
    c.connect(name)
    there, _ = s.accept()
    c.send(b"hello")
    print(there.recv(9).decode())
P
run 0 "a server in the box" --policy "$strict" -- python3 server.py
check "a server in the box: it served" test "$(grep -c hello "$out")" = 2
holds "a server in the box: its socket is a file" "[e.op for e in ev if e.k == 'file' and e.path == '/tmp/declared/socket'] == ['mknod']"
run 1 "a server of the network" --policy "$strict" -- python3 -c 'import socket; socket.socket(socket.AF_INET).bind(("127.0.0.1", 8080))'
run 0 "a socket for a service that is not there, and ids that stay" --policy "$strict" -- python3 quiet.py
holds "the socket is recorded with its path" "[e for e in ev if e.k == 'sock' and e.path == '/var/run/nscd/socket']" \
	"no call is undeclared" "not [e for e in ev if e.k == 'call' and e.undeclared]"
run 0 "the same, enforced" --enforce --policy "$strict" -- python3 quiet.py
run 1 "a socket for the network" --policy "$strict" -- python3 -c 'import socket; socket.socket(socket.AF_INET)'
run 1 "another identity" --policy "$strict" -- python3 -c 'import os
try: os.setresuid(-1, 54321, -1)
except OSError: pass'
sed 's/"@default"]/"@default"], "deny": ["socket"]/' "$strict" >"$dir/denies.json"
run 1 "a socket that the policy denies" --policy "$dir/denies.json" -- python3 quiet.py

finish
