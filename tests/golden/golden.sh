#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# golden.sh - stored bundles, compared with stored policies, give the stored reports, byte for byte
#
# usage: golden.sh [--update]	TCBOX=program, in the top directory of the tree
#
# A case is a directory: bundle/ (run.json, events.jsonl ...), policy.json, expect.json, expect.txt, expect.status, in some expect.md, README (what
# it shows and where it comes from). Without policy.json the bundle is read with "tcbox report".
# --update rewrites what is expected; the review is the difference.
set -u

: "${TCBOX:?}"
update=${1:-}
n=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

evaluate() {	# case, format: output to $dir/out, errors to $dir/err, returns the status
	if [ -f "$1/policy.json" ]; then
		"$TCBOX" check --policy "$1/policy.json" --format "$2" "$1/bundle"
	else
		"$TCBOX" report --format "$2" "$1/bundle"
	fi >"$dir/out" 2>"$dir/err"
}

compare() {	# name, expected file, file
	if [ "$update" = --update ]; then
		cp "$3" "$2"
		return
	fi
	n=$((n + 1))
	if diff -u "$2" "$3" >"$dir/diff" 2>&1; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		sed 's/^/# /' "$dir/diff" "$dir/err"
	fi
}

# What the page says is looked at in a browser, tests/page; here it is made, also under sanitizers.
page() {	# name, case
	evaluate "$2" html
	mv "$dir/out" "$dir/page"
	evaluate "$2" html
	compare "$1: the page, the same again" "$dir/page" "$dir/out"
	n=$((n + 1))
	if grep -q '^</html>$' "$dir/out"; then echo "ok $n - $1: the page is whole"; else echo "not ok $n - $1: the page is whole"; fi
}

for run in tests/golden/*/bundle/run.json; do
	case=${run%/bundle/run.json}
	name=${case##*/}
	evaluate "$case" text
	echo $? >"$dir/status"
	compare "$name: exit status" "$case/expect.status" "$dir/status"
	compare "$name: text report" "$case/expect.txt" "$dir/out"
	if [ -f "$case/expect.md" ]; then
		evaluate "$case" markdown
		compare "$name: Markdown report" "$case/expect.md" "$dir/out"
	fi
	evaluate "$case" json
	compare "$name: JSON report" "$case/expect.json" "$dir/out"
	evaluate "$case" json
	compare "$name: the same again" "$case/expect.json" "$dir/out"
	[ "$update" = --update ] || page "$name" "$case"
done
[ "$update" = --update ] || echo "1..$n"
