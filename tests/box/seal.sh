#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# seal.sh - a bundle that was changed is found, and what was changed is named, also after a kill
# shellcheck disable=SC1091,SC2034,SC2154 # box.sh sets what it says
root=$PWD
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

trusted=		# options of verify
# verify STATUS NAME BUNDLE [TEXT]: what it says, and that it changes nothing
verify() {
	# shellcheck disable=SC2086 # options
	"$TCBOX" verify $trusted "$3" >"$dir/said" 2>&1
	status=$?
	[ "$status" = "$1" ] && grep -qF -e "${4:-}" "$dir/said"
	result $? "$2" "status $status, no \"${4:-}\" in:
$(cat "$dir/said")"
}

# changed NAME COMMAND TEXT: in a copy of the bundle
changed() {
	rm -rf "$dir/copy"
	cp -r "$bundle" "$dir/copy"
	(cd "$dir/copy" && eval "$2") || return
	verify 1 "$1" "$dir/copy" "$3"
}

echo '{ "tcbox_policy": 1, "executes": ["/**"], "names": ["*"], "connections": [{ "id": "any", "to": ["*"] }] }' >"$dir/policy.json"
run "0 1 3" "a run" --policy "$dir/policy.json" -- sh -c 'ls / >/dev/null; curl -s "http://one.example/?key=1"'
verify 3 "its bundle is as it was written" "$bundle" "OPEN"
check "and says how many events the record has" grep -qF "$(grep -c . "$bundle/events.jsonl") events" "$dir/said"
changed "a changed line is named" 'sed -i "7s/\"t\":/\"t\":1/" events.jsonl' "events.jsonl: line 7 changed"
check "which is not given in words" sh -c 'grep -q "not given in words" "$1" && ! grep -q "read aloud" "$1"' sh "$dir/said"
changed "a removed one" 'sed -i 7d events.jsonl' "events.jsonl: line 7 removed"
changed "an inserted one" 'sed -i 7p events.jsonl' "events.jsonl: line 8 inserted"
changed "the end, with that of the chain" 'sed -i "\$d" events.jsonl events.chain' "the chain does not end as run.json says"
changed "another policy" 'echo >>policy.json' "policy.json: it was changed"
changed "a missing file" 'rm capture.pcapng' "capture.pcapng: it is missing"
changed "a file more" 'echo >more' "more: it was added"
changed "the chain of another run" 'sed -i "1s/started_ns\": 1/started_ns\": 2/" events.chain' "are of different runs"

# What examiners add extends the record
check "a note is added" "$TCBOX" note --examiner ann "$bundle" one
check "and another" "$TCBOX" note --examiner ann "$bundle" two
verify 3 "the bundle is as it was written" "$bundle" "OPEN"
changed "a changed note is named" 'sed -i "1s/one/eins/" notes.jsonl' "notes.jsonl: what is before line 2 is not"

# What examiners say between the end of a run and its report is not in the report
late=$dir/bundles/late
"$TCBOX" run --timeout 60s --output "$late" -- sh -c 'ls / >/dev/null; sleep 3' >"$dir/out" 2>"$dir/err" </dev/null &
pid=$!
check "a product runs for a while" until_true 30 grep -q '"k":"exec".*/sleep"' "$late/events.jsonl"
check "a note is made meanwhile" "$TCBOX" note --examiner ann "$late" early
check "and one more" "$TCBOX" note --examiner ann "$late" late
sed -i '2s/"time": "20/"time": "21/' "$late/notes.jsonl"
wait "$pid"
verify 3 "a note behind the end of the run is not in its report" "$late" "report.json: made again from the record and the policy, it is the same"
says "but one before it is" "$late/report.json" '"text": "early"'

