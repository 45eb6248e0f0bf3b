#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hide.sh - what a product may try so as not to be seen, or to pass for another, and the limits that it meets
# shellcheck disable=SC1091,SC2016,SC2154 # "$" is the product's; variables come from box.sh
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/box/lib/box.sh
. "$here/lib/box.sh"

cp "$ACTORS/hide_static" "$work/actor"
cat >"$dir/policy.json" <<END
{
  "tcbox_policy": 1,
  "product": { "vendor": "Acme", "name": "hides", "version": "1" },
  "connections": [],
  "executes": ["$work/**"],
  "undeclared": { "connections": "violation", "executes": "violation", "files": "violation", "syscalls": "violation" }
}
END

# The control process's acts are left out of the comparison: so nothing of the product may pass for it.
run 1 "a child of a bare thread" --policy "$dir/policy.json" -- "$work/actor" control 203.0.113.66
says "the act works" "$out" ok
holds "the control process is one at the start and one at the end" 'len(canary_procs) == 2' \
	"the connection is the product's" 'find("NET-UNDECLARED")[0].process.exe.endswith("/actor")'

run 1 "first calls of bare threads" --policy "$dir/policy.json" -- "$work/actor" calls "$work/made"
says "the act works" "$out" ok
holds "each is recorded" 'all(files(path=m.cwd + f"/made{i}", op="create") for i in range(4))'

# The record's last word on a process is what it runs. A race, so more than once.
for i in 1 2 3 4 5; do
	run 1 "a program executed among busy threads ($i)" --policy "$dir/policy.json" -- "$work/actor" exec /bin/sh -c
	holds "the shell is what runs" 'execs()[-1].path == "/bin/sh"' "it was not declared" 'find("EXEC-UNDECLARED")'
done

run 1 "a connection after the first thread has ended" --policy "$dir/policy.json" -- "$work/actor" leader 203.0.113.67
says "the act works" "$out" ok
holds "its owner is known" 'not find("FLOW-UNOWNED") and not find("EVIDENCE-LOST")' \
	"it is not declared" 'find("NET-UNDECLARED")'

# One program may connect, and another passes its processes for that one's: by having its parent's parent for a parent, by being
# left to it, or by having been forked before the parent became it.
cp "$work/actor" "$work/agent"
cat >"$dir/agent.json" <<END
{ "tcbox_policy": 1, "connections": [ { "id": "agent", "process": "$work/agent", "to": ["203.0.113.68"] } ],
  "executes": ["$work/**"], "undeclared": { "connections": "violation", "executes": "violation" } }
END
run 0 "the declared program connects" --policy "$dir/agent.json" -- "$work/actor" runs "$work/agent" runs "$work/agent" control 203.0.113.68
says "the act works" "$out" ok
holds "no finding" 'codes() == []'
pretends() {	# NAME ARG...
	what=$1
	shift
	run 1 "$what" --policy "$dir/agent.json" -- "$@"
	says "the act works" "$out" ok
	holds "$what: whose it is" 'base(the(find("NET-UNDECLARED")).process.exe) == "actor"' \
		"$what: nothing else is found" 'codes() == ["NET-UNDECLARED"]'
}
pretends "another's port and destination" /bin/sh -c "$work/agent datagram 203.0.113.68; $work/actor datagram 203.0.113.68"
pretends "a sibling of its parent" "$work/agent" runs "$work/actor" sibling 203.0.113.68
pretends "an adopted child" "$work/agent" runs "$work/actor" adopted 203.0.113.68
pretends "a child from before" "$work/actor" heir 203.0.113.68 "$work/agent" runs ""

sed 's|/work/\*\*"|/work/actor"|' "$dir/policy.json" >"$dir/strict.json"
cp "$work/actor" "$work/stranger"
# By a name that nobody else can follow. What runs is seen on the way if it is not too quick, and else the run says so.
run "1 3" "a program that nothing is heard of" --policy "$dir/strict.json" -- "$work/actor" silent "$work/stranger"
says "the act works" "$out" ok
holds "it is a finding, or evidence was lost" '[f for f in find("EXEC-UNDECLARED") if base(f.process.exe) == "stranger"]
	if r.verdict == "violates" else find("EVIDENCE-LOST")'
