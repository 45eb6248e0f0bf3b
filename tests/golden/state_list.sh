#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# state_list.sh - tcbox state list and remove, whatever lies where state.json should be
set -u

: "${TCBOX:?}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export TCBOX_STATE_HOME=$dir/states
n=0
mkdir -p "$TCBOX_STATE_HOME/acme"
file=$TCBOX_STATE_HOME/acme/state.json
good='{ "tcbox_state": 1, "uid": 1000, "gid": 1000, "sub_uid": 0, "sub_gid": 0, "sub_ids": 0, "runs": 4 }'

# expect NAME STATUS TEXT ARG...: run tcbox state ARG... and compare status and output
expect() {
	local name=$1 want="$2|$3" got
	shift 3
	got=$(timeout 20 "$TCBOX" state "$@" 2>&1)
	got="$?|${got//"$dir/states"/DIR}"
	n=$((n + 1))
	if [ "$got" = "$want" ]; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		diff <(echo "$want") <(echo "$got") | sed 's/^/# /'
	fi
}
listed() {	# NAME ABOUT
	expect "$1" 0 "$(printf '%-24s %s' acme "$2")" list
	rm -rf "$file"
}
refused() {	# NAME WHY
	listed "$1" "DIR/acme/state.json was not written by this version of tcbox ($2); remove the state, or use another name"
}

listed "a state without its file has had no run" "0 runs"
echo "$good" >"$file"
listed "a state tells its runs" "4 runs"
# shellcheck disable=SC2001 # braces in braces
echo "${good/ 4 / 1, \"root\": \"/srv/\\\\\\\\xffroot\" }" | sed 's/} }$/}/' >"$file"
listed "a state tells its root" '1 run, root /srv/\xffroot'
: >"$file"
refused "an empty file is told" "the file is empty"
head -c 4096 /dev/urandom | tr -d '\n' | sed 's/^/x/' >"$file"
n=$((n + 1))
if timeout 20 "$TCBOX" state list >"$dir/out" 2>&1 && grep -q 'was not written by this version' "$dir/out"; then echo "ok $n - garbage is told"; else echo "not ok $n - garbage is told"; fi
echo "${good/1000/1000, \"uid\": 0}" >"$file"
refused "a member that is there twice is told" 'duplicate key "uid"; it is in line 1, column 21 already'
echo "${good/'"runs"'/'"run"'}" >"$file"
refused "a member that is missing is told" '"runs" is missing'
echo "${good/1000/-1}" >"$file"
refused "an id that is none is told" 'an id is missing'
echo "${good/': 1,'/': 2,'}" >"$file"
refused "another format is told" '"tcbox_state" is not 1'
echo "${good/4/4, \"root\": 7}" >"$file"
refused "a root that is no string is told" '"root" is not a string'
echo "${good% \}} // 4" >"$file"
refused "a comment is told" "',' or '}' is expected here, not '/'"
printf '%01000d' 0 | tr 0 '[' >"$file"
refused "deep nesting is told" "nested deeper than 32 levels"
truncate -s 200M "$file"
listed "a huge file is told" "DIR/acme: state.json: larger than 1048576 bytes"
mkfifo "$file"
listed "a FIFO is told" "DIR/acme: state.json is not a regular file"
mkdir "$file"
listed "a directory is told" "DIR/acme: state.json is not a regular file"
ln -s /etc/passwd "$file"
listed "a symbolic link is told" "DIR/acme: state.json is not a regular file"
echo '{' >"$file"
expect "a state whose file says nothing can be removed" 0 "" remove acme
expect "and is gone then" 0 "" list
usage='(try "tcbox state --help")'
expect "list takes no arguments" 2 "tcbox: state: list takes no arguments; got \"acme\" $usage" list acme
expect "remove takes some" 2 "tcbox: state: name a state $usage" remove
mkdir "$TCBOX_STATE_HOME/acme"
expect "a name that is none: nothing is removed" 2 "tcbox: state: \"../acme\" is no name for a state $usage" remove acme ../acme
expect "a state that is not there: the others are removed" 2 "tcbox: state none: nothing is kept under this name; tcbox state list" remove none acme
expect "and are gone then" 0 "" list
mkdir "$TCBOX_STATE_HOME/acme" && : >"$TCBOX_STATE_HOME/acme/mine"
expect "what is none of tcbox stays, and is told" 125 "tcbox: remove DIR/acme: Directory not empty" remove acme
[ -e "$TCBOX_STATE_HOME/acme/mine" ] && echo "ok $((n += 1)) - it is there" || echo "not ok $((n += 1)) - it is there"
echo "1..$n"
