#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# events.sh - what --events writes while a product runs; readers that are slow or go away take nothing from run and evidence
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

echo '{ "tcbox_policy": 1, "executes": ["/**"], "files": { "write": ["/tmp/**"] } }' >"$dir/policy.json"
cleanup() { exec 9>&-; }

# lines NAME EXPRESSION...: holds, over the lines of $stream (l: all, at: the attempts) and the record (ev)
lines() {
	python3 - "$stream" "$bundle" "$n" "$@" <<'P' || rc=1
import json, sys
stream, bundle, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
l = [json.loads(x) for x in open(stream, encoding="utf-8")]
at = [x for x in l if x["event"] == "attempt"]
ev = [json.loads(x) for x in open(f"{bundle}/events.jsonl", encoding="utf-8")]
ours = {e["proc"] for e in ev if e["k"] == "proc" and e.get("role") == "canary"}
bad = 0
for name, held in zip(sys.argv[4::2], sys.argv[5::2]):
    n += 1
    good = eval(held)
    bad += not good
    print(f"{'ok' if good else 'not ok'} {n} - {name}")
    if not good:
        print("# " + held + "\n# " + "\n# ".join(map(str, l))[:6000])
sys.exit(bool(bad))
P
	n=$((n + ($# / 2)))
}

# To a file
stream=$dir/attempts
run "1 3" "a product that tries some things" --policy "$dir/policy.json" --events "$stream" -- sh -c \
	'curl -sS https://page.example/x -o /dev/null; touch /tmp/x; /none/such; unshare -n true; ls /proc/self/fd; true'
says "the product has no descriptor of it" "$out" "0
1
2
3"
check "and not one more" test "$(wc -l <"$out")" = 4
lines "the first line is the start" "l[0]['event'] == 'start' and l[0]['tcbox_events'] == 1 and l[0]['argv'][0] == 'sh' and l[0]['bundle'] == '$bundle'" \
	"the last line is the end, with the verdict" "l[-1] == {'event': 'end', 'attempts': len(at), 'dropped': 0, 'verdict': '$(
		sed -n 's/^  "verdict": "\(.*\)",/\1/p' "$bundle/report.json")'}" \
	"a lookup went" "[x for x in at if x['act'] == 'lookup' and x['object'] == 'page.example' and x['outcome'] == 'went']" \
	"the connection went, by curl" "[x for x in at if x.get('call') == 'connect' and x['object'].startswith('tcp ') and x['object'].endswith(':443') and x['program'].endswith('/curl')]" \
	"the conversation went, with its bytes" "[x for x in at if x['act'] == 'conversation' and x.get('name') == 'page.example' and x['bytes_out'] > 100]" \
	"the request is there" "[x for x in at if x['act'] == 'request' and x['call'] == 'GET' and x['object'].endswith('page.example/x')]" \
	"the file was made" "[x for x in at if x['act'] == 'file' and x['object'] == '/tmp/x' and x['call'] == 'create' and x['outcome'] == 'went']" \
	"what is not there failed with its errno" "[x for x in at if x['act'] == 'execute' and x['object'] == '/none/such' and (x['outcome'], x['error']) == ('failed', 'ENOENT')]" \
	"what the box refused was refused with its errno" "[x for x in at if x.get('call') == 'unshare' and (x['outcome'], x['error']) == ('refused', 'EPERM')]" \
	"each line says where in the record it is" "all(ev[x['line'] - 1]['t'] == x['t'] for x in at)" \
	"none of the product's acts is missing" "{x['line'] for x in at if 'proc' in x} == {i for i, e in enumerate(ev, 1) if e['k'] in ('sock', 'exec', 'file', 'call') and e.get('proc') not in ours and e.get('call') != 'execve'}" \
	"nothing is told of the control" "not [x for x in at if '.canary.invalid' in str(x) or x.get('proc') in ours]"
if python3 -c 'import jsonschema' 2>/dev/null; then
	mkdir "$dir/valid" && cp "$stream" "$dir/valid/attempts.jsonl"
	check "the lines are what the schema says" sh -c 'cd "$1" && python3 tests/golden/validate.py "$2"' sh "$here/../.." "$dir/valid"
fi

# Hostile names
stream=$dir/hostile
run "0 1" "a product with hostile names" --policy "$dir/policy.json" --events "$stream" -- sh -c \
	'touch "$(printf "/tmp/\033[2J\377\042\134n\nx")"; true'
lines "each line is JSON, and the name is in one" "[x for x in at if x['object'] == '/tmp/\\x1b[2J\\\\xff\"\\\\\\\\n\\nx']"

# While it runs, to a descriptor: the product waits until we have read
mkfifo "$dir/input" "$dir/stream"
exec 9<>"$dir/input"
bundle=$dir/bundles/live
"$TCBOX" run --timeout 60s --quiet --output "$bundle" --events 8 -- sh -c 'touch /tmp/seen; read -r line; echo "$line"' \
	<"$dir/input" 8>"$dir/stream" >"$dir/out" 2>"$dir/err" 9<&- &
pid=$!
while read -r line; do
	case $line in *'"object":"/tmp/seen"'*) break ;; esac
done <"$dir/stream"
case $line in *'"object":"/tmp/seen"'*) seen=0 ;; *) seen=1 ;; esac
result $seen "an attempt is told while the product still runs"
# and now the reader is gone
check "the run goes on" kill -0 "$pid"
echo over >&9
wait "$pid"
result "$([ $? = 3 ]; echo $?)" "and ends as without, though the reader went away" "$(cat "$dir/err")"
says "the product heard us" "$dir/out" "over"
says "what was not written is said" "$dir/err" "the reader of the events went away, or did not read on: "
holds "the record is whole" "m.state == 'complete' and not [e for e in ev if e.k == 'loss']"

# A reader that reads nothing: more is tried than waits for it
exec 7<>"$dir/stream"
bundle=$dir/bundles/slow
"$TCBOX" run --timeout 120s --policy "$dir/policy.json" --output "$bundle" --events "$dir/stream" -- \
	python3 -c 'import os
for i in range(9000): os.close(os.open(f"/tmp/a-name-that-makes-the-line-longer-{i}", os.O_CREAT | os.O_WRONLY))' >"$dir/out" 2>"$dir/err" 7<&-
result "$([ $? -le 3 ]; echo $?)" "a run whose events nobody reads ends" "$(tail -n 5 "$dir/err")"
exec 7<&-
says "and says so" "$dir/err" "went away, or did not read on: "
holds "the record has all" "len([e for e in ev if e.k == 'file' and e.op == 'create']) >= 9000" \
	"and lost nothing" "m.state == 'complete' and not [e for e in ev if e.k == 'loss']"

# What cannot be written to
echo precious >"$dir/there"
run 2 "a file that is there" --events "$dir/there" -- true
says "is not overwritten" "$dir/there" "precious"
run 2 "a pipe that nobody reads" --events "$dir/stream" -- true
run 2 "the product's own output" --events 1 -- true
run 2 "a descriptor that is not open" --events 77 -- true
check "nothing was run" test ! -e "$bundle"

finish