# Always too quick: a file for addresses that no process has. The kernel drops the old program and kills for want of a new one.
python3 - "$work/stranger" "$work/nowhere" <<'END'
import os, struct, sys
with open(sys.argv[1], "rb") as file:
    elf = bytearray(file.read())
at, = struct.unpack_from("<Q", elf, 32)		# elf(5): e_phoff, and p_type and p_vaddr of each
size, count = struct.unpack_from("<HH", elf, 54)
for header in range(at, at + count * size, size):
    if elf[header] == 1:
        struct.pack_into("<Q", elf, header + 16, 0xffffffff00000000)
with open(sys.argv[2], "wb") as file:
    file.write(elf)
os.chmod(sys.argv[2], 0o755)
END
run 3 "a program that dies on the way" --policy "$dir/strict.json" -- "$work/actor" silent "$work/nowhere"
says "the act works" "$out" ok
holds "evidence was lost" 'find("EVIDENCE-LOST")'

cp "$work/actor" "$work/racer" && cp "$work/actor" "$work/racer2"
sed 's|/work/\*\*"|/work/racer"|' "$dir/policy.json" >"$dir/racer.json"
run 1 "a path that changes while its program is executed" --policy "$dir/racer.json" -- "$work/actor" raced "$work/racer"
holds "each time that the other one ran it is told" \
	'0 < int(truth()[0][1]) <= len({e.proc for e in execs() if base(e.exe) == "racer2"})' "it is a finding" 'find("EXEC-UNDECLARED")'

echo before >"$work/file"
chmod 666 "$work/file"
run 1 "a file changed through /dev/fd" --policy "$dir/policy.json" -- "$work/actor" reopen "$work/file"
holds "its own path is recorded" 'files(path=m.cwd + "/file", op="write")' "it is a finding" 'find("FILE-UNDECLARED")'
check "the file of the host is as it was" grep -q before "$work/file"
outside "changing a file through /dev/fd" "$work/actor" reopen "$work/file"
check "control: it is changed" grep -q changed "$work/file"

run 3 "signals and limits" -- /bin/sh -c 'grep SigIgn /proc/self/status; grep "Max processes" /proc/self/limits'
says "no signal is ignored" "$out" "SigIgn:	0000000000000000"
check "at most 4096 processes" awk '/Max processes/ { exit !($3 <= 4096 && $4 <= 4096) }' "$out"

# A script is what its interpreter makes of it: also the one of a script of scripts, which only the middle names.
cp /bin/echo "$work/reader"
printf '#!%s/reader -n\n' "$work" >"$work/middle"
printf '#!%s/middle\n' "$work" >"$work/script"
printf '#!reader\n' >"$work/relative"
chmod 755 "$work/middle" "$work/script" "$work/relative"
cat >"$dir/script.json" <<END
{ "tcbox_policy": 1, "executes": ["$work/script", "$work/middle", "$work/relative", "/usr/bin/dash"],
  "undeclared": { "executes": "violation" } }
END
sed 's|/middle", |/reader", |' "$dir/script.json" >"$dir/reader.json"
sed 's|/middle", |/middle", "'"$work"'/reader", |' "$dir/script.json" >"$dir/both.json"
run 1 "a script by another interpreter" --policy "$dir/script.json" -- /bin/sh -c "$work/script; true"
holds "the interpreter and the script are named" \
	'the(find("EXEC-UNDECLARED")).observed.startswith(m.cwd + f"/reader as the interpreter of {m.cwd}/middle, SHA-256 ")' \
	"both interpreters are recorded" \
	'[e.interpreters for e in execs() if e.exe.endswith("/script")] == [[m.cwd + "/middle", m.cwd + "/reader"]]'
