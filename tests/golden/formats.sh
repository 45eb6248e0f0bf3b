#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# formats.sh - reports for the programs of others: SARIF, JUnit, CSV; --section, --severity, --fail-on
set -u

: "${TCBOX:?}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0
here=tests/golden

result() {	# STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		head -n 40 "$dir/out" "$dir/err" | sed 's/^/# /'
	fi
}

report() {	# STATUS NAME ARG...: tcbox report; ends so, and prints to $dir/out
	local wanted=$1 name=$2
	shift 2
	"$TCBOX" report "$@" >"$dir/out" 2>"$dir/err"
	local status=$?
	[ "$status" = "$wanted" ] || echo "status $status, wanted $wanted" >>"$dir/err"
	[ "$status" = "$wanted" ]
	result $? "$name"
}

has() {	# NAME PATTERN
	grep -qE -- "$2" "$dir/out" "$dir/err"
	result $? "$1"
}

hasnt() {
	! grep -qE -- "$2" "$dir/out" "$dir/err"
	result $? "$1"
}

# Real readers: of JSON, of XML with a schema, of CSV; over what is stored, and over a product that names everything to break them
python3 $here/formats.py bundles "$dir" || exit 1
for b in $here/{conforms,undeclared,attempts,lost,headline}/bundle "$dir/story" "$dir/hostile"; do
	name=${b%/bundle}
	name=${name##*/}
	"$TCBOX" report --format json "$b" >"$dir/json" 2>/dev/null
	report 0 "$name: SARIF" --format sarif "$b"
	python3 $here/formats.py sarif "$dir/json" "$dir/out" 2>"$dir/err"
	result $? "$name: it is SARIF 2.1.0, with every finding"
	report 0 "$name: JUnit" --format junit "$b"
	if command -v xmllint >/dev/null; then
		xmllint --noout --nonet --schema $here/junit.xsd "$dir/out" 2>"$dir/err"
		result $? "$name: xmllint reads it, and it is what the schema says"
	fi
	python3 $here/formats.py junit "$dir/json" "$dir/out" 2>"$dir/err"
	result $? "$name: the suite counts what it has"
	report 0 "$name: CSV" --format csv "$b"
	python3 $here/formats.py csv "$dir/json" "$dir/out" 2>"$dir/err"
	result $? "$name: every finding is a row, and no cell is a formula"
	for section in destinations names listeners programs files calls; do
		report 0 "$name: CSV of $section" --format csv --section $section "$b"
		python3 $here/formats.py table "$dir/json" "$dir/out" $section 2>"$dir/err"
		result $? "$name: CSV has all $section"
	done
done

# What is asked for, and nothing else
u=$here/undeclared/bundle
report 0 "two sections" --section seen,not-seen "$u"
has "the verdict stands first" '^VIOLATES '
has "what was declared and seen" '^Declared and seen'
has "and what was not seen" '^Declared and not seen'
hasnt "nothing else" '^(Destinations|Violations|Names|Not observable)'
report 0 "a section in Markdown" --format markdown --section destinations "$u"
has "it is there" '^## Destinations'
hasnt "alone" '^## Violations'
report 2 "a section that is none" --section seen,foo "$u"
has "those that are, are named" '"foo" is none of: summary, destinations, .*, evidence '
report 2 "an empty section" --section '' "$u"
report 2 "a section of JSON" --format json --section files "$u"
report 2 "a section that is no table" --format csv --section setup "$u"
has "it is said so" 'csv has findings, destinations, names'
report 2 "two tables" --format csv --section destinations,files "$u"
has "it is said that there is one" 'csv is one table: choose one section'
s=$dir/story
report 0 "control: a story with all severities" "$s"
has "violations" '^Violations'
has "warnings" '^Warnings [(]'
report 0 "violations only" --severity violation "$s"
has "they are there" '^Violations'
hasnt "no others" '^(Notes|Warnings) [(]'
report 0 "the others" --severity warning,info "$s"
hasnt "no violations" '^Violations'
has "the verdict is the same" '^VIOLATES '
report 2 "a severity that is none" --severity error "$s"
has "those that are, are named" '"error" is none of: info, warning, violation'
report 2 "JSON has all severities" --format json --severity info "$s"
report 0 "SARIF of some" --format sarif --severity info "$s"
has "says that others were not asked for" 'findings of other severities were not asked for'
hasnt "and has none" '"ruleIndex": 0,'

# --fail-on
cp -r $here/undeclared/bundle "$dir/reviewed"
report 1 "a violation fails" --fail-on violation "$u"
report 1 "or anything graver than a note" --fail-on info "$u"
report 0 "what conforms does not" --fail-on violation $here/conforms/bundle
report 2 "on nothing" --fail-on never "$u"
for id in $("$TCBOX" report --format json "$u" | python3 -c 'import json, sys
print(*(f["id"] for f in json.load(sys.stdin)["findings"]))'); do
	report 1 "a finding that nobody decided about fails" --fail-on violation "$dir/reviewed"
	"$TCBOX" review --finding "$id" --decide accepted --reason "known since 2024" --reviewer me "$dir/reviewed" >/dev/null 2>"$dir/err"
	result $? "it is accepted"
done
report 0 "what is accepted does not fail" --fail-on violation "$dir/reviewed"
report 0 "SARIF says that it is suppressed" --format sarif "$dir/reviewed"
has "by whom it was decided" '"justification": "known since 2024"'
report 0 "JUnit skips it" --format junit "$dir/reviewed"
has "with who decided" '<skipped message="accepted by me on '
"$TCBOX" check --policy $here/undeclared/policy.json --fail-on violation "$dir/reviewed" >"$dir/out" 2>"$dir/err"
result $(($? != 1)) "a verdict stays what it is"
"$TCBOX" check --policy $here/conforms/policy.json --fail-on info $here/conforms/bundle >"$dir/out" 2>"$dir/err"
result $? "check fails for nothing where nothing was found"
echo "1..$n"
