#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# streams.sh - what the packets of a connection carried and the lab did not read, or not to the end of a message
# shellcheck disable=SC1091,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

cp "$lib/streams_actor.py" "$work/actor.py"
chmod 644 "$work/actor.py"
cat >"$dir/policy.json" <<'END'
{ "tcbox_policy": 1, "executes": ["/**"], "syscalls": { "allow": ["@default", "@network"] }, "names": ["ok.example"],
	"connections": [{ "id": "ok", "to": ["ok.example"], "protocol": "tcp" }],
	"undeclared": { "connections": "violation", "names": "violation" } }
END
cat >"$dir/any.json" <<'END'
{ "tcbox_policy": 1, "executes": ["/**"], "syscalls": { "allow": ["@default", "@network"] }, "names": ["ok.example"],
	"connections": [{ "id": "any", "to": ["0.0.0.0/0", "::/0"], "protocol": "tcp" }],
	"undeclared": { "connections": "violation", "names": "violation" } }
END
# act STATUS FORM SAYS [OPTION...]
act() {
	expect=$1 form=$2 text=$3
	shift 3
	run "$expect" "$form $*" --policy "$dir/${policy:-policy}.json" "$@" -- /usr/bin/python3 "$work/actor.py" "$form"
	says "$name: it was done" "$out" "$form b'$text'"
}
sent='sum(f.get("stream", 0) for f in flows() if f.remote.endswith(":80"))'
read='sum(e.get("stream", 0) for e in events("served") if e.get("server", "").endswith(":80"))'
unread='[g for g in r.not_observable if g.blocks_conforms and "bytes of connections" in g.what.lower()]'
all='HTTP/1.1 200HTTP/1.1 200'

act 0 plain "$all"
holds "control: all was read" "$sent == $read == 72"
act 3 urgent "$all"
holds "urgent: the lab did not read it" "$sent == $read + 1 and $unread"
act 1 urgentinside "HTTP/1.1 200"
holds "urgentinside: the lab read the declared name" "all(e.names == ['ok.example'] for e in events('request')) and $unread" \
	"urgentinside: the packets say the other one" "codes() == ['TLS-NAME-MISMATCH']"
policy=any act 0 urgent "$all"
holds "a rule that says nothing of content lets it pass" "$sent == $read + 1"
act 0 lost "12 resets"
holds "control: all was read before the resets" "$sent == $read == 24 * 36"
act 3 lost "12 resets" --scenario lossy
holds "lost: some requests were in packets only" "$sent > $read and $unread"
act 0 changed "answered"
holds "control: nothing was lost, so nothing was sent again" "not [f for f in flows() if f.ambiguous]"
act 3 changed "answered" --scenario lossy
holds "changed: other bytes were sent again, and the lab read all" "[f for f in flows() if f.ambiguous] and $sent == $read and $unread"
act 0 early "HTTP/1.1 200"
holds "early: they are counted once" "$sent == $read == 36"

# A message that is cut by the connection's end may be any.
run 0 "whole messages" --policy "$dir/policy.json" -- /usr/bin/python3 "$work/actor.py" whole
cp "$out" "$dir/whole"
holds "control: none is unread" "not [e for e in events('request') if e.unread]"
run 3 "half messages" --policy "$dir/policy.json" -- /usr/bin/python3 "$work/actor.py" half
for form in smtp ftp pop3 imap imapliteral irc telnet mysql dns mqtt websocket http2 tls; do
	says "control: $form: the whole was sent" "$dir/whole" "$form "
	says "half: $form: it was sent" "$out" "$form "
	port=$(sed -n "s/^$form \([0-9]*\) .*/\1/p" "$out")
	holds "half: $form: it is unread" "[e for e in events('request') if e.unread and e.client.endswith(':$port')]"
done
holds "half messages: the report says so" "any('requests' in g.what for g in r.not_observable if g.blocks_conforms)"
finish
