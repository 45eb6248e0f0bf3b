#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# exchange.sh - tcbox policy import, export: what becomes of files in other formats, and what is said of the rest
#
# exchange/NAME.FORMAT.EXT becomes exchange/NAME.FORMAT.policy.json; exchange/NAME.FORMAT.said has what is said.
# --update rewrites both.
. tests/golden/exchange/lib.sh

for file in "$here"/*.*.json "$here"/*.*.yaml "$here"/*.*.service; do
	case $file in *.policy.json | *'*'*) continue ;; esac
	base=${file%.*}
	format=${base##*.}
	runs 0 "$file becomes a policy" import --from "$format" "$file"
	if [ "${1:-}" = --update ]; then
		cp "$dir/out" "$base.policy.json"
		cp "$dir/err" "$base.said"
	fi
	diff "$base.policy.json" "$dir/out" >"$dir/diff"
	result $? "$file: the policy is as it was"
	diff "$base.said" "$dir/err" >"$dir/diff"
	result $? "$file: what is said is as it was"
	runs 0 "$file: the policy has no error" lint "$base.policy.json"
done

mud=$here/rfc8520.mud.json
runs 1 "--strict refuses what is not carried over" import --strict --from mud "$mud"
[ ! -s "$dir/out" ]
result $? "and writes nothing"
runs 0 "--strict takes what is carried over" import --strict --from mud --output "$dir/p.json" "$here/whole.mud.json"
runs 2 "an existing file is not overwritten" import --from mud --output "$dir/p.json" "$here/whole.mud.json"
runs 2 "an unknown format is named with those that there are" import --from mudd "$mud"
says "all of them" 'no format is called "mudd"; there are: mud'
for also in docker:docker.oci-seccomp.json containerd:docker.oci-seccomp.json kubescape:shop.sbob.yaml systemd-unit:store.systemd.service; do
	file=$here/${also#*:}
	runs 0 "a format has the name of a program, too: ${also%:*}" import --from "${also%:*}" "$file"
	diff "${file%.*}.policy.json" "$dir/out" >"$dir/diff"
	result $? "and the policy is the same"
done
runs 2 "--from is needed" import "$mud"
runs 2 "--to is not for import" import --to mud "$mud"
runs 2 "--signature needs --ca" import --from mud --signature x "$mud"

# What a policy includes has lines of its own.
cat >"$dir/inc.json" <<'EOF'
{ "tcbox_policy": 1,
  "names": ["n.example"],
  "connections": [{ "id": "i", "to": ["*.i.example"], "process": "/bin/i", "protocol": "tcp" }] }
EOF
cat >"$dir/top.json" <<'EOF'
{ "tcbox_policy": 1, "include": ["inc.json"],
  "connections": [
    { "id": "t", "to": ["*.t.example"], "process": "/bin/t", "protocol": "tcp" }],
  "listens": [{ "id": "l", "process": "/bin/t", "protocol": "tcp", "ports": [1] }] }
EOF
for format in mud cyclonedx sbob systemd; do
	runs 0 "a policy that includes another becomes $format" export --to "$format" "$dir/top.json"
	says "$format: a line of the included one has its name" "$dir/inc.json:3:"
	grep -q "^$dir/top.json:[34]:" "$dir/err"
	result $? "$format: a line of its own has its own"
	! grep -qE "top.json:2:|inc.json:.*top.json| in .*inc.json:" "$dir/err"
	result $? "$format: no line has the name of the other file"
	sed 's/:.*//' "$dir/err" | uniq | sort | uniq -d | grep -v top.json >"$dir/diff"
	[ ! -s "$dir/diff" ]
	result $? "$format: what is said of one file stands together"
done

# Bad input: a place, and no more than a second.
bad() {	# NAME TEXT WORDS
	printf '%s' "$2" >"$dir/bad.json"
	runs 2 "$1 is refused" import --from mud "$dir/bad.json"
	says "$1: it is said where" "$dir/bad.json:$3"
}
bad "a key that occurs twice" '{"ietf-mud:mud":{},
 "ietf-mud:mud":{}}' '2:2: '
bad "NaN" '{"ietf-mud:mud": NaN}' '1:18: '
bad "a number beyond all numbers" '{"ietf-mud:mud": {"mud-version": 1e999}}' '1:34: '
bad "half of a surrogate pair" '{"ietf-mud:mud": "\ud800"}' '1:19: '
bad "a document of something else" '{"a":1}' '1:1: this is no MUD file'
bad "a version that is not known" '{"ietf-mud:mud":{"mud-version":2}}' '1:32: mud-version'
python3 -c 'print("["*10000 + "]"*10000)' >"$dir/deep.json"
runs 2 "10000 levels are refused" import --from mud "$dir/deep.json"
says "10000 levels: it is said where" "$dir/deep.json:1:33: nested deeper"
truncate -s 100M "$dir/large.json"
runs 2 "100 MB are refused" import --from mud "$dir/large.json"

