/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reconcile.c - two witnesses: calls and packets are observed independently and must tell the same
 */
#include "policy/compare/cmp_state.h"

#include <stdio.h>

#define WHAT_LEN (EV_ADDR_STRLEN + 64)

/* without_packets() - a call that packets must follow, and none did */
static void without_packets(struct cmp *c, const struct evd_call *call)
{
	char addr[EV_ADDR_STRLEN], what[WHAT_LEN], many[WHAT_LEN];
	struct fnd_act act = {
		.code = FND_CALL_WITHOUT_PACKETS, .severity = FND_WARNING, .basis = FND_SEEN,
		.proc = call->proc, .what = what, .many = many, .first = call->t, .last = call->t,
		.count = 1, .lines = { call->line },
	};
	struct fnd *f;
	bool fresh;

	if (call->program)
		act.exe = call->program->path;
	(void)snprintf(many, sizeof(many), "many ports of %s (%.32s)",
		       evd_addr_text(&call->remote, addr), call->proto);
	ev_addr_format(&call->remote, addr);
	(void)snprintf(what, sizeof(what), "%s (%.32s)", addr, call->proto);
	f = fnd_note(c->verdict.findings, &act, &fresh);
	if (fresh)
		cmp_text(
			c, &f->observed,
			"%s %s %s; it may have failed in the kernel, or what it sent was not "
			"captured",
			call->name ? call->name : "call", call->proto, addr);
}

static void unowned(struct cmp *c, const struct evd_flow *flow)
{
	char from[EV_ADDR_STRLEN];
	struct cmp_words words;
	struct fnd_act act = cmp_flow_act(flow, FND_FLOW_UNOWNED, FND_WARNING, &words);
	struct fnd *f;
	bool fresh;

	f = fnd_note(c->verdict.findings, &act, &fresh);
	if (!fresh)
		return;
	ev_addr_format(&flow->local, from);
	cmp_text(c, &f->observed, "%s from %s, packets: %llu", flow->proto, from,
		 (unsigned long long)flow->pkts);
}

/*
 * mismatch() - an accusation, unless the call that would explain the flow may just be missing from
 * a record that was cut off
 */
static void mismatch(struct cmp *c, const struct evd_flow *flow)
{
	bool whole = c->stats && c->stats->final[EV_SRC_BOX];
	const struct evd_call *call = flow->call;
	char said[EV_ADDR_STRLEN], went[EV_ADDR_STRLEN];
	struct cmp_words words;
	struct fnd_act act = cmp_flow_act(flow, FND_CALL_PACKET_MISMATCH, FND_WARNING, &words);
	struct fnd *f;
	bool fresh;

	if (whole)
		act.severity = FND_VIOLATION;
	act.lines[1] = call->line;
	f = fnd_note(c->verdict.findings, &act, &fresh);
	if (!fresh)
		return;
	ev_addr_format(&call->remote, said);
	ev_addr_format(&flow->remote, went);
	if (call->remote.family)
		cmp_text(c, &f->observed, "%s named %s, the packets went to %s",
			 call->name ? call->name : "the call", said, went);
	else
		cmp_text(
			c, &f->observed,
			"packets to %s, from a port that the process bound; no call named that "
			"destination",
			went);
}

void cmp_reconcile(struct cmp *c)
{
	for (size_t i = 0; i < c->ev->nflows; i++) {
		const struct evd_flow *f = c->ev->flows[i];

		if (f->canary)
			continue;
		if (!f->call)
			unowned(c, f);
		else if (f->mismatch)
			mismatch(c, f);
	}
	for (size_t i = 0; i < c->ev->ncalls; i++)
		if (c->ev->calls[i].silent)
			without_packets(c, &c->ev->calls[i]);
}
