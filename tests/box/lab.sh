#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lab.sh - the lab alone, met by real clients: curl, dig, openssl and sockets of Python, from a network namespace behind TPROXY
set -u
B=${B:-build/cc-release}
if [ "${1-}" != inside ]; then
	for p in unshare ip nft curl dig openssl python3; do
		PATH=$PATH:/usr/sbin:/sbin command -v $p >/dev/null || { echo "1..0 # SKIP no $p"; exit 77; }
	done
	unshare -Urnm true 2>/dev/null || { echo "1..0 # SKIP no user namespaces"; exit 77; }
	exec unshare -Urnm "$0" inside
fi
PATH=$PATH:/usr/sbin:/sbin
PYTHON=/usr/bin/python3
n=0
dir=$(mktemp -d)
box=
lab=
cleanup() {
	[ -n "$lab" ] && kill "$lab" 2>/dev/null
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
		grep '^# ' "$dir/out"
	else
		echo "not ok $n - $title"
		cut -c1-300 "$dir/out" | sed 's/^/# /' | head -20
	fi
}
is() { # GOT WANTED
	[ "$1" = "$2" ] || { echo "got:    $1"; echo "wanted: $2"; return 1; }
}
fails() { ! "$@"; }
in_box() { nsenter -t "$box" -n "$@"; }
wait_for() { # COMMAND...: until it succeeds, 10 s at most
	local _
	for _ in $(seq 200); do "$@" 2>/dev/null && return; sleep 0.05; done
	return 1
}

# Two namespaces, a veth pair, TPROXY: what the gate does.
ip link set lo up
unshare -n sleep 600 &
box=$!
netns_differs() { [ "$(readlink /proc/$box/ns/net)" != "$(readlink /proc/self/ns/net)" ]; }
wait_for netns_differs
ip link add g0 type veth peer name eth0 netns $box
ip addr add 198.19.255.1/24 dev g0
ip addr add 2001:db8:ffff::1/64 dev g0 nodad
ip link set g0 up
in_box sh -c 'ip link set lo up; ip addr add 198.19.255.2/24 dev eth0; ip addr add 2001:db8:ffff::2/64 dev eth0 nodad
	ip link set eth0 up; ip route add default via 198.19.255.1; ip -6 route add default via 2001:db8:ffff::1'
for v in -4 -6; do
	ip $v rule add fwmark 0x7cb lookup 100
	ip $v route add local default dev lo table 100
done
nft -f - <<'NFT'
table inet t {
	chain pre {
		type filter hook prerouting priority mangle;
		iifname g0 meta l4proto { tcp, udp } meta mark set 0x7cb tproxy to :9 accept
	}
}
NFT
echo nameserver 198.19.255.1 >"$dir/resolv.conf"
echo 'hosts: dns' >"$dir/nsswitch.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
mount --bind "$dir/nsswitch.conf" /etc/nsswitch.conf

mkfifo "$dir/stop"
start() { # EVENTS LIMIT: of descriptors; number 9 is what keeps the lab alive
	: >"$dir/ready"
	exec 9<>"$dir/stop"
	(ulimit -n "$2" && exec "$B/tests/box/lab_driver" "$dir/ca.pem" "$1") <"$dir/stop" >"$dir/ready" 2>"$dir/stderr" 9>&- &
	lab=$!
}
start "$dir/events" "$(ulimit -n)"
ok 'the lab says that it is ready' wait_for test -s "$dir/ready"
# A clock of the kernel, not of the shell: the link is up when its addresses are no longer tentative.
link_up() { in_box ip -6 addr show dev eth0 scope link | grep -q fe80 && ! in_box ip addr show dev eth0 | grep -q tentative; }
wait_for link_up

curl_() { in_box curl -sS --max-time 20 --cacert "$dir/ca.pem" "$@"; }
dig_() { in_box dig +tries=1 +time=3 "$@"; }
body='<p>This service is ready.</p>'

