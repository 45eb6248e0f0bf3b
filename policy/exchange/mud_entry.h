/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mud_entry.h - one entry of a list while it is read
 */
#ifndef POLICY_EXCHANGE_MUD_ENTRY_H
#define POLICY_EXCHANGE_MUD_ENTRY_H

#include "policy/exchange/mud.h"

struct mud_entry {
	struct mud *m;
	struct mud_flow f;
	size_t left_out;		/* conditions */
	bool lost;			/* it is not carried over, and that was listed */
};

/* mud_lose() - the entry is not carried over because of @v; listed once */
void mud_lose(struct mud_entry *e, const struct jsonc_val *v, const char *why);

/* mud_leave_out() - the condition @v is left out, and what is made of the entry is wider */
void mud_leave_out(struct mud_entry *e, const struct jsonc_val *v, const char *why);

/* mud_tls() - read "client-profiles" */
void mud_tls(struct mud_entry *e, const struct jsonc_val *v);

#endif