run 1 "a script by an undeclared script" --policy "$dir/reader.json" -- /bin/sh -c "$work/script; true"
holds "it is named" 'the(find("EXEC-UNDECLARED")).observed.startswith(m.cwd + "/middle as the interpreter of ")'
run 1 "a product that is a script" --policy "$dir/script.json" -- "$work/relative"
holds "its interpreter is named" 'the(find("EXEC-UNDECLARED")).observed.startswith(m.cwd + "/reader as the interpreter of ")'
run 0 "scripts with declared interpreters" --policy "$dir/both.json" -- /bin/sh -c "$work/script && ./relative"
holds "no finding" 'codes() == []'
run 1 "an interpreter that is another file each time" --policy "$dir/both.json" -- /bin/sh -c '
	./relative; cat /bin/true >new; chmod 755 new; mv new reader; ./relative'
holds "it is told" 'find("EXEC-CHANGED")'
cp /bin/echo "$work/reader"

# A query for a declared name with something that its rule cannot declare. "q" is "known.example A IN".
q=056b6e6f776e076578616d706c650000010001
opt=00002904d000000000
flat() { printf %s "$@"; }
cat >"$dir/names.json" <<END
{ "tcbox_policy": 1, "names": ["known.example"], "undeclared": { "names": "violation", "connections": "violation" } }
END
plain=$(flat 0001 0120 0001 0000 0000 0001 $q $opt 0000)
cookie=$(flat 0002 0120 0001 0000 0000 0001 $q $opt 0014 000a0008 1122334455667788 000c0004 00000000)
unusual() {	# NAME BYTES TRANSPORT HEX...
	what=$1 bytes=$2 transport=$3
	shift 3
	run 1 "$what" --policy "$dir/names.json" -- "$work/actor" "$transport" "$@"
	says "$what: the act works" "$out" ok
	holds "$what: it is told, with its bytes" "the(find('DNS-UNUSUAL')).bytes_out == $bytes and not find('DNS-UNDECLARED')"
}
run 0 "plain lookups" --policy "$dir/names.json" -- "$work/actor" udp "$plain" "$cookie"
holds "plain lookups conform" 'names() == ["known.example"] and len(lookups()) == 2'
run 0 "a plain lookup over TCP, in parts" --policy "$dir/names.json" -- "$work/actor" tcp 00 "2a$plain"
holds "it is a lookup" 'the(lookups()).proto == "tcp" and the(lookups()).rcode == "NOERROR"'
unusual "a private option" 8 udp "$(flat 0001 0120 0001 0000 0000 0001 $q $opt 0008 fde9 0004 73656372)"
unusual "padding that is not empty" 4 udp "$(flat 0001 0120 0001 0000 0000 0001 $q $opt 0008 000c 0004 73656372)"
unusual "bytes behind the message" 45 udp "${plain}736563"
unusual "the same question again with more" 44 udp "$plain" "${plain}7365"
unusual "a record of its own" 15 udp "$(flat 0001 0120 0001 0000 0000 0001 $q 00 0010 0001 00000000 0004 73656372)"
unusual "options of IP" 8 stamped "$plain"
zeros=$(printf %02852d 0)	# as long as the first fragment of 1500 bytes lets it be
unusual "another fragment" 6 udp "$(flat 0001 0120 0001 0000 0000 0001 $q 00002904d000000000 0596 000c 0592 "$zeros")736563726574"
unusual "two questions" 19 udp "$(flat 0001 0120 0002 0000 0000 0000 $q $q)"
unusual "an answer instead of a query" 31 udp "$(flat 0001 8180 0001 0000 0000 0000 $q)"
unusual "no query at all" 6 udp 736563726574
unusual "no message over TCP" 5 tcp ffff 736563

# An answer that the product gives itself names nothing: "known.example" has not the address 203.0.113.66.
cat >"$dir/forged.json" <<END
{ "tcbox_policy": 1, "connections": [ { "id": "named", "to": ["known.example"] }, { "id": "decoy", "to": ["203.0.113.65"] } ],
  "undeclared": { "names": "violation", "connections": "violation" } }
END
run 1 "a forged answer" --policy "$dir/forged.json" -- "$work/actor" forged 203.0.113.65 203.0.113.66 \
	"$(flat 0001 8400 0000 0001 0000 0000 056b6e6f776e076578616d706c6500 0001 0001 0000003c 0004 cb007142)"
