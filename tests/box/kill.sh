#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kill.sh - kill -9 of every process of tcbox at several moments: nothing stays behind, and the bundle does not conform
# shellcheck disable=SC1091,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

policy=$policies/address.json
mounts=$(cat /proc/self/mountinfo)

# victim KIND MOMENT
victim() {
	name="$1 killed while $2" bundle=$dir/bundles/$1-$2
	said=$(python3 "$lib/kill_one.py" "$TCBOX" "$1" "$2" "$bundle" --policy "$policy" -- "$ACTORS/net_actor" hold 198.51.100.7 7000 1 2>&1)
	status=$?
	if [ $status = 3 ] && [ "$2" = ending ]; then
		result 0 "$name: it was faster"
		return
	fi
	result $status "$name: nothing is left" "$said"
	if [ ! -e "$bundle/run.json" ]; then
		result "$([ "$2" = starting ] && [ -z "$(find "$bundle" -name report.json 2>/dev/null)" ]; echo $?)" \
			"$name: there is no bundle yet" "$(ls -la "$bundle" 2>&1)"
		return
	fi
	said=$("$TCBOX" report --format json "$bundle" 2>&1)
	status=$?
	verdict=$(printf '%s\n' "$said" | sed -n 's/^  "verdict": "\(.*\)",$/\1/p')
	case $verdict-$2 in
	inconclusive-* | violates-*) good=$status ;;
	conforms-ending)	# it had done its work when the signal came, and nobody missed it
		grep -q '"k":"loss"' "$bundle/events.jsonl"
		good=$((! $?))
		;;
	*) good=1 ;;
	esac
	result "$good" "$name: the bundle is read, and does not conform" "$said"
}

run 0 "nobody killed, control" --policy "$policy" -- "$ACTORS/net_actor" hold 198.51.100.7 7000 0
for kind in tcbox airlock init supervisor capture decoder lab; do
	for moment in starting running ending; do
		victim $kind $moment
	done
done
check "no mount is left" test "$(cat /proc/self/mountinfo)" = "$mounts"

finish
