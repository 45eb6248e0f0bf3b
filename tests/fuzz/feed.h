/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed.h - the lines of a record, as a fuzzer has them, into evidence
 */
#ifndef TESTS_FUZZ_FEED_H
#define TESTS_FUZZ_FEED_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tcbox/err.h"
#include "tcbox/evidence.h"
#include "tcbox/log.h"
#include "tcbox/record.h"

/* feed() - what is no event is left out */
static inline void feed(struct evd *e, const char *p, const char *end)
{
	const char *eol;
	struct ev ev;

	for (uint64_t line = 1; p < end; p = eol + 1, line++) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (!eol)
			eol = end;
		if (ev_parse(p, (size_t)(eol - p), &ev, NULL))
			continue;
		ev.line = line;
		TB_BUG_ON(evd_feed(e, &ev) != 0);
		ev_clear(&ev);
	}
}

#endif
