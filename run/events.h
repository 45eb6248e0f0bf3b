/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.h - "--events": the attempts of the product as lines of JSON, while it runs
 *
 * It is for watching, and no evidence: a reader that is too slow misses lines, and is told how
 * many. doc/schema/tcbox-attempt-1.schema.json describes the lines.
 */
#ifndef RUN_EVENTS_H
#define RUN_EVENTS_H

#include "run/attempt.h"
#include "run/stream.h"
#include "tcbox/run.h"

#define EVENTS_FORMAT 1		/* "tcbox_events" in the first line */

struct events {
	struct stream stream;
	uint64_t attempts;
	uint64_t told;		/* of those that were dropped, in a line of their own */
	struct tb_buf line;
};

/* events_open() - @where: a file, or the number of a descriptor; NULL: nowhere. Return: 0, or
 * negative errno with a sentence: it cannot be used */
int events_open(struct events *e, const char *where, struct tb_err *err);

static inline bool events_wanted(const struct events *e)
{
	return e->stream.fd >= 0 || e->stream.gone;
}

void events_start(struct events *e, const struct run_info *run, const char *bundle);
void events_attempt(struct events *e, const struct attempt *a);

/* events_end() - the last line; wait a little for the reader, and say on standard error what it
 * missed. @verdict: NULL: there is none */
void events_end(struct events *e, const char *verdict);

void events_close(struct events *e);

#endif
