/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener.h - how the airlock gets the notification listener of a process that loaded the filter
 */
#ifndef SANDBOX_LISTENER_H
#define SANDBOX_LISTENER_H

#include "sandbox/filter/filter.h"

/**
 * listener_offer() - in the process that is to be watched: say which number its listener will have,
 *	and load the filter
 * @sock:	To the airlock; MSG_LISTENER goes there
 *
 * Return: the listener; negative errno. Afterwards every system call passes the filter, and some
 * wait for the supervisor
 */
int listener_offer(const struct flt *filter, int sock);

/**
 * listener_steal() - in the airlock: a copy of that listener, pidfd_getfd(2), Linux 5.6
 * @pid:	The process that made the offer, and @nr the number that it told
 * @sock:	To it: MSG_FAILED may come from there
 *
 * Return: the descriptor, the caller's; negative errno
 */
int listener_steal(pid_t pid, int nr, int sock, struct tb_err *err);

#endif
