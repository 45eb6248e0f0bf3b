#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# format.sh - the rules of form that a machine can judge without taste; prints file:line of what breaks them
#
# clang-format would also judge taste (tables, comments in columns); "make fmt" offers it as a help, not as a law.
set -u

cd "${1:-.}" || exit 1

judge() {
	find */ .ci \
		\( -path build/ -o -path doc/ -o -name '*.pcap*' -o -path '*/corpus/*' -o -path '*/golden/*' \) -prune -o -type f -print 2>/dev/null | sort |
		while read -r f; do
			[ -z "$(tail -c 1 "$f")" ] || echo "$f:1: does not end with a newline"
			awk -v f="$f" '
			function bad(why) { print f ":" FNR ": " why; wrong = 1 }
			BEGIN { c = f ~ /\.[ch]$/; limit = 100; data = f ~ /^tests\// }	# strings of test data may be longer
			FNR <= 3 && /SPDX-License-Identifier: Apache-2\.0/ { licence = 1 }
			/[ \t]$/ { bad("blanks at the end of the line") }
			/\r/ { bad("carriage return") }
			/(^|[^A-Za-z])(T[O]DO|F[I]XME|X[X]X)([^A-Za-z]|$)/ { bad("unfinished") }
			c && /^ +[^ *]/ { bad("indented with spaces") }
			c && /^[^"]*[^:"]\/\/ / || c && /^\/\// { bad("// comment") }
			{ line = $0; while ((i = index(line, "\t")) > 0)
				line = substr(line, 1, i - 1) sprintf("%*s", 8 - (i - 1) % 8, "") substr(line, i + 1) }
			c && length(line) > limit && !(data && /"/ && length(line) <= 140) { bad("longer than " limit " columns") }
			END {
				if (!licence && f ~ /(\.[ch]|\.sh|\.py|^scripts\/[^.]*)$/ && f !~ /packages$/) bad("no SPDX line")
				if (!wrong) print "fine " f
			}' "$f"
		done
}

if [ "${1:-}" ]; then
	judge
	exit
fi

out=$(judge)
files=$(printf '%s\n' "$out" | grep -c '^fine ')
bad=$(printf '%s\n' "$out" | grep -v '^fine ')
n=1
if [ -z "$bad" ]; then
	echo "ok 1 - $files files are well formed"
else
	echo "not ok 1 - all files are well formed"
	printf '%s\n' "$bad" | sed 's/^/# /'
fi

plant=$(mktemp -d)
trap 'rm -rf "$plant"' EXIT
mkdir "$plant/lib"
me=$PWD/tests/format.sh
planted() {	# what, line
	printf '/* SPDX-License-Identifier: Apache-2.0 */\n%b\n' "$2" >"$plant/lib/x.c"
	n=$((n + 1))
	if "$me" "$plant" | grep -q '^lib/x.c:2: '; then echo "ok $n - $1 is caught"; else echo "not ok $n - $1 is caught"; fi
}
planted "a blank at the end" 'int x; '
planted "indenting with spaces" '        int x;'
planted "a // comment" 'int x; // why'
planted "a long line" "/* $(printf '%095d' 0) */"
planted "unfinished work" '/* TO''DO */'
echo "1..$n"
