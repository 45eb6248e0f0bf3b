#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# behind.sh - a second protocol inside a declared conversation, behind what it begins with: the run does not conform
# shellcheck disable=SC1091,SC2154 # variables come from box.sh
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/box/lib/box.sh
. "$here/lib/box.sh"

# policy FILE MORE: a server that may be talked to
policy() {
	cat >"$dir/$1" <<-END
	{ "tcbox_policy": 1, "executes": ["/**"], "connections": [{ "id": "server", "to": ["h.ok.example"], "ports": [80, 587, 7777] $2 }],
		"undeclared": { "connections": "violation", "names": "violation" } }
	END
}
policy any.json ''
policy unknown.json ', "application": "unknown"'
policy http.json ', "application": "http"'
policy tls.json ', "tls": { "min_version": "1.3" }'

cat >"$work/talk.py" <<'END'
import socket, ssl, sys, time
def hello(name):
    out = ssl.MemoryBIO()
    try:
        ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        return out.read()
def request(name):
    return f"GET / HTTP/1.1\r\nHost: {name}\r\n\r\n".encode()
def tcp(port, *parts):
    s = socket.create_connection(("h.ok.example", port))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.settimeout(0.3)
    for part in parts:
        s.sendall(part)
        try:
            s.recv(4096)
        except TimeoutError:
            pass
    return s
def dtls(name):
    h = hello(name)[9:]
    body = b"\xfe\xfd" + h[2:34] + b"\0\0" + h[35 + h[34]:]    # no session, no cookie
    size = len(body).to_bytes(3, "big")
    message = b"\1" + size + b"\0\0" + b"\0\0\0" + size + body
    return b"\x16\xfe\xfd" + bytes(8) + len(message).to_bytes(2, "big") + message
def udp(port, *parts):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(("h.ok.example", port))
    for part in parts:
        s.send(part)
        time.sleep(0.002)
    return s
own, bad = b"\1\2ACME\3\4", "stranger.example"
def query(name):
    q = b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + b"".join(bytes([len(l)]) + l for l in name.encode().split(b".")) + b"\0\0\1\0\1"
    return len(q).to_bytes(2, "big") + q
def socks(name):
    return b"\5\1\0\3" + bytes([len(name)]) + name.encode() + b"\1\273"
ways = {"socks": lambda: tcp(7777, own, b"\5\1\0", socks(bad)), "socksatonce": lambda: tcp(7777, own + b"\5\1\0" + socks(bad)),
        "socks4": lambda: tcp(7777, own, b"\4\1\1\273\xcb\0\x71\x09\0"), "connect": lambda: tcp(7777, own, f"CONNECT {bad}:443 HTTP/1.1\r\n\r\n".encode()),
        "dns": lambda: tcp(7777, own, query(bad)), "dnsafter": lambda: tcp(7777, query("h.ok.example"), own * 9, query(bad)),
        "dnsonly": lambda: tcp(7777, query("h.ok.example"), query("h.ok.example")), "tls": lambda: tcp(7777, own, hello(bad)), "tlsatonce": lambda: tcp(7777, own + hello(bad)),
        "tlspieces": lambda: tcp(7777, own, hello(bad)[:6], hello(bad)[6:]), "http": lambda: tcp(7777, own, request(bad)),
        "httplater": lambda: tcp(7777, *[own] * 30, request(bad)), "text": lambda: tcp(7777, b"LEAD 1.2.3.4\r\n", hello(bad)),
        "upgrade": lambda: tcp(80, request("h.ok.example"), hello(bad)), "binary": lambda: tcp(80, request("h.ok.example"), own * 9 + b"\r\n"),
        "mail": lambda: tcp(587, b"EHLO a\r\n", b"MAIL FROM:<>\r\n", hello(bad)),
        "dtls": lambda: udp(7777, *[own] * 20, dtls(bad)), "ssh": lambda: tcp(7777, b"SSH-2.0-OpenSSH_9.2\r\n"),
        "own": lambda: tcp(7777, *[own + bytes([i]) * 300 for i in range(40)]), "ownudp": lambda: udp(7777, *[own + bytes([i]) for i in range(40)])}
for way in sys.argv[1:]:
    s = ways[way]()
    print(way, "talked with", s.getpeername()[1], flush=True)
END
# way FILE WAY STATUS...: the control is that the packets were sent
way() {
	run "$3" "$2, $1" --policy "$dir/$1.json" -- /usr/bin/python3 talk.py "$2"
	says "$name: it was done" "$out" "$2 talked with"
	holds "$name: it was sent" "any(f.remote.rpartition(':')[2] in ('80', '587', '7777') and f.bytes_out > 8 for f in flows())"
}
for kind in tls tlsatonce tlspieces http httplater; do
	way any "$kind" "1 3"
done
for kind in socks socksatonce socks4 connect dns dnsafter; do
	way any "$kind" "1 3"
done
way any dnsonly 0
way any text "1 3"
way any mail "1 3"
way any dtls "1 3"
way http upgrade "1 3"
way http binary "1 3"
way unknown tls "1 3"
way unknown http "1 3"
way tls ssh 1
holds "$name: it is not the TLS that was declared" "the(find('TLS-VERSION'))"
# The same server, and nothing but the protocol that it begins with.
way unknown own 0
way unknown ownudp 0
finish
