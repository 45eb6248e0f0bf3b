#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# capture.sh - the capture and decoder processes alone, on a veth pair in network namespaces of their own
set -u
B=${B:-build/cc-release}
if [ "${1-}" != inside ]; then
	for p in unshare ip tshark capinfos tcpdump python3 ping; do
		PATH=$PATH:/usr/sbin:/sbin command -v $p >/dev/null || { echo "1..0 # SKIP no $p"; exit 77; }
	done
	unshare -Urnm true 2>/dev/null || { echo "1..0 # SKIP no user namespaces"; exit 77; }
	exec unshare -Urnm "$0" inside
fi
PATH=$PATH:/usr/sbin:/sbin
PYTHON=/usr/bin/python3
n=0
run=0
dir=$(mktemp -d)
box=
driver=
cleanup() {
	exec 9>&-
	[ -n "$driver" ] && kill "$driver" 2>/dev/null
	[ -n "$box" ] && kill "$box" 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT

ok() { # TITLE COMMAND...
	local title=$1
	shift
	n=$((n + 1))
	if "$@" >"$dir/out" 2>&1; then
		echo "ok $n - $title"
	else
		echo "not ok $n - $title"
		sed 's/^/# /' "$dir/out" | head -20
	fi
}
is() { # GOT WANTED
	[ "$1" = "$2" ] || { echo "got:    $1"; echo "wanted: $2"; return 1; }
}
in_box() { nsenter -t "$box" -n "$@" 9>&-; }
wait_for() { # COMMAND...: until it succeeds, 10 s at most
	local _
	for _ in $(seq 200); do "$@" 2>/dev/null && return; sleep 0.05; done
	return 1
}

# start [LIMIT] - the driver on g0; $at is its directory, $capture and $decoder are the processes
start() {
	run=$((run + 1))
	at=$dir/$run
	mkdir "$at"
	mkfifo "$at/stop"
	"$B/tests/box/capture_driver" g0 "$at" "$at/stop" "$@" >"$at/said" 2>"$at/errors" 9>&- &
	driver=$!
	exec 9>"$at/stop"
	wait_for test -s "$at/said"
	read -r said capture decoder <"$at/said"
}
# stop - Return: exit status of the capture
stop() {
	exec 9>&-
	wait "$driver"
	local rc=$?
	driver=
	return $rc
}
# final NAME [SOURCE] - a counter of the last event of a producer
final() {
	$PYTHON - "$at/events.jsonl" "$1" "${2:-capture}" <<-'END'
		import json, sys
		value = "none"
		for line in open(sys.argv[1]):
		    e = json.loads(line)
		    if e["k"] == "counters" and e["src"] == sys.argv[3] and e.get("final"):
		        value = e["values"].get(sys.argv[2], "none")
		print(value)
	END
}
losses() { grep -c "\"k\":\"loss\".*\"what\":\"$1\"" "$at/events.jsonl"; }
packets() { capinfos -Mrc "$at/capture.pcapng" | sed -n 's/.*Number of packets: *//p; s/.*	//p' | tail -1; }
# send COUNT SIZE [PORT] - UDP datagrams from the box to the gate, as fast as they go
send() {
	in_box $PYTHON - "$1" "$2" "${3:-9000}" <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		data = b"x" * int(sys.argv[2])
		for i in range(int(sys.argv[1])):
		    s.sendto(data, ("198.19.255.1", int(sys.argv[3])))
	END
}

ip link set lo up
unshare -n sleep 600 &
box=$!
netns_differs() { [ "$(readlink /proc/$box/ns/net)" != "$(readlink /proc/self/ns/net)" ]; }
wait_for netns_differs
ip link add g0 type veth peer name eth0 netns $box
ip addr add 198.19.255.1/24 dev g0
ip -6 addr add 2001:db8:ffff::1/64 dev g0 nodad
ip link set g0 up
in_box sh -c 'ip link set lo up; ip addr add 198.19.255.2/24 dev eth0; ip -6 addr add 2001:db8:ffff::2/64 dev eth0 nodad
	ip link set eth0 up'
# Somebody takes the datagrams, so that the gate answers nothing.
$PYTHON -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("0.0.0.0", 9000))
while True: s.recv(65536)' &
sink=$!
wait_for in_box ping -c 1 -W 1 198.19.255.1 >/dev/null

start
is_up() { is "$said" ready; }
ok "the capture says that it is ready" is_up
first() { send 1 100 && stop && grep -q '"remote":"198.19.255.1:9000"' "$at/events.jsonl"; }
ok "a packet right after ready is seen, and right before stop too" first
ok "the capture ended with its final counters" is "$(final packets_unaccounted)" 0
ok "the decoder ended with its final counters" is "$(final packets_malformed net)" 0

# caps PID - effective capabilities
locked() {
	start
	local p bad=0
	for p in "$capture" "$decoder"; do
		[ "$(grep -cE '^(CapEff|CapPrm|CapInh|CapAmb):	0000000000000000$' "/proc/$p/status")" = 4 ] || bad=1
		grep -q '^NoNewPrivs:	1$' "/proc/$p/status" || bad=1
		grep -q '^Seccomp:	2$' "/proc/$p/status" || bad=1
	done
	[ "$(find "/proc/$decoder/fd" -type l | wc -l)" -le 5 ] || bad=1
	find "/proc/$decoder/fd" -type l -printf '%f %l\n'
	stop && return $bad
}
ok "both processes have no privileges, a filter, and no needless descriptors" locked

