/* SPDX-License-Identifier: Apache-2.0 */
/*
 * turns.h - what a thread did with its time
 */
#ifndef SANDBOX_WATCH_TURNS_H
#define SANDBOX_WATCH_TURNS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* /proc/PID/schedstat, Documentation/scheduler/sched-stats.rst */
struct turns {
	int64_t ran_ns;		/* on a processor */
	int64_t queued_ns;	/* ready to run, while others did; not what it waits now */
	uint64_t n;		/* how often it was given a processor */
};

/* turns_read() - of thread @tid. Return: false if it is gone, or the kernel does not count */
bool turns_read(pid_t tid, struct turns *out);

/* turns_idle() - does the thread wait for somebody else, and neither for a processor nor for a
 * disk? So it is if it is gone */
bool turns_idle(pid_t tid);

#endif
