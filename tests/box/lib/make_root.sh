#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make_root.sh - a small root file system out of the packages of this machine, owned by whoever runs this
#
# usage: make_root.sh DIR PACKAGE...
set -eu
root=$1
shift
mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib" "$root/usr/lib64"
for d in bin sbin lib lib64; do
	ln -s "usr/$d" "$root/$d"
done
# files and links only: the directories follow from them. What a package calls /bin/sh lies in /usr/bin here
dpkg -L "$@" | sed 's,^/\(bin\|sbin\|lib\|lib64\)/,/usr/\1/,' | grep -v '^/usr/share/\(doc\|man\|locale\|info\)/' |
	while read -r f; do
		if [ -L "$f" ] || [ -f "$f" ]; then echo "${f#/}"; fi
	done | grep / | sort -u | tar -C / -cf - --ignore-failed-read -T - 2>/dev/null | tar -xf - -C "$root" --no-same-owner
mkdir -p "$root/etc" "$root/tmp" "$root/run" "$root/proc" "$root/sys" "$root/dev" "$root/home" "$root/root" "$root/var/tmp" \
	"$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/var/log"
: >"$root/var/lib/dpkg/status"
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
