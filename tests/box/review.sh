#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# review.sh - two versions of a product: what was decided about the first is carried to the run of the second
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

policy=$dir/policy.json
echo '{ "tcbox_policy": 1, "connections": [], "names": [], "executes": ["/**"], "undeclared": { "connections": "violation", "names": "violation" } }' >"$policy"
product() {	# NAMES: it looks each up
	printf '#!/bin/sh\nfor name in %s; do getent ahostsv4 "$name"; done; true\n' "$*" >"$work/agent"
	chmod 755 "$work/agent"
}
findings() {	# BUNDLE: id and what it is about, one a line
	"$TCBOX" review "$1" | paste - - | sed -n "s/^[a-z]* *\([0-9a-f-]*\) .*looked up \([a-z0-9.]*\).*/\1 \2/p"
}
id() { findings "$1" | sed -n "s/ $2\$//p"; }

product one.example two.example three.example
run 1 "the first version" --policy "$policy" -- ./agent
first=$bundle
check "the first version: three lookups are findings" test "$(findings "$first" | wc -l)" = 3
one=$(id "$first" one.example) two=$(id "$first" two.example)
check "it is decided about one" "$TCBOX" review "$first" --finding "$one" --decide accepted --reason 'known since 4.2' --reviewer ann
check "and about another, until today" "$TCBOX" review "$first" --finding "$two" --decide accepted --reason 'for a day' \
	--until "$(date -u +%F)" --reviewer ann
check "a day that is over is no mistake in a file" sed -i "s/\"until\": \"[0-9-]*\"/\"until\": \"2020-01-31\"/" "$first/review.jsonl"

product two.example one.example four.example
run 1 "the second version" --policy "$policy" --review "$first/review.jsonl" -- ./agent
second=$bundle
check "the second version: the other name is a finding" test -n "$(id "$second" four.example)"
says "the report counts open, decided and expired" "$err" "1 open, 1 decided, 1 expired"
says "it shows the decision with its reviewer" "$err" "known since 4.2"
same "the bundle begins its own review with the same lines" "$first/review.jsonl" "$second/review.jsonl"
for file in report.json report.html; do
	says "$file has it" "$second/$file" "known since 4.2"
done
check "later reports show it, too" sh -c '"$1" report "$2" | grep -q "1 open, 1 decided, 1 expired"' sh "$TCBOX" "$second"

product two.example
run 1 "the third version" --policy "$policy" --review "$second/review.jsonl" -- ./agent
says "what is no more seen is told" "$err" "Decided, and not a finding of this report"
says "with what was decided" "$err" "$one: accepted by ann"
run 1 "the third version, without the review" --policy "$policy" -- ./agent
check "control: without it nothing was decided" sh -c '! grep -q expired "$1"' sh "$err"
check "control: and the bundle has no review" test ! -e "$bundle/review.jsonl"

echo '{"time": "never"}' >"$dir/bad.jsonl"
run 2 "a review that is none" --policy "$policy" --review "$dir/bad.jsonl" -- ./agent
says "the line is named" "$err" "bad.jsonl:1: "
check "nothing was run" test ! -e "$bundle"

finish
