#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# resolver.sh - a product with a name server of its own: the names that it asks for are judged at every port, also in pieces
# and inside TLS
# shellcheck disable=SC1091,SC2154 # variables come from box.sh
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/box/lib/box.sh
. "$here/lib/box.sh"

# policy FILE NAMES: its server may be talked to in every way, by a rule that says nothing of what is said there
policy() {
	cat >"$dir/$1" <<-END
	{ "tcbox_policy": 1, "executes": ["/**"], "names": [$2],
		"connections": [{ "id": "server", "to": ["ns.ok.example"], "ports": [80, 853, 5353, 9953] }],
		"undeclared": { "connections": "violation", "names": "violation" } }
	END
}
policy strict.json ''
policy names.json '"*.stranger.example"'

# Each way says on standard output whether the server answered.
cat >"$work/ask.py" <<'END'
import socket, ssl, struct, sys, time
def query(name):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)
def udp(port, way, tail=b""):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect((server, port))
    s.send(query(f"{way}.stranger.example") + tail)
    return s
def framed(way):
    return struct.pack(">H", len(query(f"{way}.stranger.example"))) + query(f"{way}.stranger.example")
def tcp(port, way, size):
    s = socket.create_connection((server, port))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    data = framed(way)
    for i in range(0, len(data), size):
        s.sendall(data[i:i + size])
        time.sleep(0.002)
    return s
def tls(port, way):
    s = ssl.create_default_context().wrap_socket(socket.create_connection((server, port)), server_hostname="ns.ok.example")
    s.sendall(framed(way))
    return s
server = socket.getaddrinfo("ns.ok.example", 0, socket.AF_INET)[0][4][0]
ways = {"plain9953": lambda w: udp(9953, w), "plain5353": lambda w: udp(5353, w), "plain853": lambda w: udp(853, w),
        "plain80": lambda w: udp(80, w), "tail": lambda w: udp(9953, w, b"secret"), "whole": lambda w: tcp(9953, w, 999),
        "pieces": lambda w: tcp(9953, w, 7), "bytes": lambda w: tcp(853, w, 1), "length": lambda w: tcp(80, w, 2),
        "dot": lambda w: tls(853, w)}
for way in sys.argv[1:]:
    s = ways[way](way)
    s.settimeout(5 if way not in ("tail", "pieces", "bytes", "length") else 0.2)
    try:
        print(way, "answered" if s.recv(512) else "closed", flush=True)
    except TimeoutError:
        print(way, "sent", flush=True)
END
ways='plain9953 plain5353 plain853 plain80 whole dot'
quiet='tail pieces bytes length'	# of which some are not answered
# shellcheck disable=SC2086 # lists
run 1 "names at a server of one's own" --policy "$dir/strict.json" -- /usr/bin/python3 ask.py $ways $quiet
for way in $ways; do
	says "$name: $way: the server answered" "$out" "$way answered"
done
for way in $quiet; do
	says "$name: $way: it was sent" "$out" "$way "
done
holds "$name: the lab was asked" "{e.name for e in events('lookup', src='lab')} >= {f'{way}.stranger.example' for way in '$ways'.split()}" \
	"$name: each name is a violation of who asked" "all(any(f'{way}.stranger.example' in text for f in r.findings
		if f.code == 'DNS-UNDECLARED' and f.severity == 'violation' and 'python' in f.title
		for text in [f.title, *(f.objects or [])]) for way in '$ways $quiet'.split())"
# The other way round, the same product is honest.
# shellcheck disable=SC2086
run 0 "the same names, declared" --policy "$dir/names.json" -- /usr/bin/python3 ask.py $ways $quiet
holds "$name: nothing was lost" "not any(gap.blocks_conforms for gap in r.not_observable)"

# What is no message of DNS is none, whatever port it has.
cat >"$work/own.py" <<'END'
import random, socket
random.seed(1)
server = socket.getaddrinfo("ns.ok.example", 0, socket.AF_INET)[0][4][0]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect((server, 9953))
for _ in range(500):
    s.send(random.randbytes(random.randint(1, 90)))
t = socket.create_connection((server, 9953))
t.sendall(b"\0\x20" + random.randbytes(32) * 50)
END
run 0 "a protocol of one's own" --policy "$dir/strict.json" -- /usr/bin/python3 own.py
holds "$name: it came through" "any(f.remote.endswith(':9953') and f.pkts_out >= 500 for f in flows())" \
	"$name: and is no lookup" "all(e.server.endswith(':53') for e in events('lookup'))"
finish
