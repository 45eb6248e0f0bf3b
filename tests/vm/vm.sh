#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# vm.sh - the box tests on Debian's own kernel, in a virtual machine
#
# usage: vm.sh SCRIPT...	as root in the top directory of the tree, B=build directory
#
# How it works: the kernel comes out of its package and is not installed. The guest sees this machine's files, which it
# cannot change, below a disk of its own; so it runs the same programs. Without a KVM that works, the processor is
# emulated, and the guest's time is counted in its instructions: it sees a machine that is not slow, and no deadline has
# to know. After VM_SECONDS the machine is switched off.
set -eu

: "${B:?}" "${1:?}"
if [ "$(id -u)" != 0 ]; then
	echo "vm: only root can share this machine's files with a guest" >&2
	exit 1
fi
case $PWD/ in
/var/tmp/*|/run/*)
	echo "vm: the guest has a /var/tmp and a /run of its own: the tree must not lie there" >&2
	exit 1
	;;
esac
image=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9]\)/\1/p')
package=$(scripts/fetch-package "$image")
version=$(basename "$package"/lib/modules/*)
[ -e "$package/lib/modules/$version/modules.dep" ] || depmod -b "$package" "$version"

dir=$(mktemp -d /var/tmp/tcbox-vm.XXXXXX)
started=
cleanup() {
	for pid in $started; do
		kill "$pid" 2>/dev/null || true
	done
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 143' HUP INT TERM

# initramfs INIT [MODULE...]: a file system of busybox, INIT as first process, and the modules with what they need
initramfs() {
	root=$dir/initramfs
	rm -rf "$root"
	mkdir -p "$root/bin" "$root/modules" "$root/proc" "$root/sys" "$root/dev" "$root/lower" "$root/disk" "$root/root"
	cp /bin/busybox "$root/bin/"
	install -m 755 "$1" "$root/init"
	shift
	for module; do
		modprobe -d "$PWD/$package" -S "$version" --show-depends "$module"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$dir/modules"
	while read -r file; do
		cp "$file" "$root/modules/"
		basename "$file"
	done <"$dir/modules" >"$root/modules/order"
	printf 'export %s\n' "TREE='$PWD'" "B='$B'" "V='${V-}'" "MODULES='$PWD/$package/lib/modules/$version'" \
		"SCRIPTS='$scripts'" >"$root/parameters"
	(cd "$root" && find . | busybox cpio -o -H newc 2>/dev/null) >"$dir/initrd"
}

# machine SECONDS ACCELERATOR [OPTION...]: boots what initramfs made
machine() {
	seconds=$1 accelerator=$2
	shift 2
	# A KVM inside a virtual machine may not let the list of the processor's faults be set. An emulated processor has 2 ns
	# for each instruction; a second one would have to take turns with it.
	case $accelerator in
	kvm) processor="-accel kvm -cpu host,-arch-capabilities -smp $(nproc)" ;;
	tcg) processor="-accel tcg -cpu max -smp 1 -icount shift=1 -rtc clock=vm" ;;
	esac
	# shellcheck disable=SC2086 # options
	timeout "$seconds" qemu-system-x86_64 $processor -nodefaults -display none -no-reboot \
		-kernel "$package/boot/vmlinuz-$version" -initrd "$dir/initrd" -append "console=ttyS0 panic=-1 loglevel=4" "$@" </dev/null &
	started="$started $!"
	wait $!
}

# To have the device is not enough: the KVM of some machines starts no kernel. So one is started that switches itself off.
kvm_works() {
	[ -w /dev/kvm ] || return 1
	printf '#!/bin/busybox sh\n/bin/busybox poweroff -f\n' >"$dir/off"
	initramfs "$dir/off"
	machine 20 kvm -m 256M >/dev/null 2>&1
}

# The guest must not change this machine: all file systems are read-only for who shares them, but for the socket's place.
share() {
	# shellcheck disable=SC2016 # for the other shell
	unshare -m sh -ec 'mount --make-rprivate /
		for at in $(findmnt -rno TARGET --real); do mount -o remount,bind,ro "$at"; done
		mount --bind "$1" "$1"; mount -o remount,bind,rw "$1"; mount -t tmpfs run /run
		exec /usr/lib/qemu/virtiofsd --socket-path="$1/socket" -o source=/ -o cache=always -o xattr -o sandbox=chroot' \
		sh "$dir" >"$dir/sharer.log" 2>&1 &
	started="$started $!"
	tries=200
	until [ -S "$dir/socket" ]; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || { cat "$dir/sharer.log" >&2; exit 1; }
		sleep 0.05
	done
}

scripts=$*
if kvm_works; then
	accelerator=kvm limit=1800
else
	accelerator=tcg limit=14400
	echo "vm: no KVM that works here: the processor is emulated, which takes long"
fi
truncate -s 16G "$dir/disk"
mkfs.ext4 -q "$dir/disk"
initramfs tests/vm/init virtio_pci virtio_blk virtiofs overlay
share
machine "${VM_SECONDS:-$limit}" "$accelerator" -m 4G -object memory-backend-memfd,id=memory,size=4G,share=on \
	-machine memory-backend=memory -chardev socket,id=files,path="$dir/socket" \
	-device vhost-user-fs-pci,chardev=files,tag=host -drive file="$dir/disk",if=virtio,format=raw,cache=unsafe \
	-serial "file:$dir/console" -chardev "stdio,id=results,signal=off,logfile=$dir/results" -serial chardev:results || true
if ! grep -qx "vm: all tests have run, exit status [01]" "$dir/results"; then
	echo "vm: the guest did not come to the end. What its kernel said last:"
	tail -n 30 "$dir/console"
	exit 1
fi
grep -qx "vm: all tests have run, exit status 0" "$dir/results"
