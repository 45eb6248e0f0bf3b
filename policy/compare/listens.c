/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listens.c - listeners against the listen rules: as calls made them, and as the kernel had them
 * open
 */
#include "policy/compare/details.h"

#include <stdio.h>
#include <string.h>

#define WHAT_LEN 128

int cmp_listen_rule(const struct cmp *c, const struct cmp_listener *who, int *nearest)
{
	const struct pol *p = c->policy;
	struct match_listener seen = {
		.proto = who->proto, .port = who->local->port,
		.loopback = evd_is_loopback(who->local),
	};
	struct match_listen_parts parts;
	int best = -1;

	seen.exe = cmp_program(who->program, seen.aliases);
	*nearest = -1;
	for (size_t i = 0; i < p->nlistens; i++) {
		const struct pol_listen *l = &p->listens[i];

		if (match_listen(l, &seen, &parts)) {
			if (best < 0 || l->rank < p->listens[best].rank)
				best = (int)i;
		} else if (parts.process && parts.protocol && parts.port) {
			*nearest = (int)i;
		}
	}
	return best;
}

/*
 * listen_what() - what a listener is called in findings; ports that the kernel chose are one, or
 * each run would differ
 */
static void listen_what(const struct evd_call *call, char what[WHAT_LEN], char many[WHAT_LEN])
{
	char addr[EV_ADDR_STRLEN], port[32] = "a dynamic port";
	const char *on = evd_addr_text(&call->local, addr);

	if (evd_is_unspecified(&call->local))
		on = "every address";
	if (!evd_is_dynamic(call->local.port))
		(void)snprintf(port, sizeof(port), "port %u", call->local.port);
	(void)snprintf(what, WHAT_LEN, "%.32s %s of %s", call->proto, port, on);
	(void)snprintf(many, WHAT_LEN, "many %.32s ports of %s", call->proto, on);
}

/* ended() - a rule would have declared it, and is not in force. Return: NULL: none */
static const struct pol_listen *ended(const struct cmp *c, const struct evd_call *call)
{
	struct match_listener seen = {
		.proto = call->proto, .port = call->local.port,
		.loopback = evd_is_loopback(&call->local),
	};
	struct match_listen_parts parts;

	seen.exe = cmp_program(call->program, seen.aliases);
	for (size_t i = 0; i < c->policy->nended_listens; i++)
		if (match_listen(&c->policy->ended_listens[i], &seen, &parts))
			return &c->policy->ended_listens[i];
	return NULL;
}

static void undeclared(struct cmp *c, const struct evd_call *call, int nearest)
{
	const struct pol_listen *over = ended(c, call);
	char what[WHAT_LEN], many[WHAT_LEN];
	struct fnd_act act = {
		.code = FND_LISTEN_UNDECLARED,
		.basis = FND_SEEN,
		.proc = call->proc,
		.what = what,
		.many = many,
		.first = call->t,
		.last = call->t,
		.count = 1,
		.lines = { call->line },
	};
	struct fnd_seen *seen;
	struct fnd *f;
	bool fresh;

	if (!cmp_level(c, FND_LISTENS, &act.severity))
		return;
	if (call->program)
		act.exe = call->program->path;
	listen_what(call, what, many);
	f = fnd_note(c->verdict.findings, &act, &fresh);
	if (!fresh)
		return;
	seen = &f->seen[0];
	details_text(c, &seen->details, FND_KEY_CALL, call->name);
	details_text(c, &seen->details, FND_KEY_PROTO, call->proto);
	details_addr(c, &seen->details, FND_KEY_LOCAL, &call->local);
	if (over) {
		f->nearest = cmp_copy(c, over->id);
		details_out(c, &seen->differs, over->until, over->phases, over->nphases);
		return;
	}
	if (nearest < 0)
		return;
	f->nearest = cmp_copy(c, c->policy->listens[nearest].id);
	details_text(c, &seen->differs, FND_KEY_AGREES, "port");
	details_is(c, &seen->differs, FND_KEY_BEYOND, true);
}

/* compare_listener() - a call that was recorded, or what stands in for the one that was not */
static void compare_listener(struct cmp *c, const struct evd_call *call)
{
	const struct cmp_listener who = { call->program, call->proto, &call->local };
	int rule, nearest;

	if (!evd_listens(call))
		return;
	rule = cmp_listen_rule(c, &who, &nearest);
	if (rule >= 0)
		cmp_seen_add(&c->tally.listens[rule],
			     &(struct cmp_seen){ .count = 1, .first = call->t, .last = call->t,
						 .proved = true });
	else
		undeclared(c, call, nearest);
}

/* compare_port() - the kernel had it open: by no recorded call, or by one that asked for another */
static void compare_port(struct cmp *c, const struct evd_port *port)
{
	struct evd_call shown = {
		.t = port->t, .line = port->line, .proto = port->proto, .local = port->local,
		.op = strcmp(port->proto, "udp") ? EVD_LISTEN : EVD_BIND,
		.name = "no recorded call opened",
	};

	if (evd_port_told(port))
		return;
	if (port->call) {
		shown.proc = port->call->proc;
		shown.program = port->call->program;
		shown.canary = port->call->canary;
	}
	compare_listener(c, &shown);
}

void cmp_listens(struct cmp *c)
{
	if (!c->policy)
		return;
	for (size_t i = 0; i < c->ev->ncalls && !c->verdict.failed; i++)
		compare_listener(c, &c->ev->calls[i]);
	for (size_t i = 0; i < c->ev->nports && !c->verdict.failed; i++)
		compare_port(c, &c->ev->ports[i]);
}
