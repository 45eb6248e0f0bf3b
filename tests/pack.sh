#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# pack.sh - debian/ and the kit say the same as the tree; "make check-kit" builds and tries them
set -u

n=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

same() {	# name, wanted, got: lists, one a line
	n=$((n + 1))
	if [ "$2" = "$3" ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; diff <(echo "$2") <(echo "$3") | sed 's/^/# /'; fi
}

field() {	# name: of debian/control, one entry a line
	awk -v f="$1:" '/^[A-Z]/ { on = $1 == f; sub(/^[^ ]* ?/, "") } on' debian/control | tr , '\n' | sed 's/^ *//; s/ *$//' | grep .
}
packages() { awk -v s="$1" '$1 == s && $2 !~ /^npm:/ { print $2 }' scripts/packages; }	# of a section

same "it needs the programs that scripts/packages lists, or names them" "" "$(packages run | grep -vxF -f <(field Depends; field Recommends; field Suggests))"
same "it has the version of the Makefile" "$(sed -n 's/^VERSION := //p' Makefile)" "$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)"
same "the kit installs what the package recommends" "" "$(field Recommends | while read -r p; do
	grep -q "install tcbox.* $p\( \|$\)" scripts/kit.d/install || echo "$p"; done)"
for f in debian/tcbox.postinst debian/tcbox.postrm debian/tests/smoke scripts/deb scripts/kit scripts/kit.d/install tests/kit.sh; do
	same "$f is read by sh" "" "$(sh -n "$f" 2>&1)"
done
same "make help lists the packages" "check-kit
deb
dist
kit" "$(${MAKE:-make} -s help 2>/dev/null | grep -oE '^(deb|dist|kit|check-kit)\b' | sort)"

# Debian 12's parser does not know user namespaces, and has no ABI of later kernels.
if command -v apparmor_parser >/dev/null; then
	sed '/^abi/d; /userns,/d' apparmor/tcbox >"$dir/profile"
	same "the rest of the AppArmor profile is well formed" "" "$(apparmor_parser -QTK "$dir/profile" 2>&1 | grep -v -i 'cache\|warning')"
else
	n=$((n + 1))
	echo "ok $n - the AppArmor profile is well formed # SKIP machine: no apparmor_parser"
fi
same "the profile gives what tcbox doctor says" "userns,
flags=(unconfined)" "$(grep -oE '^  userns,|flags=\(unconfined\)' apparmor/tcbox | tr -d ' ' | sort -r)"

# The bill, of a kit with one small package
mkdir -p "$dir/kit/packages" "$dir/small/DEBIAN"
printf 'Package: small\nVersion: 1.0+x~1-2\nArchitecture: all\nMaintainer: nobody\nDescription: small\n' >"$dir/small/DEBIAN/control"
dpkg-deb --root-owner-group --build "$dir/small" "$dir/kit/packages/small.deb" >/dev/null 2>&1
same "the bill names each package and module" "deb:small pkg:deb/debian/small@1.0%2Bx%7E1-2?arch=all $(sha256sum <"$dir/kit/packages/small.deb" | cut -d ' ' -f 1)
$(sed -n 's/^build *npm:\([^ ]*\)@\([^ ]*\) .*/npm:\1 pkg:npm\/\1@\2 -/p' scripts/packages)" \
	"$(scripts/kit-bill 9 "$dir/kit" | python3 -c 'import json, sys
for c in json.load(sys.stdin)["components"]:
    print(c["bom-ref"], c["purl"], c.get("hashes", [{"content": "-"}])[0]["content"])' 2>&1)"

# The sums of a kit: what was changed, and what was added, is refused before anything is installed.
cp scripts/kit.d/* "$dir/kit"
(cd "$dir/kit" && find . -type f | LC_ALL=C sort | xargs sha256sum) >"$dir/sums"
mv "$dir/sums" "$dir/kit/SHA256SUMS"
same "a kit as it was packed is accepted" "0" "$("$dir/kit/install" --check >/dev/null 2>&1; echo $?)"
echo x >>"$dir/kit/README"
same "one that was changed is not" "1 install: the kit is not as it was packed" \
	"$(said=$("$dir/kit/install" --check 2>&1); echo "$? $(tail -n 1 <<<"$said")")"
cp scripts/kit.d/README "$dir/kit"
: >"$dir/kit/packages/more.deb"
same "one with something more is not" "1 install: the kit has more than it was packed with: ./packages/more.deb" \
	"$(said=$("$dir/kit/install" --check 2>&1); echo "$? $(tail -n 1 <<<"$said")")"
echo "1..$n"
