/* SPDX-License-Identifier: Apache-2.0 */
/*
 * review.h - what examiners decided about findings: review.jsonl of a bundle, tcbox-review(5)
 *
 * A decision is about a finding's id and changes nothing else: not the evidence, not the verdict.
 * Lines are only ever added; of several about one finding the last one counts.
 */
#ifndef TCBOX_REVIEW_H
#define TCBOX_REVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/err.h"

#define REVIEW_FILE "review.jsonl"
#define REVIEW_MAX_BYTES (8u << 20)	/* of the file */
#define REVIEW_REASON_MAX 4000		/* bytes */
#define REVIEW_REVIEWER_MAX 200
#define REVIEW_DATE 11			/* "2027-01-31" and a NUL */

enum review_word {
	REVIEW_CONFIRMED,
	REVIEW_ACCEPTED,
	REVIEW_QUESTION,		/* to the vendor */
	REVIEW_FALSE_ALARM,
	REVIEW_WORDS
};

/* How a finding stands. */
enum review_state {
	REVIEW_OPEN,			/* nobody decided */
	REVIEW_DECIDED,
	REVIEW_EXPIRED			/* accepted until a day that is over */
};

struct tb_pool;

struct review_decision {
	const char *time;		/* UTC, as tb_time_format() writes it */
	const char *reviewer;
	const char *id;			/* of the finding */
	enum review_word word;
	const char *reason;		/* NULL: none */
	const char *until;		/* the last day on which it holds, UTC; NULL: without end */
	size_t line;			/* where it was read, to know the last one */
};

struct review {
	struct review_decision *v;	/* one for each finding, in the order of the ids */
	size_t n;
	struct tb_pool *pool;		/* of the texts */
	char today[REVIEW_DATE];	/* the day by which decisions expire, UTC; empty: none
					 * does */
};

/**
 * review_read() - read the review of a bundle
 * @dirfd:	The bundle's directory
 * @name:	The directory's name, for messages
 * @out:	Becomes the caller's, review_clear(); empty if nobody decided anything yet
 *
 * Return: 0; -EBADMSG: a line is no decision, and the message says which one; other negative errno
 */
int review_read(int dirfd, const char *name, struct review *out, struct tb_err *err);

/* review_read_file() - the same with a file that the user named, which must exist */
int review_read_file(const char *path, struct review *out, struct tb_err *err);

/* review_parse() - the same with lines that were read already; @name: for messages */
int review_parse(const char *name, const char *text, size_t len, struct review *out,
		 struct tb_err *err);

void review_clear(struct review *r);

/* review_carry() - add copies of the decisions of @earlier about findings of which @r says nothing.
 * @r: as review_read() left it. Return: 0; -ENOMEM, and @r is as it was */
int review_carry(struct review *r, const struct review *earlier, struct tb_err *err);

/* review_of() - Return: the decision about a finding, NULL if there is none */
const struct review_decision *review_of(const struct review *r, const char *id);

/* review_state_of() - how a finding stands; @d: review_of() */
enum review_state review_state_of(const struct review *r, const struct review_decision *d);

/**
 * review_check() - is it a decision that may be stored?
 *
 * Who accepts a finding or calls it a false alarm must say why, and only what is accepted may have
 * an end. Return: 0, or -EINVAL with a sentence
 */
int review_check(const struct review_decision *d, struct tb_err *err);

/**
 * review_append() - add a decision to the bundle's review
 * @d:	Its time is that of the call, whatever it says
 *
 * The line is whole and on the disk at return, or the file is as it was. Return: 0; -EINVAL:
 * review_check(); -EBADMSG: a line that is there already is damaged; other negative errno
 */
int review_append(int dirfd, const char *name, const struct review_decision *d, struct tb_err *err);

/* review_today() - the day, UTC */
void review_today(char out[REVIEW_DATE]);

/* review_word_parse() - Return: false if it is no decision's word */
bool review_word_parse(const char *text, enum review_word *out);
const char *review_word_name(enum review_word w);	/* "confirmed", ... "false-alarm" */
const char *review_state_name(enum review_state s);	/* "open", "decided", "expired" */

#endif
