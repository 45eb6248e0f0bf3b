#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# policy.sh - tcbox policy: what it prints, where, and its exit status
set -u

: "${TCBOX:?}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0

# expect NAME STATUS OUT ERR ARG...: run tcbox ARG... and compare everything
expect() {
	local name=$1 want="$2|$3|$4" got status
	shift 4
	"$TCBOX" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
	got="$status|$(cat "$dir/out")|$(cat "$dir/err")"
	n=$((n + 1))
	if [ "$got" = "$want" ]; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		diff <(echo "$want") <(echo "$got") | sed 's/^/# /'
	fi
}

hint='(try "tcbox policy --help")'
ok=doc/examples/agent.policy.json
# what the example allows: two groups without one call
calls=$({ "$TCBOX" policy groups @default; "$TCBOX" policy groups @network; } | sort -u | grep -vcx mlockall)
bad=$dir/bad.json
printf '{"tcbox_policy":1,\n "conections": [],\n "names":["a b"]}' >"$bad"
printf '{"tcbox_policy":1} # x' >"$dir/text.json"
printf '{"tcbox_policy":1}' >"$dir/ok.json"

expect "lint says what a valid policy has" 0 \
	"$ok: ok (3 connection rules, 1 listening rule, 1 name, 4 programs, 3 written paths, $calls system calls)
  run --enforce cannot hold: programs that are started, listeners, \"process\" of 1 rule, \"application\" of 1 rule, \"tls\" of 1 rule, \"limits\" of 1 rule" "" policy lint "$ok"
expect "lint prints every problem" 2 "$bad:2:2: error: conections: unknown key; did you mean \"connections\"? [invalid]
$bad:3:11: error: names[0]: \"a b\": a name has no spaces [invalid]" "" policy lint "$bad"
expect "lint goes on after a bad file" 2 "$dir/text.json:1:20: error: the document is complete here, but '#' (comments begin with //) follows [syntax]
$dir/ok.json: ok (0 connection rules; undeclared files are ignored; system calls are not compared)
  run --enforce cannot hold: programs that are started, listeners" "" policy lint "$dir/text.json" "$dir/ok.json"
printf '{"tcbox_policy":1,"files":{},"undeclared":{"connections":"ignore","names":"ignore"}}' >"$dir/ignore.json"
expect "lint says what is ignored" 0 "$dir/ignore.json: ok (0 connection rules; undeclared connections, names are ignored; system calls are not compared)
  run --enforce cannot hold: programs that are started, listeners" "" \
	policy lint "$dir/ignore.json"
printf '{"tcbox_policy":1,"undeclared":{"listens":"ignore","executes":"ignore","syscalls":"ignore"}}' >"$dir/ignore.json"
expect "of each kind" 0 "$dir/ignore.json: ok (0 connection rules; undeclared listens, executes, files, syscalls are ignored)" "" \
	policy lint "$dir/ignore.json"
printf '{"tcbox_policy":1,"connections":[{"id":"one","to":["*.co.uk"],"protocol":"tcp","ports":[443],"process":"/a"},
 {"id":"two","to":["*.co.uk"],"protocol":"tcp","ports":[443],"process":"/a"}]}' >"$dir/wide.json"
expect "lint warns, and the policy is valid" 0 "$dir/wide.json:1:52: warning: \"*.co.uk\" declares names of everybody: \"co.uk\" is a public suffix, below which anyone can have one [public-suffix]
$dir/wide.json:2:2: warning: \"two\" never counts: \"one\" in line 1 declares all of it, says as much and stands first [shadowed]
$dir/wide.json:2:20: warning: \"*.co.uk\" declares names of everybody: \"co.uk\" is a public suffix, below which anyone can have one [public-suffix]
$dir/wide.json: ok (2 connection rules; undeclared files are ignored; system calls are not compared)
  run --enforce cannot hold: programs that are started, listeners, \"process\" of 2 rules" "" policy lint "$dir/wide.json"
