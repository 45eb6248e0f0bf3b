#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# actors.sh - programs that tell what they did on the network, compared with what tcbox tells: nothing missing, nothing invented
# shellcheck disable=SC1091,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

actor=$ACTORS/net_actor
policy=$policies/address.json
same_tcp='unchanged(told("tcp"), served()) and arrived(told("tcp"), wire())'
same_calls='unchanged([t[:3] for t in told("tcp")], claimed("tcp"))'
one='the(find("NET-UNDECLARED"))'

# act STATUS NAME ARG...: run the actor; what it tells is in the bundle
act() {
	expected_status=$1 name=$2
	shift 2
	run "$expected_status" "$name" --policy "$policy" -- "$actor" "$@"
	holds "$name: the actor succeeded" 'm.exit_code == 0 and truth()'
}

act 1 "a hard-coded address" tcp 198.51.100.7 4444 5
holds "$name: the packets" "$same_tcp" "$name: the calls" "$same_calls" \
	"$name: no lookup is invented" 'lookups() == [] and not find("DNS-UNDECLARED")' \
	"$name: the finding says that no lookup gave it" "'no lookup gave this address' in $one.observed" \
	"$name: the finding has the bytes" "($one.bytes_out, $one.bytes_in) == (5, 0)"

act 1 "IPv6 only" tcp 2001:db8:9::9 4444 7
holds "$name: the packets" "$same_tcp" "$name: the calls" "$same_calls"

act 1 "datagrams" udp 198.51.100.9 4444 100 3
holds "$name: the packets" 'unchanged(told("udp"), wire())' \
	"$name: the finding has the bytes" "$one.bytes_out == 300" \
	"$name: the calls, folded but counted" 'count(socks(proto="udp", call="sendto")) == 3'

act 1 "a name server of its own" dns 198.51.100.53 stranger.example
holds "$name: the packets" 'unchanged(told("udp"), [(f.proto, port(f.local), f.remote, f.bytes_out, f.bytes_in) for f in flows()])' \
	"$name: the name" 'names() == [line[1] for line in truth() if line[0] == "asked"] == ["stranger.example"]' \
	"$name: the findings" '{"DNS-UNDECLARED", "NET-RESOLVER"} <= set(codes())' \
	"$name: the server is named" '"198.51.100.53:53" in the(find("NET-RESOLVER")).observed'

act 1 "an ICMP echo" echo 198.51.100.7
holds "$name: the packets" 'the(talks()).has({"proto": "icmp", "remote": "198.51.100.7", "pkts_out": 1, "pkts_in": 1,
	"wire_out": 36, "wire_in": 36})' \
	"$name: the finding" "$one.observed.startswith('icmp 198.51.100.7') and base($one.process.exe) == 'net_actor'"
act 1 "an ICMPv6 echo" echo 2001:db8:9::9
holds "$name: the finding" "$one.observed.startswith('icmpv6 2001:db8:9::9') and base($one.process.exe) == 'net_actor'"
run 1 "ping" --policy "$policy" -- ping -c 2 -i 0.2 -W 1 198.51.100.7
holds "ping: both requests and both answers" 'the(talks()).proto == "icmp" and (the(talks()).pkts_out, the(talks()).pkts_in) == (2, 2)' \
	"ping: the finding" "base($one.process.exe) == 'ping'"

act 1 "a grandchild" grandchild 198.51.100.7 4444
holds "$name: the packets" "$same_tcp" \
	"$name: it was the grandchild" \
	"[$one.process.pid, $one.process.ancestry[0].pid] == [int(x) for x in the(l for l in truth() if l[0] == 'pids')[1:]]" \
	"$name: its ancestry is whole" "ancestry($one) == ['net_actor', 'net_actor'] and $one.process.ancestry[-1].pid == 2"

