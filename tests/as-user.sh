#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# as-user.sh - scripts/as-user gives up root, gives a home, and finds its way out of a tree that only root may read
set -u

n=0
result() {	# status, name, explanation
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; printf '%s\n' "$3" | sed 's/^/# /'; fi
}

top=$PWD
B=build/x
export B

out=$(scripts/as-user sh -c 'exit 7' 2>&1)
[ $? = 7 ]
result $? "the command's exit status comes through" "$out"

if [ "$(id -u)" != 0 ]; then
	out=$(scripts/as-user id -u)
	[ "$out" = "$(id -u)" ]
	result $? "an ordinary user stays who he is" "$out"
	echo "1..$n"
	exit
fi

dir=$(mktemp -d)	# mode 700: nobody else gets in
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/tree/$B"
tar -cf - Makefile mk scripts tests/as-user.sh doc man completions | (umask 077; tar -xf - -C "$dir/tree")
printf '#!/bin/sh\necho here\n' >"$dir/tree/$B/tcbox"
chmod 700 "$dir/tree/$B/tcbox"
cd "$dir/tree" || exit 1

# shellcheck disable=SC2016 # expanded by the shell inside
out=$(scripts/as-user --stay sh -c 'id -u; setpriv --reuid=65534 --clear-groups "$B/tcbox"' 2>&1)
[ "$out" = "0
here" ]
result $? "root that stays root has a tree that others can read" "$out"

# shellcheck disable=SC2016 # expanded by the shell inside
out=$(scripts/as-user sh -c 'echo $(id -u) $(id -G) $(sed -n "s/^CapEff:.//p" /proc/self/status)' 2>&1)
case $out in 0\ * | *\ 0\ * | *[!0]) rc=1 ;; *" 0000000000000000") rc=0 ;; *) rc=1 ;; esac
result $rc "root becomes somebody without root's groups and capabilities" "$out"

# shellcheck disable=SC2016
out=$(scripts/as-user sh -c 'touch "$HOME/x" && stat -c %u "$HOME/x"' 2>&1)
[ "$out" != 0 ] && [ "$out" -gt 0 ]
result $? "the home can be written" "$out"

# shellcheck disable=SC2016
out=$(scripts/as-user sh -c '"$PWD/$B/tcbox" && test -r "$PWD/Makefile" && pwd' 2>&1)
case $out in here*"$dir"*) rc=1 ;; here*) rc=0 ;; *) rc=1 ;; esac
result $rc "the program runs although the tree is root's own" "$out"

place=${out#here?}
[ ! -e "$place" ]
result $? "the copy is gone afterwards" "$place"

cd "$top" || exit 1
echo "1..$n"
