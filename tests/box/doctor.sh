#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# doctor.sh - "tcbox doctor" finds nothing wrong here, and names what is wrong where it was taken away
# shellcheck disable=SC2016 # the shell inside expands
set -u

here=$(cd "$(dirname "$0")" && pwd)
tcbox=${TCBOX:?}
filter="python3 $here/under_filter.py"
if ! unshare -Urnm true; then
	echo "1..0 # SKIP no user namespaces here"
	exit 77
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0 rc=0

result() {	# good, name, output
	n=$((n + 1))
	if [ "$1" = yes ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		printf '%s\n' "$3" | sed 's/^/# /'
		rc=1
	fi
}

# run STATUS PROGRAM...: run it, keep what it says, its status must be STATUS
run() {
	expected=$1
	shift
	out=$("$@" 2>&1)
	status=$?
	[ "$status" = "$expected" ] || result no "status $expected of: $*" "status $status
$out"
}

# row WORD CHECK TEXT: the check has this word, and its row or the advice below says all of the text
row() {
	if printf '%s\n' "$out" | grep -A 1 "^$1 *$2  " | grep -qF -- "$3"; then good=yes; else good=no; fi
	result $good "$name: $2: $1: $3" "$out"
}

none() {
	if printf '%s\n' "$out" | grep -q "^$1"; then result no "$name: no line with \"$1\"" "$out"; else result yes "$name: no line with \"$1\"" ""; fi
}

name="nothing is wrong"
run 0 "$tcbox" doctor
none FAILS
row works "user namespaces" "made one"
row works "transparent proxy" "loaded"
result "$(printf '%s\n' "$out" | tail -n 1 | grep -q '^Everything' && echo yes)" "$name: the last line says so" "$out"

# Tests skip for want of what the doctor does not find: so it must find what is there. The program asks in its own way.
said=$("$ACTORS/sys_actor" int80)
name="nothing is wrong"
if [ "$said" = "int80 ok" ]; then row works "32-bit calls" "can be run"; else row absent "32-bit calls" "cannot be run"; fi

name="as JSON"
run 0 "$tcbox" doctor --format json
result "$(printf '%s\n' "$out" | python3 -c '
import json, sys
d = json.load(sys.stdin)
assert sorted(d) == ["checks", "kernel", "machine", "tcbox_doctor", "uid", "works"], sorted(d)
assert d["tcbox_doctor"] == 1 and d["works"] is True
for c in d["checks"]:
    assert sorted(c) == ["detail", "fix", "name", "required", "works"], c
    assert c["detail"] and c["name"] and bool(c["fix"]) <= (not c["works"]), c
assert len({c["name"] for c in d["checks"]}) == len(d["checks"]) > 20
print("yes")' 2>&1)" "$name: has the same in fixed keys" "$out"

name="no user namespaces allowed"
run 125 unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$0" doctor' "$tcbox"
row FAILS "user namespaces" "user.max_user_namespaces is 0"
row FAILS "user namespaces" "sysctl -w user.max_user_namespaces="
row FAILS "network link" "not tried"
result "$(printf '%s\n' "$out" | tail -n 1 | grep -q '^tcbox run does not work here' && echo yes)" "$name: the last line says so" "$out"

name="no network namespaces allowed"
run 125 unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_net_namespaces; exec "$0" doctor' "$tcbox"
row works "user namespaces" "made one"
row FAILS "network namespaces" "sysctl -w user.max_net_namespaces="

name="no nft"
cat >"$dir/hide-nft" <<'END'
for f in /usr/sbin/nft /sbin/nft /usr/local/sbin/nft; do
	[ ! -e "$f" ] || mount --bind /dev/null "$f"
done
PATH=/usr/bin:/bin exec "$@"
END
run 125 unshare -Urm sh "$dir/hide-nft" "$tcbox" doctor
row FAILS "nft program" "apt-get install nftables"
row FAILS "packet rules" "nft was not found"
row works "network link" "veth"

name="an nft that cannot do it"
mkdir "$dir/bin"
printf '#!/bin/sh\ncat >/dev/null; echo "Error: Could not process rule: No such file or directory" >&2; exit 1\n' >"$dir/bin/nft"
chmod -R a+rx "$dir"
run 125 env PATH="$dir/bin:$PATH" "$tcbox" doctor
row FAILS "transparent proxy" "Could not process rule"
row FAILS "transparent proxy" "modprobe -a nft_tproxy"

# shellcheck disable=SC2086 # $filter is two words
{
	name="a listener outside"
	run 125 $filter listen "$tcbox" doctor
	row FAILS "system call listener" "EBUSY"
	row FAILS "system call listener" "outside of that container"

	name="unshare forbidden, as in a container"
	run 125 $filter deny "$tcbox" doctor
	row FAILS "user namespaces" "Operation not permitted"
	row FAILS "user namespaces" "seccomp=unconfined"

	name="unshare kills"
	run 125 $filter kill "$tcbox" doctor
	row FAILS "user namespaces" "killed by signal 31"

	name="no Landlock"
	run 0 $filter no-landlock "$tcbox" doctor
	row absent "Landlock" "Function not implemented"
	row absent "Landlock" "put \"landlock\" into the kernel's lsm= option"

	name="no calls of 32-bit x86"
	run 0 $filter no-i386 "$tcbox" doctor
	row absent "32-bit calls" "32-bit programs cannot be run or examined"
	! needs "32-bit calls" "the filter of a service" || row absent "32-bit calls" "SystemCallArchitectures=native"
	none FAILS

	name="a tmpfs without attributes"
	run 0 $filter no-attributes "$tcbox" doctor
	row absent "attributes of private files" "Operation not supported"
	row absent "attributes of private files" "with --state on a disk it can"
}

# What other kernels have in /proc/sys/kernel, put there as files. The user must not be root for it to matter.
cat >"$dir/pretend" <<'END'
mount -t tmpfs none /proc/sys/kernel
echo "$2" >"/proc/sys/kernel/$1"
shift 2
exec unshare -U --map-user=1000 --map-group=1000 "$@"
END
name="Debian's switch"
# shellcheck disable=SC2086
run 125 unshare -Urm sh "$dir/pretend" unprivileged_userns_clone 0 $filter deny "$tcbox" doctor
row FAILS "user namespaces" "sysctl -w kernel.unprivileged_userns_clone=1"
name="AppArmor's restriction"
# shellcheck disable=SC2086
run 125 unshare -Urm sh "$dir/pretend" apparmor_restrict_unprivileged_userns 1 $filter deny "$tcbox" doctor
row FAILS "user namespaces" "apparmor_restrict_unprivileged_userns=0"
row FAILS "user namespaces" "/etc/apparmor.d/tcbox"

name="a masked /proc, as in a container"
run 125 unshare -Urm sh -c 'mount --bind /dev/null /proc/version; exec "$0" doctor' "$tcbox"
row FAILS "mounting /proc" "systempaths=unconfined"
row works "mounting tmpfs" "mounted"

# Each check passes with little, a run does not: its limit is named by both.
limited() {	# LIMIT VALUE TEXT
	name="ulimit $1 $2"
	run 125 sh -c 'ulimit "$0" "$1" && shift && exec "$@"' "$1" "$2" "$tcbox" doctor
	row FAILS "a whole run" "$3"
	run 125 sh -c 'ulimit "$0" "$1" && shift && exec "$@"' "$1" "$2" "$tcbox" run --output "$dir/limited$1" -- true
	result "$(printf '%s\n' "$out" | grep -qF -- "$3" && echo yes)" "$name: a run names it" "$out"
}
limited -v 60000 "memory: 60000 KiB (ulimit -v)"
limited -n 24 "open files: 24 (ulimit -n)"
name="ulimit -v 1000000"
run 0 sh -c 'ulimit -v 1000000 && exec "$0" doctor' "$tcbox"
row works "a whole run" "ran /bin/true"

name="wrong usage"
run 2 "$tcbox" doctor all
run 2 "$tcbox" doctor --format xml
result "$([ "$status" = 2 ] && echo yes)" "$name: status 2" "$out"

echo "1..$n"
exit $rc
