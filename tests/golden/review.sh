#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# review.sh - tcbox review and tcbox questions: decisions are stored whole, shown in reports, and change no verdict
set -u

: "${TCBOX:?}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0 status=0
b=$dir/b
case=tests/golden/undeclared
# In a container users may have no name.
me=$(id -un 2>/dev/null) && by=() || { me=jo; by=(--reviewer jo); }
stranger=eac442febcf2c0cac86d66f5e56f1dbf lookup=e65a65c460fff5c831bde144604fedb3 port=72b069f8e2962ecd4f1806439fdb887f

# tcbox ARG...: run it, keep status, output and messages
tcbox() {
	"$TCBOX" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
}

result() {	# 0 or not, name
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; cat "$dir/out" "$dir/err" | head -n 30 | sed 's/^/# /'; fi
}

# expect NAME STATUS PATTERN: the last status, and a pattern in what it printed
expect() {
	[ "$status" = "$2" ] && cat "$dir/out" "$dir/err" | tr '\n' ' ' | tr -s ' ' | grep -qE -- "$3"
	result $? "$1"
}

quiet() {	# name: it went well and printed nothing
	[ "$status" = 0 ] && [ ! -s "$dir/out" ] && [ ! -s "$dir/err" ]
	result $? "$1"
}

fresh() {
	rm -rf "$b"
	cp -r "$case/bundle" "$b" && cp "$case/policy.json" "$b/policy.json" &&
	sed -i "s/\"policy_sha256\": [^,]*/\"policy_sha256\": \"$(sha256sum <"$b/policy.json" | cut -d' ' -f1)\"/" "$b/run.json"
}

line() {	# id, decision, reason, until
	printf '{"time": "2026-11-29T10:15:02.123456789Z", "reviewer": "ann", "id": "%s", "decision": "%s", "reason": %s, "until": %s}\n' "$@"
}

evidence() { (cd "$b" && find . -type f ! -name review.jsonl -exec sha256sum {} + | sort -k 2); }

fresh
before=$(evidence)
tcbox review "$b"
expect "without options the findings are listed" 0 "open $lookup violation DNS-UNDECLARED /opt/acme/agent looked up"
expect "each with its id" 0 "open $stranger violation NET-UNDECLARED /opt/acme/agent talked to"
[ ! -e "$b/review.jsonl" ]; result $? "and nothing is written"
tcbox report "$b"
expect "a report that nobody reviewed says nothing of it: the control" 0 "findings 4 violations  ?Destinations"

