#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# mutate.sh - mutate.py finds what a bad test does not notice, and nothing where a good one looks
#
# A toy tree: lib/toy.c, and one test program that is good or bad.
set -u

dir=$(mktemp -d /var/tmp/mutate-toy.XXXXXX)
trap 'rm -rf "$dir"' EXIT
n=0
result() {	# ok or not ok, name; what was printed is shown with the second
	n=$((n + 1))
	echo "$1 $n - $2"
	[ "$1" = ok ] || sed 's/^/# /' "$dir/out"
}

mkdir -p "$dir/lib" "$dir/scripts" "$dir/tests/mutate"
cp scripts/tap-run "$dir/scripts"
cat >"$dir/lib/toy.c" <<'END'
/* if (a < b) return 1; a comment */
#define TWICE(x) ((x) + (x))
static const int table[] = { 1, 2, 3 };
static const char *const words[] = { "a < b", "c && d" };
int toy_adult(int age);
int toy_steps(int to);
int toy_adult(int age)
{
	static const int local[] = { 4, 5 };	/* 6 + 7 */
	tb_warn("toy", "%d %s", age + 1, words[1]);
	if (age >= 18)
		return TWICE(table[0]) + local[0];
	return 0;
}
int toy_steps(int to)
{
	int n = 0;
	while (n < to)
		n++;
	return n;
}
END
cat >"$dir/Makefile" <<'END'
ROOMS := lib
build/test: build/test.o build/lib/toy.o
	cc -o build/test build/test.o build/lib/toy.o
build/%.o: %.c
	@mkdir -p build/lib
	cc '-Dtb_warn(...)=((void)0)' -Wno-unused -c $< -o $@
END
head='#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int toy_adult(int age); int toy_steps(int to);
static int n; static void ok(int good) { printf("%s %d - a\n", good ? "ok" : "not ok", ++n); }
int main(void) {'
good='ok(toy_adult(17) == 0); ok(toy_adult(18) == 6); ok(toy_adult(19) == 6); ok(toy_steps(3) == 3);
	ok(toy_steps(0) == 0); printf("1..%d\n", n); }'
bad='ok(toy_adult(17) == 0); ok(toy_adult(30) > 0); ok(toy_steps(0) == 0); printf("1..%d\n", n); }'
mutate() {	# test, option...: makes all changes to the toy
	printf '%s\n%s\n' "$head" "$1" >"$dir/test.c"
	shift
	rm -rf "$dir/build"
	(cd "$dir" && make -s build/test) && tests/mutate/mutate.py --tree "$dir" --build build --place lib \
		--number 1000 --seconds 2 "$@" --programs unit build/test >"$dir/out" 2>&1
}

mutate "$good"
if grep -q '^lib, seed 1: \([0-9]*\) of \1 changes noticed, 100 %' "$dir/out"; then
	result ok "a good test notices every change"
else
	result "not ok" "a good test notices every change"
fi
if grep 'lib/toy.c:' "$dir/out" | grep -qvE 'lib/toy.c:(11|12|13|17|18|19|20):'; then
	result "not ok" "comments, directives, tables and log messages are left alone"
else
	result ok "comments, directives, tables and log messages are left alone"
fi
if [ "$(grep -c '^noticed' "$dir/out")" = 7 ]; then
	result ok "each line of code is changed once"
else
	result "not ok" "each line of code is changed once"
fi

lived=
for seed in 2 3 4; do
	mutate "$bad" --seed "$seed"
	lived="$lived $(sed -n 's/^lived: //p' "$dir/out")"
done
case $lived in
*'toy.c:11: >= → >'*|*'toy.c:11: 18 → 19'*|*'toy.c:11: 18 → 17'*) result ok "a bad test lets a changed bound live" ;;
*) result "not ok" "a bad test lets a changed bound live" ;;
esac
case $lived in
*'toy.c:19: '*) result ok "a change that nothing calls for lives" ;;
*) result "not ok" "a change that nothing calls for lives" ;;
esac

# "late" waits for ever when a bound is wrong: each time, or the first time only, as on a machine that has other things to do.
late='	if (toy_adult(17) != 0 || toy_adult(18) != 6) { if (FIRST_ONLY) pause(); }
	ok(1); printf("1..1\n"); }'
