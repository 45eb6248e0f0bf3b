#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# notes.sh - what the examiner notes while a run goes on stands in its report, with its time, and is no evidence
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

echo '{ "tcbox_policy": 1, "executes": ["/**"] }' >"$dir/policy.json"
mkfifo "$dir/input"
bundle=$dir/bundles/noted
cleanup() { exec 9>&-; }

# The product reads what we do not write yet, so it runs until we are done
exec 9<>"$dir/input"
"$TCBOX" run --timeout 60s --policy "$dir/policy.json" --output "$bundle" -- sh -c 'read -r line; echo "got $line"' \
	<"$dir/input" >"$dir/out" 2>"$dir/err" 9<&- &
pid=$!
check "the product runs" until_true 30 grep -q '"k":"exec".*/sh"' "$bundle/events.jsonl"
check "something is noted" "$TCBOX" note --examiner ann "$bundle" pressed the red button
check "and something that would act on a terminal" "$TCBOX" note --examiner ann "$bundle" "$(printf '\033[2Jred')"
echo over >&9
wait "$pid"
result "$?" "the run ends, and conforms" "$(cat "$dir/err")"
says "the product went on" "$dir/out" "got over"
says "the report has the note" "$dir/err" "ann: pressed the red button"
says "the other one is harmless in it" "$dir/err" 'ann: \x1b[2Jred'
holds "report.json has both" "[n.text for n in r.notes] == ['pressed the red button', '\x1b[2Jred']" \
	"with the time, which is of the run" "all(m.started < n.time < m.ended for n in r.notes)" \
	"the record has nothing of it" "not [e for e in ev if 'button' in str(e)]"
says "report.html has it" "$bundle/report.html" "pressed the red button"
check "control: what nobody noted is not there" sh -c '! grep -q "blue button" "$1"' sh "$dir/err"

# Notes that are damaged take nothing from the evidence
exec 9<>"$dir/input"
bundle=$dir/bundles/damaged
"$TCBOX" run --timeout 60s --policy "$dir/policy.json" --output "$bundle" -- sh -c 'read -r line' \
	<"$dir/input" >"$dir/out" 2>"$dir/err" 9<&- &
pid=$!
check "the product runs again" until_true 30 grep -q '"k":"exec".*/sh"' "$bundle/events.jsonl"
echo '{' >"$bundle/notes.jsonl"
echo over >&9
wait "$pid"
result "$?" "a run whose notes are damaged has its verdict" "$(cat "$dir/err")"
says "and says what is wrong" "$dir/err" "notes.jsonl:1: "
holds "its report is there" "r.verdict == 'conforms' and r.notes is None"

finish
