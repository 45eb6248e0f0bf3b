/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports.h - which ports are open in the box, as the kernel's own tables say
 */
#ifndef SANDBOX_WATCH_PORTS_H
#define SANDBOX_WATCH_PORTS_H

#include <stdint.h>
#include <sys/types.h>

#include "tcbox/event.h"

struct ports;
struct watch;

/**
 * ports_socket() - a socket for questions about the sockets of the calling process' network
 * namespace
 *
 * It keeps asking about that namespace wherever it is taken: sock_diag(7). Return: a descriptor
 * owned by the caller; negative errno
 */
int ports_socket(void);

/**
 * ports_new() - begin to look
 * @diag:	Of ports_socket(); borrowed; -1: there is none, and nothing is seen
 *
 * Return: NULL without memory
 */
struct ports *ports_new(int diag);
void ports_free(struct ports *p);

/**
 * ports_look() - append an EV_PORT for each port that is open and was not recorded yet
 *
 * TCP sockets that listen, and UDP sockets that have a port and no peer, but for those on their way
 * to one. What a flood of sockets costs is bounded: the next look is as far away as this one took,
 * many times over. Ports beyond what is recorded are an EV_LOSS.
 */
void ports_look(struct watch *w, struct ports *p);

/* ports_look_last() - the same when no call goes on any more: what has no peer gets none */
void ports_look_last(struct watch *w, struct ports *p);

/**
 * ports_waits() - a call of thread @tid leaves a datagram socket with a port and without a peer
 *
 * Every client does so between its bind and its connect. If the socket is seen without a peer when
 * the thread could have gone on since, that is an EV_PORT: see grace.h.
 */
void ports_waits(struct watch *w, uint64_t cookie, pid_t tid);

/* ports_connected() - a datagram socket has got a peer, says the kernel. @port: its own */
void ports_connected(struct watch *w, uint64_t cookie, uint16_t port);

/* ports_soon() - a call may have opened a port: look again in some milliseconds */
void ports_soon(struct ports *p);

/* ports_due() - Return: nanoseconds until ports_soon() is due; 0: now; -1: it is not waited for */
int64_t ports_due(const struct ports *p);

/* ports_looks() - how often the tables were read */
uint64_t ports_looks(const struct ports *p);

#endif
