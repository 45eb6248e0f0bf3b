/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_diff.h - what one policy allows and another does not
 */
#ifndef TCBOX_POLICY_DIFF_H
#define TCBOX_POLICY_DIFF_H

#include "tcbox/policy.h"

enum pol_change_kind {
	POL_CHANGE_ALLOWED,	/* allowed by the second, not by the first */
	POL_CHANGE_FORBIDDEN,	/* the other way round */
	POL_CHANGE_OTHER,	/* neither: what is required, how the undeclared is judged */
};

struct pol_change {
	enum pol_change_kind kind;
	const char *section;	/* "connections", "names", ... */
	const char *rule;	/* id, or the pattern; NULL: none */
	const char *example;	/* an act that only one of them allows, or what changed */
};

typedef void pol_change_fn(void *arg, const struct pol_change *change);

/**
 * pol_diff() - call @fn for each rule and word by which the two allow different things; the strings
 * live during the call
 *
 * How it works: for each rule of one policy acts are made up that it allows, of the edges of what
 * it says; whether the other allows them is asked of its rules. One example is told of each rule.
 * Limits: a difference that lies between the edges, inside of patterns that overlap, is not found.
 *
 * Return: 0, -ENOMEM
 */
int pol_diff(const struct pol *a, const struct pol *b, pol_change_fn *fn, void *arg,
	     struct tb_err *err);

#endif
