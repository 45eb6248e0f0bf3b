/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live_seen.h - what is known of a run while it goes on, in bounded memory
 */
#ifndef RUN_LIVE_SEEN_H
#define RUN_LIVE_SEEN_H

#include "run/attempt.h"
#include "tcbox/finding.h"

#define SEEN_ROWS 64		/* destinations, programs: those of the latest acts */
#define SEEN_LINES 64		/* acts: the latest */
#define SEEN_OUTPUT 16		/* lines of the product's output */
#define SEEN_FINDINGS 64
#define SEEN_ACTS 256		/* findings of one comparison */
#define SEEN_TEXT 240		/* bytes of a text, shown */

/* A destination or a program. */
struct seen_row {
	uint64_t hash;			/* of what makes it one */
	char text[SEEN_TEXT];
	uint64_t begun, ended;		/* conversations; starts */
	uint64_t bytes_out, bytes_in;
	int64_t last;			/* as ev.t */
};

struct seen_rows {
	struct seen_row v[SEEN_ROWS];
	size_t n;
	uint64_t gone;			/* rows that gave their place to later ones */
};

struct seen_lines {
	char v[SEEN_LINES][SEEN_TEXT];
	uint64_t n;			/* ever; the last ones are there */
};

/* A finding of two comparisons of the record as it was then. */
struct seen_finding {
	char id[FND_ID_LEN];
	char text[SEEN_TEXT];
};

/* What a comparison found, as far as it may be told while the run goes on: the first ones. */
struct seen_acts {
	struct seen_finding v[SEEN_ACTS];
	size_t n;
	size_t more;			/* that did not fit */
};

struct seen_findings {
	struct seen_finding v[SEEN_FINDINGS];
	size_t n;
	size_t more;			/* that did not fit */
	char before[SEEN_ACTS][FND_ID_LEN];	/* of the comparison before */
	size_t nbefore;
};

struct seen {
	struct seen_rows dests, programs;
	struct seen_lines acts;
	char output[SEEN_OUTPUT][SEEN_TEXT];	/* raw bytes, cut */
	uint64_t outputs;		/* lines ever begun */
	size_t output_len;		/* of the last one */
	struct seen_findings findings;
};

/* seen_text() - bytes made harmless, cut where a character ends */
void seen_text(char out[SEEN_TEXT], const char *text, size_t len);

/* seen_event() - read an event; @attempt: NULL if it tells of none. Return: true if there is one
 * more line in acts */
bool seen_event(struct seen *s, struct attempts *a, const struct ev *ev,
		const struct attempt *attempt);

/* seen_output() - what the product's terminal showed */
void seen_output(struct seen *s, const char *buf, size_t len);

/* seen_acts() - what a comparison of the record so far found */
void seen_acts(struct seen_acts *out, const struct fnd_result *r);

/* seen_acts_good() - are they such, as another process told them? All texts end. */
bool seen_acts_good(const struct seen_acts *a);

/* seen_findings() - after a comparison. Return: number of findings that are new in the list; they
 * are its last ones */
size_t seen_findings(struct seen_findings *f, const struct seen_acts *a);

/* seen_line() - the line that is @back lines before the last one, 0: the last; NULL: there is
 * none */
const char *seen_line(const struct seen_lines *l, size_t back);

#endif
