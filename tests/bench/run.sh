#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh - measure tcbox against its peers, as an ordinary user; what it measures is in bench.py
#
# usage: run.sh [ITEM...]	in the top directory of the tree, B=build directory; BENCH_QUICK=1 for a rough answer
#
# Prints one JSON object a line for each item and a table at the end. Slow is not a failure: the exit status is 0.
set -u

: "${B:?}"
export B
if [ "$(id -u)" = 0 ]; then
	exec scripts/as-user "$0" "$@"
fi
if ! unshare -Urnm true; then
	echo "bench: no user namespaces here" >&2
	exit 0
fi
dir=$(mktemp -d /var/tmp/tcbox-bench.XXXXXX)	# not below /tmp: the box has a /tmp of its own
trap 'rm -rf "$dir"' EXIT
trap 'exit 143' HUP INT TERM
PATH=$PATH:/usr/sbin:/sbin LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 timeout 600 python3 "$(dirname "$0")/bench.py" "$dir" "$@"
exit 0
