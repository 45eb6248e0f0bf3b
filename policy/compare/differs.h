/* SPDX-License-Identifier: Apache-2.0 */
/*
 * differs.h - in what a rule and a flow agree, and in what they differ
 */
#ifndef POLICY_COMPARE_DIFFERS_H
#define POLICY_COMPARE_DIFFERS_H

#include "policy/match.h"
#include "tcbox/details.h"

/* differs_details() - add it to @out. Return: false without memory */
bool differs_details(const struct pol_conn *rule, const struct match_flow *f,
		     struct fnd_details *out);

#endif
