#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# dns_clients.sh - clients of DNS over UDP, TCP, TLS and HTTPS are answered, and what they ask for is recorded and judged alike
# shellcheck disable=SC1091,SC2154,SC2016 # variables come from box.sh; the shell in the box expands its own
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/box/lib/box.sh
. "$here/lib/box.sh"

# policy FILE NAMES: its servers may be talked to in every way; the names that are asked there are another matter
policy() {
	cat >"$dir/$1" <<-END
	{ "tcbox_policy": 1, "executes": ["/**"], "names": [$2],
		"connections": [{ "id": "server", "to": ["ns.ok.example"], "ports": [53, 443, 853] }],
		"undeclared": { "connections": "violation", "names": "violation" } }
	END
}
policy strict.json ''
policy names.json '"*.stranger.example"'

# Each way asks for a name of its own: WAY CLIENT OPTION...
cat >"$work/ask" <<'END'
#!/bin/sh
server=$(getent ahostsv4 ns.ok.example | sed -n '1s/ .*//p')
ask() {
	way=$1
	shift
	answers=$("$@" "$way.stranger.example")	# all of them: a pipe that closes early would end the client
	if echo "$answers" | grep -q '^198\.1[89]\.'; then echo "$way answered"; else echo "$way failed"; fi
}
for way; do
	case $way in
	udp) ask udp kdig +short "@$server" ;;
	tcp) ask tcp kdig +short +tcp "@$server" ;;
	dig) ask dig dig +short +tcp "@$server" ;;
	tls) ask tls kdig +short +tls "@$server" ;;
	checked) ask checked kdig +short +tls-ca +tls-hostname=ns.ok.example "@$server" ;;
	post) ask post kdig +short +https "@ns.ok.example" ;;
	get) ask get kdig +short +https-get "@ns.ok.example" ;;
	many) ask many kdig +short +tls +keepopen "@$server" first.stranger.example second.stranger.example ;;
	esac
done
END
chmod 755 "$work/ask"
ways='udp tcp dig tls checked post get many'
# shellcheck disable=SC2086 # a list
run 1 "names of nobody, in every way" --policy "$dir/strict.json" -- ./ask $ways
for way in $ways; do
	says "$name: $way: it is answered" "$out" "$way answered"
done
holds "$name: the lab heard each name" "{e.name for e in events('lookup', src='lab')} >= {f'{way}.stranger.example' for way in '$ways first second'.split()}" \
	"$name: each is a violation of its client" "all(any(f'{way}.stranger.example' in text for f in r.findings
		if f.code == 'DNS-UNDECLARED' and f.severity == 'violation' and 'dig' in f.title
		for text in [f.title, *(f.objects or [])]) for way in '$ways first second'.split())" \
	"$name: the server itself is no finding" "not any('ns.ok.example' in f.title for f in r.findings)"
# The other way round, the same product is honest.
# shellcheck disable=SC2086
run 0 "the same names, declared" --policy "$dir/names.json" -- ./ask $ways
holds "$name: nothing was lost" "not any(gap.blocks_conforms for gap in r.not_observable)"

# Types that have no answer here are recorded with what was asked, and the client goes on.
run 0 "types beside addresses" --policy "$dir/names.json" -- sh -c '
	kdig https.stranger.example HTTPS; kdig +tcp svcb.stranger.example SVCB; dig mx.stranger.example MX'
says "$name: an empty answer, not a failure" "$out" "status: NOERROR"
check "$name: none fails" sh -c '! grep -qi "SERVFAIL\|timed out\|warning" "$1"' sh "$out"
holds "$name: each type is recorded" "{(e.name.split('.')[0], e.type) for e in events('lookup', src='lab')} >=
	{('https', 'HTTPS'), ('svcb', 'SVCB'), ('mx', 'MX')}"

# A relay of the product says by UDP that the answer does not fit; dig asks again by TCP, and the relay asks the server.
cat >"$work/relay.py" <<'END'
import socket, subprocess, sys, threading
server = socket.getaddrinfo("ns.ok.example", 53, socket.AF_INET)[0][4]
short = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
short.bind(("127.0.0.1", 5353))
whole = socket.create_server(("127.0.0.1", 5353))
def by_udp():
    query, client = short.recvfrom(999)
    short.sendto(query[:2] + bytes([query[2] | 0x82, 0x80]) + query[4:], client)	# QR and TC
def by_tcp():
    client, _ = whole.accept()
    lab = socket.create_connection(server)
    lab.sendall(client.recv(999))
    client.sendall(lab.recv(999))
for way in by_udp, by_tcp:
    threading.Thread(target=way, daemon=True).start()
sys.exit(subprocess.run(["dig", "+tries=1", "-p", "5353", "@127.0.0.1", "long.stranger.example"]).returncode)
END
run 1 "an answer that does not fit" --policy "$dir/strict.json" -- /usr/bin/python3 relay.py
says "$name: dig asks again" "$out" "Truncated, retrying in TCP mode"
says "$name: and has its answer" "$out" "ANSWER: 1"
holds "$name: the lab was asked by TCP" "the(e for e in events('lookup', src='lab') if e.name == 'long.stranger.example').proto == 'tcp'" \
	"$name: the name is a violation of who asked the server" "[f for f in r.findings if f.code == 'DNS-UNDECLARED' and 'long.stranger.example' in f.title and 'python' in f.title]"
finish
