/* SPDX-License-Identifier: Apache-2.0 */
/*
 * holders.h - who has a socket in hand that another process opened
 */
#ifndef SANDBOX_WATCH_HOLDERS_H
#define SANDBOX_WATCH_HOLDERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct holders;
struct held;
struct proc;
struct watch;

/* holders_new() - nobody has any. NULL: no memory. holders_free() takes NULL, too */
struct holders *holders_new(void);
void holders_free(struct holders *h);

/* holders_network() - the product has made a socket that can leave the box */
void holders_network(struct watch *w);

/* holders_shared() - a process is made that has its table of descriptors in common with its
 * parent */
void holders_shared(struct holders *h);

/**
 * holders_before() - the sockets that an exec of thread @tid, which waits for its answer, will not
 * close
 * @out:	Receives a list owned by the caller, for holders_kept() and free(3); NULL: none was
 *		read
 *
 * Return: were all read? If not, that is counted, and there may be more
 */
bool holders_before(struct watch *w, const struct proc *p, pid_t tid, struct held **out);

/*
 * holders_had() - a process has become another program, which has the sockets of @before since it
 * was asked for: it may have used them long before it is seen to run. Borrowed, may be NULL
 */
void holders_had(struct watch *w, const struct proc *p, const struct held *before);

/**
 * holders_kept() - the same, and it has what is open now, too
 * @before:	What its old program had; borrowed, may be NULL
 *
 * Appends each of them, and those that are open now.
 */
void holders_kept(struct watch *w, const struct proc *p, const struct held *before);

/* holders_passed() - a call may hand a socket to another process: look who has which, soon and from
 * then on */
void holders_passed(struct holders *h);

/**
 * holders_look() - append the sockets that processes are seen to hold, once for each program
 *
 * Does nothing before holders_passed(). What it costs is bounded as ports_look() is.
 */
void holders_look(struct watch *w);
/* holders_look_at() - the same of one process, which is about to end */
void holders_look_at(struct watch *w, const struct proc *p);

/* holders_due() - Return: nanoseconds until the next look; -1: none is waited for */
int64_t holders_due(const struct holders *h);

#endif
