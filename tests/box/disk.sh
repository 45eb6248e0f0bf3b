#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# disk.sh - the private layer is looked at after every run: a second witness of what was written
# shellcheck disable=SC1091,SC2016,SC2154 # box.sh sets what it says; the shell inside expands
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

changes='{(e.op, e.path): e for e in events("change")}'
listed='m.counters["disk.entries"] > 0'

printf 'of the machine\n' >"$work/there"
chmod 666 "$work/there"
mkdir "$dir/bound"
printf 'bound\n' >"$dir/bound/gone"
if [ "$(id -u)" = 0 ]; then
	chown 65534:65534 "$work/there"
	chown -R 65534:65534 "$dir/bound"
fi

run 3 "a run that writes" -- sh -c 'mkdir -p sub; echo one >sub/new; echo two >>there; echo x >passing; rm passing
	ln -s /nowhere /tmp/link; mkfifo /dev/shm/fifo; echo v >/var/tmp/v'
holds "a run that writes: each place is looked at" "set($changes) == {('created', '$work/sub'),
		('created', '$work/sub/new'), ('changed', '$work/there'), ('created', '/tmp/link'),
		('created', '/dev/shm/fifo'), ('created', '/var/tmp/v')}" \
	"a run that writes: contents" "${changes}['created', '$work/sub/new'].sha256 ==
		'2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806'" \
	"a run that writes: links" "${changes}['created', '/tmp/link'].target == '/nowhere'" \
	"a run that writes: nothing could not be listed" "not any(e.what == 'changes on disk' for e in events('loss'))"
says "a run that writes: people are told" "$err" "  /var/tmp/ "
check "a run that writes: the machine's file is as before" test "$(cat "$work/there")" = "of the machine"

run 3 "a run that writes nothing" -- true
holds "a run that writes nothing: no change" "events('change') == []" "a run that writes nothing: it was looked" "$listed"

run 3 "a bound directory" --bind "$dir/bound:/srv/bound" -- sh -c 'rm /srv/bound/gone; echo y >/srv/bound/new'
holds "a bound directory: what is removed and made in it" "set($changes) == {('removed', '/srv/bound/gone'),
		('created', '/srv/bound/new')}"
check "a bound directory: the machine's is as before" test "$(ls "$dir/bound")" = gone

run 3 "root of the box" --as-root -- sh -c 'mkdir /made; echo z >/made/file; rm /etc/debian_version'
holds "root of the box: the top directory is looked at" "set($changes) == {('created', '/made'),
		('created', '/made/file'), ('removed', '/etc/debian_version')}"

# Written by memory alone, long after the open: no call says when.
run 3 "a write by mapping" -- /usr/bin/python3 -c 'import mmap
f = open("there", "r+b"); m = mmap.mmap(f.fileno(), 0); f.close(); m[0:2] = b"OF"; m.close()'
holds "a write by mapping is seen" "set($changes) == {('changed', '$work/there')}"

# What calls claim and the layer denies. Each first shows that the act happened.
cat >"$dir/declared.json" <<END
{ "tcbox_policy": 1, "executes": ["/**"], "files": { "write": ["/tmp/declared/**", "$work/declared/**", "/tmp/other"] },
  "listens": [{ "id": "ui", "ports": [8080], "on": "loopback" }],
  "undeclared": { "files": "violation", "listens": "violation" } }
END
undeclared='[f for f in r.findings if f.code == "FILE-UNDECLARED"]'
places='mkdir /tmp/declared /tmp/other; '

run 0 "control: a declared file" --policy "$dir/declared.json" -- sh -c 'mkdir /tmp/declared; echo x >/tmp/declared/f'

run 1 "a hard link from a declared place" --policy "$dir/declared.json" -- \
	sh -c 'mkdir declared && ln there declared/l && echo owned >declared/l; cat there'
check "a hard link: the file was changed" grep -q owned "$out"
holds "a hard link: the other name is a finding" "any('$work/there' in f.title for f in $undeclared)"

run 1 "a file with a device's name" --policy "$dir/declared.json" -- \
	sh -c 'rm /dev/stdout; head -c 1000 /bin/sh >/dev/stdout; stat -c %s /dev/stdout >&2; test -f /dev/stdout'
holds "a file with a device's name: it is one" "m.exit_code == 0" \
	"a file with a device's name: it is a finding" "any('/dev/stdout' in f.title for f in $undeclared)"

# The machine decides who wins such a race; when it is lost, nothing undeclared was done.
raced() {	# WHAT NAME DECLARED UNDECLARED FINDING
	run "0 1" "$2" --policy "$dir/declared.json" --bind "$ACTORS" -- sh -c "${places}exec $ACTORS/race_actor $1 $3 $4"
	if [ "$(cat "$out")" = "done" ]; then
		check "$2: violates" test "$status" = 1
		holds "$2: it is a finding" "$5"
	else
		check "$2: nothing was done" test "$(cat "$out")" = lost
	fi
}
raced dir "another directory under the descriptor" /tmp/declared /tmp/other "any('/tmp/other/f' in f.title for f in $undeclared)"
raced memory "another path in memory" /tmp/declared /tmp/other "any('/tmp/other/f' in f.title for f in $undeclared)"
raced listen "another socket under the descriptor" 8080 8081 \
	'any(f.code == "LISTEN-UNDECLARED" and "8081" in f.title for f in r.findings)'
raced bind "another socket under the descriptor that binds" 8080 8081 \
	'any(f.code == "LISTEN-UNDECLARED" and "8081" in f.title and base(f.process.exe) == "race_actor" for f in r.findings)'

finish
