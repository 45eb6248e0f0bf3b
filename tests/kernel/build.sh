#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build.sh - the kernel's own tests, built from Debian's package
#
# usage: build.sh SUITE...	in the top directory of the tree, B=build directory; the programs are in $B/tests/kernel/SUITE
#
# A suite is a directory of tools/testing/selftests. The headers are those of the machine's C library, the compiler is gcc.
set -eu

: "${B:?}"
package=linux-source-6.1
inside=$package/tools/testing/selftests
place=$(scripts/fetch-package "$package")
tree=$place/tests

if [ ! -d "$tree" ]; then
	rm -rf "$tree.new"
	mkdir "$tree.new"
	tar -xf "$place/usr/src/$package.tar.xz" -C "$tree.new" "$inside"
	mv "$tree.new" "$tree"
fi
for suite; do
	out=$PWD/$B/tests/kernel/$suite
	[ ! -d "$out" ] || continue
	rm -rf "$out.new"
	mkdir -p "$out.new"
	env -u MAKEFLAGS -u MFLAGS make -s -C "$tree/$inside/$suite" OUTPUT="$out.new" KHDR_INCLUDES= >&2
	mv "$out.new" "$out"
done