ok 'any resolver answers, with one address for one name' \
	is "$(dig_ +short @8.8.8.8 Updates.Acme.example)" "$(dig_ +short @198.51.100.53 updates.acme.example)"
ok 'the address is out of 198.18.0.0/15' grep -E '^198\.1[89]\.' <(dig_ +short @8.8.8.8 updates.acme.example)
ok 'IPv6 addresses over TCP over IPv6' \
	grep '^2001:db8::c61' <(dig_ +short +tcp @2001:4860:4860::8888 updates.acme.example AAAA)
addr=$(dig_ +short @8.8.8.8 updates.acme.example)
ok 'reverse lookups give the name' is "$(dig_ +short @1.1.1.1 -x "$addr")" updates.acme.example.
ok 'reverse lookups of strangers give nothing' grep -q 'status: NXDOMAIN' <(dig_ @1.1.1.1 -x 8.8.8.8)
ok 'HTTPS records are empty' is "$(dig_ +short @1.1.1.1 updates.acme.example TYPE65)" ''
ok 'dig finds nothing to warn of, EDNS included' is "$(dig_ @1.1.1.1 +qr +dnssec www.example MX | grep -i -e warn -e malformed)" ''

ok 'HTTP' grep -q "$body" <(curl_ http://plain.example/some/path?q=1)
ok 'HTTPS with the authority of the run' grep -q "$body" <(curl_ https://updates.acme.example/)
ok 'HTTPS without it fails' fails in_box curl -sS --max-time 10 https://untrusting.example/
ok 'HTTPS over IPv6' grep -q "$body" <(curl_ -6 https://six.example:8443/)
ok 'HTTPS to a hard-coded address' grep -q "$body" <(curl_ https://93.184.216.34/)
ok 'HTTPS to a hard-coded IPv6 address' grep -q "$body" <(curl_ 'https://[2606:2800:220:1::1]/')
ok 'a redirect to another host' \
	is "$(curl_ -L -o /dev/null -w '%{url_effective} %{http_code}' 'http://first.example/redirect-to?url=https%3A%2F%2Fsecond.example%2Fnew')" \
	'https://second.example/new 200'
ok 'HEAD has no body' is "$(curl_ -I -o /dev/null -w '%{http_code} %{size_download}' http://plain.example/)" '200 0'
ok 'connectivity checks' is "$(curl_ -o /dev/null -w '%{http_code}' http://check.example/generate_204)" 204
ok 'a client that offers HTTP/2 gets it' is "$(curl_ --http2 -o /dev/null -w '%{http_version}' https://two.example/)" 2
ok 'a client that offers HTTP/1.1 gets that' is "$(curl_ --http1.1 -o /dev/null -w '%{http_version}' https://two.example/)" 1.1
ok 'HTTP/2 in the clear' is "$(curl_ --http2-prior-knowledge -o /dev/null -w '%{http_version} %{http_code}' http://two.example/)" '2 200'
ok 'connections are kept' is "$(curl_ -o /dev/null -o /dev/null -w '%{num_connects} ' https://keep.example/a https://keep.example/b)" '1 0 '
ok 'Expect: 100-continue' is "$(curl_ -H 'Expect: 100-continue' -d hello -o /dev/null -w '%{http_code}' http://expect.example/)" 200
ok 'a tunnel through a proxy' \
	is "$(curl_ -x http://proxy.example:3128 -o /dev/null -w '%{http_connect} %{http_code}' https://tunnelled.example/)" '200 200'
ok 'TLS 1.2 and older are served' is "$(curl_ --tls-max 1.2 -o /dev/null -w '%{http_code}' https://old.example/)" 200
ok 'another host than the server name' is "$(curl_ -H 'Host: hidden.example' -o /dev/null -w '%{http_code}' https://front.example/)" 200
size=$((300 << 20))
truncate -s $size "$dir/zeros"
ok 'a big upload of known length' \
	is "$(curl_ -H Expect: -T "$dir/zeros" -o /dev/null -w '%{http_code} %{size_upload}' http://big.example/put)" "200 $size"
ok 'a big chunked upload inside TLS' \
	is "$(head -c $size /dev/zero | curl_ -H Expect: -T - -o /dev/null -w '%{http_code}' https://bigger.example/put)" 200
mode() { awk '/^(CapEff|CapInh|NoNewPrivs)/ { print $2 }' "/proc/$lab/status" | xargs; }
ok 'it keeps the privileges that it needs, and no others' is "$(mode)" '0000000000000000 0000000000001400 1'
ok 'names of the policy are told apart' grep . <(dig_ +short @8.8.8.8 declared.acme.example)
rss() { awk '/VmHWM/ { print $2 < 40000 ? "small" : $2 }' "/proc/$lab/status"; }
case $(nm "$B/tests/box/lab_driver" 2>/dev/null) in
*__asan_init*) ;;
*) ok 'uploads take no memory' is "$(rss)" small ;;
esac

cat >"$dir/client.py" <<'PY'
import socket, ssl, struct, sys, time

def tcp(host, port):
    return socket.create_connection((host, port), timeout=5)

def test_ntp():
    for host in "192.0.2.123", "2001:4860:4806::":
        s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(3)
        s.sendto(b"\x23" + bytes(39) + b"originte", (host, 123))
        data, peer = s.recvfrom(100)
        assert peer[:2] == (host, 123), peer
        mode, stratum = data[0], data[1]
        seconds, = struct.unpack(">I", data[40:44])
        assert mode == 0x24 and stratum == 2 and data[24:32] == b"originte", data
        assert abs(seconds - 2208988800 - time.time()) < 5, seconds

def test_sink():
    s = tcp("203.0.113.9", 6667)
    s.sendall(b"HELO someone\r\nMUSE x\r\n" + bytes(100000))
    s.settimeout(0.3)
    try:
        assert not s.recv(10)
    except socket.timeout:
        pass
    s.close()

def test_smtp():
    s = tcp("203.0.113.25", 25)
    assert s.recv(100).startswith(b"220 ")
    s.sendall(b"EHLO me\r\n")

def test_mail():
    import smtplib
    s = smtplib.SMTP("mail.acme.example", 25, timeout=10)
    s.starttls(context=ssl.create_default_context(cafile=sys.argv[2]))
    s.login("user", "password")
    s.sendmail("a@acme.example", ["b@other.example", "c@other.example"], "Subject: x\r\n\r\n" + 1000 * "0123456789" + "\r\n.\r\nend")
    s.quit()
    s = smtplib.SMTP_SSL("mails.acme.example", 465, timeout=10, context=ssl.create_default_context(cafile=sys.argv[2]))
    s.sendmail("d@acme.example", ["e@other.example"], "x")
    s.quit()

def test_tls_sink():
    c = ssl.create_default_context(cafile=sys.argv[2])
    s = c.wrap_socket(tcp("203.0.113.10", 5671), server_hostname="amqp.example")
    s.sendall(b"AMQP\x00\x01\x00\x00")
    s.close()

def test_no_sni():
    c = ssl.create_default_context(cafile=sys.argv[2])
    c.check_hostname = False
    s = c.wrap_socket(tcp(socket.gethostbyname("unnamed.example"), 443))
    names = s.getpeercert()["subjectAltName"]
    assert ("DNS", "unnamed.example") in names and names[1][0] == "IP Address", names

def test_untrusted():
    try:
        ssl.create_default_context().wrap_socket(tcp("203.0.113.11", 443), server_hostname="pinned.example")
    except ssl.SSLCertVerificationError:
        return
    raise AssertionError("trusted")

def query(name=b"\x03dot\x07example\x00"):
    return b"\x12\x34\x01\x00\x00\x01" + bytes(6) + name + b"\x00\x01\x00\x01"

def test_dot():
    c = ssl.create_default_context(cafile=sys.argv[2])
    s = c.wrap_socket(tcp("203.0.113.12", 853), server_hostname="dns.example")
    q = query()
    s.sendall(struct.pack(">H", len(q)) * 1 + q + struct.pack(">H", len(q)) + q)
    got = b""
    while len(got) < 2 * (len(q) + 18):
        more = s.recv(1000)
        assert more
        got += more
    assert got[2:4] == b"\x12\x34" and got[9] == 1, got

def test_bad_dns():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(3)
    for bad in b"", b"x", b"\x12\x34\x81" + bytes(9), bytes(5000):
        s.sendto(bad, ("203.0.113.53", 53))
    s.sendto(b"\x12\x34\x01\x00\x00\x01" + bytes(6) + b"\xc0\x0c\x00\x01\x00\x01", ("203.0.113.53", 53))
    data = s.recv(1000)
    assert data[:2] == b"\x12\x34" and data[3] & 15 == 1, data
    t = tcp("203.0.113.53", 53)
    t.sendall(b"\xff\xff" + bytes(70000))
    t.close()

def test_udp_sink():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for i in range(100):
        s.sendto(b"hello" + bytes(1000), ("203.0.113.77", 4444))
    s6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s6.sendto(b"six", ("2001:db8:1::77", 4444))

def test_many():
    start = time.time()
    for i in range(1000):
        s = tcp("198.18.77.%d" % (i % 250 + 1), 80)
        s.sendall(b"GET /%d HTTP/1.0\r\n\r\n" % i)
        data = b""
        while True:
            more = s.recv(4096)
            if not more:
                break
            data += more
        assert data.startswith(b"HTTP/1.1 200 OK\r\n") and data.endswith(b"</html>\n"), data
        s.close()
    print("# 1000 connections in %.2f s" % (time.time() - start), file=sys.stderr)

def test_pipelined():
    s = tcp("198.18.78.1", 80)
    s.sendall(b"GET / HTTP/1.1\r\nHost: pipe.example\r\n\r\n" * 3000 + b"GET / HTTP/1.0\r\n\r\n")
    data = b""
    while True:
        more = s.recv(1 << 16)
        if not more:
            break
        data += more
    assert data.count(b"HTTP/1.1 200 OK\r\n") == 3001, data.count(b"200 OK")

def test_pipelined_tls():
    c = ssl.create_default_context(cafile=sys.argv[2])
    s = c.wrap_socket(tcp("198.18.78.4", 443), server_hostname="pipe.example")
    s.settimeout(10)
    want = 2000
    s.sendall(b"GET / HTTP/1.1\r\nHost: pipe.example\r\n\r\n" * (want - 1) + b"GET / HTTP/1.0\r\n\r\n")
    data = b""
    while True:
        more = s.recv(1 << 16)
        if not more:
            break
        data += more
    assert data.count(b"HTTP/1.1 200 OK\r\n") == want, data.count(b"200 OK")

def test_limit():
    conns, refused = [], 0
    for i in range(400):
        try:
            conns.append(tcp("203.0.113.14", 1000 + i))
        except ConnectionResetError:
            refused += 1
    time.sleep(0.5)
    for s in conns:
        s.setblocking(False)
        try:
            refused += s.recv(1) == b""
        except ConnectionResetError:
            refused += 1
        except BlockingIOError:
            pass
    assert refused == 400 - 240, refused

def test_slow_hello():
    s = tcp("203.0.113.13", 443)
    s.sendall(b"\x16")
    time.sleep(0.2)
    s.shutdown(socket.SHUT_WR)
    assert s.recv(10) == b""

def test_half_close():
    s = tcp("198.18.78.2", 80)
    s.sendall(b"GET / HTTP/1.1\r\nHost: half.example\r\n\r\n")
    s.shutdown(socket.SHUT_WR)
    data = b""
    while True:
        more = s.recv(1 << 16)
        if not more:
            break
        data += more
    assert data.endswith(b"</html>\n"), data

def test_bad_http():
    s = tcp("198.18.78.3", 80)
    s.sendall(b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n")
    assert s.recv(1000).startswith(b"HTTP/1.1 414 ")

globals()["test_" + sys.argv[1]]()
PY
client() { in_box $PYTHON "$dir/client.py" "$1" "$dir/ca.pem"; }
ok 'NTP over IPv4 and IPv6, from the address that was asked' client ntp
ok 'the sink accepts and stays quiet' client sink
ok 'a mail server speaks first' client smtp
ok 'mail, with STARTTLS and inside TLS' client mail
ok 'TLS that carries something else' client tls_sink
ok 'a client without server name gets address and name' client no_sni
ok 'a client that does not trust the authority' client untrusted
ok 'DNS over TLS, two queries at once' client dot
ok 'malformed DNS' client bad_dns
ok 'datagrams to anywhere' client udp_sink
ok '1000 short connections' client many
ok '3000 pipelined requests' client pipelined
ok '2000 pipelined requests inside TLS' client pipelined_tls
ok 'a handshake that ends after one byte' client slow_hello
ok 'a client that closes its direction first' client half_close
ok 'a request line without end' client bad_http
nsenter -t "$box" -n $PYTHON -c 'import socket, time; s = socket.create_connection(("203.0.113.99", 7777)); time.sleep(60)' 9>&- &
open=$!
opened() { in_box ss -Htn state established dport = 7777 | grep -q 7777; }
wait_for opened

exec 9>&-
ended() { ! kill -0 "$lab"; }
ok 'the lab ends when it is told to' wait_for ended
wait "$lab"
ok 'without an error' is $? 0
kill $open
lab=

cat >"$dir/record.py" <<'PY'
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
served = [e for e in events if e["k"] == "served"]
lookups = [e for e in events if e["k"] == "lookup"]

def one(**want):
    hits = [e for e in served if all(e.get(k, "") == v for k, v in want.items())]
    assert hits, (want, [e for e in served if e.get("name") == want.get("name")][:3])
    return hits[0]

def numbers():
    assert [e["n"] for e in events] == list(range(1, len(events) + 1))
    assert all(e["src"] == "lab" for e in events)

def final():
    last = events[-1]
    assert last["k"] == "counters" and last["final"] is True, last
    v = last["values"]
    assert v["lookups"] == len(lookups), v
    assert v["connections"] == len({(e["client"], e["server"]) for e in served if e["proto"] == "tcp"}), v
    assert v["bytes_in"] == sum(e.get("bytes_in", 0) for e in served), v
    assert v["bytes_out"] == sum(e.get("bytes_out", 0) for e in served), v
    assert v["certificates"] > 5 and not v.get("refused") and not v.get("datagrams_dropped"), v

def dns():
    e = [e for e in lookups if e["name"] == "updates.acme.example"]
    assert {x["type"] for x in e} == {"A", "AAAA", "TYPE65"} or {x["type"] for x in e} == {"A", "AAAA", "HTTPS"}, e
    a = [x for x in e if x["type"] == "A"][0]
    assert a["server"] == "8.8.8.8:53" and a["client"].startswith("198.19.255.2:") and a["proto"] == "udp", a
    assert a["rcode"] == "NOERROR" and len(a["addrs"]) == 1 and a["addrs"][0].startswith("198.1"), a
    v6 = [x for x in e if x["type"] == "AAAA" and x["proto"] == "tcp"][0]
    assert v6["server"] == "[2001:4860:4860::8888]:53", v6
    assert [x["name"] for x in lookups if x.get("declared")] == ["declared.acme.example"]
    ptr = [x for x in lookups if x["type"] == "PTR" and x["rcode"] == "NOERROR"][0]
    assert ptr["values"] == ["updates.acme.example"], ptr

def http():
    e = one(service="http", name="plain.example", detail="GET /some/path?q=1 200")
    assert e["server"].endswith(":80") and e["bytes_in"] > 50 and e["bytes_out"] > 150, e
    one(service="http", name="first.example", detail="GET /redirect-to?url=https%3A%2F%2Fsecond.example%2Fnew 302")
    one(service="https", name="second.example", detail="HTTP/2, GET /new 200")
    one(service="https", name="keep.example", detail="HTTP/2, GET /a 200, GET /b 200")
    one(service="https", name="tunnelled.example", detail="CONNECT tunnelled.example:443 200, HTTP/2, GET / 200")
    one(service="https", name="93.184.216.34", server="93.184.216.34:443")
    assert len([e for e in served if e["server"].startswith("198.18.77.")]) == 1000
    e = [e for e in served if e["server"] == "198.18.78.1:80"]
    assert sum(x["detail"].count("GET / 200") for x in e) == 3001 and len(e) == 188, len(e)
    assert sum(x["bytes_in"] for x in e) == 3000 * 38 + 18
    one(service="https", name="front.example", detail="HTTP/2, GET / (Host hidden.example) 200")

def uploads():
    assert one(name="big.example")["bytes_in"] > 300 << 20
    assert one(name="bigger.example")["bytes_in"] > 300 << 20

def others():
    e = one(server="203.0.113.9:6667", service="sink")
    assert e["bytes_in"] == 100022 and e["detail"].startswith("first bytes: HELO someone"), e
    one(server="203.0.113.25:25", service="smtp")
    e = one(service="smtp", name="mail.acme.example")
    assert e["detail"].startswith("mail FROM:<a@acme.example>") and e["detail"].endswith(", rcpt TO:<c@other.example>"), e
    e = one(service="smtp", name="mails.acme.example")
    assert e["detail"] == "mail FROM:<d@acme.example>, rcpt TO:<e@other.example>", e
    e = one(service="tls", name="amqp.example")
    assert e["bytes_in"] == 8 and e["detail"].startswith("first bytes: AMQP"), e
    e = one(service="tls", name="pinned.example")
    assert "unknown ca" in e["detail"], e
    e = one(service="ntp", server="192.0.2.123:123")
    assert e["bytes_in"] == e["bytes_out"] == 48, e
    e = one(proto="udp", server="203.0.113.77:4444")
    assert e["bytes_in"] == 100500 and e["detail"].startswith("100 datagrams; first bytes: hello"), e
    one(proto="udp", server="[2001:db8:1::77]:4444", bytes_in=3)
    e = one(service="dns", name="dns.example", detail="2 queries")
    e = one(server="203.0.113.99:7777")
    assert e["detail"] == "open at the end of the run", e

globals()[sys.argv[2]]()
PY
for what in numbers final dns http uploads others; do
	ok "the record: $what" $PYTHON "$dir/record.py" "$dir/events" $what
done
cat "$dir/stderr"
ok 'no complaint on standard error' is "$(grep -v '^#' "$dir/stderr")" ''

start "$dir/events2" 400
ok 'a lab with few descriptors starts' wait_for test -s "$dir/ready"
ok 'connections over the limit are reset, the others are not' client limit
ok 'and there is room again afterwards' grep -q "$body" <(curl_ http://plain.example/)
exec 9>&-
wait "$lab"
ok 'the record counts them' grep -q '"connections":401,.*"refused":160,' "$dir/events2"

start /dev/full 400
ok 'a lab that cannot record starts' wait_for test -s "$dir/ready"
ok 'and answers' is "$(dig_ +short @8.8.8.8 updates.acme.example)" "$addr"
ok 'but ends by itself' wait_for ended
wait "$lab"
ok 'with an error' is $? 1
exec 9>&-
lab=
[ -n "${KEEP-}" ] && cp "$dir/events" "$KEEP"
echo "1..$n"
