#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# options.sh - options for products that need more than the box gives by itself; each with a control without it
# shellcheck disable=SC1091,SC2016,SC2154 # box.sh sets what it says; the shell inside expands
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

prints() {	# NAME TEXT: what the product printed
	if [ "$(cat "$out")" = "$2" ]; then result 0 "$1"; else result 1 "$1" "$(cat "$out" "$err")"; fi
}

usage() {	# NAME TEXT OPTION...: a usage error that says TEXT, and no bundle
	name=$1 text=$2
	shift 2
	"$TCBOX" run --output "$dir/bundles/none" "$@" -- true >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	if [ $status = 2 ] && grep -qF -e "$text" "$dir/err" && [ ! -e "$dir/bundles/none" ]; then
		result 0 "$name: wrong usage"
	else
		result 1 "$name: wrong usage" "$status: $(cat "$dir/err")"
	fi
}

# Variables
export SECRET_TOKEN="of the technician" LANG=C.UTF-8
show='echo "${SECRET_TOKEN-none} ${OTHER-none} $LANG"'
run 3 "no --env" -- sh -c "$show"
prints "no --env: the technician's variables are absent, but for a few" "none none C.UTF-8"
holds "no --env: none recorded" 'm.env == [] and r.run.env == []'
run 3 "--env" --env SECRET_TOKEN --env OTHER=first --env OTHER=a=b --env LANG= -- sh -c "$show"
prints "--env: passed on, set, overridden; the last one counts" "of the technician a=b "
holds "--env: names are recorded" 'm.env == ["SECRET_TOKEN", "OTHER", "LANG"] == r.run.env'
says "--env: the report names them" "$err" "SECRET_TOKEN, OTHER, LANG"
check "--env: values are not in run.json" sh -c "! grep -q 'of the technician' '$bundle/run.json'"
run 3 "--env of what the box sets" --env HOME=/tmp/mine --env SSL_CERT_FILE=/x -- sh -c 'env | grep -E "^(HOME|SSL_CERT_FILE)=" | sort'
prints "--env of what the box sets: once, with the technician's value" "HOME=/tmp/mine
SSL_CERT_FILE=/x"
usage "--env without a name" "names no variable" --env ""
usage "--env with an empty name" "names no variable" --env =x
usage "--env of a variable that is not set" "NOT_SET_HERE is not set here" --env NOT_SET_HERE

# Working directory
mkdir "$work/program" "$dir/data" "$dir/closed"
cp "$(readlink -f /bin/sh)" "$work/program/shell"
printf 'content\n' >"$dir/data/file"
touch "$work/here"
ln -s data "$dir/link"
chmod 711 "$dir/closed"
run 3 "no --workdir" -- ./program/shell -c "pwd; cat file $dir/data/file"
prints "no --workdir: the current directory, and no other one" "$work"
run 3 "--workdir" --workdir ../link -- ./program/shell -c 'pwd; echo "$PWD"; cat file; ls; echo changed >file'
prints "--workdir: it is there, relative to the current directory; so is the program" "$dir/data
$dir/data
content
file"
check "--workdir: the host's files are as before" grep -qx content "$dir/data/file"
holds "--workdir: recorded" "m.cwd == '$dir/data' == r.run.cwd"
run 3 "--workdir and a relative argument" --workdir "$dir/data" -- cat file
prints "--workdir and a relative argument: the product finds it" "content"
holds "--workdir and a relative argument: its hash is kept" "'$dir/data/file' in [f.path for f in m.files]"
run 3 "--workdir: the current directory" --workdir "$dir/data" -- sh -c "! ls $work/here"
holds "--workdir: the current directory is not there" 'm.exit_code == 0'
usage "--workdir that does not exist" "No such file" --workdir "$dir/nothing"
usage "--workdir that is a file" "Not a directory" --workdir "$dir/data/file"
if [ "$(id -u)" = 0 ]; then
	run 125 "--workdir that the product's user may not enter" --workdir "$dir/closed" -- true
fi

finish
