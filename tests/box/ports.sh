#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ports.sh - a datagram socket is a client's while it has a peer, as the kernel says; who hears strangers listens
# shellcheck disable=SC1091,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

actor=$work/actor
cp "$ACTORS/port_actor" "$actor"
echo '{ "tcbox_policy": 1, "executes": ["/**"] }' >"$dir/no-ports.json"

conforms() {	# NAME HOW
	run 0 "$1" --policy "$dir/no-ports.json" -- "$actor" "$2"
	says "$1: the act works" "$out" ok
}
listens() {	# NAME HOW
	outside "$1" "$ACTORS/port_actor" "$2"
	run 1 "$1" --policy "$dir/no-ports.json" -- "$actor" "$2"
	says "$1: the act works" "$out" ok
	holds "$1: it is told, as the program's" \
		'"7777" in the(find("LISTEN-UNDECLARED")).observed and base(the(find("LISTEN-UNDECLARED")).process.exe) == "actor"' \
		"$1: nothing else is" 'codes() == ["LISTEN-UNDECLARED"]'
}

conforms "a client" client
conforms "clients on a busy machine" busy
listens "a client that waits for others in between" again
listens "who is refused a peer" refused
holds "who is refused a peer: why is in the record" \
	'len([s for s in socks(call="connect", proto="udp") if s.error == "EACCES"]) == 3'
listens "who takes a peer late" late
listens "many sockets, each for a moment" often
listens "whose peer is everybody" any
finish
