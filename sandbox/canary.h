/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canary.h - the control lookup and connection that every run makes
 */
#ifndef SANDBOX_CANARY_H
#define SANDBOX_CANARY_H

#include "tcbox/sandbox.h"

/* canary_main() - look up and contact the canary's name, under the filter. Return: exit status of
 * the control process */
enum { CANARY_ANSWERED, CANARY_NO_LOOKUP, CANARY_NO_CONNECTION };
int canary_main(const struct sbx_network *net);

/* canary_why() - what failed, by that status; anything else: it could not run. Return: NULL if
 * nothing did */
const char *canary_why(int status);

#endif
