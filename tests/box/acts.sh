#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# acts.sh - whose an act is, and that it is found by whatever call it is done
# shellcheck disable=SC1091,SC2016,SC2154 # box.sh sets what it says; the shell inside expands
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

actor=$work/actor
cp "$ACTORS/acts_actor" "$actor"
cp "$actor" "$work/agent"

# An exec that fails in the kernel makes no other program: agent may connect, actor may not.
cat >"$dir/agent.json" <<END
{ "tcbox_policy": 1, "connections": [{ "id": "agent", "process": "$work/agent", "to": ["203.0.113.68"] }],
  "executes": ["$actor", "$work/agent", "$work/agent.py", "$work/actor.py", "/usr/bin/**"],
  "undeclared": { "connections": "violation", "executes": "violation" } }
END
run 0 "the declared program connects" --policy "$dir/agent.json" -- "$actor" exec "$work/agent" connect 203.0.113.68
says "the declared program connects: the act works" "$out" ok
run 1 "a thread whose exec fails" --policy "$dir/agent.json" -- "$actor" failed "$work/agent" 203.0.113.68
says "a thread whose exec fails: the act works" "$out" ok
holds "a thread whose exec fails: it is the old program that connects" \
	'base(the(find("NET-UNDECLARED")).process.exe) == "actor"' \
	"a thread whose exec fails: nothing ran" \
	'[e.error for e in execs() if base(e.exe) == "agent"] == ["unknown"]' \
	"a thread whose exec fails: it is not declared and seen" \
	"'$work/agent' in {d.id for d in r.declared_not_seen if d.section == 'executes'}"

# The same among scripts of one interpreter, which is the program that runs.
cat >"$work/agent.py" <<'END'
#!/usr/bin/python3
import socket
s = socket.create_connection(("203.0.113.68", 80))
print("ok")
END
cat >"$work/actor.py" <<'END'
#!/usr/bin/python3
import ctypes, os, socket, sys, threading
failed = threading.Event()
def connects():
    failed.wait()
    s = socket.create_connection(("203.0.113.68", 80))
    print("ok", flush=True)
    os._exit(0)
