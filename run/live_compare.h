/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live_compare.h - comparisons of the record while a run goes on, by a process of their own
 */
#ifndef RUN_LIVE_COMPARE_H
#define RUN_LIVE_COMPARE_H

#include <poll.h>
#include <sys/types.h>

#include "run/live_seen.h"
#include "tcbox/err.h"

struct live_compare {
	pid_t pid;			/* -1: none is being made */
	int fd;				/* what it tells */
	size_t have;			/* bytes of @acts that it told */
	struct seen_acts acts;
};

enum live_compared {
	LIVE_COMPARES,			/* not yet, or none was begun */
	LIVE_COMPARED,			/* @acts are those of the record */
	LIVE_NOT_COMPARED,		/* it could not be read, or took more than it may */
};

void live_compare_init(struct live_compare *c);

/* live_compare_begin() - of the bundle @path, as tcbox report would. Return: 0 or negative errno */
int live_compare_begin(struct live_compare *c, const char *path, struct tb_err *err);

/* live_compare_poll() - what to wait for. Return: 0 if none is being made, else 1 and *p is filled
 * in */
size_t live_compare_poll(const struct live_compare *c, struct pollfd *p);

/**
 * live_compare_step() - what came of it; never waits for long
 * @cpu_ns:	Receives the processor's time that it took, if it is over
 */
enum live_compared live_compare_step(struct live_compare *c, int64_t *cpu_ns);

/* live_compare_end() - give it up. Does nothing if none is being made */
void live_compare_end(struct live_compare *c);

#endif
