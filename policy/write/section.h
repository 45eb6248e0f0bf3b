/* SPDX-License-Identifier: Apache-2.0 */
/*
 * section.h - lines that are added to a section of a policy, which is made if it is not there
 */
#ifndef POLICY_WRITE_SECTION_H
#define POLICY_WRITE_SECTION_H

#include "policy/write/lines.h"
#include "policy/write/place.h"

#define SECTION_KEYS 3

struct section {
	const char *keys[SECTION_KEYS];	/* one inside the other, such as "files" and "write"; NULL:
					 * no more */
	bool object;			/* the last one is an object, not an array */
};

/* Where lines are added. */
struct section_at {
	const struct section *s;
	struct place place;
	size_t there;		/* so many of the keys exist */
	bool whole;		/* all of them */
	struct lines lines;	/* the caller writes here */
};

/* section_open() - @lines: where the lines are collected, to live until place_apply() */
void section_open(struct section_at *at, const struct section *s, const struct tb_buf *base,
		  struct tb_buf *lines);
/* section_close() - they are put in as the last ones of the section */
void section_close(struct section_at *at, const struct tb_buf *base, struct place_edits *e);

#endif
