#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# export.sh - tcbox export and import: a bundle as one file and back; a copy of the capture in which tshark reads what was encrypted, and whose packets say whose they are
# shellcheck disable=SC1091,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
topic=export
. "$here/lib/box.sh"

copy=$dir/copy.pcapng
shown=$dir/shown
url=https://updates.acme.example/v2/collect

# export_copy NAME: the last bundle's, and what it has was not changed
export_copy() {
	(cd "$bundle" && sha256sum -- *) >"$dir/before"
	rm -f "$copy"
	check "$1: it is exported" "$TCBOX" export "$bundle" --pcapng "$copy"
	(cd "$bundle" && sha256sum -- *) >"$dir/after"
	same "$1: the bundle stays as it was" "$dir/before" "$dir/after"
}

# reads NAME FILE FILTER TEXT FIELD...: the fields of the packets that pass the filter have the text
reads() {
	name=$1 file=$2 filter=$3 text=$4
	shift 4
	set -- $(printf -- '-e %s ' "$@")
	tshark -n -r "$file" -Y "$filter" -T fields "$@" >"$shown" 2>"$shown.err"
	says "$name" "$shown" "$text"
}

run 0 "HTTP/2" --policy "$policies/web.json" -- curl -sS "$url"
export_copy "HTTP/2"
reads "HTTP/2: tshark reads the request" "$copy" http2.headers.method "updates.acme.example	/v2/collect" \
	http2.headers.authority http2.headers.path
for version in 1.2 1.3; do
	run 1 "TLS $version" --policy "$policies/web.json" -- curl -sS --http1.1 --tls-max $version -d "secret=$version" "$url" https://stranger.example/
	holds "TLS $version: the lab ended it, and kept its secrets" \
		'[f.tls_version for f in events("flow") if f.tls_version] == ["'$version'"] * 2 and len(events("secret")) >= 2'
	tshark -n -r "$bundle/capture.pcapng" -Y http >"$shown" 2>/dev/null
	result "$([ ! -s "$shown" ]; echo $?)" "control: TLS $version: the capture itself has no requests that can be read" "$(cat "$shown")"
	export_copy "TLS $version"
	reads "TLS $version: tshark reads the request" "$copy" http.request "POST	updates.acme.example	/v2/collect	secret	$version" \
		http.request.method http.host http.request.uri urlencoded-form.key urlencoded-form.value
	reads "TLS $version: and the answer" "$copy" http.response 200 http.response.code
	reads "TLS $version: a packet says whose it is, and by which rule" "$copy" 'http.host == "updates.acme.example"' \
		"program /usr/bin/curl; name updates.acme.example; declared, rule page" frame.comment
	reads "TLS $version: or which finding is about it" "$copy" 'http.host == "stranger.example"' "NET-UNDECLARED, violation" frame.comment
done

tshark -r "$copy" -q -z hosts >"$shown" 2>/dev/null
says "names of addresses are in it" "$shown" "stranger.example"
result "$([ "$(tshark -r "$copy" 2>/dev/null | wc -l)" = "$(tshark -r "$bundle/capture.pcapng" 2>/dev/null | wc -l)" ]; echo $?)" \
	"it has as many packets as the capture"
python3 "$here/lib/pcapng.py" "$copy" >"$shown"
says "packets carry the process, by option 8" "$shown" "processes: $(python3 - "$bundle" <<'PY'
import json
import sys
procs = {}
for line in open(f"{sys.argv[1]}/events.jsonl"):
    e = json.loads(line)
    if e["k"] == "proc":
        procs[e["proc"]] = e["pid"]
    if e["k"] == "exec" and e.get("exe") == "/usr/bin/curl":
        print(procs[e["proc"]])
        break
PY
)"
says "the secrets stand before the packets" "$shown" "order: good"
result "$([ "$(stat -c %a "$copy")" = 600 ]; echo $?)" "only its owner may read it" "$(stat -c %a "$copy")"
result "$([ "$(stat -c %a "$bundle")" = 700 ]; echo $?)" "and the bundle" "$(stat -c %a "$bundle")"

