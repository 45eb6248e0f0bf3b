#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# i386.sh - programs for 32-bit x86, and calls of that table by 64-bit ones: refused, or declared and then seen like native ones
#
# The programs need a C library of 32 bits (Debian: libc6-dev-i386, lib32gcc-12-dev), the calls nothing.
# shellcheck disable=SC1091,SC2016,SC2086,SC2154 # box.sh sets what it says; lists of words; scripts are for another shell
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"
only_with "32-bit calls"

actor=$ACTORS/i386_actor
sed 's/"allow"/"architectures": ["i386"], "allow"/; s|"/\*\*"|"**"|g' "$policies/any.json" >"$dir/declared.json"
sed 's/"@network"/"@network", "@identity", "@namespace"/' "$dir/declared.json" >"$dir/namespaces.json"
sed 's/"@network"/"listen"/; s/"@default"/"@default", "getpid"/' "$dir/declared.json" >"$dir/no_network.json"
sed 's/"architectures": \["i386"\], //' "$dir/declared.json" >"$dir/undeclared.json"
outsider='env'
[ "$(id -u)" != 0 ] || outsider="setpriv --reuid=65534 --regid=65534 --clear-groups"

works="getpid create rename exec udp_socketcall udp_direct messages unix_pair"
refused="vsock vsock_direct tiocsti mount io_uring new_user"

# acts RESULT ACT...: what the actor says where all of them come to this
acts() {
	told=$1
	shift
	printf "%s $told\\n" "$@" | sed 's/^exec /from-exec\nexec /'
}

# Not declared, the control of all that follows
run 1 "not declared" --policy "$dir/undeclared.json" -- "$actor" $works race
{ acts ENOSYS $works | grep -v from-exec; echo race 0; } >"$dir/expected"
same "not declared: every call fails with ENOSYS" "$dir/expected" "$dir/out"
holds "not declared: one finding" "codes() == ['BOX-ATTEMPT'] and 'system calls of i386' in the(find('BOX-ATTEMPT')).title" \
	"not declared: no call went on" "not [e for e in ev if e.abi == 'i386' and e.outcome != 'denied']" \
	"not declared: they are named by their own table" "{e.call for e in ev if e.abi} ==
		{'getpid', 'open', 'rename', 'execve', 'socketcall', 'socket'}"

