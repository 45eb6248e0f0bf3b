/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_info.c - a socket of the product in hand: what it is, and its own address
 */
#include "sandbox/watch/socket_info.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/watch/detail.h"
#include "sandbox/watch/proc.h"
#include "sandbox/watch/watch.h"
#include "tcbox/own.h"

#ifndef PIDFD_THREAD
#define PIDFD_THREAD 0200 /* O_EXCL; Linux 6.9 */
#endif
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

void socket_addr_from(const union socket_addr *a, socklen_t len, struct ev_addr *out)
{
	*out = (struct ev_addr){ 0 };
	if (a->sa.sa_family == AF_INET && len >= sizeof(a->in)) {
		out->family = AF_INET;
		memcpy(out->ip, &a->in.sin_addr, 4);
		out->port = ntohs(a->in.sin_port);
	} else if (a->sa.sa_family == AF_INET6 &&
		   len >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
		out->family = AF_INET6;
		memcpy(out->ip, &a->in6.sin6_addr, 16);
		out->port = ntohs(a->in6.sin6_port);
	}
	*out = ev_addr_plain(out);
}

const char *socket_proto(struct socket_info *i)
{
	if (i->family == AF_UNIX)
		return "unix";
	if (i->family == AF_NETLINK)
		return "netlink";
	if (i->family != AF_INET && i->family != AF_INET6)
		return i->family ?
			       detail_family((uint32_t)i->family, i->family_text,
					     sizeof(i->family_text)) :
			       NULL;
	switch (i->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_MPTCP: /* TCP on the wire */
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_UDPLITE:
		return "udplite";
	case IPPROTO_DCCP:
		return "dccp";
	default:
		return "raw";
	}
}

void socket_local(int fd, struct ev_addr *out)
{
	union socket_addr a = { .storage = { 0 } };
	socklen_t len = sizeof(a);

	*out = (struct ev_addr){ 0 };
	if (getsockname(fd, &a.sa, &len) == 0)
		socket_addr_from(&a, len, out);
}

void socket_look(int fd, struct socket_info *i)
{
	socklen_t len = sizeof(int);

	*i = (struct socket_info){ 0 };
	(void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &i->family, &len);
	len = sizeof(int);
	(void)getsockopt(fd, SOL_SOCKET, SO_TYPE, &i->type, &len);
	len = sizeof(int);
	(void)getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &i->protocol, &len);
	len = sizeof(i->cookie);
	(void)getsockopt(fd, SOL_SOCKET, SO_COOKIE, &i->cookie, &len);
	if (i->family == AF_INET || i->family == AF_INET6)
		socket_local(fd, &i->local);
}

/* One descriptor of the process or thread behind a pidfd, as ours. */
int socket_take_from(int pidfd, int fd)
{
	int got = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	return got < 0 ? -errno : got;
}

int socket_pidfd(const struct proc *p, pid_t tid)
{
	int fd = -1;

	if (tid != p->tgid) {
		fd = (int)syscall(SYS_pidfd_open, tid, PIDFD_THREAD);
		if (fd < 0 && (errno != EINVAL || p->private_files))
			return -errno;
	}
	if (fd < 0)
		fd = fcntl(p->pidfd, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

/*
 * The caller's descriptor as ours. A pidfd of the process stands for its first thread, which may
 * have ended before the others, or have another descriptor table: then it takes one of the thread.
 */
int socket_take(const struct watch_note *n, int fd)
{
	pid_t tid = (pid_t)n->req->pid;
	bool leader = n->p && n->p->tgid == tid;
	TB_AUTOCLOSE int thread = -1;

	if (n->p && !n->p->private_files && n->p->pidfd >= 0) {
		int got = socket_take_from(n->p->pidfd, fd);

		if (got >= 0 || leader)
			return got;
	}
	thread = (int)syscall(SYS_pidfd_open, tid, leader ? 0 : PIDFD_THREAD);
	return thread < 0 ? -errno : socket_take_from(thread, fd);
}
