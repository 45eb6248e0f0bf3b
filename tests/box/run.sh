#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh - tcbox run: options, streams, signals, and everything that can be wrong before and while a product runs
# shellcheck disable=SC1091,SC2016,SC2034,SC2153,SC2154 # box.sh sets what it says; the shell inside expands
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

web=$policies/web.json

# wrong STATUS NAME TEXT ARG...: tcbox run ARG... fails and says TEXT, in one line that names no source of ours
wrong() {
	expected=$1 name=$2 text=$3
	shift 3
	"$TCBOX" run "$@" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	result "$([ $status = "$expected" ]; echo $?)" "$name: exit status $expected" "it was $status: $(cat "$dir/err")"
	says "$name: says why" "$dir/err" "$text"
}
no_bundle() { result "$([ ! -e "$dir/nb" ]; echo $?)" "$name: leaves no bundle"; }

# What is named on the command line
wrong 127 "a missing program" "no-such-program" --output "$dir/nb" -- no-such-program
no_bundle
wrong 127 "a missing program with a path" "/no/such/program" --output "$dir/nb" -- /no/such/program
echo '#!/bin/sh' >"$work/plain"
wrong 126 "a file that is not executable" "not executable" --output "$dir/nb" -- ./plain
no_bundle
wrong 126 "a directory" "is not a file" --output "$dir/nb" -- /usr
printf '#!/no/such/interpreter\n' >"$work/script"
printf 'garbage' >"$work/garbage"
chmod 755 "$work/script" "$work/garbage"
wrong 127 "a script without its interpreter" "does not exist" --output "$dir/b1" -- ./script
wrong 126 "a file that is no program" "no program for this machine" --output "$dir/b2" -- ./garbage
wrong 2 "no program" "which program" --output "$dir/nb"
wrong 2 "an unknown option" "--polciy" --polciy x -- true
wrong 2 "an unknown word" "wild" --net wild -- true
wrong 2 "a time that is none" "soon" --timeout soon -- true
wrong 2 "--enforce without a policy" "--policy" --enforce -- true

# Policies
wrong 2 "a missing policy" "no-such.json" --policy "$dir/no-such.json" --output "$dir/nb" -- true
no_bundle
wrong 2 "a directory as policy" "$dir" --policy "$dir" --output "$dir/nb" -- true
if [ "$(id -u)" != 0 ]; then
	cp "$web" "$dir/closed.json" && chmod 000 "$dir/closed.json"
	wrong 2 "an unreadable policy" "Permission denied" --policy "$dir/closed.json" --output "$dir/nb" -- true
fi
broken() {	# NAME TEXT-OF-THE-POLICY WHERE-AND-WHAT
	printf '%b' "$2" >"$dir/broken.json"
	wrong 2 "a policy with $1" "broken.json:$3" --policy "$dir/broken.json" --output "$dir/nb" -- true
}
broken "nothing in it" '' '1:1: '
broken "an unknown key" '{ "tcbox_policy": 1,\n  "conections": [] }' '2:3: '
says "$name: suggests the right one" "$dir/err" '"connections"'
broken "a key twice" '{ "tcbox_policy": 1, "names": [],\n"names": [] }' '2:1: '
broken "a wrong type" '{ "tcbox_policy": 1,\n "names": "x" }' '2:'
broken "a port out of range" '{ "tcbox_policy": 1, "connections": [\n{ "id": "a", "ports": [65536] } ] }' '2:24: '
broken "a newer version" '{ "tcbox_policy": 2 }' '1:19: '
broken "its end missing" '{ "tcbox_policy": 1, "names": ["a.example"' '1:'
broken "bytes that are no UTF-8" '{ "tcbox_policy": 1, "names": ["\0377.example"] }' '1:'
broken "NaN" '{ "tcbox_policy": NaN }' '1:19: '
no_bundle

# The bundle's place
mkdir "$dir/exists"
wrong 2 "an output directory that exists" "exists already" --output "$dir/exists" -- true
result "$([ -z "$(ls -A "$dir/exists")" ]; echo $?)" "$name: nothing was put there"
wrong 125 "an output directory without parent" "$dir/no/b" --output "$dir/no/b" -- true

