#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# exchange_calls.sh - tcbox policy export to seccomp profiles, units of systemd, bills of behaviour; there and back
#
# exchange/agent.FORMAT.out is what the example becomes, .said what is said of the rest. --update rewrites both.
# What is imported is in exchange.sh.
. tests/golden/exchange/lib.sh

for format in cyclonedx cyclonedx-2.0 oci-seccomp oci-seccomp-log sbob systemd; do
	runs 0 "the example is exported as $format" export --to "$format" doc/examples/agent.policy.json
	if [ "${1:-}" = --update ]; then
		cp "$dir/out" "$here/agent.$format.out"
		cp "$dir/err" "$here/agent.$format.said"
	fi
	diff "$here/agent.$format.out" "$dir/out" >"$dir/diff"
	result $? "$format: the file is as it was"
	diff "$here/agent.$format.said" "$dir/err" >"$dir/diff"
	result $? "$format: what is said is as it was"
done

# YAML that grows, and the same limits as of JSON.
runs 2 "anchors that stand for a billion values are refused" import --from sbob tests/fuzz/corpus/sbob/laughs
says "at the alias that goes too far" 'laughs:6:22: more than 524288 values'
truncate -s 100M "$dir/large.json"
runs 2 "100 MB of YAML are refused" import --from sbob "$dir/large.json"
python3 -c 'print("["*10000)' >"$dir/deep.json"
runs 2 "10000 levels of YAML are refused" import --from sbob "$dir/deep.json"
says "at the level that is too deep" 'deep.json:1:65: nested deeper than 64 levels'

# System calls, there and back.
printf '{"tcbox_policy":1,"syscalls":{"allow":["@basic-io","@network","execve"],"deny":["listen"]}}' >"$dir/calls.json"
runs 0 "a policy of system calls alone is carried over" export --strict --to oci-seccomp "$dir/calls.json"
cp "$dir/out" "$dir/profile.json"
runs 0 "and back" import --strict --from oci-seccomp "$dir/profile.json"
cp "$dir/out" "$dir/back.json"
runs 0 "with no difference" diff "$dir/calls.json" "$dir/back.json"
runs 2 "what only is written is not read" import --from oci-seccomp-log "$dir/profile.json"
says "and that is said" 'oci-seccomp-log is written only'
if command -v systemd-analyze >/dev/null; then
	runs 0 "a drop-in is written" export --to systemd "$dir/calls.json"
	{ printf '[Service]\nExecStart=/bin/true\n' && cat "$dir/out"; } >"$dir/x.service"
	systemd-analyze verify --man=no "$dir/x.service" >"$dir/diff" 2>&1 && ! grep -iE 'unknown|invalid|failed' "$dir/diff"
	result $? "systemd takes all of it"
fi

# What is carried over as a whole decides as before.
for format in "cyclonedx 8" "oci-seccomp 5" "systemd 10" "sbob 20"; do
	# shellcheck disable=SC2086
	PYTHONPATH=tests/policy python3 tests/policy/round_trip.py $format >"$dir/out" 2>"$dir/err"
	result $? "${format% *}: policies of tests/policy decide as before when they come back: $(tail -n 1 "$dir/out")"
done
tests/golden/exchange_keys.py >"$dir/out" 2>"$dir/err"
result $? "no key of a policy is left out in silence: $(tail -n 1 "$dir/out")"
echo "1..$n"
