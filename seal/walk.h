/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk.h - the record and its chain side by side: what record.c, resync.c and stretches.c share
 */
#ifndef SEAL_WALK_H
#define SEAL_WALK_H

#include "seal/copy.h"
#include "seal/lines.h"
#include "tcbox/chain.h"
#include "tcbox/seal.h"

#define STRETCHES_MAX 64
#define SINGLES_MAX 256

/* Lines that stand where other lines stood: n and was may be 0. */
struct stretch {
	uint64_t line, n;		/* in the record, from 1 */
	uint64_t pos, was;		/* in the chain, from 1 */
	uint64_t next;			/* the line behind it */
};

/* A line of a stretch, or a place that its line left. */
struct single {
	uint64_t number;
	off_t offset;			/* of a line */
	size_t stretch;
	bool paired;
};

struct walk {
	struct seal_check *out;
	struct chain *chain;
	struct copy_lines taken;	/* lines that are not as they were, in a redacted copy */
	uint64_t ntaken;
	struct lines lines, ahead;
	struct tb_sha256 *hash;
	uint64_t line;			/* number of the line that comes next */
	uint64_t pos;			/* the place of the chain that it should have */
	char before[TB_SHA256_HEX];	/* the value of the place before it */
	uint64_t tries;			/* hashes that may still be made to find where a line
					 * belongs */
	struct stretch stretches[STRETCHES_MAX];
	size_t nstretches;
	struct single lines_left[SINGLES_MAX], places_left[SINGLES_MAX];
	size_t nlines_left, nplaces_left;
	bool too_many;			/* there were more than that */
};

/* walk_hash() - of a line; empty if it is too long or cut: such a line is none of ours. Return: 0
 * or negative errno */
int walk_hash(struct walk *w, const struct line *line, char hex[TB_SHA256_HEX],
	      struct tb_err *err);

/* walk_fits() - does a line with this hash belong to this place? Costs a try. Return: 1, 0, or
 * negative errno */
int walk_fits(struct walk *w, const char *hex, uint64_t pos, struct tb_err *err);

/**
 * resync() - find where the record and its chain agree again; they do not at @line
 * @hex:	Its hash
 *
 * Then w->line, w->pos, w->before and w->lines are there, and what lies between is a stretch, or
 * said already if it is the chain that was changed. Return: 1; 0: nowhere; negative errno
 */
int resync(struct walk *w, const struct line *line, const char *hex, struct tb_err *err);

/* stretch_add() - @offset: of its first line */
int stretch_add(struct walk *w, const struct stretch *s, off_t offset, struct tb_err *err);

/* stretches_tell() - find lines that only changed their place, and say all. Return: 0 or negative
 * errno */
int stretches_tell(struct walk *w, struct tb_err *err);

#endif
