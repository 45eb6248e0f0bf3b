/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen.h - which witnesses saw an act
 */
#ifndef TRY_SEEN_H
#define TRY_SEEN_H

#include "tcbox/evidence.h"
#include "tcbox/try.h"

#define SEEN_LINES 16

/* What was found of one act. */
struct seen {
	unsigned int by;			/* bits, 1u << TRY_BY_... */
	uint64_t lines[SEEN_LINES];		/* of the record, that are about it */
	size_t nlines;
	size_t flow;				/* its number in the evidence; SIZE_MAX: none */
};

void seen_find(const struct try_act *act, const struct evd_facts *ev, struct seen *out);

#endif
