#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# detect.sh - what betrays the box: what was taken away is not there, and what tcbox(7) says to be there is
# shellcheck disable=SC1091,SC2016,SC2154 # box.sh sets what it says; the shell inside expands
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

python=/usr/bin/python3
manual=$here/../../man/tcbox.7

# In a directory whose name tells nothing. It keeps the bundles of the runs that name none.
place=$(mktemp -d /var/tmp/look.XXXXXX)
cleanup() { rm -rf "$place"; }
chmod 755 "$place"
[ "$(id -u)" != 0 ] || chown 65534:65534 "$place"
cp "$lib/look.py" "$place/look.py"
cd "$place" || exit 1
export HOME="$place"

at_place() {	# NAME [OPTION...] -- PROGRAM...: a run without --output, which works
	name=$1
	shift
	out=$dir/out err=$dir/err
	"$TCBOX" run --quiet --timeout 60s "$@" >"$out" 2>"$err" </dev/null
	status=$?
	check "$name: it ran" test "$status" = 3
}

prints() {	# NAME TEXT: what the product printed
	if [ "$(cat "$out")" = "$2" ]; then result 0 "$1"; else result 1 "$1" "$(cat "$out" "$err")"; fi
}

# Bundles in the working directory
mkdir notes.tcbox named sub sub/old.tcbox
touch named/run.json sub/old.tcbox/run.json
[ "$(id -u)" != 0 ] || chown -R 65534:65534 sub
at_place "the first run" -- ls
prints "its bundle is not to be seen, other directories are" "look.py
named
notes.tcbox
sub"
first=$(ls -d ls-*.tcbox)
mkdir visit-1 late.scenarios && touch visit-1/run.json visit-1/events.jsonl
check "control: the bundle is there outside" test -f "$first/run.json"
at_place "the second run" -- ls
prints "nor is that of another run" "look.py
named
notes.tcbox
sub"
at_place "what is deeper" -- ls sub
prints "control: another bundle can be seen there" old.tcbox
at_place "reaching for it" -- sh -c '
	! cat "$0/run.json" && ! ls "$0" && mkdir "$0" && echo own >"$0/run.json" && cat "$0"/* && rm -r "$0" && ! ls "$0"' "$first"
prints "a directory in its place is a new one" own
check "control: outside it can be read, and was not changed" grep -q tcbox_run "$first/run.json"
chmod 755 "$first"	# only its owner may read a bundle, and the product of root is another user
at_place "a bundle that is bound" --bind "$place/$first" -- grep -c tcbox_run "$first/run.json"
prints "control: it can be read" 1
run 3 "a bundle at a bind" --bind "$place:/srv/all" -- ls /srv/all
prints "it is not to be seen there" "look.py
named
notes.tcbox
sub"
rm -r ls-*.tcbox sh-*.tcbox grep-*.tcbox

export TCBOX_STATE_HOME="$dir/no-states"	# root's own place has the name, and is hidden if it is there

# The name, anywhere
searched="/etc /run /tmp /dev /home /root /sys/class/net ."
# shellcheck disable=SC2086 # words
at_place "searching for the name" -- "$python" look.py word $searched
env -i "$python" look.py word /etc | sort >"$dir/outside"
sort "$dir/out" | comm -23 - "$dir/outside" >"$dir/only_inside"
check "the name is nowhere but in the machine's own files" sh -c 'cat "$1"; ! grep -v "notes.tcbox\|sub/old.tcbox" "$1"' sh "$dir/only_inside"
says "control: a directory that is named so is found" "$dir/only_inside" "the name of ./notes.tcbox"
at_place "control: a variable with the name" --env "BOX=a TCBox" -- "$python" look.py word
says "control: it is found" "$out" "the environment"

# The rest
at_place "what is here" -- "$python" look.py here
cp "$out" "$dir/here"
gone() {	# NAME LINE
	if grep -qxF -e "$2" "$dir/here"; then result 0 "$1"; else result 1 "$1" "$(cat "$dir/here")"; fi
}
gone "the first process has a plain name" "first process: init"
gone "and its command line, without the length of tcbox's" "its command line: 'init\\x00'"
gone "its program cannot be read" "its program can be read: False"
gone "no tracer" "TracerPid: 0"
gone "no descriptor but the standard ones" "descriptors: 0 1 2"
gone "options of overlays have no paths" "overlays with paths: 0"
mkdir "$dir/lower" "$dir/layer" "$dir/merged"
unshare -Urm sh -c 'mount -t tmpfs t "$1/layer" && mkdir "$1/layer/upper" "$1/layer/work" && mount -t overlay o "$1/merged" -o \
	"lowerdir=$1/lower,upperdir=$1/layer/upper,workdir=$1/layer/work,userxattr" && "$2" look.py here' sh "$dir" "$python" >"$dir/overlay" 2>&1
check "control: the paths of another overlay are found" grep -qx 'overlays with paths: [1-9]' "$dir/overlay"

mkdir "$dir/secret-name" && echo content >"$dir/secret-name/file"
[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$dir/secret-name"
run 3 "a bind" --bind "$dir/secret-name:/srv/data" --bind "$dir/secret-name/file:/srv/file" -- \
	sh -c 'cat /srv/data/file /srv/file; grep -c secret-name /proc/self/mountinfo'
prints "its path outside is not to be seen" "content
content
0"
run 3 "a file as it is" --bind "$dir/secret-name/file:/srv/file:ro" -- grep -c secret-name /proc/self/mountinfo
prints "control: its path can be found" 1

# Each item of the manual is there
sed -n '/^\.Sh WHAT BETRAYS/,/^\.Sh VERDICTS/s/^\.It //p' "$manual" | sort >"$dir/items"
: >"$dir/tried"
betrays() {	# ITEM FILE LINE...
	item=$1 file=$2
	shift 2
	echo "$item" >>"$dir/tried"
	for line; do
		if grep -qxF -e "$line" "$file"; then result 0 "$item: $line"; else result 1 "$item: $line" "$(cat "$file")"; fi
	done
}
betrays "Filter" "$dir/here" "Seccomp: 2" "NoNewPrivs: 1" "PR_GET_SECCOMP: 2" "PR_GET_NO_NEW_PRIVS: 1"
betrays "Capabilities" "$dir/here" "CapBnd: 0000000000000000"
betrays "Refused calls" "$dir/here" "io_uring_setup: Function not implemented" "keyctl: Operation not permitted" \
	"unshare: Operation not permitted" "bpf: Operation not permitted" "perf_event_open: Operation not permitted" \
	"AF_VSOCK: Address family not supported by protocol"
betrays "Users" "$dir/here" "users that are known: 1" "owner of what is in /usr: 65534" "/usr is its own: True" "other groups that are known: 0"
betrays "Processes" "$dir/here" "own number: 2" "parent: 1" "it belongs to the same user: True" "it has capabilities: True" \
	"fewer than ten processes: True" "cgroup: /"
betrays "Mounts" "$dir/here" "root: tmpfs ro" "overlays: True" "mounts of single files: 1" "/proc/sys is read-only: True"
betrays "Files" "$dir/here" "/tmp is empty: True" "/run is empty: True" "/dev has few entries: True" "/proc/keys is empty: True" \
	"no socket of a service: True"
betrays "Standard streams" "$dir/here" "pipes for output: True"
betrays "Limits" "$dir/here" "process limit: 4096" "oom_score_adj: 1000"
check "Limits: core files, unless they are forbidden already" grep -qx 'core limit: [01]' "$dir/here"
betrays "Certificates" "$dir/here" "variables of certificates: 9" "certificates without a link: 1"
at_place "the network" -- "$python" look.py net
betrays "Interface" "$out" "interfaces: eth0 lo" "eth0 is virtual: True" "eth0 is the end of a pair: True" \
	"eth0 has the address: 02:00:c6:13:ff:02" "eth0 has counted: True" "neighbours are permanent: True" "connections of others: 1" \
	"name servers: 198.19.255.1 2001:db8:ffff::1"
betrays "Servers" "$out" "a page that cannot be: 200, None, This service is ready." "a name that cannot be is in 198.18.0.0/15: True" \
	"ports that answer: any" "mail server: 220 mail.internal ESMTP" "routers on the way: 0"
betrays "Certificates" "$out" "issuer: Internal, Internal Root CA " "its authority is a day old: True"
at_place "another clock" --clock +30d -- sh -c 'grep -q libfaketime /proc/self/maps && echo "libfaketime is mapped"; env | grep -c "^FAKETIME="'
betrays "A clock of its own" "$out" "libfaketime is mapped" "1"
printf '%s\n' "Time" "Files of the machine" >>"$dir/tried"	# one is not for tests, the other depends on the machine
sort -u "$dir/tried" >"$dir/tried.sorted"
same "every item of tcbox(7) is tried, and no other" "$dir/items" "$dir/tried.sorted"

finish
