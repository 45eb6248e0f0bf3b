/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - two policies while one is merged into the other, shared by the files of this folder
 *
 *	doc.c		their texts
 *	names.c		variables and groups, and the names that they get
 *	rules.c		connections and listens
 *	lists.c		names, programs, files
 *	calls.c		system calls
 *	merge.c		all of it, and what cannot be merged
 *	widen.c		names that become a glob, ports that become a range
 */
#ifndef POLICY_MERGE_STATE_H
#define POLICY_MERGE_STATE_H

#include "policy/merge/doc.h"
#include "policy/write/place.h"
#include "policy/write/section.h"
#include "tcbox/map.h"
#include "tcbox/policy.h"
#include "tcbox/policy_merge.h"

struct merge {
	struct doc a, b;		/* the first, which stays, and the other */
	struct pol *pa, *pb;
	const struct tb_buf *base;	/* the text of @a */
	struct tb_map *ids;		/* of rules, to anything */
	struct doc_names names;		/* of @b, which differ in @a */
	struct place_edits edits;
	struct tb_buf **texts;		/* that the edits borrow */
	size_t ntexts;
	pol_merge_fn *fn;
	void *arg;
	bool failed;			/* memory ran out */
};

/* merge_text() - room for a text of an edit. Return: NULL without memory */
struct tb_buf *merge_text(struct merge *m);

/* merge_tell() - what could not be merged */
void merge_tell(struct merge *m, const char *fmt, ...) TB_PRINTF(2, 3);

/* merge_place() - "FILE:LINE" of a value */
void merge_place(const struct doc *d, const struct jsonc_val *v, struct tb_buf *out);

/* merge_open() - begin to add to a section, with the line above what comes from @b. Return: false
 * without memory */
bool merge_open(struct merge *m, const struct section *s, struct section_at *at);

/* merge_member() - the value of one key inside the other, in one document of a policy. Return:
 * NULL: it is not there */
const struct jsonc_val *merge_member(const struct jsonc_val *root, const char *one,
				     const char *two);
/* merge_has() - is it in any document of the policy? */
bool merge_has(const struct doc *d, const char *one, const char *two);

void merge_names(struct merge *m);
void merge_rules(struct merge *m, const char *key);
void merge_list(struct merge *m, const char *one, const char *two);
void merge_calls(struct merge *m);

#endif
