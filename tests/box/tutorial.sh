#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tutorial.sh - doc/tutorial.md, word for word, from an archive of the source on
#
# The archive has the objects of the tree's own build in it, as in tests/build.sh, so that little is compiled.
# shellcheck disable=SC1091,SC2034,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

tree=$(cd "$here/../.." && pwd)
version=$(sed -n 's/^VERSION := //p' "$tree/Makefile")
objects=$(cd "$(dirname "$TCBOX")" && pwd)
name=tcbox-$version
mkdir "$dir/home" "$dir/$name" "$dir/said"
cd "$tree" || exit 1
tar -cf - --exclude=./.git --exclude=./build --exclude='*.tcbox' . | tar -xf - -C "$dir/$name"
mkdir -p "$dir/$name/build/$(basename "$objects")"
tar -cf - -C "$objects" --exclude=./tests . | tar -xf - -C "$dir/$name/build/$(basename "$objects")"
tar -C "$dir" -czf "$dir/home/$name.tar.gz" "$name"
rm -rf "${dir:?}/$name"

# The flags of those objects; nothing else of make's caller.
unset MAKEFLAGS MFLAGS MAKELEVEL XDG_DATA_HOME
! grep -q -e '-Werror' "$objects/.flags" || export WERROR=1
export CC="${CC:-cc}" HOME="$dir/home"
unset B
python3 -B "$lib/tutorial.py" "$tree/doc/tutorial.md" "$dir/said" "$n" 2>"$dir/count" || rc=1
n=$(tail -n 1 "$dir/count")
check "it has many commands" test "$n" -ge 30
finish
