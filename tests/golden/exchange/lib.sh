# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# lib.sh - sourced by tests/golden/exchange*.sh: a directory for what is made, and results by their number
set -u

: "${TCBOX:?}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0
export here=tests/golden/exchange

result() {	# STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		head -n 40 "$dir/out" "$dir/err" "$dir/diff" 2>/dev/null | sed 's/^/# /'
	fi
}

runs() {	# STATUS NAME ARG...: tcbox policy ARG...; ends so
	local wanted=$1 name=$2
	shift 2
	rm -f "$dir/diff"
	"$TCBOX" policy "$@" >"$dir/out" 2>"$dir/err"
	local status=$?
	[ "$status" = "$wanted" ] || echo "status $status, wanted $wanted" >"$dir/diff"
	[ "$status" = "$wanted" ]
	result $? "$name"
}

says() {	# NAME TEXT: what was printed has it
	grep -qF -- "$2" "$dir/out" "$dir/err"
	result $? "$1"
}
