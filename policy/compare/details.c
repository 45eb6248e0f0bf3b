/* SPDX-License-Identifier: Apache-2.0 */
/*
 * details.c - add details to what the comparison finds
 */
#include "policy/compare/details.h"

static void add(struct cmp *c, struct fnd_details *to, enum fnd_key key, const char *text,
		uint64_t n)
{
	if (to && !fnd_details_add(to, key, text, n))
		c->verdict.failed = true;
}

void details_text(struct cmp *c, struct fnd_details *to, enum fnd_key key, const char *text)
{
	if (text)
		add(c, to, key, text, 0);
}

void details_number(struct cmp *c, struct fnd_details *to, enum fnd_key key, uint64_t n)
{
	add(c, to, key, NULL, n);
}

void details_is(struct cmp *c, struct fnd_details *to, enum fnd_key key, bool so)
{
	if (so)
		add(c, to, key, NULL, 1);
}

void details_addr(struct cmp *c, struct fnd_details *to, enum fnd_key key, const struct ev_addr *a)
{
	char text[EV_ADDR_STRLEN];

	if (!to)
		return;
	ev_addr_format(a, text);
	add(c, to, key, text, 0);
}

void details_out(struct cmp *c, struct fnd_details *to, const char *until, char *const *phases,
		 size_t n)
{
	if (pol_is_over(until, c->run->started_ns))
		details_text(c, to, FND_KEY_RULE_UNTIL, until);
	else
		for (size_t i = 0; i < n; i++)
			details_text(c, to, FND_KEY_RULE_PHASE, phases[i]);
}
