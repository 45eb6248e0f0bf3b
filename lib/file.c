/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.c - whole files: read, replaced at once, opened with care
 */
#include "tcbox/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tcbox/fd.h"
#include "tcbox/own.h"

#define OPEN_TRIES 1000

static int read_all(int fd, const char *path, size_t max, struct tb_buf *out, struct tb_err *err)
{
	char chunk[65536];
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return tb_err_set(err, errno, "read %s", path);
		if (n == 0)
			break;
		if (out->len > max || (size_t)n > max - out->len)
			return tb_err_msg(err, EFBIG, "%s: larger than %zu bytes", path, max);
		tb_buf_add(out, chunk, (size_t)n);
	}
	tb_buf_add(out, "", 0);
	return out->failed ? tb_err_set(err, ENOMEM, "read %s", path) : 0;
}

int tb_read_file(int dirfd, const char *path, size_t max, struct tb_buf *out, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? tb_err_set(err, errno, "open %s", path) : read_all(fd, path, max, out, err);
}

int tb_open_regular(int dirfd, const char *path, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = openat(dirfd, path,
				     O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	/* a symbolic link; a socket, open(2) */
	if (fd < 0 && errno != ELOOP && errno != ENXIO)
		return tb_err_set(err, errno, "open %s", path);
	if (fd >= 0 && fstat(fd, &st))
		return tb_err_set(err, errno, "open %s", path);
	if (fd < 0 || !S_ISREG(st.st_mode))
		return tb_err_msg(err, EINVAL, "%s is not a regular file", path);
	return tb_take_fd(&fd);
}

int tb_read_regular(int dirfd, const char *path, size_t max, struct tb_buf *out, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = tb_open_regular(dirfd, path, err);

	return fd < 0 ? fd : read_all(fd, path, max, out, err);
}

static int replace(int dirfd, const char *path, const void *data, size_t len, bool durable,
		   struct tb_err *err)
{
	TB_AUTOCLOSE int fd = -1;
	char tmp[PATH_MAX];
	int ret, n;

	n = snprintf(tmp, sizeof(tmp), "%s.new", path);
	if (n < 0 || (size_t)n >= sizeof(tmp))
		return tb_err_set(err, ENAMETOOLONG, "write %s", path);
	(void)unlinkat(dirfd, tmp, 0);		/* what a killed writer left; never written through:
						 * it may be a link or a FIFO */
	fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return tb_err_set(err, errno, "create %s", tmp);
	ret = tb_write_all(fd, data, len);
	if (!ret && durable && fsync(fd))
		ret = -errno;
	if (!ret && renameat(dirfd, tmp, dirfd, path))
		ret = -errno;
	if (ret) {
		(void)unlinkat(dirfd, tmp, 0);
		return tb_err_set(err, -ret, "write %s", path);
	}
	return 0;
}

int tb_write_file(int dirfd, const char *path, const void *data, size_t len, struct tb_err *err)
{
	return replace(dirfd, path, data, len, false, err);
}

int tb_store_file(int dirfd, const char *path, const void *data, size_t len, struct tb_err *err)
{
	return replace(dirfd, path, data, len, true, err);
}

static int fill(int dirfd, const char *spare, const void *data, size_t len)
{
	TB_AUTOCLOSE int fd = openat(dirfd, spare, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || (size_t)st.st_size < len)
		return -EFBIG;
	if (tb_write_all(fd, data, len) || ftruncate(fd, (off_t)len) || fsync(fd))
		return -EIO;
	return 0;
}

int tb_store_over(int dirfd, const char *spare, const char *path, const void *data, size_t len,
		  struct tb_err *err)
{
	if (!fill(dirfd, spare, data, len) && !renameat(dirfd, spare, dirfd, path))
		return 0;
	(void)unlinkat(dirfd, spare, 0);
	return tb_store_file(dirfd, path, data, len, err);
}

int tb_open_how(int dirfd, const char *path, uint64_t flags, uint64_t resolve)
{
	const struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = resolve };
	long fd = -1;

	for (int tries = 0; tries < OPEN_TRIES; tries++) {
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));	/* Linux 5.6 */
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}
