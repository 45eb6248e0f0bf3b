#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# report.sh - tcbox check and tcbox report over an invented bundle: intact, damaged in every way, and no bundle at all
set -u

: "${TCBOX:?}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0 status=0

# make_bundle DIR: a bundle as a run leaves it, with a product that asked its server once
make_bundle() {
	mkdir "$1" && : >"$1/capture.pcapng" && cp tests/sample-bundle/policy.json "$1/policy.json" &&
	cp tests/sample-bundle/events.jsonl "$1/events.jsonl" &&
	sed "s/@SHA256@/$(sha256sum <"$1/policy.json" | cut -d' ' -f1)/" tests/sample-bundle/run.json.in >"$1/run.json"
}

# tcbox ARG...: run it, keep status, output and messages
tcbox() {
	"$TCBOX" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
}

# expect NAME STATUS [PATTERN]: the last status, and a pattern in what it printed
expect() {
	n=$((n + 1))
	if [ "$status" = "$2" ] && { [ $# -lt 3 ] || cat "$dir/out" "$dir/err" | tr '\n' ' ' | tr -s ' ' | grep -qE -- "$3"; }; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		{ echo "status $status, wanted $2${3:+ and /$3/}"; head -n 20 "$dir/out"; cat "$dir/err"; } | sed 's/^/# /'
	fi
}

b=$dir/bundle
policy=tests/sample-bundle/policy.json
make_bundle "$b"
fresh() { rm -rf "$dir/b"; make_bundle "$dir/b"; }

tcbox check --policy "$policy" "$b"
expect "the intact bundle conforms: the control for all that follows" 0 "^CONFORMS .*policy $policy, SHA-256"
[ ! -s "$dir/err" ]; status=$?
expect "and nothing is complained about" 0
tcbox report "$b"
expect "tcbox report says the same and ends with 0" 0 "^CONFORMS "
grep -q "$(printf '\033')" "$dir/out"; status=$?
expect "there is no colour in a file" 1
tcbox report --format json "$b"
expect "tcbox report writes JSON" 0 '"verdict": "conforms"'
cp "$dir/out" "$dir/first"
tcbox report --format markdown "$b"
expect "and Markdown" 0 '^# CONFORMS .*- \*\*product:\*\* Acme Agent 4.2.1'
tcbox check --format markdown --policy "$policy" "$b"
expect "so does tcbox check" 0 '^# CONFORMS '
tcbox report --format=json "$b"
cmp -s "$dir/out" "$dir/first"; status=$?
expect "the same bundle gives the same bytes" 0
if python3 -c 'import jsonschema' 2>/dev/null; then
	cp "$dir/first" "$b/report.json"
	python3 tests/golden/validate.py "$b" >"$dir/out" 2>"$dir/err"; status=$?
	expect "run.json, events.jsonl and report.json are what the schemas say" 0 "ok 3 "
	rm "$b/report.json"
fi

sed 's/updates.acme.example/other.example/' "$policy" >"$dir/other.json"
tcbox check --policy "$dir/other.json" "$b"
expect "another policy gives another verdict" 1 "^VIOLATES "
tcbox check --policy "$dir/other.json" --format json "$b"
expect "and JSON says that it is not the run's" 1 "\"of_run\": false, \"path\": \"$dir/other.json\", \"sha256\": \"$(sha256sum <"$dir/other.json" | cut -d' ' -f1)\""

# The stored report
sed 's/"verdict": "conforms"/"verdict": "violates"/' "$dir/first" >"$b/report.json"
tcbox report "$b"
expect "a stored report with another verdict is not believed" 0 "^CONFORMS .*report.json does not say \"conforms\""
echo '{' >"$b/report.json"
tcbox report "$b"
expect "nor one that is no report" 0 "report.json does not say"
cp "$dir/first" "$b/report.json"
tcbox report "$b"
[ ! -s "$dir/err" ]; status=$?
expect "one that says the same is not mentioned" 0
rm "$b/report.json"

# Damage: never a crash, never "conforms", and the report says what is wrong
fresh; truncate -s -10 "$dir/b/events.jsonl"
tcbox check --policy "$policy" "$dir/b"
expect "a record that is cut off" 3 "^INCONCLUSIVE .*cut off in the middle of an event"
fresh; sed -i '5s/.*/{"k":"so/' "$dir/b/events.jsonl"
tcbox check --policy "$policy" "$dir/b"
expect "a line that is no event" 3 "^INCONCLUSIVE .*1 lines are no events"
fresh; sed -i '5d' "$dir/b/events.jsonl"
tcbox check --policy "$policy" "$dir/b"
expect "a line that was taken out" 3 "^INCONCLUSIVE .*1 events are missing"
fresh; : >"$dir/b/events.jsonl"
tcbox check --policy "$policy" "$dir/b"
expect "an empty record" 3 "^INCONCLUSIVE "
fresh; head -c 65536 /dev/urandom >"$dir/b/events.jsonl"
tcbox check --policy "$policy" "$dir/b"
expect "noise for a record" 3 "^INCONCLUSIVE "
fresh; rm "$dir/b/events.jsonl"
tcbox check --policy "$policy" "$dir/b"
expect "no record" 3 "^INCONCLUSIVE .*cannot be read: open events.jsonl: No such file"
fresh; rm "$dir/b/capture.pcapng"
tcbox check --policy "$policy" "$dir/b"
expect "no capture" 3 "^INCONCLUSIVE .*capture.pcapng\) is missing"
fresh; sed -i 's/"state": "complete"/"state": "running"/' "$dir/b/run.json"
tcbox check --policy "$policy" "$dir/b"
expect "a run that did not end" 3 "^INCONCLUSIVE .*not recorded: the run still goes on, or tcbox or the machine died"
tcbox report "$dir/b"
expect "tcbox report reads it too" 0 "^INCONCLUSIVE "
fresh; echo >>"$dir/b/policy.json"
tcbox report "$dir/b"
expect "a policy that was changed after the run" 0 "^INCONCLUSIVE .*was changed after the run"
fresh; rm "$dir/b/policy.json"
tcbox report "$dir/b"
expect "a policy that is missing from the bundle" 0 "^INCONCLUSIVE .*policy.json: No such file"
fresh; rm "$dir/b/policy.json"; mkfifo "$dir/b/policy.json"
tcbox report "$dir/b"
expect "a pipe for a policy is not waited for" 0 "^INCONCLUSIVE .*not a regular file"

# No bundle, or not one for us
tcbox report "$dir/none"
expect "a bundle that does not exist" 2 "there is no bundle $dir/none: No such file"
tcbox report "$policy"
expect "a file" 2 "is not a bundle: a bundle is a directory"
mkdir "$dir/empty"; tcbox report "$dir/empty"
expect "a directory that is no bundle" 2 "is not a bundle: it has no run.json"
fresh; sed -i 's/"tcbox_run": 1/"tcbox_run": 2/' "$dir/b/run.json"
tcbox report "$dir/b"
expect "a bundle of a newer version" 125 "newer tcbox"
fresh; echo '{ "tcbox_run": 1, ' >"$dir/b/run.json"
tcbox check --policy "$policy" "$dir/b"
expect "a manifest that is not JSON" 125 "run.json:1:1: this .*is not closed"
fresh; sed -i 's/"argv": \[/"argv": [ 7, /' "$dir/b/run.json"
tcbox report "$dir/b"
expect "a manifest with a wrong type" 125 'run.json: "argv" is not a string'

# Usage and policies
tcbox check "$b"
expect "check without a policy" 2 "check: --policy is needed"
tcbox check --policy "$policy"
expect "check without a bundle" 2 "check: name a bundle"
tcbox report "$b" "$b"
expect "two bundles" 2 "one bundle only"
tcbox report --format pdf "$b"
expect "an unknown format" 2 '"pdf" is not a format; there are "text", "json", "markdown", "html", "sarif", "junit" and "csv"'
tcbox report --formt json "$b"
expect "a misspelt option" 2 "did you mean --format"
tcbox check --policy "$dir/no.json" "$b"
expect "a policy that does not exist" 2 "no.json: No such file"
echo '{ "tcbox_policy": 1, "connexions": [] }' >"$dir/bad.json"
tcbox check --policy "$dir/bad.json" "$b"
expect "a policy that is not valid" 2 "bad.json:1:[0-9]+: .*connections"
"$TCBOX" report "$b" >/dev/full 2>"$dir/err"; status=$?
expect "output that can not be written" 125 "write to standard output: No space left"

echo "1..$n"
