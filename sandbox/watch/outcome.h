/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outcome.h - whether a call on a file did something: the file is looked at before and after
 */
#ifndef SANDBOX_WATCH_OUTCOME_H
#define SANDBOX_WATCH_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "tcbox/event.h"

struct outcomes;
struct watch;
struct watch_note;

/* What is at a path. */
struct outcome_look {
	bool known; /* it could be looked at */
	bool there;
	uint64_t dev, ino, size;
	mode_t mode;
	struct timespec ctime;
};

/* outcomes_new() - remembers calls that the kernel may not have made yet. NULL: no memory.
 * outcomes_free() takes NULL, too */
struct outcomes *outcomes_new(void);
void outcomes_free(struct outcomes *o);

/* outcome_look() - at a path of a thread, absolute and without symbolic links */
struct outcome_look outcome_look(const struct watch *w, pid_t tid, const char *path);

/**
 * outcome_later() - append an EV_FILE once the kernel has made the call that is about to go on
 * @path:	Of the file that the call makes, changes or removes
 * @before:	What is there now
 *
 * Then the outcome is "allowed" if something else is there, or the file is open for writing, and
 * "tried" if not.
 */
void outcome_later(struct watch *w, const struct watch_note *n, const struct ev *ev,
		   const char *path,
		   const struct outcome_look *before);

/**
 * outcome_settle() - append what is known now
 * @tid:	Its calls have returned; 0: nobody's
 *
 * Return: nanoseconds until the next try, -1: nothing is pending
 */
int64_t outcome_settle(struct watch *w, pid_t tid);
/* outcome_settle_proc() - of a process that ends, or becomes another program; 0: of all */
void outcome_settle_proc(struct watch *w, uint64_t proc);

#endif
