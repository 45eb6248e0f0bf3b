#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# quic.sh - names over QUIC, and other ways to use what is declared for something else: another protocol on its port, its port
# of the box, no server name, an address of the link, packets without content
# shellcheck disable=SC1091,SC2034,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

cp "$lib/quic_actor.py" "$work/actor.py"
chmod 644 "$work/actor.py"
# policy FILE MEMBERS: one rule for ok.example
policy() {
	printf '{ "tcbox_policy": 1, "executes": ["/**"], "syscalls": { "allow": ["@default", "@network"] },
	"connections": [{ "id": "ok", "to": ["ok.example"], %s }],
	"undeclared": { "connections": "violation", "names": "violation" } }\n' "$2" >"$dir/$1"
}
policy quic.json '"protocol": "udp", "ports": [443], "application": "quic", "tls": { "min_version": "1.3" }'
policy tls.json '"protocol": "tcp", "ports": [443], "application": "tls"'
policy tcp.json '"protocol": "tcp", "ports": [443]'

act() {	# STATUS POLICY NAME FORM
	what="$4, $3"
	run "$1" "$what" --policy "$dir/$2" -- /usr/bin/python3 "$work/actor.py" ok.example "$3" "$4"
	says "$what: it was done" "$out" "$4: done"
}

for form in quic quicv2 quicpieces; do
	act 0 quic.json ok.example $form
	holds "$what: the packets say its name and protocols" \
		"any(f.sni == 'ok.example' and f.alpn == 'h3' and f.app == 'quic' and not f.unread for f in flows())"
	act 1 quic.json evil.example $form
	holds "$what: it is a violation with its name" "codes() == ['TLS-NAME-MISMATCH'] and 'evil.example' in find('TLS-NAME-MISMATCH')[0].title"
done
act 3 quic.json ok.example quichalf
holds "$what: the report says so" "any('Names that conversations say' in g.what for g in r.not_observable if g.blocks_conforms)"
act 0 quic.json ok.example quicsecond
act 3 quic.json evil.example quicsecond
holds "$what: the report says so" "any('Names that conversations say' in g.what for g in r.not_observable if g.blocks_conforms)"

# What is not read of a second one, because of its length or version.
act 0 quic.json ok.example quicalone
for form in quiclong quicdraft; do
	act 3 quic.json evil.example $form
	holds "$what: the report says so" "any('Names that conversations say' in g.what for g in r.not_observable if g.blocks_conforms)"
done

# Without a server name the address says who it is, and what is asked for.
act 0 tls.json ok.example noname
act 1 tls.json evil.example noname
holds "$what: it is a violation with its name" "'evil.example' in find('TLS-NAME-MISMATCH')[0].title"

act 0 tcp.json ok.example plain
act 1 tcp.json ok.example both
holds "$what: the datagram is a violation" "any('udp' in f.title for f in find('NET-UNDECLARED'))" \
	"$what: both came from one port" "len({f.local for f in flows() if f.local.rpartition(':')[2] != '53'
		and f.remote.endswith(':443')}) < len([f for f in flows() if f.remote.endswith(':443')])"
act 1 tcp.json ok.example again
holds "$what: the second connection is a violation" "any('203.0.113.9' in f.title for f in find('NET-UNDECLARED'))"
act 1 tcp.json ok.example zone
holds "$what: the datagram is a violation" "any('ff02::1234' in f.title for f in r.findings if f.severity == 'violation')"

# Packets count for limits, not only what they carry.
policy limit.json '"protocol": "udp", "ports": [443], "limits": { "bytes_out": 1000 }'
act 0 limit.json ok.example few
act 1 limit.json ok.example many
holds "$what: the limit is passed" "codes() == ['NET-LIMIT']" \
	"$what: they were empty" "any(f.pkts_out == 100 and not f.bytes_out and f.wire_out == 2800 for f in flows())"

finish
