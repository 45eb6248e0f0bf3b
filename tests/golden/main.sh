#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# main.sh - tcbox as it is typed: its commands, their help, and what it inherits from who starts it
# shellcheck disable=SC2016 # the shell that is started expands it
set -u

: "${TCBOX:?}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0

# expect NAME STATUS OUT ERR COMMAND...: run COMMAND and compare everything
expect() {
	local name=$1 want="$2|$3|$4" got status
	shift 4
	"$@" >"$dir/out" 2>"$dir/err"
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

help='Usage: tcbox COMMAND [OPTION...] [ARG...]
Run a product in a sandbox, record what it does on the network and asks of the kernel,
and compare that with what its vendor declared.

  run       Run a product in the box, record and compare what it does, leave a bundle
  check     Compare a finished bundle with a policy
  report    Print the report of a bundle
  diff      Say what is new, gone and changed in a second bundle
  export    Pack a bundle into one file, or copy its capture with all that is known of it
  import    Unpack a bundle that export packed
  review    List the findings of a bundle with what was decided about them, or decide
  note      Note something in a bundle, while its run goes on or after; or list the notes
  questions Print the letter to the vendor: what was declared, what was seen, what is asked
  seal      Sign all files of a bundle
  verify    Check that a bundle is as it was written
  policy    Learn, judge and explain a policy, try whether it is kept, list system calls
  state     List or remove the layers that "run --state" keeps
  doctor    Try everything that tcbox needs of this machine, and say how to fix what fails

Options:
  --help     print this help; "tcbox COMMAND --help" tells more
  --version  print the version

The manual is in tcbox(1), policies in tcbox-policy(5), findings in tcbox-findings(7).'
expect "tcbox alone says how it is used" 2 "$help" "" "$TCBOX"
expect "--help prints it" 0 "$help" "" "$TCBOX" --help
expect "so does -h" 0 "$help" "" "$TCBOX" -h
expect "and help" 0 "$help" "" "$TCBOX" help
expect "--version prints the version" 0 "tcbox $(sed -n 's/^VERSION := //p' Makefile)" "" "$TCBOX" --version
expect "a misspelt command gets a suggestion" 2 "" 'tcbox: rnu: no such command; did you mean "run"? (tcbox --help)' \
	"$TCBOX" rnu
expect "the last command is suggested, too" 2 "" 'tcbox: docter: no such command; did you mean "doctor"? (tcbox --help)' \
	"$TCBOX" docter
expect "another word does not" 2 "" 'tcbox: zzzzzzzz: no such command (tcbox --help)' "$TCBOX" zzzzzzzz
expect "check has its help" 0 "Usage: tcbox check --policy FILE [OPTION...] BUNDLE
Compare a finished bundle with a policy

  --policy FILE              what the vendor declared, tcbox-policy(5)
  --phase NAME               that the run was in, in place of what it was begun with
  --review FILE              decisions about the findings of an earlier version, tcbox-review(5)
  --format text|json|markdown|html|sarif|junit|csv form of the report (default: text), tcbox-report(5)
  --severity violation,warning,info findings of these severities only; a list
  --section NAME,...         these sections only, and the verdict; a list, see tcbox(1)
  --fail-on SEVERITY         exit status 1 for a finding that grave and not excused by a review; else that of the verdict
  --help                     print this help" "" "$TCBOX" check --help
expect "a command without options has its help" 0 'Usage: tcbox state list | remove NAME...
List or remove the layers that "run --state" keeps

  --help                     print this help' "" "$TCBOX" state --help

hint() { echo "(try \"tcbox $1 --help\")"; }
expect "check needs a bundle" 2 "" "tcbox: check: name a bundle $(hint check)" "$TCBOX" check --policy x
expect "check needs a policy" 2 "" "tcbox: check: --policy is needed $(hint check)" "$TCBOX" check "$dir"
expect "check takes one bundle" 2 "" "tcbox: check: one bundle only $(hint check)" "$TCBOX" check a b
expect "check knows seven formats" 2 "" \
	"tcbox: check: --format: \"xml\" is not a format; there are \"text\", \"json\", \"markdown\", \"html\", \"sarif\", \"junit\" and \"csv\" $(hint check)" \
	"$TCBOX" check --format xml
expect "report needs a bundle" 2 "" "tcbox: report: name a bundle $(hint report)" "$TCBOX" report
expect "report takes one bundle" 2 "" "tcbox: report: one bundle only $(hint report)" "$TCBOX" report a b
expect "state needs a word" 2 "" "tcbox: state: say what to do: list, remove $(hint state)" "$TCBOX" state

# What who starts tcbox leaves to it
expect "nobody reads: an error, and no signal" 125 "" "tcbox: write to standard output: Broken pipe" \
	bash -c 'exec 3> >(exec true); wait $!; "$0" policy calls >&3' "$TCBOX"
expect "a file that may not grow: the same" 125 "" "tcbox: write to standard output: File too large" \
	bash -c '(ulimit -f 0; exec "$0" policy calls >"$1") 2>&1 | cat >&2; exit "${PIPESTATUS[0]}"' "$TCBOX" "$dir/file"
expect "a full disk: the same" 125 "" "tcbox: write to standard output: No space left on device" \
	bash -c '"$0" policy calls >/dev/full' "$TCBOX"
expect "a version that cannot be printed is a failure" 125 "" "" bash -c '"$0" --version >/dev/full' "$TCBOX"
expect "help that cannot be printed is a failure" 125 "" "" bash -c '"$0" --help >/dev/full' "$TCBOX"
expect "and so is that of a command" 125 "" "" bash -c '"$0" check --help >/dev/full' "$TCBOX"
"$TCBOX" doctor | grep -v 'free in' >"$dir/doctor"
expect "who ignores its children's ends: the same answers" "${PIPESTATUS[0]}" "$(cat "$dir/doctor")" "" \
	bash -c 'env --ignore-signal=CHLD "$0" doctor | grep -v "free in"; exit "${PIPESTATUS[0]}"' "$TCBOX"

# A stream that is closed: a file that is opened does not become it, /dev/null does
printf '{"tcbox_policy":1}' >"$dir/ok.json"
for closed in '<&-' '<&- >&-' '<&- >&- 2>&-' '2>&-'; do
	expect "closed streams: $closed" 0 "" "" bash -c "\"\$0\" policy lint \"\$1\" >/dev/null $closed" "$TCBOX" "$dir/ok.json"
done
echo "1..$n"
