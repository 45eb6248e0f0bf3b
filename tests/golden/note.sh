#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# note.sh - tcbox note: notes are stored whole, stand in all reports, are harmless there, and change nothing else
set -u

: "${TCBOX:?}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0 status=0
b=$dir/b
case=tests/golden/undeclared

tcbox() {
	"$TCBOX" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
}

result() {	# 0 or not, name
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; cat "$dir/out" "$dir/err" | head -n 30 | sed 's/^/# /'; fi
}

expect() {	# name, status, pattern in what was printed
	[ "$status" = "$2" ] && cat "$dir/out" "$dir/err" | tr '\n' ' ' | tr -s ' ' | grep -qE -- "$3"
	result $? "$1"
}

evidence() { (cd "$b" && find . -type f ! -name notes.jsonl -exec sha256sum {} + | sort -k 2); }

cp -r "$case/bundle" "$b"
cp "$case/policy.json" "$b/policy.json"
sed -i "s/\"policy_sha256\": [^,]*/\"policy_sha256\": \"$(sha256sum <"$b/policy.json" | cut -d' ' -f1)\"/" "$b/run.json"
started=$(sed -n 's/.*"started": "\([^"]*\)".*/\1/p' "$b/run.json")
before=$(evidence)

tcbox note "$b"
expect "there are no notes" 0 '^no notes $'
tcbox report --format json "$b"
[ "$status" = 0 ] && ! grep -q '"notes"' "$dir/out"; result $? "and reports say nothing of any"
tcbox note --examiner ann "$b" clicked on 'Log in'
[ "$status" = 0 ] && [ ! -s "$dir/out" ] && [ ! -s "$dir/err" ]; result $? "words are one note"
tcbox note "$b" -- $'\e[2J<img src=x onerror=alert(1)> \xff \\ | "\u202e *x*\n## no'
result $status "hostile text is a note, too"
me=$(id -un 2>/dev/null) || me="uid $(id -u)"
grep -q "\"examiner\": \"$me\"" "$b/notes.jsonl"; result $? "who noted it is the user, if nobody is named"
[ "$(wc -l <"$b/notes.jsonl")" = 2 ]; result $? "each is one line"
[ "$(evidence)" = "$before" ]; result $? "and no other file changed"
if python3 -c 'import jsonschema' 2>/dev/null; then
	"$TCBOX" report --format json "$b" >"$dir/json" && mv "$dir/json" "$b/report.json"
	python3 tests/golden/validate.py "$b" >"$dir/out" 2>"$dir/err"; status=$?
	expect "notes.jsonl and the report are what the schemas say" 0 'ok [0-9]+ - .*notes.jsonl:2 '
	rm "$b/report.json"
fi
tcbox note "$b"
expect "they are listed, harmless on a terminal" 0 'UTC ann: clicked on Log in .*: \\x1b\[2J<img src=x onerror=alert\(1\)> \\xff \\ | "\\u202e \*x\*\\n## no $'

# Reports
printf '{"time": "%s", "examiner": "eve", "text": "switched it on"}\n' "${started%.*}.${started##*.}" >>"$b/notes.jsonl"
tcbox report "$b"
expect "the report has them" 0 'Notes of the examiner \(3\) after the end, [-0-9]* [:0-9]* UTC, ann: clicked on Log in .*\\x1b\[2J'
expect "with the time of the run" 0 '0.000 s after the start, [-0-9]* [:0-9]* UTC, eve: switched it on'
LC_ALL=C grep -qP '[\x00-\x09\x0b-\x1f\x80-\xff]' "$dir/out"; [ $? = 1 ]; result $? "nothing in it acts on a terminal"
tcbox report --format markdown "$b"
expect "so does Markdown" 0 '## Notes of the examiner \(3\) .*\\<img src\\=x.*\\\*x\\\*'
grep -q '^## no' "$dir/out"; [ $? = 1 ]; result $? "in which no note is a heading"
# As examiners publish
parts='1. Scenario .* product Acme Agent 4.2.1 .*2. Settings .* network sim: .*3. Actions .*Notes of the examiner \(3\) .*4. Data flows detected .*Destinations \([0-9]+\) .*5. Assessment .* findings 4 violations .*Violations \(4\) '
tcbox report --layout examiner "$b"
expect "the report can be in the order of examiners" 0 "^VIOLATES .*$parts"
"$TCBOX" report "$b" | sed -n 's/^\([A-Z].*\)/\1/p' | grep -v '^VIOLATES' | sort >"$dir/usual"
"$TCBOX" report --layout examiner "$b" | sed -n 's/^\([A-Z].*\)/\1/p' | grep -v '^VIOLATES' | sort >"$dir/examiner"
diff "$dir/usual" "$dir/examiner" >"$dir/out"
[ "$(grep -c '^>' "$dir/out")" = 0 ] && [ "$(grep '^<' "$dir/out")" = '< How it was run' ]
result $? "with all its sections; how it was run is a part"
tcbox report --layout examiner --format markdown "$b"
grep -qx '## 1. Scenario' "$dir/out" && grep -qx '### Notes of the examiner (3)' "$dir/out" && grep -q '^#### 1. ' "$dir/out" && [ "$(grep -c '^## ' "$dir/out")" = 5 ]
result $? "in Markdown, too, in which the sections are one level lower"
tcbox report --layout examiner --format json "$b"
expect "but not in a format that programs read" 2 '--layout goes with the formats text and markdown'
tcbox report --layout other "$b"
expect "another layout is none" 2 'neither "weight" nor "examiner"'

