/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_info.h - a socket of the product in hand: what it is, and its own address
 */
#ifndef SANDBOX_WATCH_SOCKET_INFO_H
#define SANDBOX_WATCH_SOCKET_INFO_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tcbox/event.h"

struct proc;
struct watch_note;

union socket_addr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	struct sockaddr_storage storage;
};

struct socket_info {
	int family, type, protocol;
	uint64_t cookie;
	struct ev_addr local;
	char family_text[32];
};

/* socket_addr_from() - an address as the record has it; another family than IP: none */
void socket_addr_from(const union socket_addr *a, socklen_t len, struct ev_addr *out);

/* socket_local() - the socket's own address; none, if it has none */
void socket_local(int fd, struct ev_addr *out);

/* socket_look() - all that is known of a socket; zeros for what is none */
void socket_look(int fd, struct socket_info *i);

/* socket_proto() - the word of the record; it may lie in @i. Return: NULL for what is no socket */
const char *socket_proto(struct socket_info *i);

/* socket_take_from() - one descriptor of the process or thread behind a pidfd, as ours. Return: a
 * descriptor owned by the caller, or negative errno */
int socket_take_from(int pidfd, int fd);

/* socket_pidfd() - a pidfd for thread @tid of a process: where the kernel has none for threads
 * (before Linux 6.9), that of the process, unless its threads may have tables of their own. Return:
 * a descriptor owned by the caller, or negative errno */
int socket_pidfd(const struct proc *p, pid_t tid);

/* socket_take() - a descriptor of who makes a call, in the same way */
int socket_take(const struct watch_note *n, int fd);

#endif
