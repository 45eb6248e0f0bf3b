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
 * names the same ends, and after which there were packets, shares it. Which bytes are whose cannot
 * be told.
 */
#include "evidence/state.h"

#include <stdlib.h>
#include <string.h>

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
	if (call->canary || call->used || !call->local.port)
		return false;
	return call->op == EVD_SEND || call->op == EVD_CONNECT || call->op == EVD_KEEP;
}

/* is_others() - is it a flow of another program, with packets after the call? */
static bool is_others(const struct evd_flow *f, const struct evd_call *call)
{
	if (f->canary || f->inbound || f->last < call->t)
		return false;
	return !f->call || f->call->program != call->program;
}

void evd_share(struct evd *e)
{
	size_t n = e->facts.nflows;
	struct evd_flow **sorted = malloc((n + 1) * sizeof(struct evd_flow *));

	if (!sorted) {
		e->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = e->flows[i];
	qsort(sorted, n, sizeof(struct evd_flow *), by_tuple_and_end);
	for (size_t i = 0; i < e->facts.ncalls; i++) {
		struct evd_call *call = &e->calls[i];
		bool must = must_send(call), may = may_share(call);
		const struct evd_flow *f = must || may ? flow_of(sorted, n, call) : NULL;

		call->silent = must && !f;
		if (may && f && is_others(f, call))
			call->shares = f;
	}
	free(sorted);
}
