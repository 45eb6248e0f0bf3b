#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hide_net.sh - what a product may do on the network so that its calls do not tell where its packets go, or whose they are
#
# The actor tells what it did; packets must say the same, and each conversation must have the right owner.
# shellcheck disable=SC1091,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

actor=$ACTORS/hide_net
cat >"$dir/policy.json" <<'END'
{ "tcbox_policy": 1, "undeclared": { "connections": "violation", "names": "violation" } }
END
here4=198.51.100.7 here6=2001:db8:9::9
whole='unchanged([t[:3] for t in told("tcp", "udp", "udplite", "dccp")], [w[:3] for w in wire()])'
sizes='unchanged(told("udp", "udplite"), [w for w in wire() if w[0] != "tcp"])
	and all(b[3] >= a[3] for a, b in zip(sorted(told("tcp")), sorted(w for w in wire() if w[0] == "tcp")))'
owned='not [c for c in codes() if c.startswith(("FLOW", "CALL", "EVIDENCE"))]'

act() {	# STATUS NAME ARG...: run the actor; what it tells is in the bundle
	expected_status=$1 name=$2
	shift 2
	run "$expected_status" "$name" --policy "$dir/policy.json" -- "$actor" "$@"
	holds "$name: the actor succeeded" 'm.exit_code == 0 and truth()'
}
honest() {	# as act; calls and packets agree
	act 1 "$@"
	holds "$name: nothing is missing, nothing is invented" "$whole" "$name: the bytes" "$sizes" "$name: all is owned" "$owned"
}
absent() { grep -q '^no ' "$bundle/stdout.log"; }

# An address that changes between the supervisor's look and the kernel's: the packets tell.
for call in connect sendto sendmsg sendmmsg; do
	act 1 "a race with $call" race $call 198.51.100.1 203.0.113.1 64
	proto=udp
	[ $call != connect ] || proto=tcp
	holds "$name: each difference is found" \
		"sum(f.count for f in find('CALL-PACKET-MISMATCH')) ==
		 (counted(w[:3] for w in wire()) - counted(claimed('$proto'))).total()" \
		"$name: where the packets went is found" "{w[2] for w in wire()} ==
		 {f.observed.split()[1] for f in find('NET-UNDECLARED')}" \
		"$name: its owner is known" 'not find("FLOW-UNOWNED") and not find("EVIDENCE-LOST")'
	[ $call != connect ] || holds "$name: the packets went where the kernel says" "$whole"
