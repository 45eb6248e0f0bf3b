/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sockets.h - who talks to whom: socket calls with the socket in hand
 */
#ifndef SANDBOX_WATCH_SOCKETS_H
#define SANDBOX_WATCH_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct sockets;
struct watch;
struct watch_note;

/* sockets_new() - remembers calls whose local address is not known yet. NULL: no memory.
 * sockets_free() takes NULL, too */
struct sockets *sockets_new(void);
void sockets_free(struct sockets *k);

/* sockets_made() - look at socket(2) and socketpair(2); sockets_call() - at calls on a socket that
 * is there */
void sockets_made(struct watch *w, const struct watch_note *n);
void sockets_call(struct watch *w, struct watch_note *n);

/* sockets_are_local() - is the descriptor in the first argument a socket of AF_UNIX? */
bool sockets_are_local(const struct watch_note *n);

/**
 * sockets_settle() - append the calls whose local address is known now, or whose time is over
 * @tid:	Its calls have returned, so that nothing will change any more; 0: nobody's
 *
 * Return: nanoseconds until the next try, -1: nothing is pending
 */
int64_t sockets_settle(struct watch *w, pid_t tid);
/* sockets_settle_proc() - those of a process, which will not go on; 0: of all */
void sockets_settle_proc(struct watch *w, uint64_t proc);

#endif
