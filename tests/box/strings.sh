#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# strings.sh - hostile bytes in every string that tcbox prints or stores: escapes, controls, bidi, invalid UTF-8
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # box.sh sets and uses what it says; the shell inside expands
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

# Terminal escapes, bell, C0, DEL, bytes that are no UTF-8, C1 in UTF-8, right-to-left override, isolate, a tag, quotes,
# a backslash that could be taken for an escape, markup, half a surrogate.
evil=$(printf 'e\033[31m\a\b\n\r\t\177\200\377\302\233\342\200\256\342\201\246\363\240\200\201"\\x41\\<b>%%s\355\240\200z')
plain() {	# NAME KIND FILE...
	name=$1
	shift
	check "$name: harmless text" python3 "$lib/plain.py" "$@"
}

printf 'control: %s' "$evil" >"$dir/raw"
if python3 "$lib/plain.py" text "$dir/raw" >/dev/null; then result 1 "control: the bytes are hostile"; else result 0 "control: the bytes are hostile"; fi

cp /bin/true "$work/true$evil"
mkdir "$work/wd$evil"
cp "$lib/strings_actor.py" "$work/wd$evil/actor.py"
[ "$(id -u)" != 0 ] || chown 65534:65534 "$work/wd$evil"
policy="$dir/policy$evil.json"
cat >"$policy" <<'END'
{
  "tcbox_policy": 1,
  "product": { "vendor": "v\u001b[31m\u202e\u009b", "name": "n\n\u0007", "version": "1\u2066" },
  "connections": [{ "id": "r", "why": "w\u001b[2J\u2028\n", "to": ["203.0.113.80"], "ports": [80], "required": true },
	{ "id": "x", "why": "never\u200b", "to": ["192.0.2.1"], "required": true }],
  "undeclared": { "connections": "violation", "names": "violation", "executes": "violation", "files": "violation" }
}
END

run 1 "hostile bytes everywhere" --policy "$policy" --workdir "$work/wd$evil" --env "E$evil=$evil" -- \
	/usr/bin/python3 actor.py "$evil"
says "the act works" "$out" "done e"
first=$bundle
tail -c "+$(($(stat -c %s "$bundle/stderr.log") + 1))" "$err" >"$dir/printed"	# behind what the product wrote there
check "stderr.log is what the product wrote" cmp -n "$(stat -c %s "$bundle/stderr.log")" "$err" "$bundle/stderr.log"
plain "the report of tcbox run" text "$dir/printed"
plain "run.json, report.json" json "$bundle/run.json" "$bundle/report.json"
plain "events.jsonl" lines "$bundle/events.jsonl"
"$TCBOX" report --format json "$bundle" >"$dir/report.json"
"$TCBOX" check --policy "$policy" "$bundle" >"$dir/check" 2>"$dir/check-err"
plain "tcbox report as JSON" json "$dir/report.json"
plain "tcbox check" text "$dir/check"
check "the policy is stored as it was" cmp "$policy" "$bundle/policy.json"
check "stdout.log is what the product wrote" cmp "$out" "$bundle/stdout.log"
check "tshark reads the capture" sh -c '! tshark -r "$0/capture.pcapng" 2>&1 >/dev/null | grep -v "Running as user"' "$bundle"

# Escaping can be undone: \xNN is a byte, two backslashes are one.
cat >"$dir/undo.py" <<'END'
import json, os, re, sys
bundle, evil = sys.argv[1], os.fsencode(sys.argv[2])
def undo(text):
    return re.sub(rb"\\(\\|x([0-9a-f]{2}))", lambda m: b"\\" if m[1] == b"\\" else bytes([int(m[2], 16)]), text.encode())
with open(bundle + "/run.json") as file:
    assert undo(json.load(file)["argv"][-1]) == evil
with open(bundle + "/events.jsonl") as file:
    paths = [undo(e["path"]) for e in map(json.loads, file) if e["k"] == "file"]
assert any(path.endswith(b"/" + evil) for path in paths), paths
END
check "names can be told exactly" python3 "$dir/undo.py" "$bundle" "$evil"
holds "names that were asked are recorded" 'len([e for e in lookups() if e.name]) >= 3' \
	"what the lab was told is recorded" \
	'all(any("\x1b[31m" in str(e.name) + str(e.detail) or "x1b[31m" in str(e.detail) for e in events("served", service=s)) for s in ("http", "tls", "smtp", "sink"))' \
	"the name in a hello is recorded" 'any("\x1b[31m" in f.sni for f in talks() if f.sni)' \
	"programs with such names are recorded" 'any("/prog" in e.exe for e in execs() if e.exe)' \
	"paths of sockets are recorded" 'any(e.path for e in socks())' \
	"a long command line is cut" 'all(len(json.dumps(e)) < 70000 for e in ev)'

bundle="$dir/bundle$evil"
"$TCBOX" run --output "$bundle" -- "$work/true$evil" >"$dir/out" 2>"$dir/err"
check "a bundle and a program with such names: exit status 3" test $? = 3
plain "its report" text "$dir/err"
plain "its manifest" json "$bundle/run.json" "$bundle/report.json"

# Errors quote what was given.
errors() {	# NAME ARG...
	name=$1
	shift
	"$TCBOX" "$@" >"$dir/error" 2>&1 </dev/null && result 1 "$name: an error"
	plain "the error for $name" text "$dir/error"
}
printf '{ "tcbox_policy": 1, "%s": 1 }' "k$evil" >"$dir/bad-key.json"
printf '{ "tcbox_policy": 1, "connections": [{ "id": "a\\u001b\\u202e", "to": ["\\u001b[31m\\u009b"], "protocol": "\\u001b\\u202e" }] }' >"$dir/bad-value.json"
printf '{ "tcbox_policy": 1, "k\\u001b\\u202e": 1 }' >"$dir/bad-escaped.json"
errors "a program that is not there" run --output "$dir/none" -- "$work/none$evil"
errors "a bundle that is not there" report "$dir/none$evil"
errors "a command" "$evil"
errors "an option" run "--$evil"
errors "a value of an option" run --timeout "$evil" -- true
errors "a host name" run --hostname "$evil" -- true
errors "a directory" run --workdir "$work/none$evil" -- true
errors "a file of the host" run --bind "$work/none$evil" -- true
errors "a variable" run --env "none$evil" -- true
errors "a policy that is not there" check --policy "$dir/none$evil" "$first"
for file in bad-key bad-value bad-escaped; do
	errors "a policy, $file" policy lint "$dir/$file.json"
done
errors "a bundle that is a file" check "$policy"

finish
