#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# requests.sh - a name that no rule declares, said in every form inside a conversation with a declared server; and the same
# forms by an honest client
# shellcheck disable=SC1091,SC2034,SC2154 # box.sh sets what it says; lists are used by name
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

cp "$lib/requests_actor.py" "$work/actor.py"
chmod 644 "$work/actor.py"
plain='host later second folded blank absolute user mkcol subscribe small newlines emptyline old pieces forwarded forwardedby'
tls='sni snipieces snibytes snirecords snicut snirecordpieces tlshost tlslater'
secure='tunnel tunnelsni tunnelatonce tlsintls starttls'
inside="$secure tunnelplain socks socksfour sockshost"
# These the packets hide: they are encrypted, or not what is said first.
hidden='later second forwarded forwardedby tlshost tlslater tunnelsni tunnelplain tunnelatonce tlsintls starttls socks socksfour sockshost'
# policy FILE MEMBERS...: one rule for ok.example
policy() {
	printf '{ "tcbox_policy": 1, "executes": ["/**"], "syscalls": { "allow": ["@default", "@network"] },
	"connections": [{ "id": "ok", "to": ["ok.example"], "protocol": "tcp", %s }],
	"undeclared": { "connections": "violation", "names": "violation" } }\n' "$2" >"$dir/$1"
}
policy any.json '"ports": [80, 443, 587, 1080, 3128, 3129]'
policy http.json '"ports": [80], "application": "http"'
policy tls.json '"ports": [443], "application": "tls", "tls": { "min_version": "1.2" }'
policy socks.json '"ports": [1080], "application": "socks"'
policy inside.json '"ports": [587, 3128, 3129], "tls": { "min_version": "1.2" }'

actor() {	# POLICY SUFFIX FORM...
	policy=$1
	shift
	set -- --policy "$dir/$policy" -- /usr/bin/python3 "$work/actor.py" ok.example "$@"
	# shellcheck disable=SC2086 # a status
	run $expect "$what" "$@"
}

answered() {	# FORM...: each was answered, as its client says
	for form; do
		says "$what: $form: the server answered" "$out" "$form: answered"
	done
}

# The box looks at itself: the lab knows the name of each form, and each is a violation with that name.
for group in plain tls inside; do
	eval "forms=\$$group"
	what="undeclared names, $group" expect=1
	# shellcheck disable=SC2086 # a list
	actor any.json evil.example $forms
	# shellcheck disable=SC2086
	answered $forms
	for form in $forms; do
		holds "$what: $form: the lab was asked for it" "any('$form.evil.example' in [*(e.names or []), e.sni,
				(e.target or '').partition(':')[0]] for e in events('request'))" \
			"$what: $form: it is a violation with its name" "any('$form.evil.example' in text for f in r.findings
				if f.code == 'TLS-NAME-MISMATCH' and f.severity == 'violation'
				for text in [f.title, *(f.objects or [])])"
	done
	for form in $forms; do
		case " $hidden " in *" $form "*) continue ;; esac
		holds "$what: $form: the packets say it, too" \
			"any('$form.evil.example' in (f.sni, f.http_host) for f in flows())"
	done
	holds "$what: nothing else is found" "set(codes()) == {'TLS-NAME-MISMATCH'}" \
		"$what: every request has its flow" "all(any(f.local == e.client and f.remote == e.server for f in flows())
			for e in events('request'))"
done

# The same forms, saying the name that was looked up.
through='socks socksfour sockshost'
for group in plain:http tls:tls inside:inside through:socks; do
	eval "forms=\$${group%:*}"
	[ "$group" != inside:inside ] || forms=$secure	# the rule wants TLS
	what="control: an honest client, ${group%:*}" expect=0
	# shellcheck disable=SC2086
	actor "${group#*:}.json" - $forms
	# shellcheck disable=SC2086
	answered $forms
	holds "$what: nothing is found" "r.findings == [] and r.verdict == 'conforms'" \
		"$what: no request was unread" "events('request') and not any(e.unread for e in events('request'))"
done

