/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kinds.h - what is known of each kind of act
 */
#ifndef TRY_KINDS_H
#define TRY_KINDS_H

#include "tcbox/try.h"

#define TRY_CODES 2

struct kind {
	const char *name;	/* in the plan, and in JSON */
	const char *text;
	unsigned int witnesses;	/* that must see it */
	enum fnd_code codes[TRY_CODES];	/* of which one must be found if it is not declared */
	enum fnd_kind level;	/* what the policy judges such acts by */
	const char *proto;	/* how the record begins to call its protocol; NULL: none */
};

extern const struct kind try_kinds[TRY_KINDS];

#endif
