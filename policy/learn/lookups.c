/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookups.c - names that were looked up
 *
 * Who asked is not part of the language. Names that rules for connections have are left out when
 * they are written.
 */
#include "policy/learn/state.h"

#include <string.h>

#include "tcbox/own.h"

bool lrn_has_word(const char *name)
{
	return *name && *name != '@' && !strpbrk(name, "*?[/") && !strstr(name, "${");
}

static void note(struct learn *l, const struct evd_lookup *k)
{
	const struct lrn_act act = { .section = LRN_NAMES, .key = { k->name }, .count = 1,
				     .first = k->t, .last = k->t };
	const struct evd_call *call = k->flow ? k->flow->call : NULL;
	struct lrn_item *it;
	bool fresh;

	it = lrn_note(l, &act, &fresh);
	if (!it)
		return;
	if (fresh) {
		it->what = k->name;
		it->program = call ? lrn_program(l, call->program) : NULL;
		it->doubts = lrn_has_word(k->name) ? 0 : LRN_NO_WORD;
	}
	if (k->extra)
		it->doubts |= LRN_EXTRA;
	if (it->nrequests < LRN_ASKED && k->type) {
		for (size_t i = 0; i < it->nrequests; i++)
			if (!strcmp(it->requests[i], k->type))
				return;
		it->requests[it->nrequests++] = lrn_keep(l, k->type);
	}
}

/* is_known() - do the packets tell of the same name? Inside TLS they do not */
static bool is_known(const struct evd_facts *ev, const struct evd_lookup *k)
{
	for (size_t i = 0; i < ev->nlookups; i++)
		if (ev->lookups[i].src == EV_SRC_NET && ev->lookups[i].name == k->name)
			return true;
	return false;
}

void lrn_lookups(struct learn *l)
{
	const struct learn_run *r = lrn_run(l);

	for (size_t i = 0; i < r->evidence->nlookups && !l->failed; i++) {
		const struct evd_lookup *k = &r->evidence->lookups[i];

		if (k->control || !k->name || (!k->type && k->extra) ||
		    !lrn_wanted(l, fnd_stand_at(&r->result->lookups, i)))
			continue;
		if (k->src == EV_SRC_NET || (k->flow && !is_known(r->evidence, k)))
			note(l, k);
	}
}
