/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_new.h - tcbox policy new, amend: policies from what happened in runs
 */
#ifndef CLI_POLICY_NEW_H
#define CLI_POLICY_NEW_H

#include <stdbool.h>

#include "tcbox/learn.h"
#include "tcbox/policy_merge.h"

/* What is asked of it; all borrowed. */
struct policy_new {
	struct learn_options learn;
	const char *output;	/* file; NULL: standard output */
	const char *must_see;	/* file; NULL: none */
	const char *template;	/* file to begin with; NULL: none */
	bool in_place;		/* write over the policy that is amended */
	struct pol_widen widen;
};

/* policy_new() - write a policy that declares what happened in @n bundles; the template, if there
 * are none. Return: exit status */
int policy_new(const struct policy_new *o, int n, char **bundles);

/* policy_amend() - write @policy with what is missing from it of what happened in @n bundles.
 * Return: exit status */
int policy_amend(const struct policy_new *o, const char *policy, int n, char **bundles);

#endif
