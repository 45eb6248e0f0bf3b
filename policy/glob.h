/* SPDX-License-Identifier: Apache-2.0 */
/*
 * glob.h - what the reader needs to know about patterns; matching is in tcbox/policy.h
 */
#ifndef TCBOX_POLICY_GLOB_H
#define TCBOX_POLICY_GLOB_H

/* pol_glob_bracket() - Return: the bracket that closes the set of characters at @p; NULL: it is not
 * valid */
const char *pol_glob_bracket(const char *p);

#endif
