/* SPDX-License-Identifier: Apache-2.0 */
/*
 * share.c - calls that own no flow: those that no packet followed, and those that share another's
 * flow
 *
 * A connect on a datagram socket sends nothing: getaddrinfo(3) connects one to each address that it
 * sorts (RFC 6724). So only connects of connection protocols, and sends to an address, must be
 * followed by packets. Traffic to loopback and to the box's own addresses stays inside the box,
 * where nothing is captured.
 *
 * One conversation on the wire may be of several programs: one socket after the other has the same
 * port and destination, or two have them at once. The flow is joined to one call; another one that
 * names the same ends, and after which there were packets, shares it. So does a program that has
 * the socket itself in hand. Which bytes are whose cannot be told.
 */
#include "evidence/state.h"

#include <stdlib.h>
#include <string.h>

struct sharing {
	struct evd *e;
	struct evd_flow **by_ends, **by_cookie;
	size_t n;		/* of flows */
	struct tb_map *known;	/* (program, flow) that have part */
};

static int by_tuple(const void *pa, const void *pb)
{
	const struct evd_flow *a = *(struct evd_flow *const *)pa,
			      *b = *(struct evd_flow *const *)pb;
	int ret = a->proto == b->proto ? 0 : strcmp(a->proto, b->proto);

	if (!ret)
		ret = a->remote.family - b->remote.family;
	if (!ret)
		ret = memcmp(a->remote.ip, b->remote.ip, sizeof(a->remote.ip));
	if (!ret)
		ret = (int)a->remote.port - b->remote.port;
	return ret ? ret : (int)a->local.port - b->local.port;
}

/* by_tuple_and_end() - of flows between the same ends the last one comes first */
static int by_tuple_and_end(const void *pa, const void *pb)
{
	const struct evd_flow *a = *(struct evd_flow *const *)pa,
			      *b = *(struct evd_flow *const *)pb;
	int ret = by_tuple(pa, pb);

	return ret ? ret : (b->last > a->last) - (b->last < a->last);
}

/*
 * flow_of() - the last flow to the destination that the call names, from its port if that is known;
 * NULL: there is none
 */
static const struct evd_flow *flow_of(struct evd_flow *const *sorted, size_t n,
				      const struct evd_call *call)
{
	struct evd_flow probe = { .proto = call->proto,
				  .local = call->local,
				  .remote = call->remote };
	struct evd_flow *key = &probe;
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (by_tuple(&sorted[mid], &key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == n)
		return NULL;
	if (!probe.local.port)
		probe.local.port = sorted[lo]->local.port;
	return by_tuple(&sorted[lo], &key) ? NULL : sorted[lo];
}

static bool is_stream(const char *proto)
{
	return !strcmp(proto, "tcp") || !strcmp(proto, "sctp") || !strcmp(proto, "dccp");
}

static bool must_send(const struct evd_call *call)
{
	if (call->canary || call->used || !strcmp(call->proto, "raw"))
		return false;
	if (call->op != EVD_SEND && !(call->op == EVD_CONNECT && is_stream(call->proto)))
		return false;
	return !evd_is_unspecified(&call->remote) && !call->stays;
}

static bool may_share(const struct evd_call *call)
{
	if (call->canary || call->used)
		return false;
	if (call->op == EVD_KEEP)
		return true;
	return call->local.port && (call->op == EVD_SEND || call->op == EVD_CONNECT);
}

/* is_others() - is it a flow of another program, with packets after the call? */
static bool is_others(const struct evd_flow *f, const struct evd_call *call)
{
	if (f->canary || f->inbound || f->last < call->since)
		return false;
	return !f->call || f->call->program != call->program;
}

/* add_share() - each program has part in a flow once */
static void add_share(struct sharing *s, const struct evd_call *call, const struct evd_flow *f)
{
	const void *key[2] = { call->program, f };
	struct evd *e = s->e;
	struct evd_share *v;

	if (!is_others(f, call) || tb_map_get(s->known, key, sizeof(key)))
		return;
	if (e->facts.nshares >= e->limits.shares) {
		e->facts.dropped++;
		return;
	}
	v = evd_grow(e, e->shares, e->facts.nshares, sizeof(*v));
	if (!v || tb_map_put(s->known, key, sizeof(key), v)) {
		e->failed = true;
		e->shares = v ? v : e->shares;
		return;
	}
	e->shares = v;
	v[e->facts.nshares++] = (struct evd_share){ call, f };
}

static uint64_t cookie_of(const struct evd_flow *f)
{
	return f->call ? f->call->cookie : 0;
}

static int by_cookie(const void *pa, const void *pb)
{
	const struct evd_flow *a = *(struct evd_flow *const *)pa,
			      *b = *(struct evd_flow *const *)pb;

	if (cookie_of(a) != cookie_of(b))
		return cookie_of(a) < cookie_of(b) ? -1 : 1;
	return a->first < b->first ? -1 : a->first > b->first;
}

/* share_socket() - who has a socket in hand has part in all that is sent with it, before it is
 * connected and after */
static void share_socket(struct sharing *s, const struct evd_call *call)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (cookie_of(s->by_cookie[mid]) < call->cookie)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; call->cookie && lo < s->n && cookie_of(s->by_cookie[lo]) == call->cookie; lo++)
		add_share(s, call, s->by_cookie[lo]);
}

/* sorted() - Return: the flows in some order; NULL without memory */
static struct evd_flow **sorted(struct evd *e, int (*by)(const void *, const void *))
{
	size_t n = e->facts.nflows;
	struct evd_flow **v = malloc((n + 1) * sizeof(struct evd_flow *));

	if (!v)
		return NULL;
	for (size_t i = 0; i < n; i++)
		v[i] = e->flows[i];
	qsort(v, n, sizeof(struct evd_flow *), by);
	return v;
}

static void share(struct sharing *s, struct evd_call *call)
{
	bool must = must_send(call), may = may_share(call);
	const struct evd_flow *f = NULL;

	if (must || (may && call->local.port))
		f = flow_of(s->by_ends, s->n, call);
	call->silent = must && !f;
	if (may && f)
		add_share(s, call, f);
	if (may && call->op == EVD_KEEP)
		share_socket(s, call);
}

void evd_share(struct evd *e)
{
	struct sharing s = { .e = e, .n = e->facts.nflows };

	s.by_ends = sorted(e, by_tuple_and_end);
	s.by_cookie = sorted(e, by_cookie);
	s.known = tb_map_new(e->limits.shares + 1);
	if (!s.by_ends || !s.by_cookie || !s.known)
		e->failed = true;
	for (size_t i = 0; i < e->facts.ncalls && !e->failed; i++)
		share(&s, &e->calls[i]);
	free(s.by_ends);
	free(s.by_cookie);
	tb_map_free(s.known);
}

void evd_passes(struct evd *e)
{
	for (size_t i = 0; i < e->facts.nprocs; i++) {
		int64_t t = e->procs[i]->passes;
		struct evd_proc *p = e->procs[i];

		/* who has an earlier time has told its ancestors; so a circle of an edited record
		 * ends, too */
		while (t != INT64_MAX && (p = evd_known(e, p->parent)) && p->passes > t)
			p->passes = t;
	}
}
