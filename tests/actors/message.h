/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.h - a message that passes a descriptor
 */
#ifndef ACTORS_MESSAGE_H
#define ACTORS_MESSAGE_H

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* A message with room for one descriptor. */
struct message {
	struct msghdr head;
	struct iovec iov;
	char byte;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
};

static inline void message_init(struct message *m)
{
	memset(m, 0, sizeof(*m));
	m->iov = (struct iovec){ &m->byte, 1 };
	m->head = (struct msghdr){ .msg_iov = &m->iov, .msg_iovlen = 1, .msg_control = m->control,
				   .msg_controllen = sizeof(m->control) };
	*CMSG_FIRSTHDR(&m->head) = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
						     .cmsg_level = SOL_SOCKET,
						     .cmsg_type = SCM_RIGHTS };
}

/* message_fd() - where the descriptor stands; it may not be aligned */
static inline void *message_fd(struct message *m)
{
	return CMSG_DATA((struct cmsghdr *)(void *)m->control);
}

#endif
