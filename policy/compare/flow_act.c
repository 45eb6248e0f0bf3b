/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_act.c - flows as findings tell them
 */
#include "policy/compare/flow_act.h"

#include <stdio.h>
#include <string.h>

#include "policy/compare/details.h"
#include "tcbox/word.h"

bool flow_act_is_link(const struct evd_flow *f)
{
	if (!f->call || !f->link || f->inbound)
		return false;
	if (evd_is_membership(f) || !strcmp(f->proto, "arp"))
		return true;
	return !strcmp(f->proto, "icmpv6") && strcmp(f->call->proto, "icmpv6") != 0 &&
	       strcmp(f->call->proto, "raw") != 0;
}

/*
 * words_of() - "updates.acme.example port 443 (tcp)", and "many ports of updates.acme.example
 * (tcp)"
 */
static void words_of(const struct evd_flow *f, struct flow_words *words)
{
	const struct ev_addr *end = f->inbound ? &f->local : &f->remote;
	const char *inbound = f->inbound ? ", inbound" : "";
	char addr[EV_ADDR_STRLEN];
	const char *name = f->inbound ? NULL : evd_host(f);

	if (!name)
		name = evd_addr_text(end, addr);
	if (evd_is_membership(f)) {
		bool group = f->remote.family == AF_INET ? f->remote.ip[0] >> 4 == 14 :
							   f->remote.ip[0] == 0xff;

		(void)snprintf(words->what, FLOW_WHAT_LEN, "%.300s (multicast %s)", name,
			       group ? "group" : "source");
		memcpy(words->many, words->what, FLOW_WHAT_LEN);
		return;
	}
	/* of an echo it is the identifier */
	if (end->port && strncmp(f->proto, "icmp", 4) != 0)
		(void)snprintf(words->what, FLOW_WHAT_LEN, "%.300s port %u (%s%s)", name, end->port,
			       f->proto, inbound);
	else
		(void)snprintf(words->what, FLOW_WHAT_LEN, "%.300s (%s%s)", name, f->proto,
			       inbound);
	(void)snprintf(words->many, FLOW_WHAT_LEN, "many ports of %.300s (%s%s)", name, f->proto,
		       inbound);
}

/* came_to_nothing() - nobody was there. What is sent by UDP may have arrived all the same */
static bool came_to_nothing(const struct evd_flow *f)
{
	if (tb_is_word(f->state, "refused"))
		return !f->bytes_in;
	return tb_is_word(f->state, "timeout") && !f->bytes_in && !f->bytes_out;
}

struct fnd_act flow_act(const struct evd_flow *f, enum fnd_code code,
			    enum fnd_severity severity, struct flow_words *words)
{
	const struct evd_call *call = f->call;
	struct fnd_act act = {
		.code = code, .severity = severity, .basis = FND_SEEN, .what = words->what,
		.many = words->many, .first = f->first, .last = f->last, .count = 1,
		.bytes_out = f->bytes_out, .bytes_in = f->bytes_in, .failed = came_to_nothing(f),
		.packets = { f->pkt_first, f->pkt_last }, .lines = { f->line },
	};

	words_of(f, words);
	if (f->inferred)
		act.basis = FND_INFERRED;
	if (!call)
		return act;
	act.proc = call->proc;
	act.acted = call->t;
	act.lines[1] = call->line;
	if (call->program)
		act.exe = call->program->path;
	return act;
}

/* add_heard() - the names that only the lab heard */
static void add_heard(struct cmp *c, const struct evd_flow *f, struct fnd_details *to)
{
	size_t n = 0;

	for (size_t i = 0; i < f->nsaid && n < FND_VALUES; i++) {
		if (f->said[i].heard & 1u << EV_SRC_NET)
			continue;
		details_text(c, to, FND_KEY_HEARD, f->said[i].name);
		n++;
	}
}

void flow_act_details(struct cmp *c, const struct evd_flow *f, struct fnd_details *to)
{
	bool refused = tb_is_word(f->state, "refused"), timeout = tb_is_word(f->state, "timeout");
	bool app = f->app && strcmp(f->app, "unknown") != 0;

	details_text(c, to, FND_KEY_PROTO, f->proto);
	details_addr(c, to, FND_KEY_REMOTE, &f->remote);
	for (size_t i = 0; f->names && i < f->names->n && i < FND_VALUES; i++)
		details_text(c, to, FND_KEY_NAME, f->names->v[i]);
	details_is(c, to, FND_KEY_NO_LOOKUP, !f->names && !f->inbound);
	if (f->inbound)
		details_addr(c, to, FND_KEY_LOCAL, &f->local);
	if (app)
		details_text(c, to, FND_KEY_APP, f->app_detail ? f->app_detail : f->app);
	details_text(c, to, FND_KEY_TLS, f->tls_version);
	details_text(c, to, FND_KEY_SNI, f->sni);
	details_is(c, to, FND_KEY_ECH, f->ech);
	details_text(c, to, FND_KEY_HOST, f->http_host);
	add_heard(c, f, to);
	details_is(c, to, FND_KEY_REFUSED, refused);
	details_is(c, to, FND_KEY_NO_ANSWER, timeout);
	/* that nobody answered does not say that it did not pass */
	details_is(c, to, FND_KEY_GATE, c->run->enforce && refused);
}