printf '{"tcbox_policy":1,"listens":[{"id":"one","ports":[1,2]},\n{"id":"two","ports":[2,3]}]}' >"$dir/tie.json"
tie="\"two\" ties with \"one\" in line 1: both agree with the same ports, and neither says more; join them, or say more in one of them"
expect "a tie is an error" 2 "$dir/tie.json:2:1: error: $tie [tie]" "" policy lint "$dir/tie.json"
expect "lint writes JSON" 2 '{
  "tcbox_lint": 1,
  "policies": [
    {
      "file": "'"$dir"'/tie.json",
      "problems": [
        {
          "line": 1,
          "column": 30,
          "level": "note",
          "code": "not-enforced",
          "text": "run --enforce cannot hold \"listens\""
        },
        {
          "line": 2,
          "column": 1,
          "level": "error",
          "code": "tie",
          "text": "'"${tie//\"/\\\"}"'"
        }
      ],
      "valid": false
    }
  ]
}' "" policy lint --format json "$dir/tie.json"
expect "lint has no Markdown" 2 "" "tcbox: policy: \"lint\" has the formats \"text\" and \"json\" $hint" policy lint --format markdown "$ok"
expect "lint names a file that is not there" 2 "" "tcbox: open $dir/none: No such file or directory" policy lint "$dir/none"
expect "lint needs a file" 2 "" "tcbox: policy: name a policy $hint" policy lint
expect "policy needs a word" 2 "" "tcbox: policy: say what to do: new, amend, merge, diff, lint, explain, why, try, import, export, groups, calls $hint" policy
expect "a misspelt word gets a suggestion" 2 "" "tcbox: policy: \"lnit\" is not known; did you mean lint? $hint" policy lnit

a=$dir/a.json b=$dir/b.json
printf '{"tcbox_policy":1,"connections":[
 {"id":"u","to":["u.example"],"protocol":"tcp","ports":[443],"application":"tls","tls":{"min_version":"1.3"},"limits":{"connections":5}},
 {"id":"old","to":["192.0.2.0/24"],"protocol":"udp","ports":[123]}],
 "names":["*.a.example"],"executes":["/opt/acme/*"],"files":{"write":["/var/lib/acme/*"]},
 "syscalls":{"allow":["read","write"]},"listens":[{"id":"ui","ports":[8080],"protocol":"tcp","on":"loopback"}]}' >"$a"
sed 's/\[443\]/[443, "8000-8100"]/; s/"1.3"/"1.2"/; s/connections":5/connections":9/; s/192.0.2.0\/24/192.0.2.0\/25/; s/\*\.a\.ex/*.ex/
	s/acme\/\*"\]}/acme\/**"]}/; s/"write"\],*}/"close"]}/; s/"read","write"/"read","close"/; s/loopback/any/; s/"listens"/"undeclared":{"files":"ignore"},"listens"/' "$a" >"$b"
