/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listeners.c - which ports waited for others, as calls opened them and as the kernel had them open
 */
#include "facts/make.h"

#include <stdlib.h>
#include <string.h>

struct listeners {
	struct make *m;
	struct fact_listener *v;
	size_t n;
};

static bool same(const struct fact_listener *a, const struct fact_listener *b)
{
	return a->proto == b->proto && a->owner.program == b->owner.program &&
	       a->unexplained == b->unexplained && ev_addr_eq(&a->local, &b->local);
}

static void add(struct listeners *s, struct fact_listener *l)
{
	struct fact_listener *v;

	if (evd_is_dynamic(l->local.port)) {
		l->dynamic = l->local.port;
		l->local.port = 0;
	}
	for (size_t i = 0; i < s->n; i++) {
		if (!same(&s->v[i], l))
			continue;
		s->v[i].count++;
		s->v[i].last = l->first;
		if (s->v[i].dynamic != l->dynamic)
			s->v[i].dynamic = 0;
		return;
	}
	if (s->n >= FACTS_LISTENERS_MAX) {
		s->m->facts->more_listeners++;
		return;
	}
	v = make_more(s->m, s->v, s->n, sizeof(*v));
	if (!v)
		return;
	s->v = v;
	l->count = 1;
	l->last = l->first;
	s->v[s->n++] = *l;
}

static int by_weight(const void *pa, const void *pb)
{
	const struct fact_listener *a = pa, *b = pb;
	int ret = (int)b->unexplained - (int)a->unexplained;

	if (!ret)
		ret = (int)evd_is_loopback(&a->local) - (int)evd_is_loopback(&b->local);
	if (!ret)
		ret = (int)a->local.port - (int)b->local.port;
	if (ret)
		return ret;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return memcmp(a->local.ip, b->local.ip, sizeof(a->local.ip));
}

/* is_told() - by the call that opened it; the control's are nobody's */
static bool is_told(const struct evd_port *port)
{
	const struct evd_call *call = port->call;

	if (!call)
		return !strcmp(port->proto, "udp") && evd_is_dynamic(port->local.port);
	if (call->canary || call->client)
		return true;
	if (evd_listens(call) && call->local.port == port->local.port)
		return evd_is_unspecified(&call->local) ||
		       ev_addr_eq(&call->local, &port->local);
	return !strcmp(port->proto, "udp") && evd_is_dynamic(port->local.port);
}

void make_listeners(struct make *m)
{
	struct listeners s = { .m = m };
	const struct evd_facts *ev = m->ev;
	uint64_t more;

	for (size_t i = 0; i < ev->ncalls; i++) {
		const struct evd_call *call = &ev->calls[i];
		struct fact_listener l = { .proto = call->proto, .local = call->local,
					   .first = call->t };

		if (!evd_listens(call))
			continue;
		l.owner = make_owner(m, call->program, call->proc);
		add(&s, &l);
	}
	for (size_t i = 0; i < ev->nports; i++) {
		const struct evd_port *port = &ev->ports[i];
		struct fact_listener l = { .proto = port->proto, .local = port->local,
					   .first = port->t, .unexplained = !port->call };

		if (is_told(port))
			continue;
		if (port->call)
			l.owner = make_owner(m, port->call->program, port->call->proc);
		add(&s, &l);
	}
	m->facts->nlisteners = s.n;
	m->facts->listeners = make_list(m, s.v, &m->facts->nlisteners, sizeof(*s.v), by_weight,
					&more);
	m->facts->more_listeners += more;
}