cat >"$dir/listens.json" <<'END'
{ "tcbox_policy": 1, "listens": [ { "id": "ui", "ports": [8080], "on": "loopback" } ] }
END
policy=$dir/listens.json
act 0 "listening, and called from inside" loopback
holds "$name: nothing of it is on the wire" 'talks() == []' \
	"$name: the listening socket" 'the(s for s in socks(call="listen")).local == the(l for l in truth() if l[0] == "listens")[1]' \
	"$name: the calls to it" 'sorted(x[2] for x in claimed("tcp")) ==
	 sorted([the(told("tcp"))[2], the(l for l in truth() if l[0] == "refused")[1]])' \
	"$name: the rule was seen" 'rule("ui").count == 1 and codes() == []'
policy=$policies/address.json
act 1 "listening undeclared" loopback
holds "$name: the finding" '"127.0.0.1:8080" in the(find("LISTEN-UNDECLARED")).observed
	or "8080" in the(find("LISTEN-UNDECLARED")).title' \
	"$name: the calls of a server were ruled out" '"listen" in str([f.title for f in find("SYS-DENIED")])'

act 0 "1000 connections" many 198.51.100.7 7003 1000
holds "$name: all told" 'len(told("tcp")) == 1000' "$name: the packets" "$same_tcp" "$name: the calls" "$same_calls" \
	"$name: each has its owner" 'len({owner(f) for f in talks()}) == 1
	 and the(s for s in r.shares if s.flows).flows == 1000 and r.totals.packets_unowned == 0' \
	"$name: the rule counts them" 'rule("report").count == 1000
	 and rule("report").bytes_out >= sum(t[3] for t in told("tcp"))'

act 0 "200 processes at once" procs 200 198.51.100.7 7004
holds "$name: the packets" "$same_tcp" "$name: the calls" "$same_calls" \
	"$name: all processes are seen" \
	'unchanged([2] + [int(l[1]) for l in truth() if l[0] == "process"], [p.pid for p in procs()])' \
	"$name: each flow has another owner" 'len({owner(f) for f in talks()}) == 200' \
	"$name: each ended" 'len({e.proc for e in events("exit")}) == 201'

act 0 "a big upload" tcp 198.51.100.7 7000 67108864
holds "$name: nothing was lost" 'the(told("tcp"))[3] == 64 << 20 and r.verdict == "conforms" and r.totals.packets_dropped == 0' \
	"$name: the bytes" 'rule("report").bytes_out >= 64 << 20' "$name: the packets" "$same_tcp" \
	"$name: the lab received them" 'the(s for s in events("served", service="sink") if s.server.endswith(":7000")).bytes_in == 64 << 20'

# The truth of these is in their commands.
run 1 "one name looked up, another told" --policy "$policies/web.json" -- \
	openssl s_client -connect updates.acme.example:443 -servername hidden.example
holds "one name looked up, another told: the finding" 'set(codes()) == {"MISSING-REQUIRED", "TLS-NAME-MISMATCH"}
	and "updates.acme.example" in the(find("TLS-NAME-MISMATCH")).observed
	and "SNI hidden.example" in the(find("TLS-NAME-MISMATCH")).observed' \
	"one name looked up, another told: both are on the wire" \
	'names() == ["updates.acme.example"] and the(talks()).sni == "hidden.example"'
run 1 "a stranger's name" --policy "$policies/web.json" -- sh -c '! getent hosts stranger.example >/dev/null'
holds "a stranger's name: looked up, and nothing more" 'names() == ["stranger.example"] and talks() == []
	and "stranger.example" in the(find("DNS-UNDECLARED")).observed'

run 1 "no way out" --net none --policy "$policy" -- "$actor" tcp 198.51.100.7 4444 5
holds "no way out: the program saw a failure, at once" 'm.exit_code == 1 and truth()[0][0] == "failed"
	and m.ended_ns - m.started_ns < 3e9' \
	"no way out: the attempt is on the wire" '(the(talks()).remote, the(talks()).bytes_out) == ("198.51.100.7:4444", None)' \
	"no way out: the attempt is found" "base($one.process.exe) == 'net_actor' and '198.51.100.7:4444' in $one.observed"

finish
