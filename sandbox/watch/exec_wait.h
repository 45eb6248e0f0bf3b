/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_wait.h - execs whose callers wait until a large file is hashed
 */
#ifndef SANDBOX_WATCH_EXEC_WAIT_H
#define SANDBOX_WATCH_EXEC_WAIT_H

#include <stdbool.h>

#include "sandbox/watch/watch.h"

struct exec_hashes;
struct exec_waits;
struct file_id;

/* exec_waits_new() - NULL: no memory. exec_waits_free() takes NULL, too */
struct exec_waits *exec_waits_new(void);
void exec_waits_free(struct exec_waits *x);

/* exec_wait_add() - a notification that is answered when @file is hashed. Return: 0; -EAGAIN: too
 * many wait; -ENOMEM */
int exec_wait_add(struct exec_waits *x, const struct watch_note *n, const struct file_id *file);

/* exec_wait_any() - does one wait? */
bool exec_wait_any(const struct exec_waits *x);

/**
 * exec_wait_work() - hash a piece
 * @req:	Receives the notification of @n
 *
 * Return: is there one to be looked at again, @n? It does not wait any more
 */
bool exec_wait_work(struct exec_waits *x, struct exec_hashes *hashes, struct watch_note *n,
		    struct seccomp_notif *req);

#endif
