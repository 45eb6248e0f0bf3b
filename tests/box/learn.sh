#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# learn.sh - tcbox policy new: what is learned from a run, that run conforms to, and so does the next one
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

# learn STATUS NAME FILE OPTION... BUNDLE...: tcbox policy new ends with STATUS; what it says is in $said
learn() {
	expected=$1 name=$2 learned=$3
	shift 3
	said=$dir/said
	rm -f "$learned"
	"$TCBOX" policy new --output "$learned" "$@" >"$said" 2>&1
	status=$?
	result "$([ "$status" = "$expected" ]; echo $?)" "$name: exit status $expected" "it was $status
$(cat "$said")"
}

# verdict VERDICT NAME POLICY BUNDLE
verdict() {
	is=$("$TCBOX" check --format json --policy "$3" "$4" | python3 -c 'import json, sys; print(json.load(sys.stdin)["verdict"])')
	result "$([ "$is" = "$1" ]; echo $?)" "$2: it $1" "it is: $is
$("$TCBOX" check --policy "$3" "$4" | head -n 40)"
}

run 3 "a first run" --observe all -- curl -s -d hello https://example.org/api
first=$bundle
learn 0 "learned from it" "$dir/curl.json" "$first"
check "what was learned has no mistake" "$TCBOX" policy lint "$dir/curl.json"
verdict conforms "the run that it was learned from" "$dir/curl.json" "$first"
run 0 "the next run" --policy "$dir/curl.json" -- curl -s -d hello https://example.org/api
run 1 "control: a run that does something else" --policy "$dir/curl.json" -- curl -s https://other.example/api
holds "what it does else is found" 'the(find("NET-UNDECLARED")).severity == "violation"'

finish
