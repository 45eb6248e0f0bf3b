/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_lint.h - tcbox policy lint
 */
#ifndef CLI_POLICY_LINT_H
#define CLI_POLICY_LINT_H

#include <stdbool.h>

/* policy_lint() - say what is wrong with policies. Return: exit status */
int policy_lint(int n, char *const *paths, bool json);

#endif
