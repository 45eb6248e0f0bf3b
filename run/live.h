/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live.h - "--live": what the product does, while it runs, for the technician to watch
 *
 * On a terminal it is a view that has the whole screen: the product has no part in it, its output
 * goes to the bundle and its last lines into the view, and it gets no input. Elsewhere it is a line
 * for each thing that happens, on standard error.
 *
 * Everything is made of the events that the record stores; all text is shown, tb_buf_add_shown().
 * Memory is bounded, and so is the work: the view is drawn some times a second, of lines there are
 * at most some a second, and what is left out is counted. Findings are those of a comparison of the
 * record as it is then, made anew from time to time: only such as stand in two of them, and such
 * that what is still missing cannot explain. The verdict is told at the end.
 */
#ifndef RUN_LIVE_H
#define RUN_LIVE_H

#include <poll.h>

#include "run/attempt.h"
#include "run/relay.h"
#include "tcbox/err.h"

#define LIVE_FDS 3

/* All borrowed. */
struct live_options {
	const char *bundle;		/* its path */
	int dir;			/* the same */
	const char *examiner;		/* who makes the notes; NULL: nobody can */
	bool has_policy;
};

struct live_counts {
	uint64_t processes, flows, packets, dropped;
};

struct live;

/* live_open() - the terminal is ours until live_close(). Return: 0 or negative errno */
int live_open(struct live **out, const struct live_options *options, struct tb_err *err);

/* live_viewer() - for relay_open(); NULL: lines are told, and the product's streams are as usual */
const struct relay_viewer *live_viewer(const struct live *l);

/* live_event() - an event that was stored; @attempt: what it tells of, NULL: of none */
void live_event(struct live *l, struct attempts *a, const struct ev *ev,
		const struct attempt *attempt);

/* live_poll() - what to wait for. Return: number of entries, at most LIVE_FDS */
size_t live_poll(const struct live *l, struct pollfd *p);

/* live_step() - read keys, draw or write if it is time to. @mid_line: the product's output ended
 * in the middle of a line */
void live_step(struct live *l, const struct live_counts *counts, bool mid_line);

/* live_close() - give the terminal back. NULL is allowed */
void live_close(struct live *l);

#endif
