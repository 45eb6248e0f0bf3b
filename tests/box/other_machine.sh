#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# other_machine.sh - the tests themselves on a machine of another kind, which has no calls of 32-bit x86: they skip what needs
# them and nothing else, although everything must work
#
# The machine is this one under a filter; doctor.sh looks what the doctor says there.
set -u

here=$(cd "$(dirname "$0")" && pwd)
if ! unshare -Urnm true 2>/dev/null; then
	echo "1..0 # SKIP no user namespaces here"
	exit 77
fi
out=$(mktemp)
trap 'rm -f "$out"' EXIT
n=0 rc=0

result() {	# good, name
	n=$((n + 1))
	if [ "$1" = yes ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' "$out"
		rc=1
	fi
}

# passes SKIPS PROGRAM: it passes there, and skips so many tests for want of those calls
passes() {
	env -u TCBOX_RESULTS_FD -u TCBOX_ABSENT -u V TCBOX_MUST_WORK=1 COMPAT=32-bit python3 "$here/under_filter.py" no-i386 \
		scripts/tap-run --label other --machine --timeout 280 "tests/box/$2.sh" >"$out" 2>&1
	status=$?
	result "$([ $status = 0 ] && echo yes)" "$2 passes"
	result "$([ "$(grep -c '# SKIP machine: no 32-bit calls$' "$out")" = "$1" ] && echo yes)" "$2 skips what needs 32-bit calls"
	result "$(tail -n 1 "$out" | grep -q " $1 skipped$" && echo yes)" "$2 skips nothing else"
}

passes 1 i386
passes 2 compat
passes 1 supervise
passes 1 isolation
result "$(grep -q 'this machine has no 32-bit calls: .*32-bit programs cannot' "$out" && echo yes)" "it is told why"

echo "1..$n"
exit $rc
