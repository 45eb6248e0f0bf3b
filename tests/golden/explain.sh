#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# explain.sh - what tcbox policy explain and why say of stored policies, compared with tests/golden/explain
#
# usage: explain.sh [--update]
set -u

: "${TCBOX:?}"
update=${1:-}
n=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
agent=doc/examples/agent.policy.json
run=tests/golden/conforms

same() {	# name, expected file, words of tcbox policy
	local want=tests/golden/explain/$2 name=$1
	shift 2
	"$TCBOX" policy "$@" >"$dir/out" 2>&1
	echo "exit status $?" >>"$dir/out"
	[ "$update" = --update ] && cp "$dir/out" "$want"
	n=$((n + 1))
	if diff -u "$want" "$dir/out" >"$dir/diff" 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$dir/diff"
	fi
}

same "a policy in plain English" agent.txt explain "$agent"
same "the same in Markdown" agent.md explain --format markdown "$agent"
n=$((n + 1))
if "$TCBOX" policy explain --format html "$agent" | grep -q '^</html>$'; then echo "ok $n - the same in HTML is whole"; else echo "not ok $n - the same in HTML is whole"; fi
same "with a run beside it" run.txt explain "$run/policy.json" "$run/bundle"
same "a policy that says nothing" empty.txt explain tests/golden/explain/empty.json
same "a policy of what the example has not" all.txt explain tests/golden/explain/all.json
same "connections: declared, broken, near and far" flows.txt why \
	--flow 'tcp updates.acme.example:443 by /opt/acme/agent' --flow 'tcp a.cdn.acme.example:8443 by /opt/acme/agent' \
	--flow 'tcp updates.acme.example:443 by /opt/acme/agent as tls tls 1.3' --flow 'tcp updates.acme.example:443 by /opt/acme/agent as http' \
	--flow 'tcp updates.acme.example:443 by /opt/acme/agent tls 1.1' --flow 'udp 192.0.2.7:123' --flow 'udp [2001:db8:123::7]:123' \
	--flow 'udp 192.0.3.7:123' --flow 'udp time.acme.example:123 at 192.0.2.9' --flow 'icmp updates.acme.example' "$agent"
same "other acts" acts.txt why --name cdn.acme.example --name updates.acme.example --name c2.stranger.example --name acme.example.org \
	--file /var/lib/acme/x --file /var/log/acme-1/x --file /etc/passwd --exec /bin/bash --exec /usr/bin/sh --exec /opt/acme/agent/x \
	--listen 'tcp 8080' --listen 'tcp 127.0.0.1:8101 by /opt/acme/agent' --listen 'udp [::1]:8101 by /opt/acme/agent' \
	--listen 'tcp 8101 by /opt/acme/agent' --call mlockall --call ptrace --call read --read /etc/shadow "$agent"
same "acts of a policy of what the example has not" all-acts.txt why --read /etc/shadow --read /srv/x --read /srv/w/x --call ptrace \
	--flow 'tcp 203.0.113.5:1' --exec /usr/bin/curl --flow 'ip-47 203.0.113.5' --listen 'udp 5353' \
	tests/golden/explain/all.json
printf '{"tcbox_policy":1,"connections":[{"id":"api","to":["api.acme.example"],"protocol":"tcp","ports":[443,8443],"http":{"paths":["/v1/**"],"hosts":["*.acme.example"]}},
{"id":"old","to":["old.acme.example"],"protocol":"tcp","ports":[443],"until":"2020-01-31"}],
"listens":[{"id":"was","ports":[8080],"until":"2020-01-31"}]}' >"$dir/policy.json"
n=$((n + 1))
"$TCBOX" policy why --request 'GET api.acme.example/v1/a' --request 'GET https://api.acme.example:8443/v1/a?b by /opt/a' \
	--request 'PUT api.acme.example/v2' --request 'GET http://api.acme.example/v1/a' --request 'GET old.acme.example/' \
	--flow 'tcp old.acme.example:443' --name old.acme.example --listen 'tcp 8080' "$dir/policy.json" >"$dir/out" 2>&1
sed -i "s,$dir,DIR," "$dir/out"
[ "$update" = --update ] && cp "$dir/out" tests/golden/explain/requests.txt
if diff -u tests/golden/explain/requests.txt "$dir/out" >"$dir/diff" 2>&1; then
	echo "ok $n - requests, and rules that have ended"
else
	echo "not ok $n - requests, and rules that have ended"
	sed 's/^/# /' "$dir/diff"
fi
echo "1..$n"