"$TCBOX" export "$bundle" --pcapng "$copy" >"$shown" 2>&1
result $(($? != 125)) "a file that is there is not replaced" "$(cat "$shown")"
says "it is said so" "$shown" "create $copy: File exists"
"$TCBOX" export "$bundle" >"$shown" 2>&1
result $(($? != 2)) "without a file it is wrong usage" "$(cat "$shown")"

# Untrusted: a capture that is none, a record whose secrets are none
cp -r "$bundle" "$dir/bad" && chmod -R u+w "$dir/bad" && printf x >"$dir/bad/capture.pcapng"
"$TCBOX" export "$dir/bad" --pcapng "$dir/none" >"$shown" 2>&1
result $(($? != 125)) "a capture that is none cannot be exported" "$(cat "$shown")"
result "$([ ! -e "$dir/none" ]; echo $?)" "and leaves no file"
cp "$bundle/capture.pcapng" "$dir/bad/capture.pcapng"
sed -i '/"k":"secret"/s/"line":"[A-Z_]* /"line":"x\\n/' "$dir/bad/events.jsonl"
check "a record with other words for secrets can be exported" "$TCBOX" export "$dir/bad" --pcapng "$dir/none"
tshark -n -r "$dir/none" -Y http >"$shown" 2>/dev/null
result "$([ ! -s "$shown" ]; echo $?)" "and has none of them" "$(cat "$shown")"

run 3 "shared" -- bash -c 'exec 3<>/dev/tcp/updates.acme.example/80
/usr/bin/printf "GET / HTTP/1.0\r\nHost: updates.acme.example\r\n\r\n" >&3
cat <&3'
export_copy "shared"
reads "a packet says who had its socket, too" "$copy" http "program /usr/bin/bash; shared with /usr/bin/printf, /usr/bin/cat; name" \
	frame.comment

