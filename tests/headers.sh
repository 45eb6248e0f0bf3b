#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# headers.sh - each header compiles alone, strictly, and may be included twice
set -u

: "${CC:=cc}" "${CPPFLAGS:=-Iinclude -I. -D_GNU_SOURCE}"
n=0

# The compiler's verdict on a header, or on standard input for "-".
check() {
	# shellcheck disable=SC2086 # a list of options
	printf '#include "%s"\n#include "%s"\nextern int not_empty;\n' "$1" "$1" |
		"$CC" $CPPFLAGS -std=c11 -pedantic -Wall -Wextra -Wundef -Werror -fsyntax-only -xc - 2>&1
}

report() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		printf '%s\n' "$3" | sed 's/^/# /'
	fi
}

for h in include/tcbox/*.h $(find lib record bundle evidence policy facts report try seal sandbox capture lab run cli -name "*.h" | sort) tests/*/*.h; do
	out=$(check "$h")
	report $? "$h compiles alone and twice" "$out"
done

# A check that cannot fail is none.
bad=$(mktemp -d)
trap 'rm -rf "$bad"' EXIT
echo 'uint8_t needs_stdint(void);' >"$bad/alone.h"
echo '#include <stdint.h>
struct twice { uint8_t x; };' >"$bad/twice.h"
for h in alone twice; do
	if check "$bad/$h.h" >/dev/null; then rc=1; else rc=0; fi
	report $rc "a header that fails '$h' is caught" ""
done
echo "1..$n"
