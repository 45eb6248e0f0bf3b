#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check.sh - scripts/check adds up what all steps say, runs the box tests beside the others, and stops all of them
#
# A stand-in for make: its steps write to the descriptor of results what $dir/NAME says, and end with the status there.
set -u

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0
result() {	# status, name
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; sed 's/^/# /' "$dir/out"; fi
}

cat >"$dir/make" <<'END'
#!/bin/sh
dir=$(dirname "$0")
for word; do step=$word; done
[ "$step" != test-programs ] || exit "$(cat "$dir/builds")"
step=${step#check-}
echo "this is $step"
case $step in
box)
	# it ends when the others have: so it runs beside them
	tries=0
	while [ "$(cat "$dir/builds")" = 0 ] && [ ! -e "$dir/others-ended" ] && [ $tries -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
	[ $tries -lt 600 ] || exit 1 ;;
build) : >"$dir/others-ended" ;;
docs) [ ! -e "$dir/hang" ] || { : >"$dir/hangs"; sleep 1000; } ;;
esac
[ -e "$dir/$step" ] || { echo "$step 2 0 0" >&9; exit 0; }
cat "$dir/$step" >&9
exit 2
END
chmod 755 "$dir/make"
check() {
	rm -f "$dir/others-ended"
	env -u MAKEFLAGS MAKE="$dir/make" B="$dir" scripts/check >"$dir/out" 2>&1
	rc=$?
}
said() { tail -n 1 "$dir/out" | grep -qx "$1"; }

echo 0 >"$dir/builds"
check
[ $rc = 0 ] && said '28 passed, 0 failed, 0 skipped'
result $? "the last line has the totals of all steps"
[ "$(grep -c '^this is' "$dir/out")" = 14 ] && [ "$(grep '^this is' "$dir/out" | tail -n 1)" = 'this is box' ]
result $? "the box tests run beside the others, and are told after them"
grep -q '^took [0-9]* s: .*box [0-9]* s' "$dir/out"
result $? "it says how long each step took"

printf 'golden 1 2 0\n' >"$dir/golden"
printf 'box-user 5 1 1\nbox-root 4 0 2\n' >"$dir/box"
check
[ $rc = 1 ] && said '34 passed, 3 failed, 3 skipped'
result $? "failures of a step are counted once, and every step runs"

: >"$dir/docs"
check
[ $rc = 1 ] && said '32 passed, 4 failed, 3 skipped' && grep -q '^FAIL docs: the step did not come to its tests' "$dir/out"
result $? "a step that does not come to its tests is a failure"
rm "$dir/golden" "$dir/box" "$dir/docs"

echo 2 >"$dir/builds"
check
[ $rc = 0 ] && [ "$(grep '^this is' "$dir/out" | tail -n 1)" = 'this is box' ]
result $? "what does not build is told by each step, and the box tests are the last"

# Stopped in the middle of a step, while the box tests run.
echo 0 >"$dir/builds"
: >"$dir/hang"
rm -f "$dir/others-ended"
MAKE=$dir/make B=$dir scripts/check >"$dir/out" 2>&1 &
checker=$! tries=0
while [ ! -e "$dir/hangs" ] && [ $tries -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
kill $checker
wait $checker
rc=$?
alive() { grep -qzF "$dir/make" /proc/[0-9]*/cmdline 2>/dev/null; }
while alive && [ $tries -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
[ $rc = 130 ] && [ -e "$dir/hangs" ] && ! alive
result $? "who stops it stops all steps"
echo "1..$n"
