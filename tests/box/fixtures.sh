#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fixtures.sh - tcbox run --lab: the answers that the technician gives, over HTTP/1.1 and HTTP/2, and names that do not exist
# shellcheck disable=SC1091,SC2154,SC2016 # box.sh sets what it says; the shell that is started expands it
here=$(cd "$(dirname "$0")" && pwd)
topic=fixtures
. "$here/lib/box.sh"

mkdir "$dir/lab"
head -c 3000000 /dev/urandom >"$dir/lab/update.bin"
cat >"$dir/lab/answers.json" <<'J'
{ "tcbox_lab": 1, // what the vendor's server says
  "missing": ["*.gone.example"],
  "answers": [
    { "host": "api.example", "path": "/v2/version", "type": "application/json", "body": "{\"latest\": 9}\n" },
    { "path": "/files/*", "file": "update.bin", "type": "application/octet-stream" },
    { "host": "*.shut.example", "status": 401, "headers": { "WWW-Authenticate": "Basic realm=x" } },
  ] }
J
# the answers and what they name: see lab_sha256 in tcbox-record(5)
all=$({ cat "$dir/lab/answers.json"; sha256sum <"$dir/lab/update.bin" | cut -d' ' -f1; } | sha256sum | cut -d' ' -f1)
sum=$(sha256sum <"$dir/lab/update.bin" | cut -d' ' -f1)
part=$(tail -c +11 "$dir/lab/update.bin" | head -c 10 | sha256sum | cut -d' ' -f1)
for version in --http1.1 --http2; do
	run 3 "answers, $version" --lab "$dir/lab/answers.json" -- sh -c '
		curl -sS $0 "https://api.example/v2/version?a=b"
		curl -sS $0 https://c.example/files/x | sha256sum
		curl -sS $0 -r 10-19 https://c.example/files/x | sha256sum
		curl -sS $0 -o /dev/null -D - https://x.shut.example/ | grep -io "www-authenticate: .*"
		curl -sS $0 -o /dev/null -w "%{http_code}\n" https://x.shut.example/
		curl -sS $0 https://api.example/other | grep -o "service is ready"
		curl -sS $0 https://x.gone.example/; echo "missing: $?"' $version
	for line in '{"latest": 9}' "$sum" "$part" "asic realm=x" 401 "service is ready" "missing: 6"; do
		says "$version: $line" "$out" "$line"
	done
	holds "$version: the requests are recorded" "[e for e in events('request') if e.path == '/files/x' and e.status == 200 and e.bytes_out == 3000000]" \
		"$version: the lookup of what is missing, too" "[e for e in events('lookup') if e.name == 'x.gone.example' and e.rcode == 'NXDOMAIN']" \
		"$version: which answers they were" "m.lab_path == r.run.lab_path and m.lab_sha256 == '$all'"
done
run 3 "a scenario comes first" --lab "$dir/lab/answers.json" --scenario not-found -- \
	curl -sS -o /dev/null -w '%{http_code}' https://api.example/v2/version
says "it is not found" "$out" 404

# wrong NAME TEXT SAYS: a file that is none
wrong() {
	printf '%s\n' "$2" >"$dir/lab/wrong.json"
	"$TCBOX" run --lab "$dir/lab/wrong.json" -- true >"$out" 2>"$err"
	check "$1: wrong usage" test $? = 2
	says "$1: said with its place" "$err" "wrong.json:$3"
}
wrong "an unknown key" '{"tcbox_lab": 1, "answers": [{"hots": "x"}]}' '1:31: answers[0].hots: unknown key; did you mean "host"?'
wrong "a file that is not there" '{"tcbox_lab": 1, "answers": [{"file": "none"}]}' "1:39: answers[0].file: open $dir/lab/none: No such file"
wrong "no JSON" '{"tcbox_lab": 1,' "1:1: "
check "the file is what the schema says" python3 -c 'import json, re, sys, jsonschema
text = re.sub(r",(\s*[\]}])", r"\1", re.sub(r"//.*", "", open(sys.argv[2]).read()))
jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.loads(text))' \
	"$here/../../doc/schema/tcbox-lab-1.schema.json" "$dir/lab/answers.json"
"$TCBOX" run --net none --lab "$dir/lab/answers.json" -- true >"$out" 2>"$err"
check "answers without a simulated internet are wrong usage" test $? = 2
finish
