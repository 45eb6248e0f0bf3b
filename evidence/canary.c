/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canary.c - tcbox's own control among the flows and lookups, and which witnesses saw it
 */
#include "evidence/state.h"

/*
 * is_control_lookup() - the canary's own lookup. The product may ask for that name, too: then the
 * owner is another, or the time
 */
static bool is_control_lookup(const struct evd_facts *facts, const struct evd_lookup *l)
{
	if (l->flow && l->flow->canary)
		return l->t < facts->product_t;	/* later it is the product, from the same port */
	return facts->canary.name && l->name == facts->canary.name && (!l->flow || !l->flow->call);
}

static bool is_control_flow(const struct evd *e, const struct evd_flow *f)
{
	const struct ev_addr *addr = &e->facts.canary.addr;

	if (f->inbound || evd_is_resolver(e, &f->remote))
		return false;
	return f->canary || (!f->call && addr->family && ev_addr_eq(&f->remote, addr));
}

void evd_canary(struct evd *e)
{
	struct evd_facts *facts = &e->facts;
	bool connected = false, asked = false;

	for (size_t i = 0; i < facts->nlookups; i++) {
		struct evd_lookup *l = &e->lookups[i];

		l->flow = evd_flow_known(e, l->flow_id);
		l->control = is_control_lookup(facts, l);
		facts->canary.lab |= l->control && l->src == EV_SRC_LAB;
		asked |= l->control && l->src == EV_SRC_NET;
	}
	for (size_t i = 0; i < facts->nflows && !connected; i++)
		connected = is_control_flow(e, e->flows[i]);
	facts->canary.packets = connected && asked;
}
