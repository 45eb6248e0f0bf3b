#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs.sh - what tcbox accepts, what the manual says and what the shells complete is the same; manual pages are well formed
set -u

: "${TCBOX:?}"
n=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

result() {	# status, name, explanation
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; [ -z "$3" ] || printf '%s\n' "$3" | sed 's/^/# /'; fi
}

same() {	# name, wanted, got: lists, one a line
	result "$([ "$2" = "$3" ]; echo $?)" "$1" "$(diff <(echo "$2") <(echo "$3"))"
}

# The commands and each one's long options, from four sources.
help_commands() { "$TCBOX" --help | sed -n '/^Options:/q; s/^  \([a-z]\{1,\}\)  *.*/\1/p'; }
help_options() { "$TCBOX" "$1" --help | grep -oE '^ +--[a-z-]+' | tr -d ' ' | sort -u; }
man_options() {
	awk -v c="tcbox $1" '/^\.S[sh] / { on = $0 == ".Ss " c } on && /^\.It Fl -/ { print "-" substr($3, 1) }' man/tcbox.1 |
		sed 's/^--*/--/' | sort -u
}
synopsis_options() {
	awk -v c="$1" '/^\.Sh / { on = $2 == "SYNOPSIS" } on && /^\.Nm/ { cmd = "" } on && /^\.Cm / && cmd == "" { cmd = $2 }
		on && cmd == c && match($0, /Fl -[a-z-]+/) { print "--" substr($0, RSTART + 4, RLENGTH - 4) }' man/tcbox.1 | sort -u
}
bash_words() {	# what the completion offers after these words
	bash --norc -c 'compopt() { :; }; . completions/tcbox.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tcbox
		((${#COMPREPLY[@]})) && printf "%s\n" "${COMPREPLY[@]}"' _ "$@" | sort -u
}
zsh_options() { awk -v c="$1)" '$1 == c { on = 1 } $1 == ";;" { on = 0 } on' completions/_tcbox | grep -oE "'\*?--[a-z-]+" | tr -d "'*" | sort -u; }
fish_options() { grep -F "_from $1'" completions/tcbox.fish | grep -oE -- '-l [a-z-]+' | sed 's/-l /--/' | sort -u; }

commands=$(help_commands)
result "$([ -n "$commands" ]; echo $?)" "--help lists commands" ""
same "the manual has a section for each command" "$(sort <<<"$commands")" "$(sed -n 's/^\.Ss tcbox //p' man/tcbox.1 | sort)"
same "bash completes the commands" "$( (echo "$commands"; echo --help; echo --version) | sort)" "$(bash_words tcbox '')"
same "zsh completes the commands" "$(sort <<<"$commands")" "$(sed -n "s/^\t\t'\([a-z]*\):.*/\1/p" completions/_tcbox | sort)"
same "fish completes the commands" "$(sort <<<"$commands")" "$(sed -n 's/.*use_subcommand -f -a \([a-z]*\).*/\1/p' completions/tcbox.fish | sort)"
for c in $commands; do
	options=$(help_options "$c")
	result "$(grep -qx -- --help <<<"$options"; echo $?)" "tcbox $c --help lists options" ""
	same "tcbox $c: the manual describes the options of --help" "$options" "$(man_options "$c")"
	same "tcbox $c: the synopsis names them" "$(grep -vx -- --help <<<"$options")" "$(synopsis_options "$c")"
	same "tcbox $c: bash completes them" "$options" "$(bash_words tcbox "$c" --)"
	same "tcbox $c: zsh completes them" "$options" "$(zsh_options "$c")"
	same "tcbox $c: fish completes them" "$options" "$(fish_options "$c")"
done
same "bash completes the values of --net" "$(printf 'none\nsim')" "$(bash_words tcbox run --net '')"
same "bash leaves the words of the product alone" "" "$(bash_words tcbox run curl --pol)"
same "bash leaves words after -- alone" "" "$(bash_words tcbox run -- curl --pol)"
same "bash knows where the product of a run begins" "--quiet" "$(bash_words tcbox run --review x --events y --qui)"

out=$(bash -n completions/tcbox.bash 2>&1)
result $? "bash reads its completion" "$out"
if command -v zsh >/dev/null; then
	out=$(zsh -n completions/_tcbox 2>&1)
	result $? "zsh reads its completion" "$out"
fi

for page in man/*.[1-9]; do
	if command -v mandoc >/dev/null; then
		out=$(mandoc -Tlint -W warning "$page" 2>&1)
	else
		out=$(groff -man -ww -z "$page" 2>&1)
	fi
	[ -z "$out" ]
	result $? "$page is well formed" "$out"
	# Pages that name each other must exist.
	missing=$(grep -ohE '^\.Xr tcbox[a-z-]* [0-9]|\\fBtcbox[a-z-]*\\fR\([0-9]\)' "$page" | sed 's/^\.Xr //; s/\\f[BR]//g; s/[ (]/./; s/)//' |
		sort -u | while read -r p; do [ -f "man/$p" ] || echo "$p"; done)
	[ -z "$missing" ]
	result $? "$page refers to pages that exist" "$missing"
done

for s in doc/schema/*.json; do
	out=$(python3 -c 'import json, sys, jsonschema
jsonschema.validators.validator_for(json.load(open(sys.argv[1]))).check_schema(json.load(open(sys.argv[1])))' "$s" 2>&1)
	result $? "$s is a JSON Schema" "$out"
done

# Formats: the manual describes every key of every event, every kind of finding, every group of calls, and no other.
# shellcheck disable=SC2016 # Python
keys() { python3 -c 'import json
for kind, d in json.load(open("doc/schema/tcbox-event-1.schema.json"))["$defs"].items():
    if kind.startswith("event_"):
        print(*(f"{kind[6:]} {key}" for key in d["properties"] if key not in ("k", "src", "n", "t", "proc")), sep="\n")' | sort; }
same "tcbox-record(5) describes the keys of all events" "$(keys)" "$(awk '/^\.Sh / { on = $2 == "EVENTS" } on && /^\.Ss / { kind = $2 }
	on && /^\.It Cm / { print kind, $3 }' man/tcbox-record.5 | sort)"
same "the schema has the keys of record/fields.c" "$(keys)" \
	"$(sed -n 's/^\tF(\([a-z]*\), FLD_[A-Z0-9]*, [a-z0-9_]*, "\([a-z0-9_]*\)"),$/\1 \2/p' record/fields.c | sed 's/^process /proc /' | sort)"
# shellcheck disable=SC2016 # Python
same "tcbox-record(5) describes the keys of run.json" "$(python3 -c 'import json
s = json.load(open("doc/schema/tcbox-run-1.schema.json"))
print(*s["properties"], *s["$defs"]["file"]["properties"], sep="\n")' | sort)" \
	"$(awk '/^\.Sh / { on = $2 == "MANIFEST" } /^\.It Cm / { files = $3 == "files" }
	on && (/^\.It Cm / || (files && /^\.Cm /)) { for (i = 2; i <= NF; i++) if ($i ~ /^[a-z_0-9]+$/) print $i }' man/tcbox-record.5 | sort)"
# Names of totals stand in lists of struct ev_pair.
counters() { for f in box:sandbox/watch/supervisor.c capture:capture/capture.c net:capture/dissect.c net:capture/decode.c lab:lab/lab.c disk:sandbox/box/disk.c run:run/session.c; do
	sed -n '/struct ev_pair [a-z]*\[.*\] = {$/,/^\t*};$/p' "${f#*:}" | grep -oE '\{ "[a-z_]+",' | sed "s/^{ \"/${f%%:*} /; s/\",//"; done | sort; }
same "tcbox-record(5) describes the names of all totals" "$(counters)" "$(awk '/^\.Sh / { on = $2 == "COUNTERS" } on && /^\.Ss / { src = $2 }
	on && /^\.It Cm / { for (i = 3; i <= NF; i++) if ($i ~ /^[a-z_]+$/) print src, $i }' man/tcbox-record.5 | sort)"
same "tcbox-findings(7) describes the codes of all findings" "$(sed -n 's/.*\[FND_[A-Z_]*\] = "\([A-Z-]*\)".*/\1/p' bundle/finding.c | sort)" \
	"$(sed -n 's/^\.It Sy \([A-Z][A-Z-]*-[A-Z-]*\).*/\1/p' man/tcbox-findings.7 | sort)"
same "tcbox-findings(7) describes all that a run can leave unseen" "$(sed -n 's/.*\[FND_GAP_[A-Z_]*\] = "\(.*\)",/\1/p' bundle/gap.c | sort -u)" \
	"$(awk '/^\.Sh / { on = $0 == ".Sh WHAT WAS NOT SEEN" } on && sub(/^\.It /, "")' man/tcbox-findings.7 | sort)"
same "tcbox-policy(5) describes the keys of the tables in policy/, in their order" \
	"$(python3 tests/golden/policy_keys.py tables)" "$(python3 tests/golden/policy_keys.py manual)"
same "tcbox-policy(5) lists the groups of system calls and their calls" "" "$(tests/docs_groups.py "$TCBOX" 2>&1)"

# ARCHITECTURE says which files a new thing touches, by an example that is there.
# shellcheck disable=SC2016 # backquotes of Markdown
while IFS='|' read -r _ what words files _; do
	[ -n "$files" ] || continue
	pattern=$(printf '%s' "$words" | grep -oE '`[^`]+`' | tr -d '`' | paste -sd '|')
	same "a new${what% } touches the files that ARCHITECTURE says" "$(printf '%s' "$files" | grep -oE '`[a-z]+/[^` ]*[^/`]`' | tr -d '`' | sort)" \
		"$(grep -rlE -- "$pattern" bundle capture cli completions doc/schema evidence facts include lab lib man policy record report run sandbox seal try | sort)"
done < <(sed -n '/^## What a new thing touches/,/^## Why/p' doc/ARCHITECTURE.md | grep '^| [a-z]' | grep -v '^| a new')

# FOR-REVIEWERS says how long files are: within 15 %, each source file once. A file belongs to the row that names it first.
tests/docs_lines.py doc/FOR-REVIEWERS.md >"$dir/said" 2>&1
result $? "FOR-REVIEWERS has all source files, with their lines" "$(cat "$dir/said")"
check_planted() {	# name, document, sed script, checker: it must complain
	sed "$3" "$2" >"$dir/planted.md"
	! cmp -s "$2" "$dir/planted.md" && ! "$4" "$dir/planted.md" >"$dir/said" 2>&1
	result $? "$1" "$(cat "$dir/said")"
}
# shellcheck disable=SC2016 # backquotes of Markdown
check_planted "a wrong number of lines is caught" doc/FOR-REVIEWERS.md 's/^| [0-9]* | `sandbox.watch/| 5000 | `sandbox\/watch/' tests/docs_lines.py
# shellcheck disable=SC2016
check_planted "a room that is not listed is caught" doc/FOR-REVIEWERS.md '/^| [0-9]* | `facts`/d' tests/docs_lines.py
tests/docs_promises.py doc/SPECIFICATION.md >"$dir/said" 2>&1
result $? "SPECIFICATION names tests that exist" "$(cat "$dir/said")"
check_planted "a test that does not exist is caught" doc/SPECIFICATION.md 's/no mount is left/no mount was left/' tests/docs_promises.py
check_planted "a promise without a test is caught" doc/SPECIFICATION.md '/Kill/s/| `tests.*/| |/' tests/docs_promises.py

# Debian has gcc, make and the C library wherever packages are built.
same "debian/control builds with what scripts/packages lists" \
	"$(awk '$1 == "build" && $2 !~ /^npm:/ { print $2 }' scripts/packages | grep -vx -e gcc -e make -e libc6-dev | sort)" \
	"$(awk '/^[A-Z]/ { on = /^Build-Depends:/ } on && NF' debian/control | grep -v -e Build-Depends -e debhelper -e nocheck | tr -d ' ,' | sort)"

# Names of files that README and the guides link to.
for d in README.md CONTRIBUTING.md SECURITY.md doc/*.md; do
	missing=$(grep -oE '\]\([^)#]+' "$d" | cut -c 3- | grep -v '^[a-z]*:' | while read -r t; do
		[ -e "$(dirname "$d")/$t" ] || echo "$t"; done)
	[ -z "$missing" ]
	result $? "$d links to files that exist" "$missing"
done
echo "1..$n"
