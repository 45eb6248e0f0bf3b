/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listens.c - ports where the product waits to be called
 */
#include "policy/learn/state.h"

#include <stdio.h>
#include <string.h>

#include "policy/match.h"
#include "tcbox/own.h"

#define DYNAMIC "dynamic"

/* is_declared() - by the policy that is amended, as the comparison sees it */
static bool is_declared(const struct learn *l, const struct lrn_port *p)
{
	const struct pol *pol = l->options.base;
	struct match_listener seen = {
		.proto = p->proto, .port = p->local->port, .loopback = evd_is_loopback(p->local),
		.exe = p->program ? p->program->path : NULL,
	};
	struct match_listen_parts parts;

	for (size_t i = 0; p->program && i < MATCH_ALIASES; i++)
		seen.aliases[i] = p->program->aliases[i];
	for (size_t i = 0; pol && i < pol->nlistens; i++)
		if (!pol_is_over(pol->listens[i].until, lrn_run(l)->run->started_ns) &&
		    match_listen(&pol->listens[i], &seen, &parts))
			return true;
	return pol && pol->on_listen == POL_IGNORE;
}

void lrn_listen_note(struct learn *l, const struct lrn_port *p)
{
	bool dynamic = evd_is_dynamic(p->local->port), loopback = evd_is_loopback(p->local), fresh;
	struct lrn_act act = { .section = LRN_LISTENS, .count = 1, .first = p->t, .last = p->t };
	struct lrn_item *it;
	char port[8];

	if (is_declared(l, p))
		return;
	(void)snprintf(port, sizeof(port), "%u", p->local->port);
	act.key[0] = lrn_program(l, p->program);
	act.key[1] = p->proto;
	act.key[2] = dynamic ? DYNAMIC : port;
	act.key[3] = loopback ? "loopback" : NULL;
	act.key[4] = p->unexplained ? "unexplained" : NULL;
	it = lrn_note(l, &act, &fresh);
	if (!it || !fresh)
		return;
	it->program = act.key[0];
	it->proto = lrn_keep(l, p->proto);
	it->what = dynamic ? DYNAMIC : NULL;
	it->loopback = loopback;
	it->ports[0] = p->local->port;
	it->nports = 1;
	if (p->unexplained)
		it->doubts |= LRN_UNEXPLAINED;
	if (!p->program)
		it->doubts |= LRN_UNOWNED;
}

void lrn_listens(struct learn *l)
{
	const struct evd_facts *ev = lrn_run(l)->evidence;

	for (size_t i = 0; i < ev->ncalls && !l->failed; i++) {
		const struct evd_call *c = &ev->calls[i];

		if (c->canary || !evd_listens(c))
			continue;
		lrn_listen_note(l, &(struct lrn_port){ .program = c->program, .proto = c->proto,
						       .local = &c->local, .t = c->t });
	}
	for (size_t i = 0; i < ev->nports && !l->failed; i++) {
		const struct evd_port *p = &ev->ports[i];

		if (evd_port_told(p) || (p->call && p->call->canary))
			continue;
		lrn_listen_note(l, &(struct lrn_port){
			.program = p->call ? p->call->program : NULL, .proto = p->proto,
			.local = &p->local, .t = p->t, .unexplained = !p->call,
		});
	}
}
