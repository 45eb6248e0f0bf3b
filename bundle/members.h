/* SPDX-License-Identifier: Apache-2.0 */
/*
 * members.h - the members of struct run_info as run.json and report.json name them, one row each
 */
#ifndef BUNDLE_MEMBERS_H
#define BUNDLE_MEMBERS_H

#include <stddef.h>

#include "tcbox/run.h"

enum member_type {
	M_STR,
	M_UINT,
	M_INT,
	M_BOOL,
	M_TIME,		/* text, and in run.json also nanoseconds as KEY_ns */
	M_WORD,		/* an enumeration whose 0 is "not said" */
	M_STRINGS,
	M_FILES,
	M_COUNTERS,
};

/* When the report has a value for it; else it says null. */
enum member_known { M_ALWAYS, M_NOT_ZERO, M_EXITED };

struct member {
	const char *key;
	enum member_type type;
	size_t offset;		/* in struct run_info */
	size_t count;		/* of a list: where the number of its entries is */
	enum member_known known;
	const char *const *words;	/* M_WORD: from 0, where there is none, to NULL */
	bool manifest_only;	/* report.json does not have it */
};

extern const struct member run_members[];
extern const size_t run_nmembers;

/* member_at(), member_count() - where a member's value is; and for lists the number of entries */
void *member_at(struct run_info *r, const struct member *m);
size_t *member_count(struct run_info *r, const struct member *m);

/* run_state_find() - the state of that name. Return: false if there is none */
bool run_state_find(const char *name, enum run_state *out);

#endif
