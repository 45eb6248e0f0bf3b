/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grace.h - datagram sockets that have a port, and perhaps soon a peer
 */
#ifndef SANDBOX_WATCH_GRACE_H
#define SANDBOX_WATCH_GRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct grace;

/* grace_new() - NULL: no memory. grace_free() takes NULL, too */
struct grace *grace_new(void);
void grace_free(struct grace *g);

/*
 * grace_begin() - thread @tid gives the socket a port, or takes its peer from it. Does nothing if
 * that is known already
 */
void grace_begin(struct grace *g, uint64_t cookie, pid_t tid);

/* grace_end() - the socket has a peer. @port: its own */
void grace_end(struct grace *g, uint64_t cookie, uint16_t port);

/**
 * grace_over() - has a socket that has no peer waited for others?
 * @port:	Its own: what sockets before it waited on the same one counts
 * @heard:	Nobody waits for an answer of the supervisor: a connect would be known
 *
 * So has one that nothing is known of. What has is forgotten.
 */
bool grace_over(struct grace *g, uint64_t cookie, uint16_t port, bool heard);

#endif
