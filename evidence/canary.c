/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canary.c - tcbox's own control among the flows and lookups, and which witnesses saw it
 *
 * The control is made twice: before the product's first instruction and when its last process is
 * dead. Between the two everything is the product's.
 */
#include "evidence/state.h"

void evd_canary_call(struct evd *e, int64_t t)
{
	if (t < e->canary_first)
		e->canary_first = t;
	if (t > e->canary_last)
		e->canary_last = t;
}

/* at_end() - is this of the control at the end, if it is of a control? */
static bool at_end(const struct evd_facts *facts, int64_t t)
{
	return facts->last_canary.planned && t >= facts->last_canary.t;
}

/*
 * is_control_lookup() - the canary's own lookup. The product may ask for that name, too: then the
 * owner is another, or the time
 */
static bool is_control_lookup(const struct evd_facts *facts, const struct evd_lookup *l)
{
	const char *name = facts->canary.name;

	if (name && l->name == name && at_end(facts, l->t))
		return true;
	if (l->flow && l->flow->canary)
		return l->t < facts->product_t;	/* later it is the product, from the same port */
	return name && l->name == name && (!l->flow || !l->flow->call);
}

static bool is_control_flow(const struct evd *e, const struct evd_flow *f)
{
	const struct ev_addr *addr = &e->facts.canary.addr;

	if (f->inbound || evd_is_resolver(e, &f->remote))
		return false;
	return f->canary || (!f->call && addr->family && ev_addr_eq(&f->remote, addr));
}

static void count_lookup(struct evd_facts *facts, const struct evd_lookup *l, bool asked[2])
{
	bool last = at_end(facts, l->t);
	struct evd_canary *c = last ? &facts->last_canary : &facts->canary;

	if (!l->control)
		return;
	c->lab |= l->src == EV_SRC_LAB;
	asked[last] |= l->src == EV_SRC_NET;
}

void evd_canary(struct evd *e)
{
	struct evd_facts *facts = &e->facts;
	bool asked[2] = { false }, connected[2] = { false };

	for (size_t i = 0; i < facts->nlookups; i++) {
		struct evd_lookup *l = &e->lookups[i];

		if (l->flow_id)
			l->flow = evd_flow_known(e, l->flow_id);
		l->control = is_control_lookup(facts, l);
		count_lookup(facts, l, asked);
	}
	for (size_t i = 0; i < facts->nflows; i++)
		if (is_control_flow(e, e->flows[i]))
			connected[at_end(facts, e->flows[i]->first)] = true;
	facts->canary.calls = e->canary_first < INT64_MAX && !at_end(facts, e->canary_first);
	facts->last_canary.calls = e->canary_first < INT64_MAX && at_end(facts, e->canary_last);
	facts->canary.packets = connected[false] && asked[false];
	facts->last_canary.packets = connected[true] && asked[true];
}
