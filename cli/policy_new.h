/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_new.h - tcbox policy new, amend: policies from what happened in runs
 */
#ifndef CLI_POLICY_NEW_H
#define CLI_POLICY_NEW_H

#include <stdbool.h>

#include "tcbox/learn.h"

/* What is asked of it; all borrowed. */
struct policy_new {
	struct learn_options learn;
	const char *output;	/* file; NULL: standard output */
	const char *must_see;	/* file; NULL: none */
};

/* policy_new() - write a policy that declares what happened in @n bundles. Return: exit status */
int policy_new(const struct policy_new *o, int n, char **bundles);

#endif
