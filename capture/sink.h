/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink.h - where the parts of the dissector leave what they found
 *
 * They know neither the record nor a pipe: whoever owns the dissector decides what becomes of an
 * event.
 */
#ifndef CAPTURE_SINK_H
#define CAPTURE_SINK_H

#include "tcbox/event.h"

/**
 * sink_fn() - one event
 * @ev:	Valid during the call, like all that it points to; src and n are not set
 *
 * Return: 0; negative errno ends the dissection and is returned by whoever was called
 */
typedef int sink_fn(void *arg, struct ev *ev);

struct sink {
	sink_fn *fn;
	void *arg;
	int64_t t0_ns;		/* CLOCK_REALTIME of the moment from which events count their
				 * time */
};

static inline int sink_append(const struct sink *s, struct ev *ev)
{
	return s->fn(s->arg, ev);
}

/* sink_time() - convert CLOCK_REALTIME nanoseconds to the event clock */
static inline int64_t sink_time(const struct sink *s, int64_t realtime_ns)
{
	return realtime_ns - s->t0_ns;
}

#endif
