/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io.c - complete reads and writes, whole files, descriptors over sockets, time
 */
#include "tcbox/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tcbox/own.h"

#define OPEN_TRIES 1000

int tb_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

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
	TB_AUTOCLOSE int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0 && errno != ELOOP && errno != ENXIO)		/* a symbolic link; a socket, open(2) */
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

static int replace(int dirfd, const char *path, const void *data, size_t len, bool durable, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = -1;
	char tmp[PATH_MAX];
	int ret, n;

	n = snprintf(tmp, sizeof(tmp), "%s.new", path);
	if (n < 0 || (size_t)n >= sizeof(tmp))
		return tb_err_set(err, ENAMETOOLONG, "write %s", path);
	(void)unlinkat(dirfd, tmp, 0);		/* what a killed writer left; never written through: it may
						 * be a link or a FIFO */
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

int tb_store_over(int dirfd, const char *spare, const char *path, const void *data, size_t len, struct tb_err *err)
{
	if (!fill(dirfd, spare, data, len) && !renameat(dirfd, spare, dirfd, path))
		return 0;
	(void)unlinkat(dirfd, spare, 0);
	return tb_store_file(dirfd, path, data, len, err);
}

void tb_close_others(const int *keep, size_t n)
{
	unsigned int from = 3, next;
	size_t i;

	for (;;) {
		next = ~0u;
		for (i = 0; i < n; i++)
			if (keep[i] >= 0 && (unsigned int)keep[i] >= from && (unsigned int)keep[i] < next)
				next = (unsigned int)keep[i];
		if (next == ~0u)
			break;
		if (next > from)
			(void)syscall(SYS_close_range, from, next - 1, 0);
		from = next + 1;
	}
	(void)syscall(SYS_close_range, from, ~0u, 0);
}

static int64_t now(clockid_t clock)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(clock, &ts);	/* cannot fail for these clocks, clock_gettime(2) */
	return ts.tv_sec * TB_NS_PER_S + ts.tv_nsec;
}

int64_t tb_realtime_ns(void)
{
	return now(CLOCK_REALTIME);
}

int64_t tb_monotonic_ns(void)
{
	return now(CLOCK_MONOTONIC);
}

uint64_t tb_memory_peak_kib(void)
{
	struct rusage used;

	return getrusage(RUSAGE_SELF, &used) ? 0 : (uint64_t)used.ru_maxrss;
}

union fd_cmsg {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int))];
};

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

int tb_send_fd(int sock, int fd)
{
	char byte = 0;
	struct iovec io = { &byte, 1 };
	union fd_cmsg c;
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof(c) };
	struct cmsghdr *h;
	ssize_t n;

	memset(&c, 0, sizeof(c));
	h = CMSG_FIRSTHDR(&m);
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(h), &fd, sizeof(fd));
	do
		n = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int tb_recv_fd(int sock)
{
	char byte;
	struct iovec io = { &byte, 1 };
	union fd_cmsg c;
	/* Room for one and not, with the padding, for two: the kernel drops what does not fit, and nothing
	 * leaks. */
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = CMSG_LEN(sizeof(int)) };
	struct cmsghdr *h;
	ssize_t n;
	int fd;

	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	h = n ? CMSG_FIRSTHDR(&m) : NULL;
	if (!h || h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS || h->cmsg_len != CMSG_LEN(sizeof(fd)))
		return -EPROTO;
	memcpy(&fd, CMSG_DATA(h), sizeof(fd));
	if (m.msg_flags & MSG_CTRUNC) {		/* there were more */
		(void)close(fd);
		return -EPROTO;
	}
	return fd;
}
