/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reconcile.c - two witnesses: calls and packets are observed independently and must tell the same
 */
#include "policy/compare/details.h"
#include "policy/compare/flow_act.h"

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
	struct fnd_details *seen;

	if (call->program)
		act.exe = call->program->path;
	(void)snprintf(many, sizeof(many), "many ports of %s (%.32s)",
		       evd_addr_text(&call->remote, addr), call->proto);
	ev_addr_format(&call->remote, addr);
	(void)snprintf(what, sizeof(what), "%s (%.32s)", addr, call->proto);
	seen = cmp_note(c, &act);
	details_text(c, seen, FND_KEY_CALL, call->name);
	details_text(c, seen, FND_KEY_PROTO, call->proto);
	details_text(c, seen, FND_KEY_REMOTE, addr);
}

/*
 * is_told() - a conversation that is undeclared is one surprise: that nobody is known to have had
 * it is said there
 */
static bool is_told(struct cmp *c, const struct evd_flow *flow)
{
	struct flow_words words;
	struct fnd_act act = flow_act(flow, FND_NET_UNDECLARED, FND_WARNING, &words);

	if (!c->policy || !cmp_level(c, FND_CONNECTIONS, &act.severity))
		return false;
	return act.severity >= FND_WARNING && fnd_evidence(c->verdict.findings, &act);
}

static void unowned(struct cmp *c, const struct evd_flow *flow)
{
	struct flow_words words;
	struct fnd_act act = flow_act(flow, FND_FLOW_UNOWNED, FND_WARNING, &words);
	struct fnd_details *seen;

	if (is_told(c, flow))
		return;
	seen = cmp_note(c, &act);
	details_text(c, seen, FND_KEY_PROTO, flow->proto);
	details_addr(c, seen, FND_KEY_LOCAL, &flow->local);
	details_number(c, seen, FND_KEY_PACKETS, flow->pkts);
}

/*
 * mismatch() - an accusation, unless the call that would explain the flow may just be missing from
 * a record that was cut off
 */
static void mismatch(struct cmp *c, const struct evd_flow *flow)
{
	bool whole = c->stats && c->stats->final[EV_SRC_BOX];
	const struct evd_call *call = flow->call;
	struct flow_words words;
	struct fnd_act act = flow_act(flow, FND_CALL_PACKET_MISMATCH, FND_WARNING, &words);
	struct fnd_details *seen;

	if (whole)
		act.severity = FND_VIOLATION;
	act.lines[1] = call->line;
	seen = cmp_note(c, &act);
	details_text(c, seen, FND_KEY_CALL, call->name);
	details_addr(c, seen, FND_KEY_REMOTE, &flow->remote);
	if (call->remote.family)
		details_addr(c, seen, FND_KEY_NAMED, &call->remote);
	details_is(c, seen, FND_KEY_UNNAMED, !call->remote.family);
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
