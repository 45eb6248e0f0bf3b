#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# crash.sh - what the processes that parse hostile bytes hold, and what happens when one dies or hangs
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # box.sh sets what it says; the shell inside expands
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

cat >"$dir/policy.json" <<'END'
{ "tcbox_policy": 1, "connections": [{ "id": "any", "to": ["0.0.0.0/0"] }], "executes": ["/**"] }
END

# One datagram, a line, and when told so another datagram.
talks='for port in 7001 7002; do "$0" udp 1 1 >/dev/null; echo said; read -r line; done'

said=$(python3 "$lib/parts.py" look "$n" "$TCBOX" "$dir/bundles/look" --policy "$dir/policy.json" --bind "$ACTORS" -- \
	/bin/sh -c 'echo here; read -r line')
printf '%s\n' "$said" | grep -v '^# tests'
count=$(printf '%s\n' "$said" | sed -n 's/^# tests //p')
n=$((n + ${count:-0}))
! printf '%s\n' "$said" | grep -q '^not ok' || rc=1
check "all could be looked at" test "${count:-0}" -ge 12

# hit PART SIGNAL: Leaves $bundle, $status
hit() {
	bundle=$dir/bundles/$1-$2
	python3 "$lib/parts.py" "$1" "$2" "$TCBOX" "$bundle" --policy "$dir/policy.json" --bind "$ACTORS" -- \
		/bin/sh -c "$talks" "$ACTORS/flood_actor" >"$out" 2>&1
	status=$?
	"$TCBOX" report "$bundle" >"$dir/report" 2>&1
}

# 7000 is the actor's port; the second datagram is one packet more in the file.
sent() { tshark -r "$bundle/capture.pcapng" -Y 'udp.dstport == 7000' 2>/dev/null | wc -l; }

run 0 "nobody dies, control" --policy "$dir/policy.json" --bind "$ACTORS" -- /bin/sh -c "$talks" "$ACTORS/flood_actor"
check "control: both datagrams are captured" test "$(sent)" = 2
holds "control: both are recorded" 'sum(f.pkts_out for f in talks()) == 2' \
	"control: every layer saw the control at both ends" \
	'all((c.calls, c.packets, c.lab) == (True, True, True) for c in (r.canary, r.canary.at_end))'

for signal in SIGSEGV SIGKILL; do
	hit decoder $signal
	check "decoder, $signal: the run goes on, and is inconclusive" test "$status" = 3
	holds "decoder, $signal: the product ended by itself" 'm.exit_code == 1 or m.exit_code == 0' \
		"decoder, $signal: the verdict is inconclusive" 'r.verdict == "inconclusive"' \
		"decoder, $signal: the loss is recorded" 'any(e.what == "decoder" for e in events("loss"))' \
		"decoder, $signal: it did not see the control at the end" 'not r.canary.at_end.packets' \
		"decoder, $signal: the others saw both" 'r.canary.at_end.calls and r.canary.at_end.lab'
	check "decoder, $signal: the capture has what came later" test "$(sent)" = 2
	says "decoder, $signal: the report says so" "$dir/report" "decoder process ended before the run did"
done

# It never takes anything from its pipe again: an endless loop looks so, too.
hit decoder SIGSTOP
check "a decoder that hangs: the run ends, and is inconclusive" test "$status" = 3
check "a decoder that hangs: the capture has everything" test "$(sent)" = 2
holds "a decoder that hangs: the loss is recorded" 'any(e.what == "decoder" for e in events("loss"))' \
	"a decoder that hangs: the verdict is inconclusive" 'r.verdict == "inconclusive"' \
	"a decoder that hangs: it did not see the control at the end" 'not r.canary.at_end.packets'
check "a decoder that hangs: the report says who saw no control" grep -Eq "packets: (NOT AT THE END|NO)" "$dir/report"

hit lab SIGSTOP
check "a lab that hangs: the run ends, and is inconclusive" test "$status" = 3
holds "a lab that hangs: it saw the control at the start only" 'r.canary.lab and not r.canary.at_end.lab'
says "a lab that hangs: the report says so" "$dir/report" "lab: NOT AT THE END"

for part in lab capture supervisor disk; do
	hit $part SIGSEGV
	check "$part: the run is inconclusive" test "$status" = 3
	holds "$part: the loss is recorded" "any(e.what == '$part' for e in events('loss'))" \
		"$part: the verdict is inconclusive" 'r.verdict == "inconclusive"'
	says "$part: the report says so" "$dir/report" "$part process ended before the run did"
done

finish
