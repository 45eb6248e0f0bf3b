#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# quiet.sh - what ordinary programs do every day, and what of it is no act, or did not happen
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # box.sh sets what it says; the shell inside expands
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

strict=$dir/strict.json
cat >"$strict" <<'P'
{ "tcbox_policy": 1, "connections": [], "names": [], "executes": ["/**"],
  "files": { "write": ["/tmp/declared/**"] }, "syscalls": { "allow": ["@default"] },
  "undeclared": { "connections": "violation", "names": "violation", "listens": "violation",
    "executes": "violation", "files": "violation", "syscalls": "violation" } }
P

# Descriptors that are opened again. Standard output and error are pipes here.
for way in /dev/stderr /dev/fd/2 /proc/self/fd/2; do
	run 0 "$way, a pipe" --policy "$strict" -- sh -c "echo opened again >$way"
	check "the line came" grep -q "opened again" "$err"
	holds "nothing is recorded of it" "not [e for e in ev if e.k == 'file']"
done
run 1 "/dev/fd/3, a file that is open for reading" --policy "$strict" -- \
	sh -c 'exec 3</etc/passwd 4<"$0" 3<&4; echo x >/dev/fd/3; true' "$(command -v cat)"
holds "it is an act on that file" "[e for e in ev if e.k == 'file' and e.path.endswith('/cat')]"

finish
