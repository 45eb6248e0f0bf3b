/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer.c - the tmpfs on which everything lands that the product writes
 */
#include "sandbox/box/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mount.h>

int layer_make(uint64_t bytes, struct tb_err *err)
{
	TB_AUTOCLOSE int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	char size[32];
	int fd;

	if (fs < 0)
		return tb_err_set(err, errno, "open a tmpfs for the private layer");
	(void)snprintf(size, sizeof(size), "%" PRIu64, bytes);
	if (fsconfig(fs, FSCONFIG_SET_STRING, "size", size, 0) ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0755", 0) ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return tb_err_set(err, errno, "create the private layer");
	fd = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	return fd < 0 ? tb_err_set(err, errno, "create the private layer") : fd;
}

int layer_mount(int layer, const char *path, struct tb_err *err)
{
	if (move_mount(layer, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH))
		return tb_err_set(err, errno, "mount the private layer");
	return 0;
}