says "the act works" "$out" ok
holds "the address has no name" '"203.0.113.66" in the(find("NET-UNDECLARED")).observed'

# Which groups it is in, a kernel tells its routers.
cat >"$dir/group.json" <<END
{ "tcbox_policy": 1, "connections": [ { "id": "ssdp", "to": ["239.255.255.250", "ff15::/16"], "protocol": "udp", "ports": [1900] } ],
  "undeclared": { "names": "violation", "connections": "violation" } }
END
for group in ff15::7365:6372:6574 239.255.255.250; do
	run 0 "a declared multicast group, $group" --policy "$dir/group.json" -- "$work/actor" join "$group"
	says "the act works" "$out" ok
	holds "it is on the wire" "the(flows()).remote == '$group'" \
		"and has an owner" "the(socks(call='setsockopt')).remote == '$group' and codes() == []"
done
for group in ff12::7365:6372:6574 239.115.101.99; do
	run 1 "a multicast group, $group" --policy "$dir/names.json" -- "$work/actor" join "$group"
	says "the act works" "$out" ok
	holds "it is told, once" 'codes() == ["NET-UNDECLARED"]' \
		"with program and group" "base(the(find('NET-UNDECLARED')).process.exe) == 'actor' and '$group' in the(find('NET-UNDECLARED')).observed"
done
holds "IGMP is a protocol of its own" 'the(flows()).proto == "ip-2"'
cat >"$work/groups.py" <<'END'
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for words in sys.argv[1:]:
    address = [socket.inet_aton(a) for a in words.split(",")]
    s.setsockopt(socket.IPPROTO_IP, 39 if address[1:] else 35, address[0] + bytes(4) + b"".join(address[1:]))
print("ok", flush=True)
time.sleep(1.5)
END
run 1 "a group behind a declared one" --policy "$dir/group.json" -- /usr/bin/python3 "$work/groups.py" 239.255.255.250 239.115.101.99
says "the act works" "$out" ok
holds "the other is told" "'239.115.101.99' in the(find('NET-UNDECLARED')).observed and codes() == ['NET-UNDECLARED']"
run 1 "a source in the report of a declared group" --policy "$dir/group.json" -- \
	/usr/bin/python3 "$work/groups.py" 239.255.255.250,115.101.99.114
says "the act works" "$out" ok
holds "the source is told, with its program" "codes() == ['NET-UNDECLARED'] and '115.101.99.114' in the(find('NET-UNDECLARED')).observed" \
	"it is on the wire" "'115.101.99.114' in {f.remote for f in flows()}"
sed 's|"239.255.255.250", |&"115.101.99.114", |' "$dir/group.json" >"$dir/source.json"
run 0 "a declared source in the report of a declared group" --policy "$dir/source.json" -- \
	/usr/bin/python3 "$work/groups.py" 239.255.255.250,115.101.99.114

# What the kernel asks on the link, the product may have chosen: groups of solicited nodes, neighbours that nobody is.
cat >"$work/link.py" <<'END'
import errno, socket, struct, sys, time
if sys.argv[1] == "node":
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    for data in (b"sec", b"ret"):
        group = bytes.fromhex("ff0200000000000000000001ff") + data
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group + struct.pack("I", socket.if_nametoindex("eth0")))
else:
    s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
    s.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)
    s.sendto(b"x", (sys.argv[1], 9))
print("ok", flush=True)
time.sleep(1.5)
END
run 1 "groups of solicited nodes" --policy "$dir/names.json" -- /usr/bin/python3 "$work/link.py" node
says "the act works" "$out" ok
holds "each is told" "{f.observed.split()[1] for f in find('NET-UNDECLARED')} == {'ff02::1:ff73:6563', 'ff02::1:ff72:6574'}" \
	"both are on the wire" "{f.remote for f in flows()} >= {'ff02::1:ff73:6563', 'ff02::1:ff72:6574'}"
for neighbour in 127.115.101.99 203.0.113.99; do
	run 1 "a neighbour that nobody is, $neighbour" --policy "$dir/names.json" -- /usr/bin/python3 "$work/link.py" "$neighbour"
	says "the act works" "$out" ok
	holds "$neighbour: it is told" "any('$neighbour' in f.observed for f in find('NET-UNDECLARED'))"