# on_disk OPTIONS-OF-TMPFS COMMAND: a shell command with a small disk at $dir/disk
on_disk() {
	mkdir -p "$dir/disk"
	if [ "$(id -u)" = 0 ]; then
		unshare -m sh -c "mount -t tmpfs -o $1 none '$dir/disk' && $2"
	else
		unshare -Umc --keep-caps sh -c "mount -t tmpfs -o $1 none '$dir/disk' && $2"
	fi
}
said=$(on_disk ro "'$TCBOX' run --output '$dir/disk/b' -- true" 2>&1)
result "$([ $? = 125 ]; echo $?)" "a read-only disk: exit status 125" "$said"
result "$(echo "$said" | grep -q 'Read-only file system'; echo $?)" "a read-only disk: says so" "$said"
said=$(on_disk size=100k "'$TCBOX' run --output '$dir/disk/b' -- true; s=\$?; ls -A '$dir/disk'; exit \$s" 2>&1)
result "$([ $? = 125 ]; echo $?)" "a full disk: exit status 125" "$said"
result "$(echo "$said" | grep -q 'No space left' && ! echo "$said" | grep -qx b; echo $?)" \
	"a full disk: says so, and leaves no half of a bundle" "$said"
said=$(on_disk size=2m "'$TCBOX' run --policy '$web' --output '$dir/disk/b' -- head -c 20000000 /dev/zero >/dev/null
	s=\$?; '$TCBOX' report '$dir/disk/b' >'$dir/full'; echo \$? >>'$dir/full'; cp -r '$dir/disk/b' '$dir/bundles/full'; exit \$s" 2>&1)
result "$([ $? = 125 ]; echo $?)" "a disk that becomes full: exit status 125" "$said"
result "$(echo "$said" | grep -q 'No space left'; echo $?)" "a disk that becomes full: says so" "$said"
says "a disk that becomes full: the bundle can be read and says so" "$dir/full" "No space left"
result "$([ "$(tail -n 1 "$dir/full")" = 0 ] && ! grep -q CONFORMS "$dir/full"; echo $?)" \
	"a disk that becomes full: the report conforms to nothing" "$(cat "$dir/full")"
bundle=$dir/bundles/full
holds "a disk that becomes full: the manifest says that it failed" 'm.state == "failed" and "No space" in m.error'

# What the kernel does not allow, and what is not installed
said=$(unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$0" run --output "$1" -- true' \
	"$TCBOX" "$dir/b3" 2>&1)
result "$([ $? = 125 ]; echo $?)" "no user namespaces: exit status 125" "$said"
result "$(echo "$said" | grep -q 'tcbox doctor'; echo $?)" "no user namespaces: names tcbox doctor" "$said"
said=$(on_disk size=10m "for f in /usr/sbin/nft /sbin/nft /usr/local/sbin/nft; do
		[ ! -e \$f ] || mount --bind /dev/null \$f; done; '$TCBOX' run --output '$dir/disk/b' -- true" 2>&1)
result "$([ $? = 125 ]; echo $?)" "no nft: exit status 125" "$said"
result "$(echo "$said" | grep -q 'nft'; echo $?)" "no nft: says so" "$said"

# How it ended
run 3 "a product that fails" -- sh -c 'exit 42'
holds "a product that fails: its status is recorded" 'm.exit_code == 42 and m.exited and r.run.exit_code == 42'
run 3 "a product that is killed" -- sh -c 'kill -SEGV $$'
holds "a product that is killed: its signal is recorded" 'm.exit_signal == 11 and not m.exited'
run 3 "--timeout" --timeout 300ms -- sleep 30
holds "--timeout: ended politely" 'm.timed_out and m.exit_signal == 15 and m.ended_ns - m.started_ns < 2e9'
run 3 "--timeout for the deaf" --timeout 200ms -- sh -c 'trap "" TERM; while :; do sleep 0.1; done'
holds "--timeout for the deaf: killed" 'm.timed_out and m.exit_signal == 9 and m.ended_ns - m.started_ns < 5e9'

# interrupt NAME SIGNALS SCRIPT: start it, send SIGINT that often. A shell ignores the signal in its background jobs: hence env
interrupt() {
	name=$1 bundle=$dir/bundles/$1
	env --default-signal=INT "$TCBOX" run --quiet --timeout 20 --output "$bundle" -- sh -c "$3" >"$dir/$1.out" 2>"$dir/err" </dev/null &
	tcbox=$!
	until_true 10 grep -q ready "$dir/$1.out"
	for _ in $(seq "$2"); do
		kill -INT $tcbox
		sleep 0.2
	done
	wait $tcbox
	result "$([ $? = 3 ]; echo $?)" "$1: exit status 3" "$(cat "$dir/err")"
}
interrupt "SIGINT" 1 'trap "exit 7" INT; echo ready; while :; do sleep 0.05; done'
holds "SIGINT: the product ended as it wished" 'm.interrupted and m.exit_code == 7'
interrupt "SIGINT twice" 2 'trap "" INT; echo ready; while :; do sleep 0.05; done'
holds "SIGINT twice: killed" 'm.interrupted and m.exit_signal == 9'

# Streams
head -c 3000000 /dev/urandom >"$dir/random"
input=$dir/random
run 3 "binary streams" --quiet -- sh -c 'tee /dev/stderr'
same "binary streams: standard output" "$dir/random" "$out"
same "binary streams: standard error" "$dir/random" "$err"
same "binary streams: stdout.log" "$dir/random" "$bundle/stdout.log"
same "binary streams: stderr.log" "$dir/random" "$bundle/stderr.log"
input=/dev/null
run 3 "no input" -- sh -c 'test "$(wc -c)" = 0'
holds "no input: the product saw its end" 'm.exit_code == 0'
run 3 "closed output" -- sh -c 'exec >&- 2>&-; sleep 0.1; exit 5'
holds "closed output: the product goes on" 'm.exit_code == 5'
run 0 "--quiet" --quiet --policy "$web" -- curl -sS http://updates.acme.example/ -o /dev/null
result "$([ ! -s "$err" ] && [ ! -s "$out" ]; echo $?)" "--quiet: says nothing" "$(cat "$err")"

# A terminal
terminal() { python3 "$lib/terminal.py" "$@"; }
bundle=$dir/bundles/tty
terminal 37 101 -- "$TCBOX" run --timeout 15 --output "$bundle" -- sh -c 'test -t 0 && test -t 1 && test -t 2 && stty size && tty' >"$dir/tty"
result "$([ $? = 3 ]; echo $?)" "a terminal: given back as it was, exit status 3" "$(cat "$dir/tty")"
says "a terminal: its size is the product's" "$dir/tty" "37 101"
holds "a terminal: the product has one of its own" 'm.exit_code == 0'
result "$(grep -q "$(printf '\033')\\[[0-9;]*m" "$dir/tty"; echo $?)" "a terminal: the report has colours"
NO_COLOR=1 terminal 24 80 -- "$TCBOX" run --timeout 15 --output "$dir/bundles/nc" -- true >"$dir/tty"
result "$(! grep -q "$(printf '\033')\\[[0-9;]*m" "$dir/tty"; echo $?)" "NO_COLOR: it has none"
bundle=$dir/bundles/winch
terminal 24 80 ready:30x90 -- "$TCBOX" run --timeout 15 --quiet --output "$bundle" -- \
	sh -c 'trap "stty size; exit 4" WINCH; echo ready; while :; do sleep 0.05; done' >"$dir/tty"
says "a window that changes: the product learns it" "$dir/tty" "30 90"
bundle=$dir/bundles/ctrlc
terminal 24 80 ready:^C -- "$TCBOX" run --timeout 15 --quiet --output "$bundle" -- \
	sh -c 'trap "exit 8" INT; echo ready; while :; do sleep 0.05; done' >"$dir/tty"
holds "Ctrl-C: the product ended as it wished" 'm.interrupted and m.exit_code == 8'
bundle=$dir/bundles/ctrlcc
terminal 24 80 ready:^C ^C:^C -- "$TCBOX" run --timeout 15 --quiet --output "$bundle" -- \
	sh -c 'trap "" INT; echo ready; while :; do sleep 0.05; done' >"$dir/tty"
holds "Ctrl-C twice: killed" 'm.interrupted and m.exit_signal == 9'
bundle=$dir/bundles/keys
terminal 24 80 name:Eve^D^D -- "$TCBOX" run --timeout 15 --quiet --output "$bundle" -- sh -c 'printf name; cat >/tmp/n; cat /tmp/n; rm /tmp/n' >"$dir/tty"
same "keys reach the product, and are logged with its output" "$dir/tty" "$bundle/stdout.log"

# What is observed, and what is enforced
run 3 "--observe all" --observe all -- sh -c 'for i in 1 2 3 4 5 6 7 8 9; do /usr/bin/true; done'
holds "--observe all: calls that are not notable are counted" \
	'count(calls(call="exit_group")) + count(calls(call="brk")) >= 10 and m.counters["box.notifications"] > 200'
actor=$ACTORS/net_actor
run 0 "--enforce and what is declared" --enforce --policy "$policies/address.json" -- "$actor" tcp 198.51.100.7 7000 5
holds "--enforce and what is declared: works" 'm.exit_code == 0 and rule("report").bytes_out >= 5'
run 1 "--enforce and a stranger, control" --policy "$policies/address.json" -- "$actor" tcp 198.51.100.7 4444 5
holds "--enforce and a stranger, control: works without it" 'm.exit_code == 0'
for address in 198.51.100.7 2001:db8:7::7; do
	run 1 "--enforce and a stranger, $address" --enforce --policy "$policies/address.json" -- "$actor" tcp $address 4444 5
	holds "--enforce and a stranger, $address: refused at once" 'm.exit_code == 1 and m.ended_ns - m.started_ns < 3e9' \
		"--enforce and a stranger, $address: found all the same" 'find("NET-UNDECLARED", nearest="report")' \
		"--enforce and a stranger, $address: nothing got through" 'not events("served", service="sink", server=the(talks()).remote)'
done
run 0 "--enforce and a declared name" --enforce --policy "$web" -- curl -sS https://updates.acme.example/
says "--enforce and a declared name: works" "$out" "This service is ready"
run 1 "--enforce and another name, control" --policy "$web" -- curl -sS https://stranger.example/
holds "--enforce and another name, control: works without it" 'm.exit_code == 0'
run 1 "--enforce and another name" --enforce --policy "$web" -- curl -sS https://stranger.example/
holds "--enforce and another name: does not resolve" 'm.exit_code == 6 and not find("NET-UNDECLARED")' \
	"--enforce and another name: found all the same" 'find("DNS-UNDECLARED")' \
	"--enforce and another name: the record says that it was refused" \
	'all(l.rcode == "REFUSED" for l in events("lookup", name="stranger.example")) and events("lookup", name="stranger.example")'
sed 's/"executes": "violation"/"names": "ignore", &/' "$web" >"$dir/any_name.json"
run 1 "--enforce and names that are ignored" --enforce --policy "$dir/any_name.json" -- curl -sS https://stranger.example/
holds "--enforce and names that are ignored: they resolve, and nothing passes" 'm.exit_code == 7 and find("NET-UNDECLARED")'

# Rules of phases
printf '{ "tcbox_policy": 1, "connections": [{ "id": "load", "to": ["updates.acme.example"], "phases": ["install"], "required": true }],
	"undeclared": { "executes": "ignore" } }\n' >"$dir/phases.json"
run 0 "a phase" --enforce --phase install --policy "$dir/phases.json" -- curl -sS https://updates.acme.example/
run 1 "another phase" --enforce --phase use --policy "$dir/phases.json" -- curl -sS https://updates.acme.example/
holds "another phase: is in run.json, and the gate and the names are closed" 'm.phase == "use" and m.exit_code == 6' \
	"another phase: the name is undeclared" 'find("DNS-UNDECLARED")' \
	"another phase: nothing is required" 'not find("MISSING-REQUIRED")'
wrong 2 "no phase" "it is install, start, use or update" --phase later --policy "$dir/phases.json" -- true
wrong 2 "a phase without a policy" "--phase needs a --policy" --phase use -- true
"$TCBOX" check --policy "$dir/phases.json" --phase install "$bundle" >"$dir/out"
says "check of another phase than that of the run" "$dir/out" "install: rules for others were not in force"

finish
