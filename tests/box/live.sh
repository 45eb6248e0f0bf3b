#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# live.sh - what --live shows while a product runs, on a terminal and elsewhere; a product cannot break it
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

echo '{ "tcbox_policy": 1, "executes": ["/**"], "files": { "write": ["/tmp/**"] } }' >"$dir/policy.json"
terminal() { TERMINAL_S=120 python3 "$lib/terminal.py" "$@"; }	# comparisons wait longer where they take longer
cleanup() { exec 9>&-; }

# frames NAME EXPRESSION...: holds, over what the terminal showed: shown, the frames (f), and what is left of them without our own sequences
frames() {
	python3 - "$dir/shown" "$n" "$@" <<'P' || rc=1
import re, sys
shown = open(sys.argv[1], "rb").read().decode("utf-8", "backslashreplace")
n = int(sys.argv[2])
view = shown.partition("\x1b[?1049h")[2].partition("\x1b[?1049l")[0]
after = shown.partition("\x1b[?1049l")[2]
plain = re.sub(r"\x1b\[(H|K|2J|0m|1m|\?25[hl])", "", view)
f = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", x) for x in view.split("\x1b[H")[1:]]
bad = 0
for name, held in zip(sys.argv[3::2], sys.argv[4::2]):
    n += 1
    good = eval(held)
    bad += not good
    print(f"{'ok' if good else 'not ok'} {n} - {name}")
    if not good:
        print("# " + held + "\n# " + repr(shown)[:200] + "\n# " + "\n# ".join(repr(f[-1] if f else '').split("\\r\\n")))
sys.exit(bad)
P
	n=$((n + ($# / 2)))
}

# On a terminal: the product waits for nothing, so the view must show it while it sleeps; the note is typed
bundle=$dir/bundles/view
terminal 24 90 'page.example:80:n' 'note: _:pressed it' 'note: pressed it_:
' 'noted:^C' -- "$TCBOX" run --live --policy "$dir/policy.json" --output "$bundle" -- sh -c \
	'printf "\033[2J\033]0;evil\007\033[?1049l\033cred\n"; cat; curl -sS http://page.example/ -o /dev/null; touch "$(printf "/tmp/\033[31mx")"; sleep 300' >"$dir/shown" 2>&1
status=$?
result "$([ $status = 1 ]; echo $?)" "a view on a terminal: the run ends with its verdict, and the terminal is as before" "it was $status: $(tail -c 600 "$dir/shown")"
frames "the view was there" "len(f) >= 2 and '\x1b[?1049h' in shown and '\x1b[?1049l' in shown" \
	"it counts processes, flows and packets" "re.search(r'tcbox 0:[0-9]{2}  processes [1-9]\d*  flows [1-9]\d*  packets \d+  dropped 0', plain)" \
	"it shows the destination by its name" "re.search(r' out +[\d?]+[+ ] in  tcp page.example:80', plain)" \
	"and the program" "' started  /' in plain and '/curl' in plain" \
	"and the act, harmless" "'file create /tmp/\\\\x1b[31mx' in plain" \
	"and the product's output, harmless" "'\\\\x1b[2J\\\\x1b]0;evil\\\\x07\\\\x1b[?1049l\\\\x1bcred' in plain" \
	"nothing of the product acted on the terminal" "'\x1b' not in plain and '\x07' not in shown.replace('\x07(the end)\x07', '')" \
	"no line is wider than the terminal" "all(len(l) <= 90 for x in f for l in x.split('\r\n'))" \
	"the report follows on the screen as it was" "'VIOLATES' in after and 'page.example' in after" \
	"with the note" "'pressed it' in after"
says "the product's output is in the bundle" "$bundle/stdout.log" "red"
holds "the note is in the report" "[n.text for n in r.notes] == ['pressed it']" \
	"Ctrl-C ended the product, politely" "m.interrupted and m.state == 'complete'"
check "the product had no input" grep -q '"k":"exec".*/curl"' "$bundle/events.jsonl"

# A finding, while it runs: what stands in two comparisons
bundle=$dir/bundles/finding
terminal 24 90 'violation  :^C' -- "$TCBOX" run --live --policy "$dir/policy.json" --output "$bundle" -- sh -c \
	'curl -sS http://page.example/ -o /dev/null; sleep 300' >"$dir/shown" 2>&1
frames "a finding is shown while the product runs" "'Findings so far (' in plain and 'violation  ' in plain" \
	"it is one of the report" "'page.example port 80' in plain and 'page.example port 80' in after"

# Elsewhere: lines on standard error
run 1 "lines where there is no terminal" --live --policy "$dir/policy.json" -- sh -c \
	'printf half >&2; curl -sS http://page.example/ -o /dev/null; touch "$(printf "/tmp/\033[31mx\ny")"; cat; echo out; echo end >&2'
says "the destination" "$err" "s  new destination tcp "
says "the request" "$err" "s  request GET http page.example/"
says "a hostile name is one harmless line" "$err" 'file create /tmp/\x1b[31mx\ny'
says "the product's output comes as always" "$out" "out"
check "each line begins a line, also after half of one of the product" sh -c '! grep -v "^tcbox: live: " "$1" | grep "tcbox: live:"' sh "$err"
check "the report follows" grep -q '^VIOLATES' "$err"
run 1 "without --live" --policy "$dir/policy.json" -- sh -c 'curl -sS http://page.example/ -o /dev/null'
check "control: there are none" sh -c '! grep -q "tcbox: live:" "$1"' sh "$err"

# A flood: lines are held back and counted, the record has all
run "0 1 3" "a flood" --live --policy "$dir/policy.json" -- python3 -c 'import os
for i in range(3000): os.close(os.open(f"/tmp/{i}", os.O_CREAT | os.O_WRONLY))'
check "most of its lines are held back" test "$(grep -c '^tcbox: live: ' "$err")" -lt 1500
check "and counted" python3 -c 'import re, sys
text = open(sys.argv[1], encoding="utf-8", errors="replace").read().split("tcbox: live: ")[1:]
held = sum(int(m[1]) for m in (re.match(r"and (\d+) more;", l) for l in text) if m)
said = sum(not re.match(r"and \d+ more;|violation|warning", l) for l in text)
assert held and held + said >= 3000, (held, said)' "$err"
holds "the record has all" "len([e for e in ev if e.k == 'file' and e.op == 'create']) >= 3000"

# A reader of these lines who reads nothing holds up nothing
mkfifo "$dir/unread"
exec 9<>"$dir/unread"
bundle=$dir/bundles/unread
"$TCBOX" run --live --timeout 60s --policy "$dir/policy.json" --output "$bundle" -- python3 -c 'import os
for i in range(300): os.close(os.open(f"/tmp/{i}", os.O_CREAT | os.O_WRONLY))' 2>"$dir/unread" 9<&- &
pid=$!
check "a run ends though nobody reads its lines" until_true 60 grep -q '"state": "complete"' "$bundle/run.json"
exec 9<&-
wait "$pid"

finish