# Signatures.
if command -v openssl >/dev/null; then
	key() {	# NAME: a key and a certificate of its own
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/$1.key" -out "$dir/$1.pem" \
			-subj "/O=Acme/CN=$1" -days 36500 2>/dev/null
	}
	key signer && key other
	openssl cms -sign -binary -signer "$dir/signer.pem" -inkey "$dir/signer.key" -in "$mud" -outform DER -out "$dir/mud.p7s" 2>/dev/null
	runs 0 "a signature verifies" import --from mud --signature "$dir/mud.p7s" --ca "$dir/signer.pem" "$mud"
	says "the policy says who signed" '// signed by CN=signer,O=Acme'
	runs 2 "by a signer who is not believed it does not" import --from mud --signature "$dir/mud.p7s" --ca "$dir/other.pem" "$mud"
	says "and that is said" 'mud.p7s: the signature does not verify'
	sed 's/443/444/' "$mud" >"$dir/changed.json"
	runs 2 "of a changed file it does not" import --from mud --signature "$dir/mud.p7s" --ca "$dir/signer.pem" "$dir/changed.json"
	runs 2 "what is no signature is refused" import --from mud --signature "$mud" --ca "$dir/signer.pem" "$mud"
	says "as that" 'it is no signature of CMS'
fi

# Export.
export_of() {	# FILE: without the time at which it was written
	sed 's/"last-update": "[^"]*"/"last-update": "2026-11-24T10:15:02Z"/' "$1"
}
runs 0 "the example is exported" export --to mud doc/examples/agent.policy.json
if [ "${1:-}" = --update ]; then
	export_of "$dir/out" >"$here/agent.mud.out"
	cp "$dir/err" "$here/agent.mud.said"
fi
diff "$here/agent.mud.out" <(export_of "$dir/out") >"$dir/diff"
result $? "the MUD file is as it was"
diff "$here/agent.mud.said" "$dir/err" >"$dir/diff"
result $? "what is said is as it was"
valid() {	# NAME FILE
	tests/golden/mud_valid.py "$2" >"$dir/diff" 2>&1
	result $? "$1"
}
cp "$dir/out" "$dir/agent.json"
valid "it is valid for the RFCs" "$dir/agent.json"
for change in 's/"operator": "eq"/"operator": "is"/' 's!clock/[0-9]*-frdev!clock-frdev!' 's/"is-supported": true,//' '0,/"mud-agent-v6to"/s//"other"/' \
	's/dst-dnsname/src-name/' 's/"protocol": 6/"protocol": 600/' 's/ipv4-acl-type/ipv5-acl-type/' 's/"ipv4": {/"ipv6": {/' 's/"accept"/"allow"/'; do
	sed "$change" "$dir/agent.json" >"$dir/bad.json"
	! cmp -s "$dir/agent.json" "$dir/bad.json" && ! tests/golden/mud_valid.py "$dir/bad.json" >"$dir/diff" 2>&1
	result $? "and not after $change"
done
runs 1 "--strict refuses it" export --strict --to mud doc/examples/agent.policy.json
runs 2 "what is no policy is not exported" export --to mud "$mud"
printf '{"tcbox_policy":1,"connections":[{"id":"a","to":["192.0.2.0/24","2001:db8::/32","a.example"],"protocol":"tcp","ports":[1,"5-9"]}],
 "listens":[{"id":"b","protocol":"udp","ports":[5353]}]}' >"$dir/net.json"
runs 0 "a policy of the network alone is carried over" export --strict --to mud "$dir/net.json"
cp "$dir/out" "$dir/net.mud.json"
runs 0 "and back" import --strict --from mud "$dir/net.mud.json"
cp "$dir/out" "$dir/back.json"
runs 0 "with no difference" diff "$dir/net.json" "$dir/back.json"
valid "that MUD file is valid, too" "$dir/net.mud.json"
printf '{"tcbox_policy":1,"connections":[{"id":"%s","to":["a.example","b.example"],"protocol":"icmp"},{"id":"%s.x","protocol":"udp"},
 {"id":"n","protocol":"sctp","to":["192.0.2.1"]}]}' "$(printf 'a%.0s' {1..64})" "$(printf 'a%.0s' {1..60})" >"$dir/long.json"
runs 0 "long ids are shortened" export --strict --to mud --output "$dir/long.mud.json" "$dir/long.json"
valid "to names that are valid and differ" "$dir/long.mud.json"
PYTHONPATH=tests/policy python3 tests/policy/round_trip.py mud 20 >"$dir/out" 2>"$dir/err"
result $? "policies of tests/policy that are carried over decide as before when they come back: $(tail -n 1 "$dir/out")"
echo "1..$n"
