/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_diff.h - tcbox policy diff
 */
#ifndef CLI_POLICY_DIFF_H
#define CLI_POLICY_DIFF_H

/* policy_diff() - print what the second policy allows and the first does not, and the other way
 * round. Return: exit status */
int policy_diff(const char *a, const char *b);

#endif
