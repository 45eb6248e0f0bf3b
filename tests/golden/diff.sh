#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# diff.sh - tcbox diff over the stored bundles: byte for byte, with limits, and damaged in many ways
#
# usage: diff.sh [--update]	TCBOX=program, in the top directory of the tree
#
# tests/golden/diff/A+B.txt, .json and .md are what is expected of the bundles of the cases A and B. --update rewrites them.
set -u

: "${TCBOX:?}"
update=${1:-}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0

result() {	# STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		head -n 40 "$dir/out" "$dir/err" | sed 's/^/# /'
	fi
}

diff_of() {	# STATUS ARG...: keeps what it prints; does it end so?
	local wanted=$1 status
	shift
	"$TCBOX" diff "$@" >"$dir/out" 2>"$dir/err"
	status=$?
	[ "$status" = "$wanted" ] || { echo "status $status, wanted $wanted" >>"$dir/err"; return 1; }
}

stored() {	# STATUS A B
	local a=tests/golden/$2/bundle b=tests/golden/$3/bundle end
	for format in text json markdown; do
		case $format in text) end=txt ;; markdown) end=md ;; *) end=json ;; esac
		diff_of "$1" --format "$format" "$a" "$b"
		result $? "$2 and $3: exit status, $format"
		if [ "$update" = --update ]; then
			cp "$dir/out" "tests/golden/diff/$2+$3.$end"
		else
			diff -u "tests/golden/diff/$2+$3.$end" "$dir/out" >"$dir/err"
			result $? "$2 and $3: $format"
		fi
	done
	diff_of "$1" --format html "$a" "$b" && grep -q '^</html>$' "$dir/out"
	result $? "$2 and $3: the page is whole"
}

stored 1 conforms undeclared
stored 1 undeclared conforms
stored 1 undeclared lost
stored 1 children local-acts

# several STATUS NAME CASE...: the first of them against the others
several() {
	local wanted=$1 name=$2 v=() end
	shift 2
	for c; do v+=("tests/golden/$c/bundle"); done
	for format in text json markdown; do
		case $format in text) end=txt ;; markdown) end=md ;; *) end=json ;; esac
		diff_of "$wanted" --format "$format" "${v[@]}"
		result $? "$name: exit status, $format"
		if [ "$update" = --update ]; then
			cp "$dir/out" "tests/golden/diff/$name.$end"
		else
			diff -u "tests/golden/diff/$name.$end" "$dir/out" >"$dir/err"
			result $? "$name: $format"
		fi
	done
	python3 tests/box/lib/schema.py doc/schema/tcbox-across-1.schema.json "tests/golden/diff/$name.json" >"$dir/out" 2>&1
	result $? "$name: the JSON is what the schema says"
	diff_of "$wanted" --format html "${v[@]}" && grep -q '^</html>$' "$dir/out"
	result $? "$name: the page is whole"
}

several 1 across conforms undeclared state lost
several 3 across-lost conforms conforms lost
diff_of 0 tests/golden/conforms/bundle tests/golden/conforms/bundle tests/golden/conforms/bundle
result $? "of three times the same run everything is the same"
many=()
for ((i = 0; i < 65; i++)); do many+=("tests/golden/conforms/bundle"); done
diff_of 2 "${many[@]}"
result $? "65 bundles are too many"

for run in tests/golden/*/bundle/run.json; do
	b=${run%/run.json}
	diff_of 0 "$b" "$b" || diff_of 3 "$b" "$b"
	result $? "$b differs from itself in nothing"
done

# Both bundles are untrusted: whatever they hold, it ends, and never says that two are the same
good=tests/golden/conforms/bundle
cp -r "$good" "$dir/newer"
sed -i 's/"sha256_\(before\|after\)": "[0-9a-f]\{8\}/"sha256_\1": "00000000/' "$dir/newer/run.json"
"$TCBOX" diff "$good" "$good" >"$dir/out" 2>"$dir/err"
! grep -q 'Product files' "$dir/out"
result $? "control: of the same product files nothing is said"
"$TCBOX" diff "$good" "$dir/newer" >"$dir/out" 2>"$dir/err"
tr -s ' \n' ' ' <"$dir/out" | grep -q 'Product files with another SHA-256: 1, the first /opt/acme/agent'
result $? "another SHA-256 of a product file is told"

bad=$dir/bad
damaged() {	# NAME COMMAND...: does it to a copy
	local name=$1
	shift
	rm -rf "$bad"
	cp -r "$good" "$bad"
	(cd "$bad" && "$@")
	diff_of 1 "$good" "$bad" || diff_of 3 "$good" "$bad"
	result $? "$name, as B"
	! grep -qE '^ +(gone|new) ' "$dir/out"
	result $? "$name: nothing is called gone or new"
	diff_of 1 "$bad" "$good" || diff_of 3 "$bad" "$good"
	result $? "$name, as A"
}
diff_of 3 "$good" "$good" || diff_of 0 "$good" "$good"
result $? "control: the whole bundle is the same"
damaged "a record that is cut off" truncate -s -10 events.jsonl
damaged "an empty record" truncate -s 0 events.jsonl
damaged "no record" rm events.jsonl
damaged "noise for a record" sh -c 'head -c 65536 /dev/urandom >events.jsonl'
damaged "a line that is no event" sed -i '5s/.*/{"k":"so/' events.jsonl
damaged "no policy" rm policy.json

diff_of 2 "$good" "$dir/none" && grep -q "there is no bundle $dir/none" "$dir/err"
result $? "a bundle that is not there"
diff_of 2 "$good"
result $? "one bundle"
diff_of 2 --policy "$dir/none" "$good" "$good"
result $? "a policy that is not there"
[ "$update" = --update ] || echo "1..$n"
