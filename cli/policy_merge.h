/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_merge.h - tcbox policy merge: one policy that allows what several allow
 */
#ifndef CLI_POLICY_MERGE_H
#define CLI_POLICY_MERGE_H

#include "tcbox/policy_merge.h"

/* policy_merge() - @output: NULL: standard output. Return: exit status */
int policy_merge(const struct pol_widen *how, const char *output, int n, char **paths);

#endif
