/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_calls.h - tcbox policy groups, calls: groups of system calls, and what is done with a call
 */
#ifndef CLI_POLICY_CALLS_H
#define CLI_POLICY_CALLS_H

/* policy_groups() - all groups, the calls of one, or the groups that have a call. Return: exit
 * status */
int policy_groups(int argc, char **argv);

/* policy_calls() - what the box does with each call, or with one. Return: exit status */
int policy_calls(int argc, char **argv);

#endif
