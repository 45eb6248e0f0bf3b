#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# gate.sh - the gate alone, for real: links, rules, and what passes from the box in each mode
#
# Each mode runs in user, network and mount namespaces of its own, made by unshare(1), as an ordinary user can. gate_inside.py
# is then in the gate and speaks TAP; the plans add up.
set -u

here=$(cd "$(dirname "$0")" && pwd)
driver=$PWD/${B:?}/tests/box/gate_driver
if ! unshare -Urnm true; then
	echo "1..0 # SKIP no user namespaces here"
	exit 77
fi

rc=0
inside() {	# mode, options of the driver...
	mode=$1
	shift
	DRIVER=$driver unshare -Urnm "$driver" run "$@" python3 "$here/gate_inside.py" "$mode" || rc=1
}

inside lab --lab --rate 1000000000
inside slow --lab --rate 10000000
inside none --rate 1000000000
inside enforce --lab --enforce --open 192.0.2.0/24,tcp,443,443 --open 2001:db8:7::/48,udp,1000,2000 \
	--open 192.0.2.7/32,icmp,0,0 --open 10.0.0.0/8,any,0,0 --open 192.0.2.9/32,tcp,400,500 --open 10.1.0.0/16,tcp,1,1

inside many --lab --enforce --open-many 10000

n=0
says() {	# name, text that must be in the output, program...
	name=$1 text=$2
	shift 2
	n=$((n + 1))
	out=$("$@" 2>&1)
	case $out in
	*"$text"*) echo "ok $n - $name" ;;
	*)
		echo "not ok $n - $name"
		printf '%s\n' "$out" | sed 's/^/# /'
		rc=1
		;;
	esac
}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/hide-nft" <<'END'
for f in /usr/sbin/nft /sbin/nft /usr/local/sbin/nft; do
	[ ! -e "$f" ] || mount --bind /dev/null "$f"
done
PATH=/usr/bin:/bin exec "$@"
END
printf '#!/bin/sh\necho "first line" >&2; echo "second line" >&2; exit 3\n' >"$dir/nft"
chmod 755 "$dir" "$dir/nft"

new="unshare -Urnm"
# shellcheck disable=SC2086 # $new is a list of words
{
	says "control: the gate can be built" built $new "$driver" run --lab echo built
	says "without nft the error names its package" "package nftables" $new sh "$dir/hide-nft" "$driver" run --lab true
	says "when nft fails the error says what it said" "ended with status 3: first line second line" \
		env PATH="$dir:$PATH" $new "$driver" run --lab true
	says "a rate that cannot be set is refused" "at most 8 Gbit/s" $new "$driver" run --rate 100000000000 true
	says "a gate that is not there cannot be opened" "No such file" $new "$driver" allow 192.0.2.1/32,tcp,1,1
	says "a name has no networks" "single addresses" $new "$driver" allow 192.0.2.0/24,tcp,1,1
	says "an unknown protocol is refused" "not an address, protocol" $new "$driver" allow 192.0.2.1/32,sctp,1,1
	says "ports in the wrong order are refused" "not an address, protocol" $new "$driver" allow 192.0.2.1/32,tcp,2,1
	says "without privilege the gate stays as it is" "not permitted" $new setpriv --bounding-set -all \
		--inh-caps -all --no-new-privs "$driver" allow 192.0.2.1/32,tcp,1,1
}
echo "1..$n"
exit $rc
