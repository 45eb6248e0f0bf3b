#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest.sh - first process of the guest: what systemd does for tests elsewhere, then the box tests; results go to ttyS1
#
# From vm.sh: TREE, B, MODULES (directories), V, SCRIPTS. The last line says that all have run, and the exit status.
: "${TREE:?}" "${B:?}" "${MODULES:?}" "${SCRIPTS:?}"
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TZ=UTC
uid=12345	# the first that scripts/as-user tries

exec </dev/null >/dev/ttyS1 2>&1
stty -F /dev/ttyS1 raw

# Nothing is mounted below /usr: a mount there could not be uncovered, and who may not must not put an overlay on it.
devices_and_mounts() {
	ln -s /proc/self/fd /dev/fd && ln -s fd/0 /dev/stdin && ln -s fd/1 /dev/stdout && ln -s fd/2 /dev/stderr &&
		mkdir /dev/pts /dev/shm && mount -t devpts -o ptmxmode=666,gid=5,mode=620 devpts /dev/pts &&
		mount -t tmpfs -o mode=1777 shm /dev/shm && mount -t tmpfs -o mode=755 run /run &&
		mkdir -p /lib/modules && ln -s "$MODULES" "/lib/modules/$(uname -r)" && ip link set lo up
}

# delegate NAME OWNER: a group with the controllers on and one in it for the owner's programs, as below user@.service
delegate() {
	mkdir "/sys/fs/cgroup/$1" "/sys/fs/cgroup/$1/shell" &&
		echo "+memory +cpu +pids" >"/sys/fs/cgroup/$1/cgroup.subtree_control" &&
		chown -R "$2:$2" "/sys/fs/cgroup/$1"
}

control_groups() {
	mount -t cgroup2 -o nsdelegate cgroup2 /sys/fs/cgroup &&
		echo "+memory +cpu +pids" >/sys/fs/cgroup/cgroup.subtree_control &&
		delegate user "$uid" && delegate system 0
}

# box_tests LABEL GROUP [--stay]
box_tests() {
	label=$1 group=$2
	shift 2
	echo $$ >"/sys/fs/cgroup/$group/shell/cgroup.procs"
	# else the tests of limits are those of a machine without controllers
	scripts/as-user "$@" "$B/tcbox" doctor | grep -q "^works *cgroup v2 delegation *memory, processes and processors" || {
		scripts/as-user "$@" "$B/tcbox" doctor
		rc=1
	}
	# shellcheck disable=SC2086 # names of scripts
	scripts/as-user "$@" scripts/tap-run --machine --label "$label" --timeout 900 $SCRIPTS || rc=1
	echo $$ >/sys/fs/cgroup/cgroup.procs
}

rc=0
if cd "$TREE" && devices_and_mounts && control_groups; then
	uname -srv
	box_tests vm-user user
	box_tests vm-root system --stay
	echo "vm: all tests have run, exit status $rc"
fi
sync
exec /bin/busybox poweroff -f
