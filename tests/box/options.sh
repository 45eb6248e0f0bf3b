#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# options.sh - options for products that need more than the box gives by itself; each with a control without it
# shellcheck disable=SC1091,SC2016,SC2154 # box.sh sets what it says; the shell inside expands
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

prints() {	# NAME TEXT: what the product printed
	if [ "$(cat "$out")" = "$2" ]; then result 0 "$1"; else result 1 "$1" "$(cat "$out" "$err")"; fi
}

usage() {	# NAME TEXT OPTION...: a usage error that says TEXT, and no bundle
	name=$1 text=$2
	shift 2
	"$TCBOX" run --output "$dir/bundles/none" "$@" -- true >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	if [ $status = 2 ] && grep -qF -e "$text" "$dir/err" && [ ! -e "$dir/bundles/none" ]; then
		result 0 "$name: wrong usage"
	else
		result 1 "$name: wrong usage" "$status: $(cat "$dir/err")"
	fi
}

python=/usr/bin/python3
cat >"$dir/server.py" <<'END'
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
s.listen()
while True:
    s.accept()[0].close()
END
reach='import socket, sys
s = socket.socket(socket.AF_UNIX)
try:
    s.connect(sys.argv[1])
except OSError as e:
    print(e)
    sys.exit(0)
sys.exit(1)'

# Variables
export SECRET_TOKEN="of the technician" LANG=C.UTF-8
show='echo "${SECRET_TOKEN-none} ${OTHER-none} $LANG"'
run 3 "no --env" -- sh -c "$show"
prints "no --env: the technician's variables are absent, but for a few" "none none C.UTF-8"
holds "no --env: none recorded" 'm.env == [] and r.run.env == []'
run 3 "--env" --env SECRET_TOKEN --env OTHER=first --env OTHER=a=b --env LANG= -- sh -c "$show"
prints "--env: passed on, set, overridden; the last one counts" "of the technician a=b "
holds "--env: names are recorded" 'm.env == ["SECRET_TOKEN", "OTHER", "LANG"] == r.run.env'
says "--env: the report names them" "$err" "SECRET_TOKEN, OTHER, LANG"
check "--env: values are not in run.json" sh -c "! grep -q 'of the technician' '$bundle/run.json'"
run 3 "--env of what the box sets" --env HOME=/tmp/mine --env SSL_CERT_FILE=/x -- sh -c 'env | grep -E "^(HOME|SSL_CERT_FILE)=" | sort'
prints "--env of what the box sets: once, with the technician's value" "HOME=/tmp/mine
SSL_CERT_FILE=/x"
usage "--env without a name" "names no variable" --env ""
usage "--env with an empty name" "names no variable" --env =x
usage "--env of a variable that is not set" "NOT_SET_HERE is not set here" --env NOT_SET_HERE

# Working directory
mkdir "$work/program" "$dir/data" "$dir/closed"
cp "$(readlink -f /bin/sh)" "$work/program/shell"
printf 'content\n' >"$dir/data/file"
touch "$work/here"
ln -s data "$dir/link"
chmod 711 "$dir/closed"
run 3 "no --workdir" -- ./program/shell -c "pwd; cat file $dir/data/file"
prints "no --workdir: the current directory, and no other one" "$work"
run 3 "--workdir" --workdir ../link -- ./program/shell -c 'pwd; echo "$PWD"; cat file; ls; echo changed >file'
prints "--workdir: it is there, relative to the current directory; so is the program" "$dir/data
$dir/data
content
file"
check "--workdir: the host's files are as before" grep -qx content "$dir/data/file"
holds "--workdir: recorded" "m.cwd == '$dir/data' == r.run.cwd"
run 3 "--workdir and a relative argument" --workdir "$dir/data" -- cat file
prints "--workdir and a relative argument: the product finds it" "content"
holds "--workdir and a relative argument: its hash is kept" "'$dir/data/file' in [f.path for f in m.files]"
run 3 "--workdir: the current directory" --workdir "$dir/data" -- sh -c "! ls $work/here"
holds "--workdir: the current directory is not there" 'm.exit_code == 0'
usage "--workdir that does not exist" "No such file" --workdir "$dir/nothing"
usage "--workdir that is a file" "Not a directory" --workdir "$dir/data/file"
if [ "$(id -u)" = 0 ]; then
	run 125 "--workdir that the product's user may not enter" --workdir "$dir/closed" -- true
fi