expect "diff finds what is newly allowed, and what no longer" 1 "Newly allowed, an example of each rule:
  connections  tcp u.example port 443, tls 1.2, by any program  (u)
  listens      tcp port 8080 of any address, by any program  (ui)
  names        any-one.example  (*.example)
  files.write  /var/lib/acme/any-one/any-one  (/var/lib/acme/**)
  syscalls     close
No longer allowed, an example of each rule:
  connections  udp 192.0.2.255 port 123, by any program  (old)
  syscalls     write
Changed:
  connections  connections: 5, and now 9  (u)
  undeclared   warning, and now ignore  (files)" "" policy diff "$a" "$b"
printf '{"tcbox_policy":1,"connections":[{"id":"u","ports":[443],"http":{"paths":["/a"]}}],
 "listens":[{"id":"ui","ports":[8080]}]}' >"$dir/c.json"
sed 's/"id":"u",/&"severity":"info","until":"2027-01-31","data":["names"],/; s/"id":"ui",/&"severity":"warning","required":true,/' "$dir/c.json" >"$dir/d.json"
expect "diff tells what is made of broken rules, and until when" 1 "Changed:
  connections  data: nothing, and now names; until: always, and now 2027-01-31; severity: violation, and now info  (u)
  listens      severity: violation, and now warning; now required  (ui)" "" policy diff "$dir/c.json" "$dir/d.json"
sed 's/"id":"u"/"id":"v"/' "$dir/c.json" >"$dir/e.json"
expect "a rule that has another name allows the same" 0 "No difference was found in what they allow." "" policy diff "$dir/c.json" "$dir/e.json"
sed 's/"id":"u"/"id":"v"/; s/\/a/\/b/' "$dir/c.json" >"$dir/g.json"
expect "requests are told of rules that have other names, too" 1 "Changed:
  connections  http.paths: /a, and now any  (u)
  connections  http.paths: any, and now /b  (v)" "" policy diff "$dir/c.json" "$dir/g.json"
printf '{"tcbox_policy":1,"connections":[{"id":"r","to":["u.example"],"protocol":"tcp","ports":[80]%s}%s]}' "" \
	',{"id":"s","to":["u.example"]}' >"$dir/any.json"
printf '{"tcbox_policy":1,"connections":[{"id":"r","to":["u.example"],"protocol":"tcp","ports":[80]%s}%s]}' \
	',"http":{"methods":["POST"]}' ',{"id":"s","to":["u.example"]}' >"$dir/post-any.json"
printf '{"tcbox_policy":1,"connections":[{"id":"r","to":["u.example"],"protocol":"tcp","ports":[80]%s}%s]}' \
	',"http":{"methods":["POST"]}' ',{"id":"s","to":["u.example"],"ports":[81]}' >"$dir/post.json"
expect "requests of a rule do not matter where another one allows any" 0 "No difference was found in what they allow." "" \
	policy diff "$dir/any.json" "$dir/post-any.json"
expect "and do where that one is gone" 1 "No longer allowed, an example of each rule:
  connections  tcp u.example port 64999, by any program  (s)
Changed:
  connections  http.methods: any, and now POST  (r)" "" policy diff "$dir/post-any.json" "$dir/post.json"
sed 's/"id":"u",/&"limits":{"requests":5,"each_destination":{"bytes_in":"1kB"},"rates":[{"every":"1h","connections":1}]},/' \
	"$dir/c.json" >"$dir/f.json"
expect "each limit" 1 "Changed:
  connections  requests: no limit, and now 5; each_destination.bytes_in: no limit, and now 1000 bytes; rates: any, and now 1 connection in 1h  (u)" \
	"" policy diff "$dir/c.json" "$dir/f.json"
printf '{"tcbox_policy":1,"connections":[{"id":"u","ports":[443],"limits":{"requests":5,"bytes_in":"3MiB","each_connection":{"bytes_out":1025}}}]}' >"$dir/l.json"
printf '{"tcbox_policy":1,"connections":[{"id":"u","ports":[443],"limits":{"bytes_in":"64KiB"}}]}' >"$dir/m.json"
expect "what is gone, and bytes in their units" 1 "Changed:
  connections  requests: 5, and now none; bytes_in: 3 MiB, and now 64 KiB; each_connection.bytes_out: 1025 bytes, and now none  (u)" \
	"" policy diff "$dir/l.json" "$dir/m.json"
expect "diff of a policy with itself" 0 "No difference was found in what they allow." "" policy diff "$a" "$a"
expect "of the example with itself" 0 "No difference was found in what they allow." "" policy diff "$ok" "$ok"
expect "diff needs two policies" 2 "" "tcbox: policy: name two policies $hint" policy diff "$a"
expect "diff says what is wrong with one" 2 "" "tcbox: $bad:2:2: conections: unknown key; did you mean \"connections\"?" policy diff "$a" "$bad"

expect "groups prints the calls of a group" 0 "accept
listen
accept4" "" policy groups @network-server
expect "groups names the groups of a call" 0 "@debug           looking into and steering other processes" "" policy groups ptrace
expect "groups suggests a group" 2 "" \
	"tcbox: policy: no group or system call is called \"@netwok\"; did you mean @network? $hint" policy groups @netwok
expect "groups takes one name" 2 "" "tcbox: policy: one group or system call only $hint" policy groups read write
expect "calls says what is done with a call" 0 \
	"bpf                      EPERM, recorded: kernel programs that see and change packets and calls" "" policy calls bpf
expect "calls says what a call of 32 bits is" 0 "i386 waitpid             as wait4" "" policy calls waitpid
expect "calls says why a call of 32 bits is refused" 0 \
	"i386 vm86                ENOSYS, recorded: 16-bit code, which a 64-bit kernel does not run" "" policy calls vm86
expect "calls suggests a call" 2 "" "tcbox: policy: no system call is called \"moun\"; did you mean mount? $hint" policy calls moun
expect "try needs a policy" 2 "" "tcbox: policy: name a policy $hint" policy try
expect "try takes one policy" 2 "" "tcbox: policy: one policy only $hint" policy try "$ok" "$ok"
expect "try refuses a policy that is none" 2 "" "tcbox: $bad:2:2: conections: unknown key; did you mean \"connections\"?" policy try "$bad"
expect "a bundle is judged by its own policy" 2 "" "tcbox: policy: with --judge the policy is that of the bundle $hint" \
	policy try --judge "$dir" "$ok"
expect "what is judged again makes no bundle" 2 "" "tcbox: policy: --judge makes no bundle $hint" policy try --judge "$dir" --output "$dir/b"
expect "options of try are for try" 2 "" "tcbox: policy: --output is for \"new\", \"amend\", \"merge\", \"try\", \"import\" and \"export\" $hint" policy lint --output x "$ok"
expect "what is asked about is for why" 2 "" "tcbox: policy: what is asked about is for \"why\" $hint" policy lint --name x "$ok"
printf '{"tcbox_policy":1,\n"connections":[\n// one\n{"id":"a","to":["a.acme.example"]},\n{"id":"b","to":["b.acme.example"]}]}\n' >"$dir/one.json"
printf '{"tcbox_policy":1,\n"connections":[{"id":"b","to":["c.acme.example"]}]}\n' >"$dir/two.json"
expect "merge adds what others have more" 0 "{\"tcbox_policy\":1,
\"connections\":[
// one
{\"id\":\"a\",\"to\":[\"a.acme.example\"]},
{\"id\":\"b\",\"to\":[\"b.acme.example\"]},
    // From $dir/two.json:

    {\"id\":\"b-2\",\"to\":[\"c.acme.example\"]},
]}" "" policy merge "$dir/one.json" "$dir/two.json"
expect "and makes globs, if asked for" 0 "{\"tcbox_policy\":1,
\"connections\":[
// one
    // \"*.acme.example\" declares every name below acme.example; 3 were named: a.acme.example,
    // b.acme.example, c.acme.example.
{\"id\":\"a\",\"to\":[\"*.acme.example\"]},
    // \"b\" is part of \"a\" now.
    // From $dir/two.json:

    // \"b-2\" is part of \"a\" now.
]}" "" policy merge --glob-from 3 "$dir/one.json" "$dir/two.json"
printf '{"tcbox_policy":1,"connections":[{"id":"x","to":["a.acme.example"],"limits":{"connections":1}}]}\n' >"$dir/three.json"
expect "what cannot both hold is told" 1 "" \
	"conflict: rule \"a\" of $dir/one.json has \"limits\" none, and $dir/three.json:1 has {\"connections\":1}: the first stands
1 conflict: what $dir/one.json says stands; the merged policy does not allow all that the others do" \
	policy merge --output "$dir/merged.json" "$dir/one.json" "$dir/three.json"
n=$((n + 1))
if sed -n 4p "$dir/merged.json" | grep -q "^    // CONFLICT: $dir/three.json:1 has \"limits\" {\"connections\":1} here; this" &&
	grep -v '^    // ' "$dir/merged.json" | cmp -s - "$dir/one.json"; then
	echo "ok $n - above the rule, too, and the rest stays"
else
	echo "not ok $n - above the rule, too, and the rest stays"
	sed 's/^/# /' "$dir/merged.json"
fi
printf '{"tcbox_policy":1,"listens":[{"id":"one","ports":[1,2]}]}\n' >"$dir/tie-1.json"
printf '{"tcbox_policy":1,"listens":[{"id":"two","ports":[2,3]}]}\n' >"$dir/tie-2.json"
expect "rules that tie are told" 1 "{\"tcbox_policy\":1,\"listens\":[{\"id\":\"one\",\"ports\":[1,2]},
    // From $dir/tie-2.json:

    {\"id\":\"two\",\"ports\":[2,3]},
]}" "conflict: line 4 of what was written: \"two\" ties with \"one\" in line 1: both agree with the same ports, and neither says more; join them, or say more in one of them
1 conflict: what $dir/tie-1.json says stands; the merged policy does not allow all that the others do" policy merge "$dir/tie-1.json" "$dir/tie-2.json"
expect "merge needs two" 2 "" "tcbox: policy: name the policies to merge, two or more $hint" policy merge "$ok"
expect "and two that are policies" 2 "" "tcbox: $bad:2:2: conections: unknown key; did you mean \"connections\"?" policy merge "$ok" "$bad"
expect "try has no Markdown" 2 "" "tcbox: policy: \"try\" has the formats \"text\" and \"json\" $hint" policy try --format markdown "$ok"
expect "explain has no JSON" 2 "" "tcbox: policy: \"explain\" has the formats \"text\", \"markdown\" and \"html\"; the policy itself is JSON $hint" \
	policy explain --format json "$ok"
expect "explain needs a policy" 2 "" "tcbox: policy: name a policy $hint" policy explain
expect "explain refuses a policy that is none" 2 "" "tcbox: $bad:2:2: conections: unknown key; did you mean \"connections\"?" policy explain "$bad"
expect "explain refuses a bundle that is none" 2 "" "tcbox: $dir is not a bundle: it has no run.json" policy explain "$ok" "$dir"
expect "why needs a policy" 2 "" "tcbox: policy: name a policy $hint" policy why --name x
expect "why needs a question" 2 "" \
	"tcbox: policy: say what is asked about: --flow, --name, --listen, --exec, --file, --read or --call $hint" policy why "$ok"
expect "why refuses half a connection" 2 "" \
	"tcbox: policy: --flow: \"tcp\": write PROTOCOL HOST:PORT, as in \"tcp updates.acme.example:443 by /opt/acme/agent\" $hint" \
	policy why --flow tcp "$ok"
expect "and a port that is none" 2 "" "tcbox: policy: --flow: \"tcp x:0\": a port is a number from 1 to 65535 $hint" policy why --flow "tcp x:0" "$ok"
expect "and words that it does not know" 2 "" "tcbox: policy: --flow: \"tcp x:1 via /y\": after the destination come \"by PROGRAM\", \"as APPLICATION\", \"tls VERSION\" or \"at ADDRESS\", not \"via\" $hint" \
	policy why --flow "tcp x:1 via /y" "$ok"
expect "and a listener that is none" 2 "" "tcbox: policy: --listen: \"tcp x:1\": that is no address with a port, and no port $hint" policy why --listen "tcp x:1" "$ok"
expect "and a path that is not absolute" 2 "" "tcbox: policy: --file: \"x\": an absolute path is expected $hint" policy why --file x "$ok"
expect "and a call that is none" 2 "" "tcbox: policy: --call: no system call is called \"opn\"; did you mean open? $hint" policy why --call opn "$ok"
expect "why answers 0 for what is declared" 0 "cdn.ACME.example.
  declared by \"*.acme.example\" of names, $ok:40:13" "" policy why --name cdn.ACME.example. "$ok"
expect "what is no bundle is not judged" 2 "" "tcbox: $dir is not a bundle: it has no run.json" policy try --judge "$dir"
expect "calls takes one name" 2 "" "tcbox: policy: one system call only $hint" policy calls read write
printf '{"tcbox_policy":1,"connections":[{"id":"old","to":["updates.acme.example"],"until":"2026-11-01","ports":[443],"protocol":"tcp"}]}' >"$dir/ended.json"
n=$((n + 1))
if "$TCBOX" check --policy "$dir/ended.json" tests/golden/conforms/bundle | grep -q 'the nearest rule is "old": the last day of the rule was 2026-11-01'; then
	echo "ok $n - a finding tells that a rule has ended"
else
	echo "not ok $n - a finding tells that a rule has ended"
fi
n=$((n + 1))
if [ "$("$TCBOX" policy --help | sed -n 2p)" = "       tcbox policy new --template KIND [BUNDLE...]" ]; then
	echo "ok $n - help has a line for each word"
else
	echo "not ok $n - help has a line for each word"
fi
echo "1..$n"