# Weaker TLS is found where it begins later, too.
what="TLS 1.1 behind STARTTLS" expect=1
policy strict.json '"ports": [587], "application": "smtp", "tls": { "min_version": "1.3" }'
run 1 "$what" --policy "$dir/strict.json" -- /usr/bin/python3 -c '
import smtplib, ssl
c = ssl.create_default_context()
c.maximum_version = ssl.TLSVersion.TLSv1_2
s = smtplib.SMTP("ok.example", 587)
s.starttls(context=c)
print("TLS", s.sock.version(), s.mail("a@ok.example")[0])'
says "$what: the mail was accepted" "$out" "TLS TLSv1.2 250"
holds "$what: it is found" "codes() == ['TLS-VERSION'] and 'TLS version 1.2 is below 1.3' in find('TLS-VERSION')[0].observed"

# HTTP/2 has its names in frames: in the clear, and in TLS.
for url in http://ok.example/ https://ok.example/; do
	run 1 "a name in the frames of $url" --policy "$dir/any.json" -- \
		curl -sS -o /dev/null -w '%{http_version} %{http_code}' --http2-prior-knowledge -H 'Host: frames.evil.example' "$url"
	says "$url: the server answered" "$out" "2 200"
	holds "$url: the lab was asked for it" "any('frames.evil.example' in (e.names or []) for e in events('request'))" \
		"$url: it is a violation with its name" "any('frames.evil.example' in text for f in r.findings
			if f.code == 'TLS-NAME-MISMATCH' and f.severity == 'violation' for text in [f.title, *(f.objects or [])])"
	run 0 "the same without it" --policy "$dir/any.json" -- curl -sS -o /dev/null --http2-prior-knowledge "$url"
done

# What the lab cannot read bounds the verdict.
run 3 "a request that cannot be read" --policy "$dir/any.json" -- /usr/bin/python3 -c '
import socket
s = socket.create_connection(("ok.example", 80))
s.sendall(b"GET / HTTP/3.0\r\nHost: ok.example\r\n\r\n")
print(s.recv(12))'
says "a request that cannot be read: the server refused it" "$out" "HTTP/1.1 505"
holds "a request that cannot be read: the report says so" "any('requests' in g.what for g in r.not_observable if g.blocks_conforms)"

# A name that readers differ in is nobody's word, and one that is encrypted is read by none. Who goes on with a server that
# has no key for it accepts the name beside it.
for form in oddnul oddlong oddtype echquits leading proxyline proxybinary; do
	run "1 3" "a name that cannot be read, $form" --policy "$dir/any.json" -- /usr/bin/python3 "$work/actor.py" ok.example evil.example $form
	says "a name that cannot be read, $form: it was said" "$out" "$form: answered"
	holds "a name that cannot be read, $form: the report says so" "[g for g in r.not_observable if g.blocks_conforms
			and ('requests' in g.what or 'encrypted hellos' in g.what)]"
done
run 0 "control: a pretended encrypted hello" --policy "$dir/tls.json" -- /usr/bin/python3 "$work/actor.py" ok.example - ech
says "control: a pretended encrypted hello: the server answered" "$out" "ech: answered"
holds "control: a pretended encrypted hello: it was one" "any(f.ech for f in flows()) and all(e.ech for e in events('request'))"

