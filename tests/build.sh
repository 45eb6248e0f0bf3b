#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build.sh - the build itself, in a copy of the tree: files made, nothing to do twice, install, uninstall, clean
#
# The copy starts with the objects of the tree's own build, if there is one, so that little is compiled.
set -u

: "${MAKE:=make}" "${B:?}"
n=0
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
dest=$copy/dest

result() {	# status, name, explanation
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; printf '%s\n' "$3" | sed 's/^/# /'; fi
}

mkdir "$copy/tree"
tar -cf - --exclude=.git --exclude=./build --exclude='*.tcbox' . | tar -xf - -C "$copy/tree"
if [ -d "$B" ] && [ "${B#/}" = "$B" ]; then
	mkdir -p "$copy/tree/$B"
	cp -a "$B/." "$copy/tree/$B"
	original=$PWD/$B
else
	original=
	B=build/here
fi
cd "$copy/tree" || exit 1
mk() { "$MAKE" --no-print-directory B="$B" V= "$@" 2>&1; }

out=$(mk)
[ -x "$B/tcbox" ]
result $? "make makes tcbox" "$out"

# Time stamps and names of everything that was built: make may ask questions, but must change nothing.
stamps() { find "$B" -type f -printf '%p %T@ %s\n' | sort; }
before=$(stamps)
out=$(mk)
after=$(stamps)
[ "$before" = "$after" ] && [ -z "$out" ]
result $? "make has nothing to do the second time" "$out"

out=$(mk -n CPPFLAGS=-DOTHER_FLAGS | grep -c -- '-DOTHER_FLAGS.* -c ')
[ "$out" -gt 0 ]
result $? "other flags compile again" "$out objects"

version=$("$B/tcbox" --version 2>&1)
case $version in *"$(sed -n 's/^VERSION := //p' Makefile)"*) rc=0 ;; *) rc=1 ;; esac
result $rc "tcbox --version says the version of the Makefile" "$version"

# What the flags are for, read from the program itself.
elf=$(readelf -hldW "$B/tcbox" 2>&1; readelf -sW --dyn-syms "$B/tcbox" 2>&1)
has() {	# name, pattern
	printf '%s\n' "$elf" | grep -Eq -- "$2"
	result $? "the program $1" "$(printf '%s\n' "$elf" | head -n 60)"
}
has "is position independent" 'Type: +DYN'
has "has read-only relocations" 'GNU_RELRO'
has "binds everything at the start" 'BIND_NOW'
has "has no executable stack" 'GNU_STACK .* RW +0x'
has "guards its stack" '__stack_chk_fail'
printf '%s\n' "$elf" | grep -q 'NEEDED.*\(dbus\|nftables\)'
[ $? = 1 ]
result $? "the program is linked with nothing that it does not use or may not be linked with" "$(printf '%s\n' "$elf" | grep NEEDED)"

# Two of the rooms, compiled in another directory and under other circumstances, make the same program.
# "make check-reproducible" compiles all of it twice.
if [ -n "$original" ]; then
	rm -rf "$B"/lib "$B"/lib.a "$B"/report "$B"/report.a "$B"/tcbox "$B"/gen/page_files.h
	out=$(umask 077; TZ=Asia/Tokyo LC_ALL=C mk)
	cmp "$B/tcbox" "$original/tcbox"
	result $? "what is compiled in another directory has the same bytes" "$out"
	! grep -q "$original" "$B/tcbox"
	result $? "the program does not name the directory that it was built in" "$original"
fi

mkdir "$dest"
out=$(mk DESTDIR="$dest" PREFIX=/usr install)
[ -x "$dest/usr/bin/tcbox" ]
result $? "install puts the program below DESTDIR and PREFIX" "$out"

out=$(find "$dest" -type f -perm /7000; find "$dest" -type f ! -perm -444)
[ -z "$out" ]
result $? "installed files are readable by all and never set-uid" "$out"

if command -v man >/dev/null; then
	for page in man/*.[1-9]; do
		section=${page##*.} name=$(basename "${page%.*}")
		out=$(man -M "$dest/usr/share/man" -w "$section" "$name" 2>&1)
		result $? "man -M finds $name($section)" "$out"
	done
else
	for page in man/*.[1-9]; do
		out=$dest/usr/share/man/man${page##*.}/$(basename "$page")
		[ -s "$out" ]
		result $? "$(basename "$page") is where man(1) looks" "$out"
	done
fi

for f in bash-completion/completions/tcbox zsh/site-functions/_tcbox fish/vendor_completions.d/tcbox.fish; do
	[ -s "$dest/usr/share/$f" ]
	result $? "$f is installed" ""
done

out=$("$dest/usr/bin/tcbox" policy new --template cli 2>&1 | cmp - templates/cli.policy.json)
result $? "the installed program finds its templates" "$out"

out=$(mk DESTDIR="$dest" PREFIX=/usr uninstall; find "$dest" -type f; find "$dest" -path '*tcbox*')
[ -z "$out" ]
result $? "uninstall leaves no file" "$out"

out=$(mk clean)
[ ! -e build ]
result $? "clean removes what was built" "$out"
echo "1..$n"
