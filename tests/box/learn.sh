#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# learn.sh - tcbox policy new: what is learned from a run, that run conforms to, and so does the next one
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"
. "$here/lib/learn.sh"

run 3 "a first run" --observe all -- curl -s -d hello https://example.org/api
first=$bundle
learn 0 "learned from it" "$dir/curl.json" "$first"
check "what was learned has no mistake" "$TCBOX" policy lint "$dir/curl.json"
verdict conforms "the run that it was learned from" "$dir/curl.json" "$first"
run 0 "the next run" --policy "$dir/curl.json" -- curl -s -d hello https://example.org/api
run 1 "control: a run that does something else" --policy "$dir/curl.json" -- curl -s https://other.example/api
holds "what it does else is found" 'the(find("NET-UNDECLARED")).severity == "violation"'

# amend: what that run has is added, and nothing else is changed
other=$bundle
cp "$dir/curl.json" "$dir/amended.json"
check "the policy is amended in place" "$TCBOX" policy amend --in-place "$dir/amended.json" "$other"
check "what was learned first is still there, line by line" \
	sh -c '! diff "$1" "$2" | grep -q "^<"' sh "$dir/curl.json" "$dir/amended.json"
verdict conforms "the other run, amended" "$dir/amended.json" "$other"
verdict conforms "the first run, amended" "$dir/amended.json" "$first"
"$TCBOX" policy diff "$dir/curl.json" "$dir/amended.json" >"$dir/out"
result "$([ $? = 1 ]; echo $?)" "diff tells that the amended policy allows more" "$(cat "$dir/out")"
says "with an example" "$dir/out" "tcp other.example port 443"

# What is suspicious is not in force
run 3 "to an address that no lookup gave" --observe all -- curl -s http://203.0.113.9/
learn 1 "learned from that" "$dir/address.json" "$bundle"
says "it is a proposal" "$dir/address.json" '//"to": ["203.0.113.9"],'
verdict violates "so that run" "$dir/address.json" "$bundle"

printf '{ "tcbox_policy": 1, "connections": [{ "id": "over", "to": ["203.0.113.9"], "until": "2020-01-01" }],
  "files": { "write": ["/**"] }, "executes": ["/**"] }\n' >"$dir/over.json"
"$TCBOX" policy amend --output "$dir/over-amended.json" "$dir/over.json" "$bundle" >"$dir/out" 2>&1
result "$([ $? = 1 ]; echo $?)" "a rule that had ended does not declare it when its policy is amended" "$(cat "$dir/out")"

# Requests of HTTP, where they are asked for
web='import urllib.request as u, sys
for path in sys.argv[1:]: u.urlopen("https://example.org" + path).read()
u.urlopen("https://example.org/report", data=b"x").read()'
run 3 "a run with requests" --observe all -- /usr/bin/python3 -c "$web" /users/7 /dl/agent-1.2.3.tgz
learn 0 "learned with its requests" "$dir/web.json" --requests "$bundle"
check "what was learned has no mistake" "$TCBOX" policy lint "$dir/web.json"
says "ids and versions are stars" "$dir/web.json" '"/users/*"' && says "in both" "$dir/web.json" '"/dl/agent-*.tgz"'
verdict conforms "the run that it was learned from" "$dir/web.json" "$bundle"
run 0 "other ids and versions conform" --policy "$dir/web.json" -- /usr/bin/python3 -c "$web" /users/23 /dl/agent-2.0.0.tgz
run 1 "control: another path does not" --policy "$dir/web.json" -- /usr/bin/python3 -c "$web" /users/7 /upload
holds "it is found" 'the(find("NET-REQUEST")).severity == "violation"'
"$TCBOX" policy amend --output "$dir/web-2.json" "$dir/web.json" "$bundle" >"$dir/out" 2>&1
says "what was asked for is proposed" "$dir/web-2.json" '//"paths": ["/upload"],'
says "and the finding that remains is told" "$dir/out" 'violation NET-REQUEST: '
"$TCBOX" policy amend --output "$dir/web-3.json" "$dir/web-2.json" "$bundle" >"$dir/out" 2>&1
check "it is proposed once" cmp "$dir/web-2.json" "$dir/web-3.json"

