#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# make.sh - how the captures beside this file were made: real programs between two network namespaces, seen by dumpcap
#
# usage: tests/captures/make.sh DIRECTORY. Nothing leaves the machine. Addresses are fixed, ports and times are not, so a
# new capture needs a new .expect file.
set -eu
out=$(realpath "$1")
if [ "${2-}" != inside ]; then
	exec unshare -Urnm "$0" "$out" inside
fi
tmp=$(mktemp -d)
# shellcheck disable=SC2046 # jobs are words
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
ip link set lo up
unshare -n sleep 300 &
box=$!
sleep 0.3
ip link add g0 type veth peer name eth0 netns $box
ip addr add 198.19.255.1/24 dev g0
ip -6 addr add 2001:db8:ffff::1/64 dev g0 nodad
ip addr add 198.18.0.7/32 dev lo
ip link set g0 up
in_box() { nsenter -t "$box" -n "$@"; }
in_box sh -c 'ip link set lo up; ip addr add 198.19.255.2/24 dev eth0; ip -6 addr add 2001:db8:ffff::2/64 dev eth0 nodad
	ip link set eth0 up; ip route add default via 198.19.255.1'
sleep 2	# the link is quiet
echo hello >"$tmp/index.html"
(cd "$tmp" && exec python3 -m http.server 80 --bind :: >/dev/null 2>&1) &
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$tmp/key" -out "$tmp/cert" -subj /CN=x.example \
	-days 2 2>/dev/null
for port in 443 4444; do
	openssl s_server -accept $port -cert "$tmp/cert" -key "$tmp/key" -www -alpn http/1.1 >/dev/null 2>&1 &
done
python3 - <<'END' &
# A name server: www has an alias of an alias, gone does not exist, silent is not answered; UDP and TCP.
import socket, struct, threading
def name(n):
    return b"".join(bytes([len(l)]) + l.encode() for l in n.split(".")) + b"\0"
def rr(n, t, data):
    return name(n) + struct.pack(">HHIH", t, 1, 60, len(data)) + data
def reply(q):
    labels, at = [], 12
    while q[at]:
        labels.append(q[at + 1:at + 1 + q[at]].decode()); at += 1 + q[at]
    n, (t, _) = ".".join(labels).lower(), struct.unpack(">HH", q[at + 1:at + 5])
    if n.startswith("silent"):
        return None
    records, rcode = [], 0
    if n.startswith("gone"):
        rcode = 3
    elif t == 1:
        records = [rr(n, 5, name("edge.cdn.example")), rr("edge.cdn.example", 5, name("a1.cdn.example")),
                   rr("a1.cdn.example", 1, socket.inet_aton("198.18.0.7"))]
    elif t == 28:
        records = [rr(n, 28, socket.inet_pton(socket.AF_INET6, "2001:db8:ffff::1"))]
    elif t == 16:
        records = [rr(n, 16, b"\x0bhello world")]
    return q[:2] + struct.pack(">HHHHH", 0x8180 | rcode, 1, len(records), 0, 0) + q[12:at + 5] + b"".join(records)
def udp(s):
    while True:
        q, a = s.recvfrom(4096)
        r = reply(q)
        if r: s.sendto(r, a)
def tcp(s):
    while True:
        c, _ = s.accept()
        q = c.recv(4096)
        r = reply(q[2:])
        c.sendall(struct.pack(">H", len(r)) + r); c.close()
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("0.0.0.0", 53))
threading.Thread(target=udp, args=(s,)).start()
t = socket.socket(); t.bind(("0.0.0.0", 53)); t.listen(); tcp(t)
END
python3 - <<'END' &
# Something that is not TLS on port 8443, and NTP.
import socket, threading
def ntp():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("0.0.0.0", 123))
    while True:
        q, a = s.recvfrom(100); s.sendto(b"\x24\x01" + bytes(46), a)
threading.Thread(target=ntp).start()
t = socket.socket(); t.bind(("0.0.0.0", 8443)); t.listen()
while True:
    c, _ = t.accept(); c.recv(100); c.sendall(bytes(range(100, 160))); c.close()
END
sleep 1

# capture NAME COMMANDS...: what they send and receive, as NAME.pcapng
capture() {
	dumpcap -q -i g0 -w "$out/$1.pcapng" 2>"$tmp/said" &
	local dump=$!
	until grep -q File: "$tmp/said"; do sleep 0.05; done
	sleep 0.2
	eval "$2"
	sleep 0.3
	kill -INT $dump
	wait $dump || true
}
fetch() { in_box curl -m 5 -sk "$@" >/dev/null || true; }
dig_() { in_box dig +time=1 +tries=1 +noedns @198.19.255.1 "$@" >/dev/null || true; }
capture http 'fetch -H "Host: www.acme.example" http://198.19.255.1/index.html
	fetch "http://[2001:db8:ffff::1]/index.html?q=1"
	fetch -T /dev/null http://198.19.255.1/upload
	fetch http://198.19.255.1:81/'
capture tls 'fetch --resolve updates.acme.example:443:198.19.255.1 https://updates.acme.example/
	fetch --tls-max 1.2 --no-alpn --resolve old.acme.example:4444:198.19.255.1 https://old.acme.example:4444/
	fetch https://198.19.255.1/
	in_box timeout 2 python3 -c "
import socket
s = socket.create_connection((\"198.19.255.1\", 8443)); s.sendall(bytes(range(200, 250))); s.recv(100)"'
capture dns 'dig_ www.acme.example A; dig_ www.acme.example AAAA; dig_ gone.example; dig_ +tcp www.acme.example TXT
	dig_ silent.example; fetch --resolve www.acme.example:80:198.18.0.7 http://www.acme.example/'
capture other 'in_box ping -q -c 2 -i 0.2 198.19.255.1; in_box ping -q -c 1 2001:db8:ffff::1; in_box ping -q -c 1 -s 3000 198.19.255.1
	in_box python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(b\"\x23\" + bytes(47), (\"198.19.255.1\", 123)); s.recv(100)
s.sendto(b\"nobody listens\", (\"198.19.255.1\", 7777))
s.sendto(b\"nobody answers\", (\"198.18.99.99\", 7778))
r = socket.socket(socket.AF_INET, socket.SOCK_RAW, 253)
r.sendto(b\"an experiment\", (\"198.19.255.1\", 0))"'
