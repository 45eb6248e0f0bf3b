/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_try.h - tcbox policy try
 */
#ifndef CLI_POLICY_TRY_H
#define CLI_POLICY_TRY_H

#include <stdbool.h>

/* What is asked of it; all borrowed. */
struct policy_try {
	bool json;
	const char *output;	/* where the bundle is left; NULL: it is removed */
	const char *judge;	/* a bundle of an earlier try; NULL: do the acts */
};

/* policy_try() - @policy: NULL with @judge. Return: exit status */
int policy_try(const struct policy_try *o, const char *policy);

#endif
