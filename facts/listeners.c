/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listeners.c - which ports waited for others, as calls opened them and as the kernel had them open
 */
#include "facts/make.h"

#include <stdlib.h>
#include <string.h>

#define DYNAMIC_LO 32768	/* net.ipv4.ip_local_port_range of Linux: ports that the kernel
				 * hands out */
#define DYNAMIC_HI 60999

struct listeners {
	struct make *m;
	struct fact_listener *v;
	size_t n;
};

static bool is_dynamic(uint16_t port)
{
	return port >= DYNAMIC_LO && port <= DYNAMIC_HI;
}

static bool is_listener(const struct evd_call *call)
{
	if (call->canary)
		return false;
	if (call->op == EVD_LISTEN)
		return true;
	/* a datagram socket that waits on a port of its choice */
	return call->op == EVD_BIND && !strcmp(call->proto, "udp") && call->local.port &&
	       !is_dynamic(call->local.port);
}

static bool same(const struct fact_listener *a, const struct fact_listener *b)
{
	return a->proto == b->proto && a->owner.program == b->owner.program &&
	       a->unexplained == b->unexplained && ev_addr_eq(&a->local, &b->local);
}

static void add(struct listeners *s, struct fact_listener *l)
{
	struct fact_listener *v;

	if (is_dynamic(l->local.port))
		l->local.port = 0;
	for (size_t i = 0; i < s->n; i++) {
		if (!same(&s->v[i], l))
			continue;
		s->v[i].count++;
		s->v[i].last = l->first;
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

void make_listeners(struct make *m)
{
	struct listeners s = { .m = m };
	const struct evd_facts *ev = m->ev;
	uint64_t more;

	for (size_t i = 0; i < ev->ncalls; i++) {
		const struct evd_call *call = &ev->calls[i];
		struct fact_listener l = { .proto = call->proto, .local = call->local,
					   .first = call->t };

		if (!is_listener(call))
			continue;
		l.owner = make_owner(m, call->program, call->proc);
		add(&s, &l);
	}
	for (size_t i = 0; i < ev->nports; i++) {
		const struct evd_port *port = &ev->ports[i];
		struct fact_listener l = { .proto = port->proto, .local = port->local,
					   .first = port->t, .unexplained = true };

		if (!port->call)
			add(&s, &l);
	}
	m->facts->nlisteners = s.n;
	m->facts->listeners = make_list(m, s.v, &m->facts->nlisteners, sizeof(*s.v), by_weight,
					&more);
	m->facts->more_listeners += more;
}