mutate "$(printf %s "$late" | sed 's/FIRST_ONLY/1/')"
if grep -q '^noticed .*did not end, twice' "$dir/out" && grep -q '; [1-9] of them only by a test that did not end$' "$dir/out"; then
	result ok "what only time notices is told"
else
	result "not ok" "what only time notices is told"
fi
mutate "$(printf %s "$late" | sed 's/FIRST_ONLY/open("late", O_CREAT | O_EXCL, 0600) >= 0/')"
if grep -q '^LIVED ' "$dir/out" && ! grep -q '^noticed ' "$dir/out"; then
	result ok "a test that is late once has noticed nothing"
else
	result "not ok" "a test that is late once has noticed nothing"
fi

mutate "$bad" --seed 5
known=$(sed -n 's/^lived: lib\/toy.c:[0-9]*: //p;' "$dir/out" | head -n 1)
code=$(sed -n '/^lived: /{n;s/^ *//;p;q;}' "$dir/out")
before=$(sed -n 's/^lib, seed 5: [0-9]* of \([0-9]*\) .*/\1/p' "$dir/out")
printf '# known\nlib/toy.c | n = a | b; | 1 → 2 | code with a bar\nlib/toy.c | %s | %s | toy\n' "$code" "$known" >"$dir/tests/mutate/equivalent"
mutate "$bad" --seed 5
if [ "$(sed -n 's/^lib, seed 5: [0-9]* of \([0-9]*\) .*/\1/p' "$dir/out")" = $((before - 1)) ] &&
	! grep -qF "lived: lib/toy.c:11: $known" "$dir/out"; then
	result ok "a change that is listed does not count"
else
	result "not ok" "a change that is listed does not count"
fi
printf 'lib/toy.c | %s | %s\n' "$code" "$known" >"$dir/tests/mutate/equivalent"
if mutate "$bad" || ! grep -q 'not FILE' "$dir/out"; then
	result "not ok" "a change cannot be listed without a reason"
else
	result ok "a change cannot be listed without a reason"
fi
rm "$dir/tests/mutate/equivalent"
if mutate 'ok(toy_steps(1) == 2); printf("1..1\n"); }' || ! grep -q 'not green' "$dir/out"; then
	result "not ok" "a tree whose tests fail is not changed"
else
	result ok "a tree whose tests fail is not changed"
fi

# The table of box scripts names what is there.
sed '/^#/d' tests/mutate/box | tr -s '[:space:]' '\n' | while read -r name; do
	# shellcheck disable=SC2086 # a pattern
	ls $name >/dev/null || echo "nothing is called $name"
done >"$dir/out" 2>&1
if [ -s "$dir/out" ]; then
	result "not ok" "the table of box scripts names what is there"
else
	result ok "the table of box scripts names what is there"
fi
# Each script is named by it, and each source file has one.
for script in tests/box/*.sh; do
	grep -q "[[:space:]]$script\([[:space:]]\|\$\)" tests/mutate/box || echo "$script stands in no line of tests/mutate/box"
done >"$dir/out"
if [ -s "$dir/out" ]; then
	result "not ok" "the table of box scripts names each of them"
else
	result ok "the table of box scripts names each of them"
fi
# shellcheck disable=SC2013 # words of one line
for file in $(sed -n 's/^ROOMS := //p' Makefile); do find "$file" -name '*.c'; done | while read -r file; do
	sed '/^#/d;s/[[:space:]].*//' tests/mutate/box | while read -r pattern; do
		# shellcheck disable=SC2254 # a pattern
		case $file in $pattern) echo found; break ;; esac
	done | grep -q found || echo "$file has no box script"
done >"$dir/out"
if [ -s "$dir/out" ]; then
	result "not ok" "every source file has a box script"
else
	result ok "every source file has a box script"
fi
printf 'lib/other.c\ttests/box/run.sh\n' >"$dir/table"
if (cd "$dir" && make -s build/test) && ! tests/mutate/mutate.py --tree "$dir" --build build --place lib --programs unit build/test \
	--table box "$dir/table" >"$dir/out" 2>&1 && grep -q 'no script of the step box belongs to lib/toy.c' "$dir/out"; then
	result ok "a file without a script is an error"
else
	result "not ok" "a file without a script is an error"
fi
echo "1..$n"