done
if [ "$(nproc)" -gt 1 ]; then
	check "races were won, so that there was something to find" grep -q CALL-PACKET-MISMATCH "$dir"/bundles/*/report.json
fi

# Who uses a socket is not always who made it.
honest "a socket that was passed on" rights $here4
holds "$name: connected, it is its maker's; not connected, its sender's" \
	'[the(p for p in r.processes if p.proc == owner(f)).pid for f in sorted(talks(), key=lambda f: f.proto)] ==
	 [int(the(l for l in truth() if l[0] == w)[1]) for w in ("connects", "sends")]'
honest "a socket that was taken" taken $here4
holds "$name: the call is recorded" 'calls(call="pidfd_getfd")'
for what in shared reuseport; do
	honest "two processes, one port: $what" $what $here4
	holds "$name: each sent its own" 'unchanged([(int(l[1]), int(l[2])) for l in truth() if l[0] == "process"],
		[(int(f.observed.split()[1].split(":")[1].strip(",")), f.process.pid) for f in find("NET-UNDECLARED")])'
done
honest "a port that is used again at once" again $here4 7000 8
holds "$name: each has its owner" '{s.proc: (s.flows, s.bytes_out) for s in r.shares if s.flows} ==
	{p.proc: (8, 8 if p.pid == int(truth()[0][1]) else 16) for p in r.processes if p.proc in {s.proc for s in socks(call="connect")}}'
honest "bytes that are sent after the process died" behind $here4 7000 30000
holds "$name: they are the process's" 'the(find("NET-UNDECLARED")).process.pid == int(truth()[0][1])'
act 1 "pings by several processes" echoes $here4 3
holds "$name: each has its owner" "$owned" "$name: by its identifier" 'unchanged(
	[(int(l[1]), int(l[2])) for l in truth() if l[0] == "echo"],
	[(the(p for p in procs() if p.proc == s.proc).pid, port(f.local)) for f in flows(proto="icmp")
	 for s in socks(proto="icmp") if s.local and port(s.local) == port(f.local)])'

# Calls that name their destination in unusual ways, or many at once.
honest "700 addresses in one call" mmsg $here4 700
holds "$name: the calls" 'unchanged([t[:3] for t in told("udp")], claimed("udp"))'
honest "a connection by sending" fastopen $here4 7000
honest "IPv4 by a socket of IPv6" mapped $here4 7000
honest "one socket, then elsewhere" elsewhere $here4 203.0.113.7 7000
honest "a destination without a family" unspec $here4 7000
honest "half a connection, and urgent data" odd $here4
honest "a packet that goes no further" ttl $here4 7000
for what in mptcp sctp udplite dccp; do
	act "$(case $what in mptcp | udplite) echo 1 ;; *) echo 0 ;; esac)" "a socket of $what" protocol $what $here4 7000
	if absent; then		# not in this kernel
		holds "$name: the attempt is recorded" "socks(call='socket', proto='$what')"
	else
		holds "$name: it is told" "$whole" "$name: it is owned" "$owned"
	fi
done

act 1 "a datagram to the name server that is no UDP" protocol udplite 198.19.255.1 53
absent || holds "$name: it is told" 'find("PROTOCOL-UNKNOWN")'

# What is sent is told whole, wherever it goes.
honest "a datagram in fragments" udp $here4 7000 60000
holds "$name: it is one conversation" 'the(talks()).pkts_out > 1'
honest "a datagram in fragments of IPv6" udp $here6 7000 60000
holds "$name: it is one conversation" 'the(talks()).pkts_out > 1'
for to in "239.1.2.3 9" "255.255.255.255 67" "198.19.255.255 9" "169.254.9.9 9" "fe80::1:2 9" "ff02::1:3 5355"; do
	# shellcheck disable=SC2086 # address and port
	honest "to $to" udp $to 30
done
act 1 "the link is asked" onlink 198.51.100.77
holds "$name: question and datagram are at the gate" \
	'{t.remote for t in talks()} == {"198.51.100.77", "198.51.100.77:7101"}' "$name: it is owned" "$owned"

for to in 198.51.100.77 2001:db8:9::77; do
	run 1 "without a network the link is asked for $to" --net none --policy "$dir/policy.json" -- "$actor" onlink $to
	holds "$name: the actor succeeded" 'truth()' "$name: it is at the gate" "find('NET-UNDECLARED') and all('$to' in f.observed for f in find('NET-UNDECLARED'))"
done

# Several datagrams in one send: the link would carry them as one packet. UDP_SEGMENT is 103, udp(7).
if [ -x /usr/bin/python3 ]; then
	cat >"$dir/names.json" <<'END'
{ "tcbox_policy": 1, "names": ["one.example", "two.example"], "undeclared": { "names": "violation", "connections": "violation" } }
END
	cat >"$dir/segments.py" <<'END'
import socket, struct, sys
def query(number, name):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", number, 0x100, 1, 0, 0, 0) + labels + struct.pack(">BHH", 0, 1, 1)
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.connect((sys.argv[1], 53))
queries = [query(1, "one.example"), query(2, "two.example"), query(3, "six.example")]
s.setsockopt(socket.IPPROTO_UDP, 103, len(queries[0]))
s.send(b"".join(queries))
print(*sorted(s.recv(600)[1] for _ in queries))
END
	for to in 198.19.255.1 2001:db8:ffff::1; do
		run 1 "three lookups in one send to $to" --policy "$dir/names.json" --bind "$dir/segments.py" -- \
			/usr/bin/python3 "$dir/segments.py" $to
		check "$name: each was answered" grep -q '^1 2 3$' "$bundle/stdout.log"
		holds "$name: each is seen" '[l.name for l in lookups()] == ["one.example", "two.example", "six.example"]' \
			"$name: one was not declared" '"six.example" in the(find("DNS-UNDECLARED")).observed' \
			"$name: nothing was lost" 'not find("EVIDENCE-LOST")'
	done
fi

# Traffic that stays in the box is in the calls only.
act 0 "sockets without a network" local
holds "$name: all ends are recorded" 'unchanged([l[1] for l in truth()] * 2,
	[s.path for s in socks(proto="unix") if s.call in ("bind", "connect")])' \
	"$name: the report says that it cannot see them" '"UNIX sockets inside the box" in str(r.not_observable)'
cat >"$dir/policy.json" <<'END'
{ "tcbox_policy": 1, "listens": [ { "id": "own", "on": "loopback" } ] }
END
act 0 "a call that is made again" restart
holds "$name: each time is counted" 'count(socks(call="accept")) == 1 + int(truth()[0][1])' \
	"$name: nothing of it is at the gate" 'talks() == []' \
	"$name: the report says that it cannot be" '"loopback" in str(r.not_observable)'

finish
