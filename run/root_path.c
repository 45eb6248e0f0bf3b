/* SPDX-License-Identifier: Apache-2.0 */
/*
 * root_path.c - paths of the product's file system, as the host knows them
 */
#include "run/root_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "tcbox/file.h"
#include "tcbox/own.h"

int root_open(const char *root, const char *path, int flags)
{
	TB_AUTOCLOSE int dir = -1;
	int fd;

	if (!root)
		fd = open(path, flags | O_CLOEXEC);
	else if ((dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -errno;
	else
		return tb_open_how(dir, path, (unsigned int)flags, RESOLVE_IN_ROOT);
	return fd < 0 ? -errno : fd;
}

char *root_real(const char *root, const char *path)
{
	char link[64], real[PATH_MAX];
	TB_AUTOCLOSE int fd = -1;
	ssize_t n;

	if (!root)
		return realpath(path, NULL);
	fd = root_open(root, path, O_PATH);
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, real, sizeof(real) - 1);
	if (n < 0)
		return NULL;
	real[n] = '\0';
	return strdup(real);
}
