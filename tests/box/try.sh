#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# try.sh - "tcbox policy try": each kind of act is seen by all its witnesses and judged right; a witness that is taken away is told
set -u

here=$(cd "$(dirname "$0")" && pwd)
topic=try
# shellcheck source=tests/box/lib/box.sh
. "$here/lib/box.sh"
schema=$here/../../doc/schema/tcbox-try-1.schema.json

cat >"$dir/vendor.json" <<'EOF'
{ "tcbox_policy": 1, "product": { "vendor": "Acme", "name": "Agent", "version": "1" },
  "connections": [
    { "id": "update", "to": ["updates.acme.example"], "protocol": "tcp", "ports": [443], "application": "tls" },
    { "id": "web", "to": ["*.web.example", "10.1.0.0/16"], "protocol": "tcp", "ports": ["80-90"] },
    { "id": "api", "to": ["*.api.example"], "protocol": "tcp", "ports": [8080], "application": "http",
      "http": { "methods": ["POST", "GET"], "paths": ["/v1/**", "/v2"] } },
    { "id": "other", "process": "/opt/acme/**", "to": ["2001:db8:5::/48"] },
    { "id": "time", "to": ["192.0.2.123"], "protocol": "udp", "ports": [123] },
    { "id": "ping", "to": ["192.0.2.124"], "protocol": "icmp" },
    { "id": "over", "to": ["192.0.2.125"], "protocol": "tcp", "ports": [80], "until": "2020-01-01" } ],
  "names": ["*.acme.example"],
  "listens": [{ "id": "ui", "ports": [8080], "on": "loopback" }, { "id": "gossip", "protocol": "udp", "ports": [7946] }],
  "executes": ["/usr/bin/uname", "/opt/acme/**"],
  "files": { "write": ["/tmp/acme.log", "/tmp/**"] },
  "syscalls": { "allow": ["@default", "@network"], "deny": ["ptrace", "mount"] },
  "undeclared": { "connections": "warning", "names": "info", "listens": "violation", "executes": "violation", "files": "warning" } }
EOF
echo '{ "tcbox_policy": 1, "undeclared": { "connections": "ignore", "files": "violation" } }' >"$dir/ignore.json"

# try STATUS NAME ARG...: leaves $out
try() {
	expected=$1 name=$2
	shift 2
	out=$dir/out
	"$TCBOX" policy try --format json "$@" >"$out" 2>"$dir/err"
	status=$?
	if [ "$status" = "$expected" ]; then result 0 "$name: exit status $expected"; else result 1 "$name: exit status $expected" "it was $status
$(cat "$dir/err")
$("$TCBOX" policy try "$@" 2>&1 | grep -E -A 1 'NOT|MISJUDGED|not done|lost')"; fi
}

# acts NAME EXPRESSION: over "acts" of $out
acts() {
	check "$1" python3 -c 'import json, sys
t = json.load(open(sys.argv[1]))
acts = t["acts"]
kinds = [a for a in acts if not a["rule"]]
rule = lambda id, declared: [a for a in acts if a["rule"] == id and a["declared"] == declared]
assert eval(sys.argv[2]), [a for a in acts if a["outcome"] != "right"]' "$out" "$2"
}

bundle=$dir/bundles/vendor
try 0 "a vendor's policy" --output "$bundle" "$dir/vendor.json"
acts "every kind of act was done, was seen by all its witnesses and judged right" \
	'len(kinds) == 24 and all(a["done"] and a["outcome"] == "right" and a["seen"] and not a["not_seen"] for a in kinds)'
acts "of all kinds there are" 'len({a["kind"] for a in kinds}) == 22'
acts "the severity is the policy'\''s" '{(a["kind"], a["finding"]["severity"]) for a in kinds} >= {("connect", "warning"), ("lookup", "info"),
	("listen", "violation"), ("execute", "violation"), ("create", "warning")}'
acts "what a rule allows is no finding" 'all(rule(id, True) and rule(id, True)[0]["outcome"] == "right" and not rule(id, True)[0]["finding"]
	for id in ("web", "time", "ping", "*.acme.example", "ui", "gossip", "/usr/bin/uname", "/tmp/**", "/tmp/acme.log"))'
acts "what lies beside it is one" 'all(rule(id, False)[0]["outcome"] == "right" and rule(id, False)[0]["finding"]
	for id in ("web", "time", "*.acme.example", "ui", "gossip", "other", "ptrace", "mount"))'
acts "a request that a rule declares is no finding, and another one is" '[(a["declared"], a["request"], a["outcome"],
	a["finding"] and a["finding"]["code"]) for a in acts if a["rule"] == "api" and a["request"]] == [(True, "POST /v1/tcbox-try", "right", None), (False, "POST /tcbox-try-beside", "right", "NET-REQUEST")]'