# Files and directories of the host
mkdir "$dir/bound" "$dir/bound/sub" "$dir/bound/open"
printf 'one\n' >"$dir/bound/file"
printf 'two\n' >"$dir/bound/sub/deep"
printf 'alone\n' >"$dir/single"
printf 'neighbour\n' >"$dir/neighbour"
[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$dir/bound" "$dir/single"
run 3 "no --bind" -- sh -c "cat $dir/bound/file /srv/there/file || echo absent"
prints "no --bind: it is not there" absent
writes='cat file sub/deep && echo changed >file && echo new >sub/new && rm sub/deep && cat file && ls sub'
run 3 "--bind" --bind "$dir/bound" -- sh -c "cd $dir/bound && $writes"
prints "--bind: there, and writable" "one
two
changed
new"
holds "--bind: recorded" "m.binds == ['$dir/bound:$dir/bound'] == r.run.binds"
says "--bind: the report names it" "$err" "bound        $dir/bound:$dir/bound"
host_kept() { test "$(cat "$dir/bound/file" "$dir/bound/sub/deep" "$dir/single")" = "one
two
alone" -a ! -e "$dir/bound/sub/new"; }
check "--bind: the host's files are as before" host_kept
for place in /srv/there/in /tmp/a/b /home/other/x /usr/share/tcbox-test/data /new-at-the-top /var/run/late /opt; do
	run 3 "--bind at $place" --bind "$dir/bound:$place" -- sh -c "cd $place && $writes"
	prints "--bind at $place: there, and writable" "one
two
changed
new"
done
check "--bind elsewhere: the host's files are as before" host_kept
run 3 "--bind read-only" --bind "../bound:/srv/data:ro" -- sh -c 'cd /srv/data && cat file && ! echo changed >file && ! touch sub/new && ! rm sub/deep'
holds "--bind read-only: cannot be written" 'm.exit_code == 0' \
	"--bind read-only: recorded" "m.binds == ['$dir/bound:/srv/data:ro']"
run 3 "--bind of a file" --bind "$dir/single:/etc/tcbox-test/conf" -- sh -c 'cd /etc/tcbox-test && cat conf && echo changed >conf && cat conf; ls'
prints "--bind of a file: there, and writable" "alone
changed
conf"
run 3 "--bind of a file over one" --bind "$dir/single:/etc/passwd:ro" -- sh -c 'cat /etc/passwd; ! echo x >/etc/passwd'
prints "--bind of a file over one: in its place" alone
holds "--bind of a file over one: cannot be written" 'm.exit_code == 0'
check "--bind of a file: the host's is as before" host_kept
run 3 "--bind in a bind" --bind "$dir/single:/srv/d/new/single" --bind "$dir/bound:/srv/d" -- sh -c 'cat /srv/d/file /srv/d/new/single'
prints "--bind in a bind: both are there" "one
alone"
run 3 "--bind of what holds the bundle" --bind "$dir:/srv/all" -- sh -c 'ls /srv/all/bundles/'"$((runs + 1))"'; ls /srv/all | grep -x bound'
prints "--bind of what holds the bundle: it is empty there" bound
if [ "$(id -u)" != 0 ]; then
	run 3 "--bind of another bundle" --bind "$dir:/srv/all" -- test -e /srv/all/bundles/1/run.json
	holds "control: another bundle can be seen" 'm.exit_code == 0'
fi
$python -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$dir/bound/socket"
$python "$dir/server.py" "$dir/bound/live" &
server=$!
cleanup() { kill "$server" 2>/dev/null; }
reached() { ! $python -c "$reach" "$dir/bound/live"; }
until_true 5 reached
outside "connecting to the socket" reached
for mode in "" :ro; do
	run 3 "--bind$mode of a directory with a socket" --bind "$dir/bound$mode" -- "$python" -c "$reach" "$dir/bound/live"
	holds "--bind$mode of a directory with a socket: not reached" 'm.exit_code == 0'
done
kill "$server"
wait "$server" 2>/dev/null
usage "--bind of nothing" "No such file" --bind "$dir/nothing"
usage "--bind of a device" "cannot be bound" --bind /dev/null:/srv/null
usage "--bind of the host's root" "cannot be bound" --bind /:/srv/host
usage "--bind at /proc" "cannot be bound" --bind "$dir/bound:/proc/sys"
usage "--bind at a relative place" "absolute" --bind "$dir/bound:here"
usage "--bind at a place with .." "absolute" --bind "$dir/bound:/srv/../proc"
usage "--bind of a socket" "neither" --bind "$dir/bound/socket:/srv/s"
usage "two --bind at one place" "another bind" --bind "$dir/bound:/srv/x" --bind "$dir/single:/srv/x/"
run 125 "--bind over the product" --bind "$dir/bound:/usr/bin" -- true

# Host name
names='uname -n; cat /etc/hostname; getent ahostsv4 "$(uname -n)" | head -n 1 | cut -d " " -f 1'
run 3 "no --hostname" -- uname -n
prints "no --hostname: the machine's" "$(uname -n)"
holds "no --hostname: none recorded" 'm.box_hostname is None and r.run.box_hostname is None'
run 3 "/etc/hosts" -- cat /etc/hosts
prints "/etc/hosts: the box's own, whatever the machine's says" "127.0.1.1	$(uname -n)
127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
ff02::1	ip6-allnodes
ff02::2	ip6-allrouters"
holds "the machine's influence: system, processors, files and variables are told" "any(line.startswith('system ') for line in m.influence)
		and 'processors $(nproc)' in m.influence and any('/etc/hosts' in line for line in m.influence) and r.run.influence == m.influence" \
	"the machine's influence: values that may be secrets are not" "all('PATH=' not in line and 'HOME=' not in line for line in m.influence)
		and any(line.startswith('variables ') and 'PATH' in line and 'HOME' in line for line in m.influence)"
run 3 "the machine's influence, a language" --env LC_ALL=C.UTF-8 --env TOKEN=secret-4711 -- true
holds "$name: its value is told, another's is not" "any('LC_ALL=C.UTF-8' in line and 'TOKEN' in line for line in m.influence)
	and 'secret-4711' not in str(m)"
printf '203.0.113.5 given.example\n' >"$dir/hosts"
run 3 "/etc/hosts that is bound" --bind "$dir/hosts:/etc/hosts:ro" -- sh -c 'getent ahostsv4 given.example | head -n 1 | cut -d " " -f 1'
prints "/etc/hosts that is bound: it is used" "203.0.113.5"
run 3 "--hostname" --hostname till-7 -- sh -c "$names"
prints "--hostname: in the kernel, in its file, and with an address" "till-7
till-7
127.0.1.1"
holds "--hostname: recorded, beside the machine's" "m.box_hostname == 'till-7' == r.run.box_hostname and m.hostname == '$(uname -n)'"
run 3 "--hostname with a domain" --hostname a.example -- sh -c "$names; grep -c '^127.0.1.1.a.example.a\$' /etc/hosts; grep -c localhost /etc/hosts >/dev/null"
prints "--hostname with a domain: both names" "a.example
a.example
127.0.1.1
1"
for name in "" - -a a- a..b .a a. "a b" a_b "$(printf %064d 0)" "$(printf %063d 0).a"; do
	usage "--hostname \"$name\"" "$name\" is" --hostname "$name"
done

# Limits
threads='import threading, time
n = 0
try:
    for i in range(40):
        threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
        n += 1
except RuntimeError:
    pass
print(n)'
run 3 "no --processes" -- "$python" -c "$threads"
prints "no --processes: 40 threads start" 40
holds "no limits: those that are always in force" \
	'm.processes_max in range(2, 4097) and m.layer_bytes == 2 << 30 == r.run.layer_bytes and m.processes_max == r.run.processes_max'
run 3 "--processes" --processes 10 -- "$python" -c "$threads"
prints "--processes: the product and 9 threads" 9
holds "--processes: recorded" 'm.processes_max == 10 == r.run.processes_max'
says "--processes: the report tells it" "$err" "limits       10 processes"
fill='head -c 6000000 /dev/zero >/tmp/x; echo $?; wc -c </tmp/x'
run 3 "no --layer" -- sh -c "$fill"
prints "no --layer: 6 MB fit" "0
6000000"
run 3 "--layer" --layer 4MiB -- sh -c "$fill"
check "--layer: they do not" sh -c "head -n 1 '$out' | grep -qx 1 && [ \"\$(tail -n 1 '$out')\" -lt 4194305 ]"
holds "--layer: recorded" 'm.layer_bytes == 4 << 20'
run 3 "--file-size" --file-size 1MB -- sh -c "$fill"
prints "--file-size: the writer is killed there" "153
1000000"
holds "--file-size: recorded" 'm.file_size_max == 1000000 == r.run.file_size_max'
for value in 1 0 -5 x 10x 1000001 ""; do usage "--processes \"$value\"" "number of processes" --processes "$value"; done
for value in "" 5 1XB; do usage "--layer \"$value\"" "is not a size" --layer "$value"; done
usage "--layer that is too small" "out of range" --layer 1kB
usage "--file-size of nothing" "out of range" --file-size 0B

finish
