#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# runner.sh - the test runner sees every way to fail
set -u

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0 options=''
# A tcbox whose doctor finds that a machine has no calls of 32 bits, and that user namespaces do not work
mkdir "$dir/build"
cat >"$dir/build/tcbox" <<'END'
#!/bin/sh
echo '{ "checks": [ { "name": "user namespaces", "works": false, "required": true, "detail": "forbidden" },
	{ "name": "32-bit calls", "works": false, "required": false, "detail": "not there" },
	{ "name": "Landlock", "works": true, "required": false, "detail": "ABI 7" } ] }'
exit 125
END
chmod 755 "$dir/build/tcbox"

# expect NAME "TOTALS" STATUS [VAR=VALUE...] <<SCRIPT: run the script through tap-run, with $options, and compare totals and status
expect() {
	name=$1 totals=$2 status=$3
	shift 3
	n=$((n + 1))
	{ echo '#!/bin/sh'; cat; } >"$dir/t.sh"
	chmod 755 "$dir/t.sh"
	# shellcheck disable=SC2086 # none, or several
	out=$(env -u V -u TCBOX_MUST_WORK -u TCBOX_RESULTS_FD -u TCBOX_ABSENT B="$dir/build" "$@" \
		scripts/tap-run $options --label t --timeout 1 "$dir/t.sh" 2>&1)
	rc=$?
	if [ "$rc" = "$status" ] && [ "$(printf '%s\n' "$out" | tail -n 1)" = "t: $totals" ]; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		printf 'status %s\n%s\n' "$rc" "$out" | sed 's/^/# /'
	fi
}

expect "passed tests are counted one by one" "2 ok, 0 not ok, 0 skipped" 0 <<'END'
echo 1..2; echo ok 1 - a; echo ok 2 - b
END
expect "a failed test fails the run although the status is 0" "1 ok, 1 not ok, 0 skipped" 1 <<'END'
echo 1..2; echo ok 1 - a; echo not ok 2 - b
END
expect "a failed test with a failed status counts once" "0 ok, 1 not ok, 0 skipped" 1 <<'END'
echo 1..1; echo not ok 1 - a; exit 1
END
expect "silence is a failure" "0 ok, 1 not ok, 0 skipped" 1 <<'END'
exit 0
END
expect "a test that is missing is a failure" "1 ok, 1 not ok, 0 skipped" 1 <<'END'
echo 1..2; echo ok 1 - a
END
expect "a status without a failed test is a failure" "1 ok, 1 not ok, 0 skipped" 1 <<'END'
echo ok 1 - a; echo 1..1; exit 3
END
expect "death by a signal is a failure" "1 ok, 1 not ok, 0 skipped" 1 <<'END'
echo 1..1; echo ok 1 - a; kill -SEGV $$
END
expect "a time-out is a failure" "0 ok, 1 not ok, 0 skipped" 1 <<'END'
echo 1..1; exec sleep 60
END
expect "a descendant that keeps the output open does not hold up" "1 ok, 0 not ok, 0 skipped" 0 <<'END'
echo 1..1; echo ok 1 - a; sleep 5 & exit 0
END
expect "a skipped test is skipped, in TAP and as cmocka writes it" "0 ok, 0 not ok, 2 skipped" 0 <<'END'
echo 1..2; echo 'ok 1 - a # SKIP why'; echo 'not ok 2 # SKIP b'
END
expect "status 77 skips as a whole" "0 ok, 0 not ok, 1 skipped" 0 <<'END'
echo no namespaces here; exit 77
END
expect "an empty plan with a reason skips as a whole" "0 ok, 0 not ok, 1 skipped" 0 <<'END'
echo '1..0 # SKIP no namespaces here'
END
expect "status 77 after a failure is a failure" "0 ok, 1 not ok, 0 skipped" 1 <<'END'
echo 1..1; echo not ok 1 - a; exit 77
END
expect "TCBOX_MUST_WORK turns a skip into a failure" "0 ok, 1 not ok, 0 skipped" 1 TCBOX_MUST_WORK=1 <<'END'
exit 77
END
expect "several plans, as cmocka writes for several groups, add up" "2 ok, 0 not ok, 0 skipped" 0 <<'END'
echo 1..1; echo ok 1 - a; echo 1..1; echo ok 1 - b
END
expect "what a machine has not excuses nobody if it was not asked" "0 ok, 1 not ok, 1 skipped" 1 <<'END'
echo 1..1; echo 'ok 1 - a # SKIP machine: no 32-bit calls'
END
expect "a program gets what was said to make, without the jobserver, whose descriptors it has not" "1 ok, 0 not ok, 0 skipped" 0 \
	MAKEFLAGS='w -j4 --jobserver-auth=3,4 -- WERROR=1' <<'END'