tcbox report --format json "$b"
expect "and JSON" 0 '"notes": \[ \{ "time": "[^"]*", "examiner": "ann", "text": "clicked on Log in" \}'
tcbox report --format html "$b"
expect "and the page" 0 '<h2>Notes of the examiner \(3\)</h2>.*&lt;img src=x'
grep -q '<img' "$dir/out"; [ $? = 1 ]; result $? "in which no note is markup"
tcbox check --policy "$case/policy.json" "$b"
expect "check shows them, and the verdict is as without" 1 '^VIOLATES .*eve: switched it on'
rm "$b/notes.jsonl"

# What is refused
wrong() {	# name, status, pattern, arguments
	tcbox note "${@:4}"
	expect "$1" "$2" "$3"
	[ ! -e "$b/notes.jsonl" ]; result $? "$1: nothing is written"
}
wrong "a note without words" 2 'a note must have words' "$b" ' ' ''
wrong "the empty note" 2 'a note must have words' "$b" ''
wrong "a note that is too long" 2 'at most 4000 bytes' "$b" "$(printf '%04001d' 0)"
wrong "an examiner without a name" 2 'the examiner must have a name' --examiner '' "$b" x
wrong "nothing to note" 2 'what is to be noted' --examiner ann "$b"
wrong "no bundle named" 2 'name a bundle'
wrong "a bundle that does not exist" 2 'there is no bundle .*none' "$dir/none" x
wrong "a directory that is no bundle" 2 'is not a bundle: it has no run.json' "$dir" x
[ ! -e "$dir/notes.jsonl" ]; result $? "and nothing is written there"
echo '{}' >"$b/notes.jsonl"
tcbox note "$b" more
expect "nothing is added behind what is no note" 125 'notes.jsonl:1: "time" is missing'
[ "$(cat "$b/notes.jsonl")" = '{}' ]; result $? "the file is as it was"
tcbox report "$b"
expect "and no report is made of it" 125 'notes.jsonl:1: '
rm "$b/notes.jsonl"; mkfifo "$b/notes.jsonl"
tcbox note "$b" x
expect "a pipe is not waited for" 125 'notes.jsonl is not a regular file|open notes.jsonl'
rm "$b/notes.jsonl"; ln -s "$dir/elsewhere" "$b/notes.jsonl"
tcbox note "$b" x
expect "a link is not followed" 125 'notes.jsonl'
[ ! -e "$dir/elsewhere" ]; result $? "nothing is written where it leads"
rm "$b/notes.jsonl"

# Many at once, and a disk that is full
for i in 1 2 3 4 5 6 7 8; do "$TCBOX" note --examiner ann "$b" "$i" & done
wait
[ "$(wc -l <"$b/notes.jsonl")" = 8 ]; result $? "nobody's line is lost where several note at once"
cp "$b/notes.jsonl" "$dir/eight"
(ulimit -f 2; trap '' XFSZ; "$TCBOX" note --examiner ann "$b" "$(printf '%03000d' 0)") >"$dir/out" 2>"$dir/err"
status=$?
expect "a file that may not grow: an error" 125 'write notes.jsonl: File too large'
cmp -s "$b/notes.jsonl" "$dir/eight"; result $? "and the file is as it was"
echo "1..$n"
