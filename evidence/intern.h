/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intern.h - one copy of each string of a record
 *
 * Equal strings become equal pointers, so a million flows to one name cost one copy of it, and
 * comparing is comparing pointers. Everything lives until intern_free().
 */
#ifndef EVIDENCE_INTERN_H
#define EVIDENCE_INTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "tcbox/evidence.h"

struct intern;

/*
 * intern_new() - room for @max different strings and lists, and at most @bytes of them. Return:
 * NULL without memory
 */
struct intern *intern_new(size_t max, size_t bytes);
void intern_free(struct intern *in);

/*
 * intern_str() - Return: the one copy; NULL for NULL and "", and when it cannot be kept: then
 * intern_failed() or intern_full()
 */
const char *intern_str(struct intern *in, const char *s);

/*
 * intern_host() - the same for a host name: lower case, without a trailing dot and without a port
 * behind it
 */
const char *intern_host(struct intern *in, const char *s);

/*
 * intern_list() - the one copy of a list; its members are interned host names. NULL for an empty
 * one
 */
const struct evd_names *intern_list(struct intern *in, const char *const *v, size_t n);

bool intern_failed(const struct intern *in);	/* memory ran out */
bool intern_full(const struct intern *in);	/* the maximum was reached and something was not
						 * kept */

#endif