start
ok "control: 20000 datagrams can be sent" send 20000 1000
ok "the capture ends well" stop
ok "nothing was lost at the stop (trap 20): the file has all datagrams" \
	is "$(tshark -r "$at/capture.pcapng" -Y 'udp.dstport == 9000' 2>/dev/null | wc -l)" 20000
agree() { is "$(final packets_captured)" $(($(final interface_rx_packets) + $(final interface_tx_packets))); }
ok "the capture and the interface counted the same (trap 19)" agree
ok "no packet is unaccounted" is "$(final packets_unaccounted)" 0
ok "no packet was dropped" is "$(final packets_dropped)" 0
ok "the decoder saw every packet" is "$(final packets_decoded net)" "$(final packets_captured)"
ok "the file has as many packets as were captured" is "$(packets)" "$(final packets_captured)"
flow() { grep '"end":true' "$at/events.jsonl" | grep '"remote":"198.19.255.1:9000"' | grep -q '"pkts_out":20000,"bytes_out":20000000,'; }
ok "the flow counts every datagram and byte" flow
complaints() { "$@" 2>&1 >/dev/null | grep -v 'Running as user\|^reading from file'; }
silent() { local said; said=$(complaints "$@"); is "$said" ''; }
ok "tshark reads the file and has no complaint (trap 21)" silent tshark -r "$at/capture.pcapng"
ok "capinfos has no complaint" silent capinfos "$at/capture.pcapng"
# tcpdump as root would change its user, which it cannot do here.
tcpdump_count() { is "$(unshare -U tcpdump -nr "$at/capture.pcapng" udp port 9000 2>/dev/null | wc -l)" 20000; }
ok "tcpdump reads the file" tcpdump_count
named() { capinfos "$at/capture.pcapng" | grep -q 'Name = g0' && capinfos "$at/capture.pcapng" | grep -q 'nanoseconds'; }
ok "the file names its interface and has nanosecond stamps" named
stats() { capinfos "$at/capture.pcapng" | grep -q 'Number of stat entries = 1'; }
ok "the file has the interface's statistics" stats

start
send 10 100
wait_for grep -q '"remote":"198.19.255.1:9000"' "$at/events.jsonl"
kill -9 "$decoder"
sleep 0.2
ok "control: packets are sent while the decoder is dead" send 1000 100
sleep 0.7
ok "the capture goes on without its decoder" stop
ok "the file has the packets from after the decoder's death" \
	is "$(tshark -r "$at/capture.pcapng" -Y 'udp.dstport == 9000' 2>/dev/null | wc -l)" 1010
ok "the death is recorded as one loss" is "$(losses decoder)" 1
ok "the decoder has no final counters" is "$(final flows net)" none
undecoded() { [ "$(final packets_undecoded)" -gt 0 ]; }
ok "packets that were not decoded are counted" undecoded

start
kill -STOP "$decoder"
ok "control: 20000 more datagrams while the decoder sleeps" send 20000 1000
kill -CONT "$decoder"
ok "a slow decoder loses nothing: the capture ends well" stop
ok "a slow decoder loses nothing: every packet is decoded" is "$(final packets_decoded net)" "$(final packets_captured)"
ok "a slow decoder loses nothing: no packet undecoded" is "$(final packets_undecoded)" 0

start
kill -STOP "$decoder"
send 40000 1000
wait_for grep -q '"packets_undecoded":[1-9]' "$at/events.jsonl"
kill -CONT "$decoder"
stop
ok "what a decoder that is too slow did not see is counted" \
	is $(($(final packets_decoded net) + $(final packets_undecoded))) "$(final packets_captured)"
ok "and recorded as a loss" is "$(losses decoder)" 1
ok "but the file has it" is "$(packets)" "$(final packets_captured)"

start 200000
send 1000 1000
sleep 0.7
full() { stop; is $? 1; }
ok "a full disk ends the capture with an error" full
ok "a full disk is recorded as a loss" is "$(losses disk)" 1
ok "a full disk leaves no final counters" is "$(final packets_captured)" none
ok "a full disk leaves a file that tshark reads without complaint" silent tshark -r "$at/capture.pcapng"

start
send 100 100
wait_for grep -q '"packets_captured"' "$at/events.jsonl"
kill -9 "$capture"
killed() { stop; is $? 137; }
ok "control: the capture was killed" killed
ok "a killed capture leaves a readable file" silent tshark -r "$at/capture.pcapng"
ok "with the packets of half a second before" is "$(tshark -r "$at/capture.pcapng" -Y 'udp.dstport == 9000' 2>/dev/null | wc -l)" 100
ok "and the decoder finishes what it got" is "$(final packets_malformed net)" 0

start2() {
	"$B/tests/box/capture_driver" nosuch0 "$at" "$at/stop" 2>&1 9>&- | grep -q failed
}
run=$((run + 1)); at=$dir/$run; mkdir "$at"; mkfifo "$at/stop"
ok "an interface that does not exist is an error, not a silent capture" start2
ok "and a loss in the record" is "$(losses capture)" 1

kill "$sink"
echo "1..$n"
