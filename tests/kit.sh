#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kit.sh - the kit in a new Debian without a network: it installs, tcbox works, and a kit that was changed is refused
#
# usage: tests/kit.sh	in the top directory of the tree, by root, after "make kit"
set -u

if [ "$(id -u)" != 0 ]; then
	echo "1..0 # SKIP only root can make a new system"
	exit 77
fi
version=$(sed -n 's/^VERSION := //p' Makefile)
kit=$PWD/build/tcbox-kit-$version.tar.gz
smoke=$PWD/debian/tests/smoke
dir=$(mktemp -d /var/tmp/tcbox-kit-test.XXXXXX)
trap 'rm -rf --one-file-system "$dir"' EXIT
chmod 755 "$dir"
n=0

result() {	# status, name, file with what was said
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; tail -n 40 "$3" | sed 's/^/# /'; fi
}

# inside SCRIPT: in the new system, as its root, with namespaces of its own and no network. Not chroot(2): in one the kernel gives no
# user namespaces.
inside() {
	# shellcheck disable=SC2016 # expanded inside
	unshare -mnpfiu sh -c 'mount --bind "$1" "$1" && cd "$1" && mount -t proc proc proc && mount -t sysfs -o ro sys sys
		for d in null zero full random urandom tty; do [ -e dev/$d ] || : >dev/$d; mount --bind /dev/$d dev/$d; done
		mount -t tmpfs -o mode=1777 tmp tmp && mkdir -p old && pivot_root . old && umount -l old
		exec sh -c "$2"' sh "$dir/root" "$1" >"$dir/said" 2>&1 </dev/null
}

mmdebstrap --quiet --variant=minbase bookworm "$dir/root" >"$dir/said" 2>&1
result $? "a new system is made" "$dir/said"
inside 'echo lo: started; sed 1,2d /proc/net/dev; command -v curl || command -v nft || command -v tcbox; true'
grep -q started "$dir/said"
result $? "it starts" "$dir/said"
! grep -qv '^ *lo:' "$dir/said"
result $? "it has no network, and nothing of tcbox" "$dir/said"

tar -C "$dir/root/srv" -xzf "$kit"
mv "$dir/root/srv/tcbox-kit-$version" "$dir/root/srv/kit"
inside '/srv/kit/install --check'
result $? "the kit is as it was packed" "$dir/said"
echo changed >>"$dir/root/srv/kit/README"
! inside '/srv/kit/install' && grep -q 'not as it was packed' "$dir/said"
result $? "a kit that was changed is refused" "$dir/said"
sed -i '$d' "$dir/root/srv/kit/README"
cp "$dir/root/srv/kit/README" "$dir/root/srv/kit/packages/added.deb"
! inside '/srv/kit/install' && grep -q 'more than it was packed with: ./packages/added.deb' "$dir/said"
result $? "so is one with something more" "$dir/said"
rm "$dir/root/srv/kit/packages/added.deb"
inside 'echo looked; ! command -v tcbox' && grep -q looked "$dir/said"
result $? "until then nothing is installed" "$dir/said"

inside '/srv/kit/install'
result $? "it is installed" "$dir/said"
cp "$smoke" "$dir/root/srv/smoke"
inside 'useradd -m tester && cd /home/tester && setpriv --reuid tester --regid tester --init-groups env HOME=/home/tester sh -c "tcbox doctor; /srv/smoke"'
grep -q '^it works$' "$dir/said"
result $? "it works, for an ordinary user" "$dir/said"
inside '/srv/smoke'
grep -q '^it works$' "$dir/said"
result $? "and for root" "$dir/said"
inside 'cd /home/tester && cp /usr/share/doc/tcbox/examples/acme-agent-4.2.1 . && tcbox run --policy /usr/share/doc/tcbox/examples/acme-agent.policy.json -- ./acme-agent-4.2.1'
result $? "the product of the tutorial conforms" "$dir/said"
inside '/srv/kit/install'
result $? "it can be installed again" "$dir/said"
inside 'apt-get -y purge tcbox && ! command -v tcbox && ! ls -d /usr/share/tcbox /usr/share/doc/tcbox /etc/apparmor.d/tcbox'
result $? "and removed" "$dir/said"

tar -xzOf "$kit" "tcbox-kit-$version/bom.cdx.json" | python3 -c 'import json, sys
bill = json.load(sys.stdin)
assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
names = {c["name"] for c in bill["components"]}
assert {"tcbox", "nftables", "libarchive13", "libc6", "uplot", "d3-sankey"} <= names, names
assert len({c["bom-ref"] for c in bill["components"]}) == len(bill["components"]) > 30
' >"$dir/said" 2>&1
result $? "the bill has all that is in it" "$dir/said"
echo "1..$n"
