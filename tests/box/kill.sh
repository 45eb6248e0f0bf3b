#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kill.sh - kill -9 of every process of tcbox at several moments: nothing stays behind, and the bundle does not conform
# shellcheck disable=SC1091,SC2016,SC2153,SC2154 # box.sh sets what it says
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


# Its own processes are stopped and nobody continues them: --timeout still ends it; it leaves time enough to stop them on
# a busy machine. Takes 12 s, so the others run meanwhile.
"$TCBOX" run --quiet --timeout 2 --output "$dir/bundles/stopped" -- "$ACTORS/net_actor" hold 198.51.100.7 7000 1 \
	>"$dir/stopped.out" 2>"$dir/stopped.err" </dev/null &
stopped=$!
until_true 10 grep -q . "$dir/stopped.out"
kill -STOP "$(pgrep -P $stopped)"

# The capture is cut by somebody during the run
bundle=$dir/bundles/cut
"$TCBOX" run --quiet --policy "$policy" --output "$bundle" -- "$ACTORS/net_actor" hold 198.51.100.7 7000 1 >"$dir/cut.out" 2>&1 </dev/null &
tcbox=$!
until_true 10 grep -q . "$dir/cut.out"
until_true 10 test -s "$bundle/capture.pcapng"
truncate -s 100 "$bundle/capture.pcapng"
reserve=$(stat -c %i "$bundle/.reserve")
wait $tcbox
result "$([ $? = 3 ]; echo $?)" "a capture that is cut meanwhile: exit status 3" "$(cat "$dir/cut.out")"
says "a capture that is cut meanwhile: says so" "$bundle/report.json" "is not as it was written"

check "the last manifest is where the reserve was: no other can take its place on a full disk" \
	test "$(stat -c %i "$bundle/run.json")" = "$reserve"

# Nothing more can be opened: poll(2) fails
bundle=$dir/bundles/starved
"$TCBOX" run --quiet --timeout 20 --policy "$policy" --output "$bundle" -- "$ACTORS/net_actor" hold 198.51.100.7 7000 10 \
	>"$dir/starved.out" 2>"$dir/starved.err" </dev/null &
tcbox=$!
until_true 10 grep -q . "$dir/starved.out"
prlimit --pid $tcbox --nofile=0:0
wait $tcbox
result "$([ $? = 125 ]; echo $?)" "no more open files: exit status 125" "$(cat "$dir/starved.err")"
check "no more open files: the bundle is read, and does not conform" \
	sh -c '"$0" report --format json "$1" | grep "\"verdict\": \"inconclusive\""' "$TCBOX" "$bundle"

run 0 "nobody killed, control" --policy "$policy" -- "$ACTORS/net_actor" hold 198.51.100.7 7000 0
for kind in tcbox airlock init supervisor capture decoder lab; do
	for moment in starting running ending; do
		victim $kind $moment
	done
done
wait $stopped
result "$([ $? = 125 ]; echo $?)" "a stopped airlock: ended all the same, exit status 125" "$(cat "$dir/stopped.err")"
says "a stopped airlock: says so" "$dir/stopped.err" "is a tcbox process stopped?"
bundle=$dir/bundles/stopped
holds "a stopped airlock: the bundle is incomplete" 'm.state == "failed" and m.timed_out'
check "no mount is left" test "$(cat /proc/self/mountinfo)" = "$mounts"

finish
