#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# export.sh - tcbox export: a copy of the capture in which tshark reads what was encrypted, and whose packets say whose they are
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

for version in 1.2 1.3; do
	run 1 "TLS $version" --policy "$policies/web.json" -- curl -sS --tls-max $version -d "secret=$version" "$url" https://stranger.example/
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
finish