echo 1..1; [ "$MAKEFLAGS" = 'w -- WERROR=1' ] && echo ok 1 - a
END

# Who stops the runner stops what it runs, and what that started.
printf '#!/bin/sh\nsleep 1000 & echo $! >"%s/sleeper"\nwait\n' "$dir" >"$dir/t.sh"
: >"$dir/sleeper"
n=$((n + 1))
scripts/tap-run --timeout 60 "$dir/t.sh" >/dev/null 2>&1 &
runner=$! tries=0
while [ ! -s "$dir/sleeper" ] && [ $tries -lt 500 ]; do sleep 0.1; tries=$((tries + 1)); done
kill $runner
wait $runner
rc=$?
sleeps() { grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$(cat "$dir/sleeper")/status" 2>/dev/null; }
while sleeps && [ $tries -lt 500 ]; do sleep 0.1; tries=$((tries + 1)); done
if [ $rc = 143 ] && [ -s "$dir/sleeper" ] && ! sleeps; then
	echo "ok $n - who stops the runner stops what it runs"
else
	echo "not ok $n - who stops the runner stops what it runs"
	echo "# status $rc"
fi

options=--machine
expect "a program learns what this machine has not" "1 ok, 0 not ok, 0 skipped" 0 <<'END'
echo 1..1; printf '%s\n' "$TCBOX_ABSENT" | grep -qx '32-bit calls' && ! printf '%s\n' "$TCBOX_ABSENT" | grep -q Landlock && echo ok 1 - a
END
expect "TCBOX_MUST_WORK asks for nothing that this machine has not" "1 ok, 0 not ok, 1 skipped" 0 TCBOX_MUST_WORK=1 <<'END'
echo 1..2; echo ok 1 - a; echo 'ok 2 - b # SKIP machine: no 32-bit calls'
END
expect "as a whole, too" "0 ok, 0 not ok, 1 skipped" 0 TCBOX_MUST_WORK=1 <<'END'
echo '1..0 # SKIP machine: no 32-bit calls'; exit 77
END
expect "one excuse is good for one test" "0 ok, 1 not ok, 1 skipped" 1 TCBOX_MUST_WORK=1 <<'END'
echo 1..2; echo 'ok 1 - a # SKIP machine: no 32-bit calls'; echo 'ok 2 - b # SKIP python is not installed'
END
expect "to skip for want of what is there is a failure" "1 ok, 1 not ok, 1 skipped" 1 <<'END'
echo 1..2; echo ok 1 - a; echo 'ok 2 - b # SKIP machine: no Landlock'
END
expect "as a whole, too, whatever the status says" "0 ok, 1 not ok, 1 skipped" 1 <<'END'
echo '1..0 # SKIP machine: no Landlock'; exit 77
END
expect "what tcbox cannot do without excuses nobody" "0 ok, 2 not ok, 0 skipped" 1 TCBOX_MUST_WORK=1 <<'END'
echo '1..0 # SKIP machine: no user namespaces'; exit 77
END
expect "a part of a name is not the name" "0 ok, 1 not ok, 1 skipped" 1 <<'END'
echo 1..1; echo 'ok 1 - a # SKIP machine: no 32'
END
printf '#!/bin/sh\nexit 1\n' >"$dir/build/tcbox"
expect "a machine that cannot be asked is a failure" "1 ok, 1 not ok, 0 skipped" 1 <<'END'
echo 1..1; echo ok 1 - a
END
echo "1..$n"
