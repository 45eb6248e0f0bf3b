/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - what the files that look for problems share
 */
#ifndef POLICY_LINT_STATE_H
#define POLICY_LINT_STATE_H

#include "tcbox/policy.h"

/* Pairs of rules or patterns that are compared at most, so that a large policy takes a second. */
#define LINT_PAIRS 5000000u

enum lint_code {
	LINT_TIE, LINT_SHADOWED, LINT_NEVER, LINT_NO_EFFECT, LINT_ANY_DESTINATION,
	LINT_WIDE_NETWORK, LINT_PUBLIC_SUFFIX, LINT_ANY_PORT, LINT_ANY_PATH, LINT_FOREIGN_CALL,
	LINT_UNREACHED, LINT_UNUSED, LINT_WILD_VALUE, LINT_ENDED, LINT_NOT_ENFORCED,
	LINT_TOO_MANY,
};

struct lint_found {
	enum lint_code code;
	struct pol_at at;
	char *text;
};

struct lint {
	const struct pol *p;
	struct lint_found *v;
	size_t n;
	uint64_t pairs;		/* compared so far */
	bool no_memory;
};

/* lint_add() - note a problem; what the policy says is made harmless */
void lint_add(struct lint *l, enum lint_code code, struct pol_at at, const char *fmt, ...)
	TB_PRINTF(4, 5);

/* lint_where() - "line 5", of another place than that of the problem. Return: @out->text */
struct lint_where {
	char text[192];
};
const char *lint_where(const struct lint *l, struct pol_at at, struct lint_where *out);

/* lint_pair() - one more pair is compared. Return: false if these were too many */
bool lint_pair(struct lint *l);

/* One file each. */
void lint_overlaps(struct lint *l);	/* overlap.c: rules that tie or are shadowed */
void lint_lists(struct lint *l);	/* lists.c: patterns that others have already */
void lint_never(struct lint *l);	/* never.c: rules that nothing agrees with or that change
					 * nothing */
void lint_wide(struct lint *l);		/* wide.c */
void lint_limits(struct lint *l);	/* limits.c */
void lint_held(struct lint *l);		/* held.c: what run --enforce cannot hold */

#endif
