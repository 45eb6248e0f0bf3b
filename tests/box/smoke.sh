#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# smoke.sh - what Debian's package is tried with, debian/tests/smoke, with this build
# shellcheck disable=SC1091,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

mkdir "$dir/bin" "$work/smoke"
ln -s "$TCBOX" "$dir/bin/tcbox"
[ "$(id -u)" != 0 ] || chown 65534:65534 "$work/smoke"
PATH=$dir/bin:$PATH AUTOPKGTEST_TMP=$work/smoke "$here/../../debian/tests/smoke" >"$dir/said" 2>&1
result $? "it is as debian/tests/smoke wants it" "$(cat "$dir/said")"
says "it came to its end" "$dir/said" "it works"
finish
