# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2034
# box.sh - what the tests of "tcbox run" share; sourced, after "topic" is set to the test's name
#
# run STATUS NAME [OPTION...] -- PROGRAM...	one test: tcbox run ends with STATUS ("1 3": one of them), within
#						$limit (60s). Leaves $bundle, $out, $err, $status
# holds NAME EXPRESSION [NAME EXPRESSION]...	one test each: a Python expression over the bundle, see holds.py
# outside NAME COMMAND...			the control of a denial: what the box must refuse works out here
# check NAME COMMAND...				one test: the command succeeds
# needs WHAT NAME...				is this in the machine? Else these tests are skipped; see machine.sh
# until_true SECONDS COMMAND...			polls; fails when the time is over
# finish					prints the plan and ends
#
# $dir is private to the test and goes away with it. $work, where programs run, belongs to whom the product runs as: for
# root that is nobody.
set -u

: "${TCBOX:?}" "${ACTORS:?}"
lib=${here:?}/lib
policies=$here/policies
n=0 rc=0 runs=0
PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin
unset SUDO_UID SUDO_GID SUDO_USER TCBOX_DEBUG NO_COLOR

if ! unshare -Urnm true 2>/dev/null; then
	echo "1..0 # SKIP no user namespaces here"
	exit 77
fi
dir=$(mktemp -d /var/tmp/tcbox-test.XXXXXX)
work=$dir/work
chmod 755 "$dir"
mkdir "$work" "$dir/bundles"
[ "$(id -u)" != 0 ] || chown 65534:65534 "$work"
cd "$work" || exit 1

# shellcheck source=tests/box/lib/machine.sh
. "$lib/machine.sh"

cleanup() { :; }
trap 'cleanup; cd /; rm -rf "$dir"' EXIT
trap 'exit 143' HUP INT TERM

# result STATUS NAME [OUTPUT]: one line of TAP
result() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		[ -z "${3:-}" ] || printf '%s\n' "$3" | head -n 60 | sed 's/^/# /'
		rc=1
	fi
}

check() {
	what=$1
	shift
	if said=$("$@" 2>&1); then result 0 "$what"; else result 1 "$what" "$said"; fi
}

skip() {	# NAME REASON
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

needs() {
	need=$1
	shift
	absent "$need" || return 0
	for what; do skip "$what" "machine: no $need"; done
	return 1
}

outside() {
	what=$1
	shift
	check "control: $what works outside" "$@"
}

run() {
	expected=$1 name=$2
	shift 2
	runs=$((runs + 1))
	bundle=$dir/bundles/$runs
	out=$dir/out err=$dir/err
	"$TCBOX" run --timeout "${limit:-60s}" --output "$bundle" "$@" >"$out" 2>"$err" <"${input:-/dev/null}"
	status=$?
	case " $expected " in
	*" $status "*) result 0 "$name: exit status $expected" ;;
	*)
		result 1 "$name: exit status $expected" "it was $status
$(head -n 50 "$err")"
		;;
	esac
}

holds() {
	count=$(($# / 2))
	python3 "$lib/holds.py" "$bundle" "$n" "$@" || rc=1
	n=$((n + count))
}

# says NAME FILE TEXT: the file has the text
says() {
	if grep -qF -e "$3" -- "$2"; then result 0 "$1"; else result 1 "$1" "no \"$3\" in:
$(cat "$2")"; fi
}

same() {	# NAME FILE FILE
	if cmp -s "$2" "$3"; then result 0 "$1"; else result 1 "$1" "$(diff "$2" "$3" 2>&1 | head -n 20)"; fi
}

until_true() {
	tries=$(($1 * 20))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}

finish() {
	echo "1..$n"
	exit $rc
}
