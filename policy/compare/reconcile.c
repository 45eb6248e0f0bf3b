/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reconcile.c - two witnesses: calls and packets are observed independently and must tell the same
 *
 * A connect on a datagram socket sends nothing: getaddrinfo(3) connects one to each address that it sorts (RFC 6724). So only
 * connects of connection protocols, and sends to an address, must be followed by packets. Traffic to loopback and to the box's
 * own addresses stays inside the box, where nothing is captured.
 *
 * One conversation on the wire may be of several programs: one socket after the other has the same port and destination, or two
 * have them at once. The flow is joined to one call; another one that names the same ends, and after which there were packets,
 * shares it. Which bytes are whose cannot be told, so the flow is compared with what each of the programs may do (flows.c).
 */
#include "policy/compare/cmp_state.h"

#include <stdlib.h>
#include <string.h>

static int by_tuple(const void *pa, const void *pb)
{
	const struct cmp_flow *a = *(struct cmp_flow *const *)pa, *b = *(struct cmp_flow *const *)pb;
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
	const struct cmp_flow *a = *(struct cmp_flow *const *)pa, *b = *(struct cmp_flow *const *)pb;
	int ret = by_tuple(pa, pb);

	return ret ? ret : (b->last > a->last) - (b->last < a->last);
}

/* flow_of() - the last flow to the destination that the call names, from its port if that is known; NULL: there is none */
static struct cmp_flow *flow_of(struct cmp_flow *const *sorted, size_t n, const struct cmp_call *call)
{
	struct cmp_flow probe = { .proto = call->proto, .local = call->local, .remote = call->remote }, *key = &probe;
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

static bool must_send(const struct cmp_call *call)
{
	bool stream = !strcmp(call->proto, "tcp") || !strcmp(call->proto, "sctp") || !strcmp(call->proto, "dccp");

	if (call->canary || call->used || call->refused || !strcmp(call->proto, "raw"))
		return false;
	if (call->op != OP_SEND && !(call->op == OP_CONNECT && stream))
		return false;
	return !evd_is_unspecified(&call->remote) && !evd_is_loopback(&call->remote) && !evd_is_own(&call->remote);
}

static bool may_share(const struct cmp_call *call)
{
	return !call->canary && !call->used && !call->refused && call->local.port && (call->op == OP_SEND || call->op == OP_CONNECT);
}

/* is_others() - is it a flow of another program, with packets after the call? */
static bool is_others(const struct cmp *c, const struct cmp_flow *f, const struct cmp_call *call)
{
	return !f->canary && !f->inbound && f->last >= call->t && (f->call == CMP_NONE || c->calls[f->call].exe != call->exe);
}

static void without_packets(struct cmp *c, const struct cmp_call *call)
{
	char addr[EV_ADDR_STRLEN], what[EV_ADDR_STRLEN + 32], many[EV_ADDR_STRLEN + 32];
	struct fnd_act act = { .code = CODE_CALL_WITHOUT_PACKETS, .severity = FND_WARNING, .basis = FND_SEEN, .proc = call->proc,
			       .exe = call->exe, .what = what, .many = many, .first = call->t, .last = call->t, .count = 1,
			       .lines = { call->line } };
	struct fnd *f;
	bool fresh;

	ev_addr_format(&call->remote, addr);
	(void)snprintf(what, sizeof(what), "%s (%s)", addr, call->proto);
	(void)snprintf(many, sizeof(many), "many ports of %s (%s)", evd_addr_text(&call->remote, addr), call->proto);
	ev_addr_format(&call->remote, addr);
	f = fnd_note(c->findings, &act, &fresh);
	if (fresh)
		cmp_text(c, &f->observed, "%s %s %s; it may have failed in the kernel, or what it sent was not captured",
			 call->name ? call->name : "call", call->proto, addr);
}

static void compare_calls(struct cmp *c)
{
	struct cmp_flow **sorted = malloc((c->nflows + 1) * sizeof(struct cmp_flow *));

	if (!sorted) {
		c->failed = true;
		return;
	}
	for (size_t i = 0; i < c->nflows; i++)
		sorted[i] = c->flows[i];
	qsort(sorted, c->nflows, sizeof(struct cmp_flow *), by_tuple_and_end);
	for (size_t i = 0; i < c->ncalls; i++) {
		struct cmp_call *call = &c->calls[i];
		bool must = must_send(call), may = may_share(call);
		struct cmp_flow *f = must || may ? flow_of(sorted, c->nflows, call) : NULL;

		if (must && !f)
			without_packets(c, call);
		if (may && f && is_others(c, f, call))
			call->shares = f;
	}
	free(sorted);
}

static void unowned(struct cmp *c, const struct cmp_flow *flow)
{
	char from[EV_ADDR_STRLEN];
	struct cmp_words words;
	struct fnd_act act = cmp_flow_act(c, flow, CODE_FLOW_UNOWNED, FND_WARNING, &words);
	struct fnd *f;
	bool fresh;

	f = fnd_note(c->findings, &act, &fresh);
	if (!fresh)
		return;
	ev_addr_format(&flow->local, from);
	cmp_text(c, &f->observed, "%s from %s, packets: %llu", flow->proto, from, (unsigned long long)flow->pkts);
}

/* mismatch() - an accusation, unless the call that would explain the flow may just be missing from a record that was cut off */
static void mismatch(struct cmp *c, const struct cmp_flow *flow)
{
	enum fnd_severity severity = c->calls_whole ? FND_VIOLATION : FND_WARNING;
	const struct cmp_call *call = &c->calls[flow->call];
	char said[EV_ADDR_STRLEN], went[EV_ADDR_STRLEN];
	struct cmp_words words;
	struct fnd_act act = cmp_flow_act(c, flow, CODE_CALL_PACKET_MISMATCH, severity, &words);
	struct fnd *f;
	bool fresh;

	act.lines[1] = call->line;
	f = fnd_note(c->findings, &act, &fresh);
	if (!fresh)
		return;
	ev_addr_format(&call->remote, said);
	ev_addr_format(&flow->remote, went);
	if (call->remote.family)
		cmp_text(c, &f->observed, "%s named %s, the packets went to %s", call->name ? call->name : "the call",
			 said, went);
	else
		cmp_text(c, &f->observed,
			 "packets to %s, from a port that the process bound; no call named that destination", went);
}

void cmp_reconcile(struct cmp *c)
{
	for (size_t i = 0; i < c->nflows; i++) {
		const struct cmp_flow *f = c->flows[i];

		if (f->canary)
			continue;
		if (f->call == CMP_NONE)
			unowned(c, f);
		else if (f->mismatch)
			mismatch(c, f);
	}
	compare_calls(c);
}
