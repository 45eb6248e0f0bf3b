/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watched.h - kinds of acts, and who can see each
 */
#ifndef REPORT_WATCHED_H
#define REPORT_WATCHED_H

#include <stdbool.h>

#include "tcbox/finding.h"

/* A kind of acts. */
struct watched {
	const char *what;
	unsigned int witnesses;		/* bits, 1u << FND_BY_...; 0: nobody sees it */
	const char *not_seen;		/* what of it is not seen however well all goes; NULL: all
					 * of it is */
};

/* watched_at() - those that somebody sees first. Return: NULL past the end */
const struct watched *watched_at(size_t i);

/* watched_by() - is this one of its witnesses? */
bool watched_by(const struct watched *w, enum fnd_witness by);

/* watched_whole() - how many of its witnesses were there and saw all */
unsigned int watched_whole(const struct watched *w, const struct fnd_result *r);

#endif
