/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fd.c - descriptors: complete writes, passing one over a socket, closing all others
 */
#include "tcbox/fd.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

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

void tb_close_others(const int *keep, size_t n)
{
	unsigned int from = 3, next;
	size_t i;

	for (;;) {
		next = ~0u;
		for (i = 0; i < n; i++)
			if (keep[i] >= 0 && (unsigned int)keep[i] >= from &&
			    (unsigned int)keep[i] < next)
				next = (unsigned int)keep[i];
		if (next == ~0u)
			break;
		if (next > from)
			(void)syscall(SYS_close_range, from, next - 1, 0);
		from = next + 1;
	}
	(void)syscall(SYS_close_range, from, ~0u, 0);
}

union fd_cmsg {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int))];
};

int tb_send_fd(int sock, int fd)
{
	char byte = 0;
	struct iovec io = { &byte, 1 };
	union fd_cmsg c;
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &c,
			    .msg_controllen = sizeof(c) };
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
	/* Room for one and not, with the padding, for two: the kernel drops what does not fit, and
	 * nothing leaks. */
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &c,
			    .msg_controllen = CMSG_LEN(sizeof(int)) };
	struct cmsghdr *h;
	ssize_t n;
	int fd;

	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	h = n ? CMSG_FIRSTHDR(&m) : NULL;
	if (!h || h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS ||
	    h->cmsg_len != CMSG_LEN(sizeof(fd)))
		return -EPROTO;
	memcpy(&fd, CMSG_DATA(h), sizeof(fd));
	if (m.msg_flags & MSG_CTRUNC) {		/* there were more */
		(void)close(fd);
		return -EPROTO;
	}
	return fd;
}
