#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# workdir.sh - files and directories of the host that the box does not show: tcbox says which, and what to do
# shellcheck disable=SC1091,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

mkdir "$dir/other"
echo hello >"$dir/other/data"
chmod -R a+rX "$dir/other"
hidden() { grep -cF "tcbox: run: The argument \"$1\" names a file that the box does not show" "$err"; }
in_report='[s for s in m.reduced if "does not show" in s]'

# Arguments
outside "reading the file" cat "$dir/other/data"
run 3 "an argument that is hidden" -- cat "$dir/other/data"
says "an argument that is hidden: the way out is shown before the start" "$err" "add --bind $dir/other/data"
holds "an argument that is hidden: the product failed, and the report says why" \
	"m.exit_code == 1 and len($in_report) == 1 and '--bind $dir/other/data' in ${in_report}[0]"
run 3 "with the bind that was shown" --bind "$dir/other/data" -- cat "$dir/other/data"
same "with the bind that was shown: it is read" "$out" "$dir/other/data"
check "with the bind that was shown: nothing is said" test "$(hidden "$dir/other/data")" = 0
holds "with the bind that was shown: nor in the report" "$in_report == []"
run 3 "a relative argument" -- cat ../other/data
check "a relative argument: it is named" test "$(hidden ../other/data)" = 1
run 3 "an argument behind =" -- dd if=/dev/null of=/dev/null --x="$dir/other/data"
check "an argument behind =: it is named" test "$(hidden "--x=$dir/other/data")" = 1
run 3 "a product that does without" -- sh -c true sh "$dir/other/data"
check "a product that does without: a warning" test "$(hidden "$dir/other/data")" = 1
holds "a product that does without: not in the report" "m.exit_code == 0 and $in_report == []"
run 3 "arguments that are there, or nowhere" -- sh -c true sh /etc/passwd /usr/bin . "$dir/none" "$work" /dev/null /tmp
check "arguments that are there, or nowhere: nothing is said" test "$(grep -c 'does not show' "$err")" = 0
ln -s "$dir/other/data" link
run 3 "a link out of the working directory" -- cat link
says "a link out of the working directory: where it leads is shown" "$err" "add --bind $dir/other/data"

# Interpreters
cp /bin/sh "$dir/other/sh"
chmod 755 "$dir/other/sh"
script() {	# NAME LINE...
	printf '%s\n' "$2" "echo hello" >"$1"
	chmod 755 "$1"
}
script hidden "#!$dir/other/sh"
script missing "#! /no/such/thing -x"
script plain ":"
outside "the script" ./hidden
run 127 "a hidden interpreter" -- ./hidden
says "a hidden interpreter: the way out is shown" "$err" "its interpreter $dir/other/sh is hidden there; add --bind $dir/other/sh"
run 3 "a hidden interpreter, bound" --bind "$dir/other/sh" -- ./hidden
same "a hidden interpreter, bound: the script runs" "$out" "$dir/other/data"
run 127 "a missing interpreter" -- ./missing
says "a missing interpreter: it is named" "$err" "its interpreter /no/such/thing does not exist"
run 126 "a script without #!" -- ./plain
says "a script without #!: what it needs" "$err" 'a script without a "#!" line; name its interpreter'
run 3 "a script without #!, with its interpreter" -- sh ./plain
same "a script without #!, with its interpreter: it runs" "$out" "$dir/other/data"

# A directory that only root may read
if [ "$(id -u)" = 0 ]; then
	mkdir -m 700 "$dir/own"
	cd "$dir/own" || exit 1
	check "control: root is there" test "$(pwd)" = "$dir/own"
	run 3 "root's own directory" -- pwd
	says "root's own directory: it is said before the start" "$err" "cannot read $dir/own: go to another directory, or give --workdir"
	holds "root's own directory: the manifest says where the product ran, and why" \
		"m.cwd == '/' and [s for s in m.reduced if 'The product ran in /' in s and '$dir/own' in s] != []"
	run 125 "root's own directory, by name" --workdir "$dir/own" -- pwd
	says "root's own directory, by name: it is refused" "$err" "--workdir: $dir/own cannot be read"
	cd "$work" || exit 1
	run 3 "the product's directory" -- pwd
	holds "the product's directory: nothing is said" "m.cwd == '$work' and m.reduced == []"
fi
finish