# Nor is clear text on the socket of a session what its rule declares.
run 3 "clear text behind a handshake" --policy "$dir/tls.json" -- /usr/bin/python3 -c '
import os, socket, ssl
s = socket.create_connection(("ok.example", 443))
below = os.dup(s.fileno())
t = ssl.create_default_context().wrap_socket(s, server_hostname="ok.example")
t.sendall(b"GET / HTTP/1.1\r\nHost: ok.example\r\n\r\n")
print(t.recv(12))
print("in clear:", os.write(below, b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"))
try:
    while t.recv(9999): pass
except OSError: pass'
says "clear text behind a handshake: it was sent" "$out" "in clear: 38"
holds "clear text behind a handshake: the report says so" "any('requests' in g.what for g in r.not_observable if g.blocks_conforms)"

run 3 "clear text behind the end of TLS" --policy "$dir/tls.json" -- /usr/bin/python3 -c '
import socket, ssl
s = socket.create_connection(("ok.example", 443))
t = ssl.create_default_context().wrap_socket(s, server_hostname="ok.example")
t.sendall(b"GET / HTTP/1.1\r\nHost: ok.example\r\n\r\n")
got = b""
while b"</html>" not in got: got += t.recv(9999)
print(got[:12])
s = t.unwrap()
print("in clear:", s.send(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"))
print("ended:", s.recv(100))'
says "clear text behind the end of TLS: it was sent" "$out" "in clear: 38"
holds "clear text behind the end of TLS: the report says so" "any('requests' in g.what for g in r.not_observable if g.blocks_conforms)"

# Names that are legal and no host names: a service instance as its owner called it, the root
cat >"$work/sd.py" <<'END'
import socket, struct
def query(labels, kind):
    return struct.pack(">6H", 7, 256, 1, 0, 0, 0) + b"".join(bytes([len(l)]) + l for l in labels) + b"\0" + struct.pack(">HH", kind, 1)
server = [l.split()[1] for l in open("/etc/resolv.conf") if l.startswith("nameserver")][0]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(20)
for labels in [b"My Printer \xc3\xbc (2nd.floor)", b"_ipp", b"_tcp", b"local"], []:
    s.sendto(query(labels, 16), (server, 53))
    print(len(s.recv(512)) > 12)
END
names() {	# STATUS NAME NAMES
	echo "{ \"tcbox_policy\": 1, \"executes\": [\"/**\"], \"names\": [$3] }" >"$dir/names.json"
	run "$1" "$2" --policy "$dir/names.json" -- /usr/bin/python3 "$work/sd.py"
	says "$2: both were asked and answered" "$out" "True
True"
}
names 0 "a service instance and the root, by any name" '"*"'
names 0 "the same, declared as they are shown" '"My Printer ü (2nd.floor)._ipp._tcp.local", "."'
names 1 "the same, the root alone declared" '"."'
holds "and it is the instance that is accused" "'2nd' in the(find('DNS-UNDECLARED')).title"
names 1 "the same, the instance alone declared" '"*._ipp._tcp.local"'
holds "and it is the root that is accused" "' looked up ., ' in the(find('DNS-UNDECLARED')).title"

# Requests that a rule declares by method and path, as the lab reads them, also after decryption
policy asked.json '"ports": [80, 443], "http": { "methods": ["GET", "HEAD"], "paths": ["/api/**"] }'
run 0 "declared requests" --policy "$dir/asked.json" -- \
	curl -sS -o /dev/null -o /dev/null http://ok.example/api/a?key=1 https://ok.example/api/b/c
run 1 "a path that is not declared" --policy "$dir/asked.json" -- curl -sS -o /dev/null https://ok.example/other
holds "it is found, with the request" '"GET /other of ok.example" in the(find("NET-REQUEST")).title'
run 1 "a method that is not declared" --policy "$dir/asked.json" -- curl -sS -o /dev/null -d x https://ok.example/api/a
holds "it is found, with the method" '"POST /api/a of ok.example" in the(find("NET-REQUEST")).title'

for part in 'POST /evil?data=x HTTP/1.1' 'GET /api/b HTTP/1.1\r\nContent-Length : 9\r\n\r\nPOST /evil'; do
	run 3 "behind an answer: $part" --policy "$dir/asked.json" -- /usr/bin/python3 -c '
import socket, sys
s = socket.create_connection(("ok.example", 80))
s.sendall(b"GET /api/a HTTP/1.1\r\nHost: ok.example\r\n\r\n")
print(s.recv(12))
s.sendall(sys.argv[1].encode().decode("unicode_escape").encode())
s.close()' "$part"
	says "behind an answer: $part: there was one" "$out" "HTTP/1.1 200"
	holds "behind an answer: $part: the report says so" "any('requests' in g.what for g in r.not_observable if g.blocks_conforms)"
done

finish