# The manual's own way, without tcbox
sed -n '/tests\/box\/seal.sh runs this example/,/^\.Ed/p' "$root/man/tcbox-seal.5" | grep -v '^\.' | sed 's/\\e/\\/g' >"$dir/example"
check "the manual has an example" test -s "$dir/example"
result "$(cd "$bundle" && sh "$dir/example" >"$dir/said" 2>&1; echo $?)" "it runs"
same "and finds nothing" /dev/null "$dir/said"
(cd "$dir/copy" && rm -rf ./* && cp "$bundle"/* . && sed -i '9s/"t":/"t":1/' events.jsonl && sh "$dir/example" >"$dir/said" 2>&1)
same "but a changed line, which it shows" "$dir/said" - <<END
changed: $(sed -n 9p "$dir/copy/events.jsonl")
END

# Sealed: from then on every file is as it was, for who has the public key
example() { sed -n "/$1/,/^\.Ed/p" "$root/man/tcbox-seal.5" | grep -v '^\.' | sed 's/\\e/\\/g'; }
export XDG_DATA_HOME="$dir/data"
key=$dir/data/tcbox/seal-key.pub
openssl genpkey -algorithm ed25519 -out "$dir/other.pem" 2>/dev/null && openssl pkey -in "$dir/other.pem" -pubout -out "$dir/other.pub"
check "the bundle is sealed" "$TCBOX" seal "$bundle"
says "with a key that is made now" "$dir/data/tcbox/seal-key.pem" "PRIVATE KEY"
verify 0 "it is whole" "$bundle" "WHOLE"
trusted="--trusted-key $key"
verify 0 "for who has the public key" "$bundle" "WHOLE"
trusted="--trusted-key $dir/other.pub"
verify 1 "and not for who trusts another" "$bundle" "none of the trusted keys signed it"
trusted=
"$TCBOX" seal "$bundle" >"$dir/said" 2>&1
result "$([ $? = 2 ]; echo $?)" "it is sealed once" "$(cat "$dir/said")"
check "another one signs it, too" "$TCBOX" seal --add --key "$dir/other.pem" "$bundle"
trusted="--trusted-key $dir/other.pub"
verify 0 "whose key is enough then" "$bundle" "which is $dir/other.pub"
check "a note is added later" "$TCBOX" note --examiner ann "$bundle" later
verify 3 "and is said to be signed by nobody" "$bundle" "notes.jsonl: lines that were added after the seal, and that nobody signed: 1"
for file in report.json report.html stdout.log stderr.log capture.pcapng run.json policy.json; do
	changed "$file" "echo >>$file" "$file: it is not as it was sealed"
done
changed "a seal with a blank more" 'echo >>seal.json' "seal.json: it is not as tcbox writes it"
changed "a bundle that lost its seal" 'rm seal.json' "seal.json: it is missing"
trusted=
"$TCBOX" seal "$dir/copy" >"$dir/said" 2>&1
result $? "a bundle can be sealed again without its seal" "$(cat "$dir/said")"
(cd "$dir/copy" && rm seal.json && sed -i '9s/"t":/"t":1/' events.jsonl)
"$TCBOX" seal "$dir/copy" >"$dir/said" 2>&1
result "$([ $? = 1 ]; echo $?)" "but not one that was changed" "$(cat "$dir/said")"
says "and what was changed is named" "$dir/said" "events.jsonl: line 9 changed"

# The same with openssl and sha256sum alone; the last line of the notes came later
example "tests\/box\/seal.sh runs this check of a seal" >"$dir/example"
check "the manual says how it is done without tcbox" test -s "$dir/example"
mkdir "$dir/copy2" "$dir/tmp" && cp "$bundle"/* "$dir/copy2" && sed -i '$d' "$dir/copy2/notes.jsonl"
alone() { (cd "$dir/copy2" && key=$1 tmp=$dir/tmp sh "$dir/example" 2>&1); }
check "that finds the bundle whole" alone "$key"
result "$(! alone "$dir/other.pub" >/dev/null; echo $?)" "with another key it does not"
echo >>"$dir/copy2/report.html"
result "$(alone "$key" | grep -q 'report.html: FAILED'; echo $?)" "it names a changed file"

# What follows from the evidence is made again
verify 3 "the report is made again, and is the same" "$bundle" "report.json: made again from the record and the policy, it is the same"
verify 3 "and so are conversations and lookups" "$bundle" "made again from capture.pcapng, all"
changed "a report that was changed, where nobody sealed" 'rm seal.json && sed -i "s/\"verdict\": \"[a-z]*\"/\"verdict\": \"good\"/" report.json' \
	"report.json: it is not what record and policy give"
changed "a report that is gone, where nobody sealed" 'rm seal.json report.json' "report.json: it is missing"
rm -rf "$dir/copy" && cp -r "$bundle" "$dir/copy" && rm "$dir/copy/seal.json" && sed -i 's/"verdict": "[a-z]*"/"verdict": "good"/' "$dir/copy/report.json"
"$TCBOX" seal "$dir/copy" >"$dir/said" 2>&1
result "$([ $? = 1 ] && [ ! -e "$dir/copy/seal.json" ]; echo $?)" "it is not sealed" "$(cat "$dir/said")"
says "and what is wrong is said" "$dir/said" "report.json: it is not what record and policy give"
cp -r "$bundle" "$dir/packets" && rm "$dir/packets/seal.json"
python3 -c 'import sys
d = bytearray(open(sys.argv[1], "rb").read())
at = d.rindex(bytes([198, 19, 255, 2]))
d[at + 3] = 9
open(sys.argv[1], "wb").write(d)' "$dir/packets/capture.pcapng"
verify 3 "packets that were changed, where nobody sealed, do not give the record" "$dir/packets" "they differ from the record"

# A copy from which something was taken out
# forge.py FILE TEXT TOLD: another text, which redacted.json lists; TOLD: and of which redacted.jsonl has a part
cat >"$dir/forge.py" <<'PY'
import hashlib, json, re, sys
doc = json.load(open("redacted.json"))
def put(name, text, parts):
    old = open(name, "rb").read()
    entry = next((f for f in doc["files"] if f["name"] == name), None)
    if not entry:
        entry = {"name": name, "bytes": len(old), "sha256": hashlib.sha256(old).hexdigest(), "parts": 0}
        doc["files"].append(entry)
    entry["redacted_sha256"] = hashlib.sha256(text).hexdigest()
    entry["parts"] += parts
    open(name, "wb").write(text)
name, text, told = sys.argv[1:]
put(name, text.encode() + b"\n", bool(told))
if name == "policy.json":
    now = hashlib.sha256(open(name, "rb").read()).hexdigest().encode()
    put("run.json", re.sub(b'("policy_sha256": ")[0-9a-f]*', b"\\g<1>" + now, open("run.json", "rb").read()), 0)
if told:
    open("redacted.jsonl", "a").write(json.dumps({"file": name, "line": 1, "sha256": "0" * 64, "what": ["users"]}) + "\n")
json.dump(doc, open("redacted.json", "w"))
PY
trusted="--trusted-key $key"
check "a redacted copy" "$TCBOX" export --redact "$bundle" "$dir/given.tar.zst"
check "it is unpacked" "$TCBOX" import "$dir/given.tar.zst" "$dir/given"
verify 3 "what is as it was is proven, and not more" "$dir/given" "It is a redacted copy"
says "by the hashes of what is not" "$dir/said" "of them by their hash only"
whole=$bundle bundle=$dir/given
changed "a line that was not redacted" 'sed -i "3s/\"t\":/\"t\":1/" events.jsonl' "events.jsonl: line 3 changed"
changed "what was redacted, and is another" 'sed -i "0,/\"sha256\": \"./s//\"sha256\": \"x/" redacted.json' "redacted.json: it does not say what was redacted"
changed "the hash of a file that was taken out" 'python3 -c "import json
d = json.load(open(\"redacted.json\"))
for f in d[\"files\"]:
    f[\"sha256\"] = \"0\" * 64
json.dump(d, open(\"redacted.json\", \"w\"))"' "report.json: what was redacted is not what was sealed"
changed "a capture that was changed after that" 'echo >>capture.pcapng' "capture.pcapng: it is not as it was when the copy was redacted"
changed "a file that comes back" 'echo >stdout.log' "stdout.log: it is not as it was when the copy was redacted"
changed "a report that comes back, and is listed" 'echo >report.json; python3 "$dir/forge.py" report.json "" ""' "report.json: it was added: a redacted copy has no such file"
any='{ "tcbox_policy": 1, "executes": ["/**"], "names": ["*"], "connections": [{ "id": "any", "to": ["*"] }] }'
changed "a policy that no part tells of" 'python3 "$dir/forge.py" policy.json "$any" ""' "policy.json: it is not as it was, and of that redacted.jsonl tells 0 parts"
changed "a policy from which nothing was taken out" 'python3 "$dir/forge.py" policy.json "$any" told' "policy.json: nothing was taken out of line 1"
changed "a part of no file" 'echo "{\"file\":\"x\"}" >>redacted.jsonl' "it is of no file that redacted.json lists"
changed "parts that are gone" 'rm redacted.jsonl' "redacted.jsonl: it cannot be read"
echo '{ "tcbox_policy": 1, "executes": ["/**"], "names": ["*"], "connections": [] }' >"$dir/nothing.json"
run 1 "a run that violates" --seal --policy "$dir/nothing.json" -- curl -s http://one.example/
check "a redacted copy of it" "$TCBOX" export --redact "$bundle" "$dir/given2.tar.zst"
check "it is unpacked, too" "$TCBOX" import "$dir/given2.tar.zst" "$dir/given2"
bundle=$dir/given2
verify 3 "it is judged no better" "$bundle" "It is a redacted copy"
changed "a policy that makes the verdict better" 'python3 "$dir/forge.py" policy.json "$any // user-1" told' "seal.json: it says violates, and the redacted copy gives inconclusive"
bundle=$whole
trusted=

# The key is not the product's
outside "the key can be read" cat "$dir/data/tcbox/seal-key.pem"
run "1 3" "a product that wants the key" -- cat "$dir/data/tcbox/seal-key.pem"
result "$(! grep -q PRIVATE "$out"; echo $?)" "it does not get it"

# Not earlier: bound to what somebody says just before
mv "$dir/data/tcbox" "$dir/data/kept"
run "1 3" "the first run that is sealed" --seal -- true
says "says that the key was made now, and where its public half is" "$err" "whoever is to check the bundle needs $dir/data/tcbox/seal-key.pub"
rm -r "$dir/data/tcbox" && mv "$dir/data/kept" "$dir/data/tcbox"
run "1 3" "a run with a challenge that is sealed at its end" --challenge 00112233445566778899AABBCCDDEEFF --seal -- true
trusted="--trusted-key $key --challenge 00112233445566778899aabbccddeeff"
verify 0 "is whole for who said it" "$bundle" "before somebody said 00112233445566778899aabbccddeeff"
trusted="--trusted-key $key --challenge 00112233445566778899aabbccddeef0"
verify 1 "and not for who said something else" "$bundle" "bound to another challenge"
trusted=

# Not later: an authority of our own stamps it. $bundle is the last run's
ca=$dir/ca
mkdir "$ca"
new_ca() {	# NAME
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" -keyout "$ca/$1.key" -out "$ca/$1.pem"
}
new_tsa() {	# CA NAME DAYS
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout "$ca/$2.key" -out "$ca/$2.csr" &&
		echo 'extendedKeyUsage = critical, timeStamping' >"$ca/ext" &&
		openssl x509 -req -in "$ca/$2.csr" -CA "$ca/$1.pem" -CAkey "$ca/$1.key" -CAcreateserial -days 2 -extfile "$ca/ext" -out "$ca/$2.pem"
}
cat >"$ca/config" <<END
[tsa]
default_tsa = here
[here]
serial = $ca/serial
digests = sha256
default_policy = 1.2.3.4
signer_digest = sha256
END
echo 01 >"$ca/serial"
reply() { openssl ts -reply -config "$ca/config" -queryfile "$1" -signer "$ca/tsa.pem" -inkey "$ca/tsa.key" -out "$2"; }
authorities() { new_ca root && new_ca stranger && new_tsa root tsa; }
check "control: an authority for time stamps" authorities
check "a time stamp is requested" "$TCBOX" seal --timestamp-request "$dir/query" "$bundle"
same "the bundle keeps the request" "$dir/query" "$bundle/seal.tsq"
check "the authority answers" reply "$dir/query" "$dir/answer"
check "the answer is kept" "$TCBOX" seal --timestamp "$dir/answer" "$bundle"
trusted="--trusted-key $key"
verify 3 "whose time it is must be believed" "$bundle" "name its certificate with --timestamp-root"
trusted="--trusted-key $key --timestamp-root $ca/root.pem"
verify 0 "for who believes it the bundle was not made later" "$bundle" "UTC, as a time stamp says"
check "openssl says the same" openssl ts -verify -queryfile "$bundle/seal.tsq" -in "$bundle/seal.tsr" -CAfile "$ca/root.pem"
changed "a time stamp that is cut" 'truncate -s -1 seal.tsr' "seal.tsr: it is no answer"
changed "one that is gone" 'rm seal.tsr' "seal.tsr: it is missing"
changed "one whose request is another" 'openssl ts -query -data run.json -sha256 -cert -out seal.tsq 2>/dev/null' "seal.tsr: it does not have the number of the request"
changed "one of other bytes" 'openssl ts -query -data run.json -sha256 -cert -out seal.tsq 2>/dev/null && reply seal.tsq seal.tsr 2>/dev/null' \
	"seal.tsr: it is not of what is sealed here"
changed "one without a number" 'openssl ts -query -no_nonce -digest "$(openssl asn1parse -inform DER -in seal.tsq |
	sed -n "s/.*\[HEX DUMP\]:\(.\{64\}\)$/\1/p")" -sha256 -cert -out seal.tsq 2>/dev/null && reply seal.tsq seal.tsr 2>/dev/null' \
	"seal.tsr: it does not have the number of the request"
# The authority's certificate is judged at the time of the stamp, not now
cat >"$ca/short" <<END
[ca]
default_ca = here
[here]
database = $ca/index
new_certs_dir = $ca
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
END
: >"$ca/index"
# The certificate must outlive the stamp, and no longer: on a busy machine it lives longer, until it does
short() {	# SECONDS
	openssl ca -batch -config "$ca/short" -in "$ca/tsa.csr" -cert "$ca/root.pem" -keyfile "$ca/root.key" -extfile "$ca/ext" \
		-startdate "$(date -u +%y%m%d%H%M%SZ)" -enddate "$(date -u -d "+$1 seconds" +%y%m%d%H%M%SZ)" -notext -out "$ca/tsa.pem" &&
		rm -f "$bundle/seal.tsr" && "$TCBOX" seal --timestamp-request "$dir/query" "$bundle" && reply "$dir/query" "$dir/answer" &&
		openssl verify -CAfile "$ca/root.pem" "$ca/tsa.pem" && "$TCBOX" seal --timestamp "$dir/answer" "$bundle"
}
soon() { short 3 || short 10 || short 30; }
check "stamped by an authority whose certificate ends soon" soon
expired() { ! openssl verify -CAfile "$ca/root.pem" "$ca/tsa.pem"; }
check "control: it ended" until_true 40 expired
verify 0 "the stamp stays good" "$bundle" "UTC, as a time stamp says"
trusted="--trusted-key $key --timestamp-root $ca/stranger.pem"
verify 1 "who believes another authority refuses it" "$bundle" "its authority does not lead to a certificate in"
trusted=
"$TCBOX" seal --timestamp "$dir/query" "$bundle" >"$dir/said" 2>&1
result "$([ $? = 2 ]; echo $?)" "what is no answer is refused" "$(cat "$dir/said")"

# Killed, with no chance to say anything more
bundle=$dir/bundles/killed
"$TCBOX" run --timeout 60s --output "$bundle" -- sh -c 'ls / >/dev/null; exec sleep 50' >"$dir/out" 2>"$dir/err" </dev/null &
pid=$!
check "a product runs" until_true 30 grep -q '"k":"exec".*/sleep"' "$bundle/events.jsonl"
kill -9 "$pid"
wait "$pid" 2>/dev/null
verify 3 "the bundle of a run that was killed is as it was written" "$bundle" "The run was killed or failed"
changed "a changed line in it is named" 'sed -i "5s/\"t\":/\"t\":1/" events.jsonl' "events.jsonl: line 5 changed"
changed "a removed one, too" 'sed -i 5d events.jsonl' "events.jsonl: line 5 removed"
changed "its manifest is as it was" 'sed -i "s/\"sim\"/\"none\"/" run.json' "run.json: it was changed"

"$TCBOX" verify "$dir/policy.json" >"$dir/said" 2>&1
result "$([ $? = 2 ]; echo $?)" "what is no bundle is wrong usage"
finish
