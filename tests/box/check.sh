#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check.sh - a finished bundle: compared with other policies, read by Wireshark's tools, and damaged in every way
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

web=$policies/web.json
page=updates.acme.example

# tcbox STATUS NAME ARG...: another command than run; leaves $out and $err
tcbox() {
	expected=$1 name=$2
	shift 2
	out=$dir/out err=$dir/err
	"$TCBOX" "$@" >"$out" 2>"$err" </dev/null
	status=$?
	result "$([ $status = "$expected" ]; echo $?)" "$name: exit status $expected" "it was $status: $(head -n 20 "$err")"
}

# findings FILE: a report without what differs between a run and a comparison afterwards
findings() {
	python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
r["policy"] = None
print(json.dumps(r, indent=1))' "$1"
}

run 0 "a product that conforms" --policy "$web" -- curl -sS "https://$page/"
good=$bundle
run 1 "a product that violates" --policy "$web" -- sh -c "curl -sS http://$page:8080/ https://stranger.example/ | wc -l; echo >/tmp/x"
bad=$bundle
# The same product again: other processes, ports and times, and the same findings by their ids
run 1 "the product that violates, again" --policy "$web" -- sh -c "curl -sS http://$page:8080/ https://stranger.example/ | wc -l; echo >/tmp/x"
check "the product that violates, again: the findings have the same ids" python3 -c 'import json, sys
a, b = ([f["id"] for f in json.load(open(p))["findings"]] for p in sys.argv[1:])
assert len(a) >= 4 and len(set(a)) == len(a), a
assert sorted(a) == sorted(b), (a, b)' "$bad/report.json" "$bundle/report.json"
run 3 "a product without a policy" -- sh -c "curl -sS http://$page:8080/ https://stranger.example/ | wc -l; echo >/tmp/x"

# The same bundle and policy, the same findings
tcbox 1 "check with the same policy" check --policy "$web" --format json "$bad"
findings "$bad/report.json" >"$dir/a"
findings "$out" >"$dir/b"
same "check with the same policy: finds what the run found" "$dir/a" "$dir/b"
cp "$out" "$dir/once"
tcbox 1 "check again" check --policy "$web" --format json "$bad"
same "check again: the same bytes" "$dir/once" "$out"
tcbox 0 "report" report --format json "$bad"
same "report: what the run left" "$bad/report.json" "$out"
tcbox 1 "check of a run without a policy" check --policy "$web" --format json "$bundle"
check "check of a run without a policy: the same kinds of findings" python3 -c 'import json, sys
a, b = ([(f["code"], f["nearest"]) for f in json.load(open(p))["findings"]] for p in sys.argv[1:])
assert sorted(a, key=str) == sorted(b, key=str), (a, b)' "$bad/report.json" "$out"
sed 's/"ports": \[80, 443\]/"ports": [8080]/; s/updates.acme.example/*.example/' "$web" >"$dir/other.json"
tcbox 1 "check with another policy" check --policy "$dir/other.json" --format json "$bad"
check "check with another policy: its findings" python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
net = [f for f in r["findings"] if f["code"] == "NET-UNDECLARED"]
assert len(net) == 1 and "port 443 is not 8080" in net[0]["differs"], net
assert not [f for f in r["findings"] if f["code"] == "DNS-UNDECLARED"]' "$out"
cat >"$dir/any.json" <<'END'
{ "tcbox_policy": 1, "connections": [ { "id": "any", "to": ["*"] } ], "names": ["*"], "executes": ["**"],
  "files": { "write": ["**"] } }
END
tcbox 0 "check with a policy that allows it" check --policy "$dir/any.json" "$bad"
says "check with a policy that allows it: in words" "$out" "CONFORMS"
sed 's/  "files"/  "syscalls": { "allow": ["@default"] }, "files"/' "$dir/any.json" >"$dir/narrow.json"
tcbox 3 "check with a policy that declares fewer calls than the run's" check --policy "$dir/narrow.json" "$bad"
says "check with a policy that declares fewer calls than the run's: why" "$out" "Run the product again, with this policy"
run 1 "the product under the policy that declares fewer calls" --policy "$dir/narrow.json" -- \
	sh -c "curl -sS http://$page:8080/ https://stranger.example/ | wc -l; echo >/tmp/x"