# Deciding
tcbox review "$b" --finding "$lookup" --decide accepted --reason 'known, see 4.3' --until 9999-12-31 --reviewer ann
quiet "a decision is stored"
tcbox review --finding "$stranger" --decide question --reason $'is "it" \e[1m<b>yours\xff\\\n?' --reviewer 'bob' "$b"
quiet "options may stand before the bundle"
tcbox review "$b" --finding "$port" --decide confirmed
if [ ${#by[@]} = 0 ]; then
	quiet "the reviewer is the user, if nobody is named"
else
	expect "a user without a name must name the reviewer" 2 'this user has no name; say who decides by --reviewer'
	tcbox review "$b" --finding "$port" --decide confirmed "${by[@]}"
fi
[ "$(wc -l <"$b/review.jsonl")" = 3 ] && grep -q "\"reviewer\": \"$me\"" "$b/review.jsonl"
result $? "each is one line"
[ "$(evidence)" = "$before" ]; result $? "and no other file changed"
if python3 -c 'import jsonschema' 2>/dev/null; then
	"$TCBOX" report --format json "$b" >"$dir/json" && mv "$dir/json" "$b/report.json"
	python3 tests/golden/validate.py "$b" >"$dir/out" 2>"$dir/err"; status=$?
	expect "review.jsonl and the report are what the schemas say" 0 'ok 5 - .*review.jsonl:3 '
	rm "$b/report.json"
fi
tcbox review "$b"
expect "the list shows it" 0 "decided $lookup violation DNS-UNDECLARED [^:]* accepted by ann on [-0-9]* until 9999-12-31: known, see 4.3"

# Reports
tcbox report "$b"
expect "the report counts" 0 '^VIOLATES .* review 1 open, 3 decided, 0 expired '
expect "and says what was decided, harmless on a terminal" 0 \
	'decided question to the vendor by bob on [-0-9]*: is "it" \\x1b\[1m<b>yours\\xff\\\\n\?'
tcbox report --format markdown "$b"
expect "so does Markdown" 0 '\*\*decided:\*\* accepted by ann on [-0-9]* until 9999-12-31: known, see 4.3'
tcbox report --format json "$b"
expect "and JSON" 0 '"review": \{ "state": "decided", "decision": "accepted", "reviewer": "ann", "time": "[^"]*", "reason": "known, see 4.3", "until": "9999-12-31" \}'
expect "which says what is open, too" 0 '"review": \{ "state": "open" \}'
tcbox check --policy "$case/policy.json" "$b"
expect "the verdict is as without" 1 '^VIOLATES .* review 1 open, 3 decided'
tcbox review "$b" --finding "$lookup" --decide false-alarm --reason 'was mine' --reviewer ann
tcbox report "$b"
expect "the last decision counts" 0 'decided false alarm by ann on [-0-9]*: was mine'

# One finding
tcbox report --finding "$port" "$b"
expect "one finding is told in full, below the verdict" 0 '^VIOLATES .* Finding [0-9] NET-UNDECLARED violation, seen .* decided confirmed by '
[ "$(grep -c UNDECLARED "$dir/out")" = 1 ]; result $? "and nothing else"
tcbox report --format markdown --finding "$port" "$b"
expect "so in Markdown" 0 '^# VIOLATES .* ## Finding ### [0-9]\. NET-UNDECLARED'
tcbox report --finding 00 "$b"
expect "an id that no finding has is an error" 2 'no finding of this bundle has the id "00"'
tcbox report --format json --finding "$port" "$b"
expect "and so is a format that is always whole" 2 '--finding goes with the formats text and markdown'

# The letter
tcbox questions "$b"
expect "the letter asks what was decided to be asked, and what is open" 0 \
	"^# Questions about Acme Agent 4.2.1 .*## Questions \(2\) .*### 2. NET-UNDECLARED \(finding $stranger\) .*\*\*declared:\*\* nothing.*\*\*seen:\*\* tcp.*\*\*question:\*\* What does .*\*\*also:\*\* is \"it\" .*b\\\\>yours"
rm "$b/review.jsonl"
tcbox questions "$b"
expect "where nobody decided it asks about all violations" 0 '## Questions \(4\)'
line "$lookup" confirmed null null >"$b/review.jsonl"
tcbox questions "$b"
expect "what is open is asked about, and who sends the letter is told" 0 \
	'## Questions \(3\) .*asked about, though nobody decided, or no longer: 3 open violations'
[ -z "$(grep "$lookup" "$dir/out")" ]; result $? "what was decided otherwise is not"
line "$lookup" accepted '"for now"' '"2020-02-29"' >"$b/review.jsonl"
tcbox questions "$b"
expect "what expired is asked about again" 0 "## Questions \\(4\\) .*$lookup"
"$TCBOX" review "$b" | sed -n 's/^[a-z]* *\([0-9a-f][0-9a-f-]\{31,\}\) .*/\1/p' >"$dir/ids"
while read -r id; do line "$id" confirmed null null; done <"$dir/ids" >"$b/review.jsonl"
tcbox questions "$b"
expect "where nothing is to be asked it says so" 0 '## Questions None\. $'

# From an earlier version
{ line "$lookup" accepted '"old"' '"2020-02-29"'; line "$port" accepted '"fine"' null; line 00112233445566778899aabbccddeeff confirmed null null; } >"$dir/old.jsonl"
fresh
tcbox check --policy "$case/policy.json" --review "$dir/old.jsonl" "$b"
expect "decisions are carried" 1 'review 2 open, 1 decided, 1 expired .* decided accepted by ann on 2026-11-29: fine'
expect "expired ones are told" 1 'expired accepted by ann on 2026-11-29 until 2020-02-29: old'
expect "those of findings that are gone, too" 1 'Decided, and not a finding of this report 00112233445566778899aabbccddeeff: confirmed by ann'
[ ! -e "$b/review.jsonl" ]; result $? "the bundle is not changed"
line "$lookup" confirmed null null >"$b/review.jsonl"
tcbox check --policy "$case/policy.json" --review "$dir/old.jsonl" "$b"
expect "what was decided in the bundle itself goes before" 1 'review 2 open, 2 decided, 0 expired .* decided confirmed by ann'
tcbox check --policy "$case/policy.json" --review "$dir/none.jsonl" "$b"
expect "a review that does not exist" 2 'none.jsonl: No such file'
echo '[]' >"$dir/bad.jsonl"
tcbox check --policy "$case/policy.json" --review "$dir/bad.jsonl" "$b"
expect "a review that is none" 2 'bad.jsonl:1: '

# What is refused, and leaves the file as it is
wrong() {	# name, pattern, options
	local before
	before=$(sha256sum <"$b/review.jsonl")
	tcbox review "$b" "${by[@]}" "${@:3}"
	expect "$1" 2 "$2"
	[ "$(sha256sum <"$b/review.jsonl")" = "$before" ]; result $? "$1: nothing is written"
}
wrong "an id that no finding has" 'no finding of this bundle has the id "eac442"' --finding eac442 --decide question
wrong "a word that is no decision" '"fine" is not a decision' --finding "$lookup" --decide fine
wrong "accepted without a reason" '"accepted" needs a reason' --finding "$lookup" --decide accepted
wrong "a false alarm without one" '"false-alarm" needs a reason' --finding "$lookup" --decide false-alarm
wrong "a reason of blanks" 'a reason must have words' --finding "$lookup" --decide accepted --reason ' '
wrong "a day that no calendar has" '"2027-02-29" is no day; write YYYY-MM-DD' --finding "$lookup" --decide accepted --reason x --until 2027-02-29
wrong "a day that is over" '--until: 2020-01-01 is over' --finding "$lookup" --decide accepted --reason x --until 2020-01-01
wrong "an end of a question" '"question" has no end' --finding "$lookup" --decide question --until 9999-12-31
wrong "a reviewer without a name" 'reviewer must have a name' --finding "$lookup" --decide question --reviewer ''
wrong "a finding without a decision" '--finding needs --decide' --finding "$lookup"
wrong "a decision without a finding" '--decide needs --finding' --decide question
wrong "a reason alone" 'go with --finding and --decide' --reason x

# A review that is damaged is never guessed, and nothing is added behind it
damaged() {	# name, pattern: the second line of the review, from standard input
	line "$lookup" confirmed null null >"$b/review.jsonl"
	cat >>"$b/review.jsonl"
	cp "$b/review.jsonl" "$dir/damaged"
	tcbox report "$b"
	expect "$1" 125 "review.jsonl:2: $2"
	tcbox review "$b" --finding "$lookup" --decide question
	[ "$status" = 125 ] && cmp -s "$b/review.jsonl" "$dir/damaged"; result $? "$1: nothing is added"
}
damaged "a line that is cut off" 'the last line is cut off' < <(printf '{"time"')
damaged "an empty line" '' < <(echo)
damaged "another word" '"fine" is not a decision' < <(line "$lookup" fine null null)
damaged "no reason" '"accepted" needs a reason' < <(line "$lookup" accepted null null)
damaged "no day" '"2027-13-01" is no day' < <(line "$lookup" accepted '"x"' '"2027-13-01"')
damaged "no id" '"../x" is not the id' < <(line "../x" confirmed null null)
damaged "a number for a reason" '"reason" is not a text' < <(line "$lookup" confirmed 7 null)
damaged "one member more" 'there are members that no decision has' < <(line "$lookup" confirmed null null | sed 's/}/, "more": 1}/')
damaged "one member less" '"until" is missing' < <(line "$lookup" confirmed null null | sed 's/, "until": null//')
damaged "one member twice" 'duplicate key' < <(line "$lookup" confirmed null null | sed 's/"reason": null/"until": null/')
damaged "no time" '"26-11.*" is not a time' < <(line "$lookup" confirmed null null | sed 's/2026-11/26-11/')
rm "$b/review.jsonl"; ln -s /dev/null "$b/review.jsonl"
tcbox review "$b"
expect "a link is not followed" 125 'review.jsonl is not a regular file'
rm "$b/review.jsonl"; mkfifo "$b/review.jsonl"
tcbox review "$b"
expect "a pipe is not waited for" 125 'review.jsonl is not a regular file'
rm "$b/review.jsonl"

# One by one
line "$port" confirmed null null >"$b/review.jsonl"
tcbox review --ask --reviewer eve "$b" < <(printf '%s\n' '' perhaps accepted '' '' accepted 'known' 2027-02-30 accepted known 9999-12-31 end)
expect "what is wrong is asked again" 0 '"accepted" needs a reason tcbox: "2027-02-30" is no day'
grep -c '^Finding' "$dir/out" >"$dir/shown"
[ "$(cat "$dir/shown")" = 3 ]; result $? "findings are shown until the end is asked for, and what is decided is not"
[ "$(wc -l <"$b/review.jsonl")" = 2 ] && tail -n 1 "$b/review.jsonl" | grep -q '"reviewer": "eve".*"accepted", "reason": "known", "until": "9999-12-31"'
result $? "one was decided, one was skipped"
tcbox review --ask "${by[@]}" "$b" < <(printf 'accepted\nknown\n')
[ "$status" = 0 ] && [ "$(wc -l <"$b/review.jsonl")" = 2 ]; result $? "half a decision is none"
tcbox review --ask --finding "$port" --decide confirmed "$b"
expect "--ask goes alone" 2 'only --reviewer goes with --ask'
rm "$b/review.jsonl"

# Many at once, and a disk that is full
for i in 1 2 3 4 5 6 7 8; do
	"$TCBOX" review "$b" --finding "$lookup" --decide question --reason "$i" --reviewer ann &
done
wait
[ "$(wc -l <"$b/review.jsonl")" = 8 ]; result $? "nobody's line is lost where several decide at once"
cp "$b/review.jsonl" "$dir/eight"
(ulimit -f 2; trap '' XFSZ; "$TCBOX" review "$b" --finding "$lookup" --decide question --reason "$(printf '%03000d' 0)" --reviewer ann) >"$dir/out" 2>"$dir/err"
status=$?
expect "a file that may not grow: an error" 125 'write review.jsonl: File too large'
cmp -s "$b/review.jsonl" "$dir/eight"; result $? "and the file is as it was"
echo "1..$n"
