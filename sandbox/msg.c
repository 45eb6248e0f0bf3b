/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msg.c - messages between tcbox's own processes
 */
#include "sandbox/msg.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int msg_send(int sock, enum msg_type type, int a, int b, const char *text)
{
	struct msg m = { .type = type, .a = a, .b = b };
	size_t len = text ? strnlen(text, sizeof(m.text) - 1) : 0;
	ssize_t n;

	if (len)
		memcpy(m.text, text, len);
	do
		n = write(sock, &m, sizeof(m));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int msg_send_time(int sock, enum msg_type type, int64_t t)
{
	return msg_send(sock, type, (int32_t)(t >> 32), (int32_t)t, NULL);
}

int64_t msg_time(const struct msg *m)
{
	return (int64_t)((uint64_t)(uint32_t)m->a << 32 | (uint32_t)m->b);
}

bool msg_await_go(int sock, char what)
{
	char byte;
	ssize_t n;

	do
		n = read(sock, &byte, 1);
	while (n < 0 && errno == EINTR);
	return n == 1 && byte == what;
}

int msg_recv(int sock, struct msg *m, pid_t *pid)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} c;
	struct iovec io = { m, sizeof(*m) };
	struct msghdr h = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &c,
			    .msg_controllen = sizeof(c) };
	struct cmsghdr *cm;
	struct ucred cred;
	ssize_t n;

	do
		n = recvmsg(sock, &h, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? 0 : -errno;
	if (n == 0)
		return 0;
	if ((size_t)n != sizeof(*m))
		return -EPROTO;
	m->text[sizeof(m->text) - 1] = '\0';
	if (!pid)
		return 1;
	cm = CMSG_FIRSTHDR(&h);
	if (!cm || cm->cmsg_type != SCM_CREDENTIALS)
		return -EPROTO;
	memcpy(&cred, CMSG_DATA(cm), sizeof(cred));
	*pid = cred.pid;
	return 1;
}