# What a box lets a native program do
(cd "$work" && exec $outsider "$actor" $works) >"$dir/outside" 2>&1 && rm -f "$work"/*by-int80
acts ok $works >"$dir/expected"
same "control: the calls work outside" "$dir/expected" "$dir/outside"
run 0 "declared" --policy "$dir/declared.json" -- "$actor" $works
same "declared: the calls work" "$dir/expected" "$dir/out"
holds "declared: nothing to find, every argument was read" "codes() == [] and r.verdict == 'conforms'" \
	"declared: files, by the low half of their arguments" "[(e.op, base(e.path), base(e.path2 or '')) for e in ev if e.k == 'file'
		and e.abi == 'i386'] == [('create', 'made-by-int80', ''), ('rename', 'made-by-int80', 'renamed-by-int80')]" \
	"declared: a program and its arguments" "the([e for e in ev if e.k == 'exec' and e.abi == 'i386']).argv == ['echo', 'from-exec']" \
	"declared: destinations, by socketcall and directly" "[(e.call, e.remote, e.proto) for e in ev if e.k == 'sock' and e.remote] == [
		('connect', '127.0.0.1:7001', 'udp'), ('connect', '127.0.0.1:7002', 'udp'), ('sendmmsg', '127.0.0.1:7003', 'udp'),
		('sendmmsg', '127.0.0.1:7004', 'udp'), ('sendmsg', '127.0.0.1:7003', 'udp')]" \
	"declared: sockets are known by their local address" "all(e.abi == 'i386' and port(e.local) and e.cookie for e in ev
		if e.k == 'sock' and e.remote)"

run 0 "a socket for pings" --policy "$dir/declared.json" -- "$actor" ping
says "a socket for pings: of the product's group, as natively" "$dir/out" "ping ok"

# What it does not
run 1 "dangerous calls" --policy "$dir/declared.json" -- "$actor" $refused packet raw pair_tipc vm86 not_a_call bdflush no_subcall
{ acts EAFNOSUPPORT vsock vsock_direct; acts EPERM tiocsti mount; acts ENOSYS io_uring; acts EPERM new_user
	acts EAFNOSUPPORT packet; acts EPERM raw; acts EAFNOSUPPORT pair_tipc; acts ENOSYS vm86 not_a_call bdflush no_subcall
} >"$dir/expected"
same "dangerous calls: they fail as the native ones" "$dir/expected" "$dir/out"
for act in $refused; do
	"$actor" "$act" >"$dir/outside" 2>/dev/null </dev/null
	# in a container the user namespace may be refused in the same words
	[ "$act" = new_user ] || ! grep -qxF "$(cat "$dir/outside")" "$dir/expected"
	result $? "control: $act is not refused so outside" "$(cat "$dir/outside")"
done
holds "dangerous calls: attempts, by their native names" "{(e.call, e.detail, e.error) for e in ev if e.k == 'call' and e.outcome == 'denied'} == {
		('socket', 'AF_VSOCK SOCK_STREAM protocol 0', 'EAFNOSUPPORT'), ('socket', 'AF_PACKET SOCK_RAW protocol 0', 'EAFNOSUPPORT'),
		('socketpair', 'AF_TIPC SOCK_STREAM protocol 0', 'EAFNOSUPPORT'), ('ioctl', 'TIOCSTI', 'EPERM'), ('mount', None, 'EPERM'),
		('io_uring_setup', None, 'ENOSYS'), ('unshare', 'CLONE_NEWUSER', 'EPERM'), ('vm86', None, 'ENOSYS'),
		('syscall-500', None, 'ENOSYS'), ('socketcall', None, 'ENOSYS')}" \
	"dangerous calls: all of the table of 32 bits" "all(e.abi == 'i386' for e in ev if e.k == 'call')"

# The family is in memory that another thread changes meanwhile: what was judged is what is made
"$actor" vsock race >"$dir/outside" 2>/dev/null
run 0 "a family that changes" --policy "$dir/declared.json" -- "$actor" race
printf 'race 0\n' >"$dir/expected"
same "a family that changes: no socket is of another family than was judged" "$dir/expected" "$dir/out"
if needs "vsock sockets" "control: outside some are"; then
	check "control: outside some are" grep -q '^race [1-9]' "$dir/outside"
	holds "a family that changes: both were asked for" "{e.error for e in ev if e.k in ('sock', 'call') and e.call == 'socket'} ==
		{None, 'EAFNOSUPPORT'}"
fi

# Errors are the product's own
run 0 "errors" --policy "$dir/declared.json" -- "$actor" nowhere pair_nowhere no_protocol too_many getpid
{ acts EFAULT nowhere pair_nowhere; acts EPROTONOSUPPORT no_protocol; acts EMFILE too_many; acts ok getpid; } >"$dir/expected"
same "errors: as the kernel says" "$dir/expected" "$dir/out"
$outsider "$actor" nowhere pair_nowhere no_protocol too_many getpid >"$dir/outside" 2>&1
same "errors: the same outside" "$dir/outside" "$dir/out"

# Declared calls are declared for both tables
run 1 "no network declared" --policy "$dir/no_network.json" -- "$actor" udp_socketcall udp_direct create
holds "no network declared: calls inside calls are told" "{e.call for e in ev if e.k == 'call' and e.undeclared} == {'socket', 'connect'}
	and codes() == ['SYS-UNDECLARED'] * 2"
run 1 "no network declared, enforced" --enforce --policy "$dir/no_network.json" -- "$actor" udp_socketcall udp_direct unix_pair create
{ acts EPERM udp_socketcall udp_direct; acts ok unix_pair create; } >"$dir/expected"
same "no network declared, enforced: they fail" "$dir/expected" "$dir/out"
run 1 "identities" --policy "$dir/declared.json" -- "$actor" set_ids
holds "identities: 16 bits are read as such" "the([e for e in ev if e.k == 'call']).detail == '-1 -1 -1'"
run 0 "everything observed" --observe all --policy "$dir/declared.json" -- "$actor" $works
acts ok $works >"$dir/expected"
same "everything observed: the calls work" "$dir/expected" "$dir/out"
holds "everything observed: counted by their native names" "all(events('counters', src='box')[-1]['values']['calls_all_' + call] for call in ('rename', 'sendmmsg', 'socketpair'))"

# A record compared with a policy that does not declare the table
run 0 "declared again" --policy "$dir/declared.json" -- "$actor" create
"$TCBOX" check --policy "$dir/undeclared.json" "$bundle" >"$dir/said" 2>&1
[ $? = 1 ] && grep -q "calls of the i386 table" "$dir/said"
result $? "compared with a policy that does not declare them: they are undeclared" "$(cat "$dir/said")"

# In a network of its own the product may have more rights than the box gives
run 0 "a network of its own" --policy "$dir/namespaces.json" -- "$actor" native_elsewhere
says "a network of its own: a native socket is made" "$dir/out" "native_elsewhere ok"
run 0 "a network of its own, by socketcall" --policy "$dir/namespaces.json" -- "$actor" elsewhere
says "a network of its own, by socketcall: refused" "$dir/out" "elsewhere EPERM"

# Real programs
cc="gcc -O1 -w -D_GNU_SOURCE -pthread -isystem /usr/include/$(gcc -print-multiarch 2>/dev/null)"
program=$here/programs32.c
mkdir -m 755 "$work/bin"
if $cc -o "$work/bin/native" "$program" && $cc -m32 -o "$work/bin/m32" "$program" 2>"$dir/cc" &&
	$cc -DWITHOUT_NAMES -m32 -static -o "$work/bin/m32_static" "$program" 2>>"$dir/cc" &&
	$cc -DWITHOUT_NAMES -static -o "$work/bin/native_static" "$program" 2>>"$dir/cc"; then
	cat >"$dir/facts.py" <<'END'
import collections, json, os, re, sys
canary = ()
facts = collections.Counter()		# how many equal calls are one event depends on the time between them
for line in open(sys.argv[1] + "/events.jsonl"):
    e = json.loads(line)
    if e["k"] == "proc" and e.get("role") == "canary":
        canary = (e["proc"],)
    if e["k"] not in ("sock", "file", "exec", "call") or e["proc"] in canary:
        continue
    if e["k"] == "exec" and "bin/" + sys.argv[2] in e["exe"]:
        continue
    if e.pop("abi", None) not in (None, "i386" if sys.argv[2].startswith("m32") else "x86_64") or e.get("proto") in ("netlink",):
        print("unexpected", e)
    for key in ("n", "t", "src", "cookie", "line"):
        e.pop(key, None)
    if "local" in e:
        e["local"] = re.sub(":.*", "", e["local"])
    if e.get("remote", "").startswith("127."):
        e["remote"] = "loopback"
    count = e.pop("count", 1)
    facts[json.dumps(e, sort_keys=True).replace(sys.argv[2], "program")] += count
for fact, count in facts.items():
    print(count, fact)
END
	for kind in "" _static; do
		for bits in native m32; do
			name="a program$kind, $bits"
			mkdir -m 1777 "$work/run-$bits$kind"
			cd "$work/run-$bits$kind" || exit 1
			run 0 "$name" --policy "$dir/declared.json" -- "$work/bin/$bits$kind" 7000
			cp "$dir/out" "$dir/out.$bits"
			holds "$name: nothing to find" "codes() == [] and r.verdict == 'conforms'" \
				"$name: its flows have their owner" "{base(exe(owner(f))) for f in talks()} >= {'$bits$kind'} and
					sorted({f.proto for f in talks() if port(f.remote) == 7000}) == ['tcp', 'udp']" \
				"$name: its end is known" "m.exit_code == 0"
			python3 "$dir/facts.py" "$bundle" "$bits$kind" | sort >"$dir/facts.$bits"
		done
		same "a program$kind: it says the same with 32 bits as with 64" "$dir/out.native" "$dir/out.m32"
		check "a program$kind: it says that all works" sh -c '! grep -E " E[A-Z]+$" "$1" && grep -qx "received abc" "$1"' sh "$dir/out.m32"
		check "a program$kind: the record of 32 bits is that of 64" diff "$dir/facts.native" "$dir/facts.m32"
	done
	cd "$work" || exit 1
	run 1 "a program, not declared" --policy "$dir/undeclared.json" -- "$work/bin/m32" 7000
	holds "a program, not declared: one finding" "codes() == ['BOX-ATTEMPT'] and not m.exit_code and not talks()"
else
	skip "real programs" "no C library of 32 bits here: $(tail -n 1 "$dir/cc")"
fi
finish