acts "another application than the declared is one" 'rule("update", False)[0]["finding"]["code"] == "NET-APPLICATION"'
acts "a rule that has ended is not tried" 'not rule("over", True) and not rule("over", False)'
acts "no program of the vendor was started" 'rule("/opt/acme/**", False)[0]["outcome"] == "not-planned"'
check "its JSON is what the schema says" python3 -c 'import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' "$out" "$schema"
holds "the bundle is that of an ordinary run" 'r.verdict == "violates" and m.state == "complete" and not any(f.code == "EVIDENCE-LOST" for f in r.findings)'
check "the text says the same" sh -c '"$0" policy try --judge "$1" | grep -q "Each was seen by all its witnesses and judged right"' "$TCBOX" "$bundle"
# Its own place: other tests have such, too
check "nothing is left behind" python3 -c 'import json, os, sys
places = {t.partition("/files")[0] for a in json.load(open(sys.argv[1]))["acts"] for t in [a["target"] or ""] if "/tcbox-try." in t}
sys.exit(len(places) != 1 or os.path.exists(places.pop()))' "$out"

try 0 "a policy that ignores connections" "$dir/ignore.json"
acts "they are seen, and are no finding" 'all(a["outcome"] == "right" and a["seen"] and not a["finding"] for a in kinds if a["kind"] == "connect")'
acts "what it does not compare is not planned" '[a["outcome"] for a in kinds if a["kind"] == "call"] == ["not-planned"]'

cat >"$dir/rules.json" <<'EOF'
{ "tcbox_policy": 1, "connections": [
    { "id": "curl", "process": "/usr/bin/curl", "to": ["api.example"], "protocol": "tcp", "ports": [80],
      "http": { "methods": ["GET"], "paths": ["/x"] } },
    { "id": "http", "to": ["bill.example"], "protocol": "tcp", "ports": [443], "http": { "paths": ["/v1"] } },
    { "id": "e1", "to": ["bill.example"], "protocol": "tcp", "ports": [443] } ] }
EOF
echo '{ "tcbox_policy": 1, "connections": [{ "id": "net", "to": ["198.18.0.0/15"], "protocol": "tcp" }] }' >"$dir/net.json"
try 0 "rules for another program, and two that agree" "$dir/rules.json"
acts "requests of another program are a finding, and it is said why" '(not rule("curl", True) and rule("curl", False)[0]["outcome"] == "right" and
	rule("curl", False)[0]["finding"]["code"] == "NET-UNDECLARED" and "another program" in rule("curl", False)[0]["why"])'
acts "what any of the rules declares is no finding" 'rule("e1", True)[0]["outcome"] == "right" and not rule("e1", True)[0]["finding"]'
try 0 "a policy that declares the addresses of the lab" "$dir/net.json"
acts "names are not tried there" '[a["why"] for a in kinds if a["kind"] == "connect" and not a["target"]] == [
	"the policy declares addresses of the lab, and the name would get one: the rule net"]'

# blind NAME KEY VALUE WITNESS KIND...: the same bundle, as if the events with this had never been recorded
blind() {
	name=$1 key=$2 value=$3 witness=$4
	shift 4
	rm -rf "$dir/blind"
	cp -r "$bundle" "$dir/blind"
	python3 -c 'import json, sys
path, key, value = sys.argv[1:]
lines = open(path).read().splitlines()
kept = [line for line in lines if json.loads(line).get(key) != value]
assert 0 < len(kept) < len(lines)
open(path, "w").write("".join(line + "\n" for line in kept))' "$dir/blind/events.jsonl" "$key" "$value"
	try 1 "$name" --judge "$dir/blind"
	for kind; do
		acts "$name: $kind was not seen by it" "[a for a in kinds if a['kind'] == '$kind'] and all(a['outcome'] == 'not-seen' and
			a['not_seen'] == ['$witness'] for a in kinds if a['kind'] == '$kind')"
	done
}
blind "a decoder that saw no flow" k flow packets connect connect-ipv6 datagram echo echo-ipv6 multicast join
blind "a lab that heard no request" k request lab connect connect-ipv6
blind "a supervisor that saw no socket" k sock "system calls" connect datagram echo join lookup listen wait
blind "socket tables that nobody read" k port "socket tables" listen listen-ipv6 wait
blind "a disk that nobody compared" src disk disk create mkdir change attributes rename link remove
blind "a supervisor that saw no file" k file "system calls" create change attributes rename remove
blind "a supervisor that saw no call" k call "system calls" call dangerous-call

# a run that was not a try, and one whose helper was stopped
run "0 3" "an ordinary run" --policy "$dir/ignore.json" -- /bin/echo connect
check "is not judged" sh -c '! "$0" policy try --judge "$1"' "$TCBOX" "$bundle"
finish