done

# Symbolic links in a declared directory that lead out of it: to a file, to one that is not there yet, by a directory.
mkdir "$work/declared" "$work/other"
echo before >"$work/other/file"
[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$work/declared" "$work/other"
cat >"$dir/links.json" <<END
{ "tcbox_policy": 1, "executes": ["/**"], "files": { "write": ["$work/declared/**"] },
  "undeclared": { "files": "violation" } }
END
for to in ../other/file ../other/new "$work/other/../other/new" "/proc/self/root$work/other/new"; do
	run 1 "a link to $to" --policy "$dir/links.json" -- /bin/sh -c 'ln -s "$0" declared/l && echo >declared/l' "$to"
	holds "where it leads is a finding" \
		'any("/declared/l" in f.observed for f in find("FILE-UNDECLARED")) and "/other/" in files(path=m.cwd + "/declared/l")[-1].target'
done
run 1 "a directory behind a link" --policy "$dir/links.json" -- /bin/sh -c 'ln -s ../other declared/d && mkdir declared/d/new'
holds "where it leads is recorded" 'the(files(op="mkdir")).target == m.cwd + "/other/new" and find("FILE-UNDECLARED")'
for to in /proc/self/cwd/other "/proc/self/root$work/other" /proc/thread-self/cwd/other /dev/fd/3 ../../../../../../../../../proc/self/fd/3; do
	run 1 "a directory behind a link to $to" --policy "$dir/links.json" -- /bin/sh -c '
		exec 3<other && mkdir declared/sub && ln -s "$0" declared/sub/d && ln -s sub declared/by && mkdir declared/by/d/new && test -d other/new' "$to"
	holds "$name: the act works" 'm.exit_code == 0' "$name: it is recorded" 'the(files(path=m.cwd + "/declared/by/d/new")).target == "/proc/link/new"' \
		"$name: it is a finding" 'find("FILE-UNDECLARED")'
done
cat >"$work/renames.py" <<'END'
import os, sys, time
end = time.monotonic() + 20
while time.monotonic() < end and not os.path.exists(sys.argv[2]):
    open(sys.argv[1] + "/a", "w").close()
    for _ in range(1000):
        os.rename(sys.argv[1] + "/a", sys.argv[1] + "/b")
        os.rename(sys.argv[1] + "/b", sys.argv[1] + "/a")
END
run 1 "a directory behind a link while others rename" --policy "$dir/links.json" -- /bin/sh -c '
	for d in declared/r1 declared/r2; do mkdir $d; /usr/bin/python3 "$PWD/renames.py" $d declared/over & done
	exec 3<other && ln -s ../../../../../../../../../../proc/self/fd/3 declared/d
	for i in 1 2 3 4 5 6 7 8 9 10; do mkdir declared/d/new$i; done; touch declared/over; wait'
holds "a directory behind a link while others rename: the act works" 'm.exit_code == 0' \
	"a directory behind a link while others rename: each is recorded" \
	'[f.target for f in files(op="mkdir") if "/d/new" in f.path] == [f"/proc/link/new{i}" for i in range(1, 11)]'
run 1 "a directory behind a descriptor" --policy "$dir/links.json" -- /bin/sh -c 'exec 3<other && mkdir /dev/fd/3/new && test -d other/new'
holds "the act works" 'm.exit_code == 0' "it is a finding" 'find("FILE-UNDECLARED")'
run 1 "a rename by a link" --policy "$dir/links.json" -- /bin/sh -c 'ln -s ../other declared/d && echo >declared/f && mv declared/f declared/d/f'
holds "where it goes is recorded" 'files(op="rename")[-1].target2 == m.cwd + "/other/f" and find("FILE-UNDECLARED")'
run 0 "links within the declared directory" --policy "$dir/links.json" -- /bin/sh -c '
	cd declared && mkdir d && ln -s d e && ln -s e/f g && echo >g && rm g'
holds "no finding" 'codes() == []'

finish
