/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msg.h - messages between tcbox, the airlock and the box's init
 *
 * Fixed-size records over SOCK_SEQPACKET sockets, so a message arrives whole or not at all. They
 * flow between tcbox's own processes only: the product holds no end of them.
 */
#ifndef SANDBOX_MSG_H
#define SANDBOX_MSG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tcbox/err.h"

enum msg_type {
	MSG_NONE,
	/* box to airlock to tcbox */
	MSG_FAILED,		/* a = errno, text: the airlock cannot be built or kept */
	MSG_DEGRADED,		/* text: a mechanism that could not be used */
	MSG_REDUCED,		/* text: what the box has less of than was asked for */
	MSG_LISTENER,		/* first process: a = descriptor number of its notification
				 * listener */
	MSG_CANARY,		/* first process: a = 0 the control process saw its answers, else
				 * errno; text says what failed */
	MSG_NOEXEC,		/* first process: a = errno of execve(2) */
	MSG_STARTED,		/* the product is about to run */
	MSG_BOX_DEAD,		/* no process of the product is left; a, b: when, msg_time() */
	MSG_LAST_CANARY,	/* as MSG_CANARY, of the control after the product's end */
	MSG_STATUS,		/* a = wait(2) status of the first process */
	MSG_PART,		/* text = name of a part that ended before its time, a = wait
				 * status */
	MSG_DONE,		/* the box is dead and every part has finished */
	/* tcbox to airlock to init */
	MSG_SIGNAL,		/* a = signal, b = 1: to every process of the box, 0: to the
				 * product's process group */
};

struct msg {
	int32_t type;
	int32_t a, b;
	char text[sizeof(((struct tb_err *)0)->msg)];
};

/* msg_send() - only write(2), so that the first process may use it under the filter. Return: 0 or
 * negative errno */
int msg_send(int sock, enum msg_type type, int a, int b, const char *text);

/* msg_send_time(), msg_time() - a message with a time in nanoseconds, in a and b */
int msg_send_time(int sock, enum msg_type type, int64_t t);
int64_t msg_time(const struct msg *m);

/* msg_await_go() - wait for one byte. Only read(2), which the filter lets pass. Return: false if
 * another came, or none will */
bool msg_await_go(int sock, char what);

/**
 * msg_recv() - receive one message
 * @pid:	Receives the sender's pid as this PID namespace sees it (needs SO_PASSCRED on
 *		@sock); may be
 *		NULL
 *
 * Return: 1; 0 at end of file; negative errno (-EAGAIN if the socket is non-blocking and empty)
 */
int msg_recv(int sock, struct msg *m, pid_t *pid);

#endif