tcbox 1 "check for people" check --policy "$web" "$bad"
says "check for people: the finding" "$out" "stranger.example"
tcbox 2 "check without a policy" check "$bad"
tcbox 2 "check with a missing policy" check --policy "$dir/no.json" "$bad"
tcbox 2 "check with a broken policy" check --policy "$err" "$bad"
tcbox 2 "check of no bundle" check --policy "$web" "$dir"
tcbox 2 "report of what is not there" report "$dir/no"
tcbox 2 "report of a file" report "$bad/run.json"
tcbox 2 "report in a format that is none" report --format xml "$bad"
before=$(cat "$bad"/* | sha256sum)
check "check and report leave the bundle alone" test "$(cat "$bad"/* | sha256sum)" = "$before"

# The capture, by other tools
if command -v tshark >/dev/null; then
	said=$(tshark -n -r "$bad/capture.pcapng" 2>&1 >"$dir/packets")
	result "$([ -z "$said" ] || ! echo "$said" | grep -v 'Running as user'; echo $?)" "tshark reads the capture without complaint" "$said"
	check "capinfos reads it without complaint" sh -c '! capinfos "$0" 2>&1 >/dev/null | grep .' "$bad/capture.pcapng"
	bundle=$bad
	wanted=$(wc -l <"$dir/packets")
	holds "as many packets as the report says" "r.totals.packets == $wanted"
	# one line for each packet that a finding of the network names: CODE NUMBER
	python3 -c 'import json, sys
for f in json.load(open(sys.argv[1]))["findings"]:
    for p in f["packets"]:
        print(f["code"], p)' "$bad/report.json" >"$dir/named"
	tshark -n -r "$bad/capture.pcapng" -T fields -e frame.number -e dns.qry.name -e ipv6.addr -e ip.addr -e tcp.port \
		>"$dir/fields" 2>/dev/null
	check "packet numbers of findings point at their packets" python3 -c 'import sys
fields = {int(l.split("\t")[0]): l for l in open(sys.argv[1])}
named = [l.split() for l in open(sys.argv[2])]
assert "NET-UNDECLARED" in {c for c, _ in named}, named
packets = [fields[int(number)] for _, number in named]
assert any("stranger.example" in p for p in packets), packets
assert all("stranger.example" in p or "8080" in p or "443" in p for p in packets), packets' "$dir/fields" "$dir/named"
	check "the capture has time stamps in nanoseconds" sh -c 'capinfos -M "$0" | grep -q "nanoseconds (9)"' "$bad/capture.pcapng"
else
	skip "the capture is read by tshark" "there is no tshark here"
fi
check "event numbers of findings point at their events" python3 -c 'import json, sys
lines = open(sys.argv[1] + "/events.jsonl").read().split("\n")
for f in json.load(open(sys.argv[1] + "/report.json"))["findings"]:
    kinds = {json.loads(lines[e - 1])["k"] for e in f["events"]}
    wanted = {"DNS-UNDECLARED": "lookup", "NET-UNDECLARED": "flow", "EXEC-UNDECLARED": "exec", "FILE-UNDECLARED": "file"}
    if f["code"] in wanted:
        assert wanted[f["code"]] in kinds, (f["code"], kinds)' "$bad"

# Damage. A bundle that conformed must not conform any more, or not be read at all; tcbox must never crash
damage() {	# NAME SHELL-COMMAND [STATUS-OF-REPORT [TEXT]]
	name="a bundle with $1"
	rm -rf "$dir/damaged"
	cp -r "$good" "$dir/damaged"
	(cd "$dir/damaged" && sh -c "$2")
	tcbox "${3:-0}" "$name" report "$dir/damaged"
	check "$name: does not conform" sh -c '! grep "^CONFORMS" "$0"' "$out"
	[ -z "${4:-}" ] || says "$name: says so" "$err" "$4"
	"$TCBOX" check --policy "$web" "$dir/damaged" >"$out" 2>"$err"
	case $?-${3:-0} in 1-0 | 3-0 | 2-2 | 125-125) unfit=0 ;; *) unfit=1 ;; esac	# what is missing may be what was declared
	result $unfit "$name, check: does not conform" "$(head -n 5 "$out" "$err")"
}
damage "a newer manifest" 'sed -i "s/\"tcbox_run\": 1/\"tcbox_run\": 2/" run.json' 125 "newer"
damage "another format" 'echo "{\"format\": \"zip\"}" >run.json' 125
damage "a manifest that is no JSON" 'echo "<xml/>" >run.json' 125
damage "half a manifest" 'truncate -s 200 run.json' 125
damage "no manifest" 'rm run.json' 2 "run.json"
damage "no record" 'rm events.jsonl'
damage "an empty record" ': >events.jsonl'
damage "a record without its end" 'sed -i "\$d" events.jsonl'
damage "a record without its middle" 'sed -i 8d events.jsonl'
damage "a record with an edited line" 'sed -i "8s/\"k\"/\"kk\"/" events.jsonl'
damage "a record with a line twice" 'sed -i 8p events.jsonl'
damage "a record of random bytes" 'head -c 5000 /dev/urandom >events.jsonl'
damage "no capture" 'rm capture.pcapng'
damage "a capture that was cut" 'truncate -s -32 capture.pcapng'
damage "a FIFO for a record" 'rm events.jsonl && mkfifo events.jsonl'
name="a bundle with an edited policy"
rm -rf "$dir/damaged"
cp -r "$good" "$dir/damaged"
sed -i 's/443/444/' "$dir/damaged/policy.json"
tcbox 0 "$name" report "$dir/damaged"
says "$name: says so" "$err" "changed after the run"
check "$name: does not conform" sh -c '! grep "^CONFORMS" "$0"' "$out"

# Cut off at many places: never a crash, never "conforms" but for the whole
check "records cut off anywhere are read, and do not conform" python3 -c 'import os, random, shutil, subprocess, sys
tcbox, good, damaged = sys.argv[1:]
size = os.path.getsize(good + "/events.jsonl")
random.seed(7)
for at in sorted(random.sample(range(size), 40)) + [size - 1]:
    shutil.rmtree(damaged, ignore_errors=True)
    shutil.copytree(good, damaged)
    os.truncate(damaged + "/events.jsonl", at)
    done = subprocess.run([tcbox, "report", damaged], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stdout.startswith("CONFORMS") and done.stdout, (at, done)
size = os.path.getsize(good + "/run.json")
for at in sorted(random.sample(range(size - 2), 20)):
    shutil.rmtree(damaged, ignore_errors=True)
    shutil.copytree(good, damaged)
    os.truncate(damaged + "/run.json", at)
    done = subprocess.run([tcbox, "report", damaged], capture_output=True, text=True)
    assert done.returncode == 125 and done.stderr.startswith("tcbox: "), (at, done)' "$TCBOX" "$good" "$dir/damaged"

# A policy that includes another: the bundle keeps both, and needs no other file
cp "$web" "$dir/base.json"
echo '{ "tcbox_policy": 1, "include": ["base.json"], "undeclared": { "files": "violation" } }' >"$dir/outer.json"
run 1 "a product that breaks what the including policy says" --policy "$dir/outer.json" -- sh -c "curl -sS https://$page/ >/dev/null; echo >/tmp/x"
tcbox 1 "check of it" check --policy "$dir/outer.json" --format json "$bundle"
rm "$dir/base.json"
"$TCBOX" report "$bundle" >"$dir/out"
says "the bundle needs no other file" "$dir/out" "VIOLATES"

# A rule whose last day is over declares nothing, also for the gate
printf '{ "tcbox_policy": 1, "connections": [{ "id": "old", "to": ["%s"], "protocol": "tcp", "ports": [443], "until": "2020-01-01" }],
  "listens": [{ "id": "ui", "ports": [8080], "until": "2020-01-01" }] }\n' \
	$page >"$dir/ended.json"
run 1 "a rule that has ended" --enforce --policy "$dir/ended.json" -- \
	sh -c "! curl -sS --max-time 5 https://$page/; python3 -c 'import socket; socket.create_server((\"\", 8080))'"
holds "what it declared is undeclared" '(find("NET-UNDECLARED") or find("DNS-UNDECLARED"))'
holds "a finding of a listener names the rule" 'the(find("LISTEN-UNDECLARED")).nearest == "ui"'
"$TCBOX" policy lint "$dir/ended.json" >"$dir/out"
says "lint tells it" "$dir/out" "[ended]"

finish
