#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tables.sh - who has a socket by a table of descriptors that is not simply its process's
# shellcheck disable=SC1091,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

actor=$work/actor
cp "$ACTORS/table_actor" "$actor"
cp "$actor" "$work/agent"
cat >"$dir/actor.json" <<END
{ "tcbox_policy": 1, "connections": [{ "id": "actor", "process": "$actor", "to": ["203.0.113.68"] }],
  "executes": ["/**"], "undeclared": { "connections": "violation" } }
END
has() {	# STATUS NAME HOW
	run "$1" "$2" --policy "$dir/actor.json" -- "$actor" "$3" "$work/agent" 203.0.113.68
	says "$2: the act works" "$out" ok
}

has "1 3" "a table of two processes" shared
holds "a table of two processes: what an exec kept is not known" \
	'any("descriptors in common" in str(g) for g in r.not_observable)'
sed 's|"process": "[^"]*", ||' "$dir/actor.json" >"$dir/anybody.json"
run 3 "a table of two processes, and anybody may have it" --policy "$dir/anybody.json" -- "$actor" shared "$work/agent" 203.0.113.68
says "a table of two processes, and anybody may have it: the act works" "$out" ok

has 1 "a thread with a table of its own" thread
holds "a thread with a table of its own: it is told" \
	'[base(f.process.exe) for f in find("NET-UNDECLARED")] == ["agent"]'

has 1 "a process that nobody may look into" hidden
holds "a process that nobody may look into: it is told" \
	'[base(f.process.exe) for f in find("NET-UNDECLARED")] == ["agent"]' \
	"a process that nobody may look into: it was seen to have it" 'socks(call="held")'
finish