# Runs that are not learned from
run 3 "a product that does nothing" --observe all -- true
learn 3 "an idle run" "$dir/idle.json" "$bundle"
says "it says why" "$said" "idle"
run 3 "a product that is killed" --observe all -- sh -c 'echo x >x; kill -9 $$'
learn 3 "a killed one" "$dir/killed.json" "$bundle"
says "it says by what" "$said" "signal 9"
run 3 "a product that fails" --observe all -- sh -c 'echo x >x; exit 4'
learn 3 "a failed one" "$dir/failed.json" "$bundle"
says "it says how" "$said" "the product failed, with exit status 4"
learn 0 "asked for" "$dir/failed.json" --unfinished "$bundle"
run 3 "a product that is cut" --observe all --timeout 300ms -- sh -c 'echo x >x; sleep 60'
learn 3 "a cut one" "$dir/cut.json" "$bundle"
says "it says by what" "$said" "it was cut, by the time limit"
run 3 "a service that ends in order" --observe all --timeout 300ms -- sh -c 'trap "exit 0" TERM; echo x >x; sleep 60 & wait'
learn 0 "its end is no cut" "$dir/service.json" "$bundle"
cp -r "$first" "$dir/torn" && head -c 3000 "$first/events.jsonl" >"$dir/torn/events.jsonl"
learn 3 "a torn record" "$dir/torn.json" "$dir/torn"
says "it says what was lost" "$said" "it lost evidence"
printf '/usr/bin/curl\nexample.org\n443\n' >"$dir/wants"
learn 0 "what has to occur did" "$dir/seen.json" --must-see "$dir/wants" "$first"
echo update.example >>"$dir/wants"
learn 3 "control: what has to occur did not" "$dir/seen.json" --must-see "$dir/wants" "$first"
says "it is not representative" "$said" "not representative: name update.example did not occur"

# Programs of doc/COMPATIBILITY.md; the others are in learn_more.sh
product curl curl 'curl -s -o page https://example.org/ && curl -s http://updates.example.org/list'
product wget wget 'wget -q https://example.org/index.html'
product git git 'export HOME=$PWD GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@a GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@a
	git init -q a && cd a && for i in 1 2 3; do date +%N >$i; git add . && git commit -qm $i; done; git clone -q . ../b && git gc -q'
product python3 python3 'cat >t.py <<"EOF"
import tempfile, subprocess, urllib.request
with tempfile.NamedTemporaryFile() as f, tempfile.TemporaryDirectory() as d:
    f.write(b"x"); open(d + "/log", "w").write("x")
subprocess.run(["true"], check=True)
print(urllib.request.urlopen("http://example.org/api").status)
EOF
python3 t.py'
product node node 'cat >t.js <<"EOF"
const fs = require("fs"), os = require("os"), http = require("http");
fs.writeFileSync(fs.mkdtempSync(os.tmpdir() + "/node-") + "/log", "x");
http.get("http://example.org/", (r) => r.resume().on("end", () => console.log(r.statusCode)));
EOF
node t.js'
product sqlite3 sqlite3 'sqlite3 a.db "pragma journal_mode=wal; create table t(a); insert into t values(1); select sum(a) from t"'
product server "python3 curl" 'echo page >page; python3 -m http.server --bind 127.0.0.1 8088 >/dev/null 2>&1 & i=0
	until curl -s http://127.0.0.1:8088/page || [ $i = 100 ]; do i=$((i+1)); sleep 0.05; done; kill $!'
product openssl openssl 'openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c -subj /CN=x -days 2 2>/dev/null
	openssl dgst -sha256 -sign k -out s c && echo | openssl s_client -connect example.org:443 -servername example.org >/dev/null 2>&1'
product dig dig 'dig +short example.org A example.net AAAA'

finish