# Secrets that the lab did not record
cp -r "$bundle" "$dir/many"
sed -i 's/"secrets_unrecorded":0/"secrets_unrecorded":7/' "$dir/many/events.jsonl"
rm -f "$copy"
"$TCBOX" export "$dir/many" --pcapng "$copy" >"$shown" 2>&1
says "secrets that are not there are told" "$shown" "more secrets of TLS sessions than fit: 7"
"$TCBOX" report "$dir/many" >"$shown"
says "and the report tells of them" "$shown" "Lines of them beyond the limit"
# As one file, and back
packed=$dir/packed.tar.zst
check "a bundle is packed" "$TCBOX" export "$bundle" "$packed"
result "$([ "$(stat -c %a "$packed")" = 600 ]; echo $?)" "only its owner may read it"
cp -r "$bundle" "$dir/elsewhere" && touch -d 2001-01-01 "$dir"/elsewhere/* && rm "$dir/elsewhere/run.json" && cp "$bundle/run.json" "$dir/elsewhere"
check "a copy of the bundle is packed" "$TCBOX" export "$dir/elsewhere" "$dir/again.tar.zst"
same "it is the same archive" "$packed" "$dir/again.tar.zst"
(cd "$dir" && "$TCBOX" import packed.tar.zst) >"$shown" 2>&1
result $? "it is unpacked, by default under its own name" "$(cat "$shown")"
says "with the sum of the archive" "$shown" "$(sha256sum <"$packed" | cut -d ' ' -f 1)"
check "the bundle is as it was" diff -r "$bundle" "$dir/packed"
result "$([ "$(stat -c %a "$dir/packed")" = 700 ]; echo $?)" "only its owner may read it, too"
"$TCBOX" report "$bundle" | grep -v "^Bundle\|$bundle" >"$dir/one"
"$TCBOX" report "$dir/packed" | grep -v "^Bundle\|$dir/packed" >"$dir/two"
same "its report is the same" "$dir/one" "$dir/two"
mkdir "$dir/tar" && tar -C "$dir/tar" -xf "$packed"
check "tar reads it, too" diff -r "$bundle" "$dir/tar/bundle"

# Without what is nobody's business
cat >"$work/product" <<END
#!/bin/sh
printf 'url = "$url?token=hunter2"\\ndata = "payload"\\n' | curl -s -K - >/dev/null
echo sent-8 | curl -s -m 2 "telnet://updates.acme.example:443" >/dev/null
echo printed-7
END
chmod 755 "$work/product"
cat >"$dir/redact.json" <<'END'
{ "tcbox_policy": 1, "executes": ["/**"],
  "connections": [{ "id": "page", "to": ["updates.acme.example"], "protocol": "tcp", "ports": [443] }] }
END
run 0 "to redact" --env SECRET_NAME=1 --policy "$dir/redact.json" -- "$work/product"
check "to redact: somebody notes something" "$TCBOX" note --examiner "Ann Smith" "$bundle" "Ann Smith looked at it"
mkdir "$dir/keys"
check "to redact: it is sealed" env XDG_DATA_HOME="$dir/keys" "$TCBOX" seal "$bundle"
check "to redact: the seal is good" env XDG_DATA_HOME="$dir/keys" "$TCBOX" verify "$bundle"
check "it is redacted and packed" "$TCBOX" export --redact "$bundle" "$dir/redacted.tar.zst"
check "packed the same again" "$TCBOX" export --redact "$bundle" "$dir/redacted2.tar.zst"
same "it is the same archive" "$dir/redacted.tar.zst" "$dir/redacted2.tar.zst"
check "it is unpacked" "$TCBOX" import "$dir/redacted.tar.zst" "$dir/redacted"
for word in printed-7 sent-8 SECRET_NAME "Ann Smith" TRAFFIC_SECRET "collect?token" ; do
	check "control: the bundle has $word" grep -rqF "$word" "$bundle"
	result "$(! grep -rF -e "$word" "$dir/redacted"/*.json "$dir/redacted"/*.jsonl "$dir/redacted/capture.pcapng" >"$shown"; echo $?)" \
		"it has no $word" "$(cat "$shown")"
done
result "$([ "$(tshark -r "$dir/redacted/capture.pcapng" 2>/dev/null | wc -l)" = "$(tshark -r "$bundle/capture.pcapng" 2>/dev/null | wc -l)" ]; echo $?)" \
	"it has as many packets"
tshark -n -r "$dir/redacted/capture.pcapng" -Y 'dns or tls' >"$shown" 2>/dev/null
result "$(! grep -q -e 'Client Hello' -e acme "$shown"; echo $?)" "in which nothing can be read" "$(cat "$shown")"
"$TCBOX" report "$dir/redacted" >"$shown"
result $(($? != 0)) "its report is printed"
says "the verdict is at best inconclusive" "$shown" INCONCLUSIVE
says "it says that it is redacted" "$shown" "The bundle is redacted"
check "redacted.json is what the schema says" python3 "$lib/schema.py" "$here/../../doc/schema/tcbox-redacted-1.schema.json" \
	"$dir/redacted/redacted.json"
check "each part has the sum of what it was" python3 - "$bundle" "$dir/redacted" <<'PY'
import hashlib, json, sys
n = 0
for part in map(json.loads, open(f"{sys.argv[2]}/redacted.jsonl")):
    whole = open(f"{sys.argv[1]}/{part['file']}", "rb").read()
    was = whole.split(b"\n")[part["line"] - 1] if "line" in part else whole[part["offset"]:part["offset"] + part["bytes"]]
    assert hashlib.sha256(was).hexdigest() == part["sha256"], part
    n += 1
assert n == json.load(open(f"{sys.argv[2]}/redacted.json"))["parts"] > 5, n
PY
same "the seal is as it was signed" "$bundle/seal.json" "$dir/redacted/seal.json"
# proves BUNDLE: the sealed sums fit each file, or what redacted.json says of it; the chain fits each line, with what redacted.jsonl says of those that changed
cat >"$dir/proves.py" <<'PY'
import base64, hashlib, json, os, sys
bundle = sys.argv[1]
def read(name):
    return open(f"{bundle}/{name}", "rb").read()
def sha(data):
    return hashlib.sha256(data).hexdigest()
redacted = {f["name"]: f for f in json.loads(read("redacted.json"))["files"]}
sealed = json.loads(base64.b64decode(json.loads(read("seal.json"))["payload"]))["subject"]
assert len(sealed) >= 9 and len(redacted) >= 6
for subject in sealed:
    name, wanted = subject["name"], subject["digest"]["sha256"]
    if name not in redacted:
        assert sha(read(name)) == wanted, name
        continue
    assert redacted[name]["sha256"] == wanted, name
    now = redacted[name]["redacted_sha256"]
    assert sha(read(name)) == now if now else not os.path.exists(f"{bundle}/{name}"), name
gone = {p["line"]: p["sha256"] for p in map(json.loads, read("redacted.jsonl").splitlines()) if p["file"] == "events.jsonl"}
first, *values = read("events.chain").decode().splitlines(keepends=True)
lines = read("events.jsonl").splitlines()
before = sha(first.encode()) + "\n"
for number, (line, value) in enumerate(zip(lines, values), 1):
    was = gone.get(number) or sha(line)
    before = sha(f"{before}{was}\n".encode()) + "\n"
    assert before == value, number
assert gone and len(lines) == len(values) > 2 * len(gone)
PY
check "seal and chain prove the rest" python3 "$dir/proves.py" "$dir/redacted"
cp -r "$dir/redacted" "$dir/forged"
sed -i '5s/"t":/"t":1/' "$dir/forged/events.jsonl"
result "$(! python3 "$dir/proves.py" "$dir/forged" >"$shown" 2>&1; echo $?)" "control: and a changed line does not pass" "$(cat "$shown")"
result "$([ -z "$(find "$dir" -name '*.redact-*')" ]; echo $?)" "nothing else is left"

# refused NAME TEXT COMMAND...: exit status 2, the text, and nothing is made
refused() {
	name=$1 text=$2
	shift 2
	ls -a "$dir" >"$dir/before" 2>&1
	"$TCBOX" "$@" >"$work/said" 2>&1
	result $(($? != 2)) "$name: exit status 2" "$(cat "$work/said")"
	says "$name: says why" "$work/said" "$text"
	ls -a "$dir" >"$dir/after" 2>&1
	same "$name: nothing is made" "$dir/before" "$dir/after"
}
: >"$dir/after"
refused "a directory that is there" "exists already" import "$packed" "$dir/packed"
refused "no archive" "not an archive of a bundle" import "$bundle/run.json" "$dir/new"
refused "no file" "No such file" import "$dir/no.tar.zst"
# libarchive is loaded for this alone.
mkdir "$dir/lib" && echo >"$dir/lib/libarchive.so.13"
LD_LIBRARY_PATH=$dir/lib
export LD_LIBRARY_PATH
check "what needs no archive works without libarchive" "$TCBOX" --version
"$TCBOX" import "$packed" "$dir/new" >"$work/said" 2>&1
result $(($? != 125)) "libarchive cannot be loaded: exit status 125" "$(cat "$work/said")"
says "libarchive cannot be loaded: says why" "$work/said" "needs libarchive: $dir/lib/libarchive.so.13"
unset LD_LIBRARY_PATH
refused "a directory to unpack" "not a regular file" import "$bundle" "$dir/new"
refused "an archive of another name" "name the directory" import "$bundle/run.json"
refused "redacted twice" "is redacted already" export --redact "$dir/redacted" "$dir/new.tar.zst"
refused "the capture alone, redacted" "--redact is for an archive" export --redact --pcapng "$dir/new.pcapng" "$bundle"
refused "too large" "would have more than 1000 bytes" import --max-size 1000B "$packed" "$dir/new"
refused "no bundle" "is not a bundle" export "$work" "$dir/new.tar.zst"
refused "a bundle without a place" "say where to" export "$bundle"
head -c 2000 "$packed" >"$dir/cut.tar.zst"
refused "an archive that is cut" "not an archive of a bundle" import "$dir/cut.tar.zst" "$dir/new"
ln -s /etc/passwd "$dir/tar/bundle/x"
tar -C "$dir/tar" -cf "$dir/link.tar" bundle
refused "a link in it" "it has a link" import "$dir/link.tar" "$dir/new"
rm "$dir/tar/bundle/x"
tar -C "$dir/tar" -Pcf "$dir/path.tar" --transform 's|bundle/run.json|bundle/../../run.json|' bundle
refused "a path out of it" "it has bundle/../../run.json" import "$dir/path.tar" "$dir/new"
finish