threading.Thread(target=connects).start()
argv = (ctypes.c_char_p * 2)(b"x", None)
ctypes.CDLL(None).execve(sys.argv[1].encode(), argv, ctypes.c_void_p(8))
failed.set()
threading.Event().wait()
END
printf '#!/usr/bin/python3\nimport os, sys\nos.execv(sys.argv[1], ["x"])\n' >"$work/first.py"
chmod 755 "$work"/*.py
sed "s|\"process\": \"$work/agent\"|\"process\": \"$work/agent.py\"|; s|\"/usr/bin|\"$work/first.py\", \"/usr/bin|" "$dir/agent.json" >"$dir/script.json"
run 0 "a declared script connects" --policy "$dir/script.json" -- "$work/first.py" "$work/agent.py"
says "a declared script connects: the act works" "$out" ok
run 1 "a script whose exec fails" --policy "$dir/script.json" -- "$work/actor.py" "$work/agent.py"
says "a script whose exec fails: the act works" "$out" ok
holds "a script whose exec fails: it is the old one that connects" \
	'base(the(find("NET-UNDECLARED")).process.exe) == "actor.py"'

# A connection that stays open over an exec is of both programs; one that is closed by it is not.
cat >"$work/keeps.py" <<'END'
import os, socket, sys
s = socket.create_connection(("203.0.113.68", 80))
s.set_inheritable(sys.argv[1] == "kept")
os.dup2(s.fileno(), 9, inheritable=sys.argv[1] == "kept")
os.execv("/bin/sh", ["sh", "-c", "printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&9 && echo ok; sleep 1; true"])
END
cat >"$dir/keeps.json" <<END
{ "tcbox_policy": 1, "connections": [{ "id": "py", "process": "/usr/bin/python3*", "to": ["203.0.113.68"] }],
  "executes": ["/usr/bin/**"], "undeclared": { "connections": "violation" } }
END
run 1 "a connection that another program keeps" --policy "$dir/keeps.json" -- /usr/bin/python3 "$work/keeps.py" kept
says "a connection that another program keeps: the act works" "$out" ok
holds "a connection that another program keeps: it is told" '{base(f.process.exe) for f in find("NET-UNDECLARED")} & {"sh", "dash", "bash"}'
run 0 "a connection that is closed" --policy "$dir/keeps.json" -- /usr/bin/python3 "$work/keeps.py" closed
check "a connection that is closed: the other program has it not" test ! -s "$out"

# A connection that is passed is also who gets it. What was seen to have it is told; else the verdict is bounded.
cat >"$dir/passed.json" <<END
{ "tcbox_policy": 1, "connections": [{ "id": "actor", "process": "$actor", "to": ["203.0.113.68"] }],
  "executes": ["$actor", "$work/agent"], "undeclared": { "connections": "violation" } }
END
for how in message taken early; do
	run 1 "a connection is passed, $how" --policy "$dir/passed.json" -- "$actor" pass $how "$work/agent" 203.0.113.68
	says "a connection is passed, $how: the act works" "$out" ok
	holds "a connection is passed, $how: who got it is told" \
		'{base(f.process.exe) for f in find("NET-UNDECLARED")} == {"agent"}'
done
run "1 3" "a connection is passed and closed" --policy "$dir/passed.json" -- "$actor" pass closed "$work/agent" 203.0.113.68
says "a connection is passed and closed: the act works" "$out" ok
holds "a connection is passed and closed: that it may be is told" \
	'any(g.what == "Who used some conversations" and g.blocks_conforms for g in r.not_observable)'
run 0 "a connection beside another program" --policy "$dir/passed.json" -- "$actor" pass alone "$work/agent" 203.0.113.68
says "a connection beside another program: the act works" "$out" ok
sed 's|"process": "[^"]*", ||' "$dir/passed.json" >"$dir/anybody.json"
run 0 "a connection is passed, and anybody may have it" --policy "$dir/anybody.json" -- \
	"$actor" pass message "$work/agent" 203.0.113.68
says "a connection is passed, and anybody may have it: the act works" "$out" ok

# The loader runs a program: that is what is executed, by the word of the product.
loader=$(readlink -f /lib64/ld-linux-x86-64.so.2)
cat >"$dir/loader.json" <<END
{ "tcbox_policy": 1, "executes": ["/usr/bin/dash", "/usr/bin/bash", "/usr/bin/cat", "$loader"],
  "undeclared": { "executes": "violation" } }
END
cp /usr/bin/printf "$work/loaded"
chmod 644 "$work/loaded"
[ "$(id -u)" != 0 ] || chown 65534:65534 "$work/loaded"
sed "s|\"$loader\"|\"$loader\", \"$work/loaded\"|" "$dir/loader.json" >"$dir/loads.json"
run 3 "a declared program by the loader" --policy "$dir/loads.json" -- /bin/sh -c '"$0" "$1" "%s\n" ok' "$loader" "$work/loaded"
says "a declared program by the loader: the act works" "$out" ok
run 1 "an undeclared program by the loader" --policy "$dir/loader.json" -- \
	/bin/sh -c '"$0" --argv0 cat "$1" "%s\n" ok' "$loader" "$work/loaded"
says "an undeclared program by the loader: the act works" "$out" ok
holds "an undeclared program by the loader: it is told" \
	"'$work/loaded' in the(find('EXEC-UNDECLARED')).observed"
run 3 "a program whose name the loader is told too late" --policy "$dir/loader.json" -- \
	/bin/sh -c 'while [ $# -lt 70 ]; do set -- "$@" --inhibit-cache; done; set -- "$@" "$0" "%s\n" ok; exec '"$loader"' "$@"' \
	"$work/loaded"
says "a program whose name the loader is told too late: the act works" "$out" ok
run 3 "what a program would load" --policy "$dir/loader.json" -- \
	/bin/sh -c 'LD_TRACE_LOADED_OBJECTS=1 "$0" "$1"' "$loader" "$work/loaded"
says "what a program would load: the act works" "$out" libc.so

# What works on the machine and not in the box is told, and accuses nobody.
mkdir "$work/there" "$work/there/app"
[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$work/there"
moves='import os, sys
try: os.rename(sys.argv[1], sys.argv[1] + ".moved"); print("moved")
except OSError as e: print(e.strerror)'
broken='any(g.what == "What the product does where this works" and not g.blocks_conforms for g in r.not_observable)'
echo '{ "tcbox_policy": 1, "executes": ["/**"], "files": { "write": ["/**"] } }' >"$dir/all.json"
run 0 "a directory of the machine is moved" --policy "$dir/all.json" -- /usr/bin/python3 -c "$moves" "$work/there/app"
says "a directory of the machine is moved: the box cannot" "$out" "Invalid cross-device link"
holds "a directory of the machine is moved: that is told" "$broken"
outside "to move it" /usr/bin/python3 -c "$moves" "$work/there/app"
run 0 "a directory of the product is moved" --policy "$dir/all.json" -- \
	/bin/sh -c 'mkdir /tmp/app && python3 -c "$0" /tmp/app' "$moves"
says "a directory of the product is moved: it works" "$out" moved
holds "a directory of the product is moved: nothing is told" "not $broken"
if [ "$(id -u)" = 0 ]; then	# somebody else's file
	cp /usr/bin/true "$work/there/hidden"
	chmod 711 "$work/there/hidden"
	run 0 "a program that cannot be read" --policy "$dir/all.json" -- /bin/sh -c '"$0"; echo $?' "$work/there/hidden"
	says "a program that cannot be read: the box cannot" "$out" 126
	holds "a program that cannot be read: that is told" "$broken"
	outside "it" setpriv --reuid=65534 --regid=65534 --clear-groups "$work/there/hidden"
fi

# A change of a file is the same finding by whatever call it is made.
mkdir "$work/d"
for file in f f.old g.old; do echo before >"$work/d/$file"; done
[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$work/d"
cat >"$dir/files.json" <<END
{ "tcbox_policy": 1, "executes": ["/**"], "files": { "write": ["$work/d/?.old"] }, "undeclared": { "files": "violation" } }
END
sed 's|?.old|?|; s|"\]|", "'"$work"'/d/?.old"]|' "$dir/files.json" >"$dir/both.json"
by_each() {	# KIND FILE
	there=0 gone=0
	for i in $(seq 0 $(($("$actor" calls "$1") - 1))); do
		run "0 1" "$1, call $i" --policy "$dir/files.json" -- "$actor" file "$1" "$i" "$work/d/$2"
		found "$1, call $i" "$work/d/$2"
	done
	check "$1: most calls are there" test "$there" -gt "$gone"
	run 0 "$1, declared" --policy "$dir/both.json" -- "$actor" file "$1" 0 "$work/d/$2"
}
found() {	# NAME PATH
	if grep -qx absent "$out"; then		# this kernel or file system has no such call
		gone=$((gone + 1))
		return
	fi
	there=$((there + 1))
	says "$1: the act works" "$out" ok
	holds "$1: it is a finding" \
		"any('$2' in (f.title + ' ' + f.observed).replace(',', ' ').split() and base(f.process.exe) == 'actor' for f in find('FILE-UNDECLARED'))"
}
by_each make g
by_each write f
by_each attributes f
by_each time f
by_each remove f
# Where the file system of the machine has no such attributes, that of /tmp may have them.
there=0 gone=0
for i in $(seq 0 $(($("$actor" calls attributes) - 1))); do
	run 1 "attributes in /tmp, call $i" --policy "$dir/files.json" -- \
		/bin/sh -c 'mkdir /tmp/d && echo before >/tmp/d/f && exec "$0" file attributes "$1" /tmp/d/f' "$actor" "$i"
	found "attributes in /tmp, call $i" /tmp/d/f
done
check "attributes in /tmp: most calls are there" test "$there" -gt "$gone"

finish
