/* SPDX-License-Identifier: Apache-2.0 */
/*
 * differs.c - in what a rule and a flow agree, and in what they differ
 */
#include "policy/compare/differs.h"

#include <stdio.h>

#include "tcbox/app_words.h"

#define PORTS_NAMED 4		/* of one rule; the others are counted */

/* Facts while they are collected; the first failure ends it. */
struct collect {
	struct fnd_details *out;
	bool failed;
};

static void add(struct collect *c, enum fnd_key key, const char *text, uint64_t n)
{
	c->failed = c->failed || !fnd_details_add(c->out, key, text, n);
}

/* add_text() - nothing if it is not known */
static void add_text(struct collect *c, enum fnd_key key, const char *text)
{
	if (text)
		add(c, key, text, 0);
}

static void agreement(struct collect *c, const struct pol_conn *rule, const struct match_flow *f,
		      const struct match_parts *p)
{
	if (rule->nto && p->host)
		add_text(c, FND_KEY_AGREES, "host");
	if (rule->protocol && p->protocol)
		add_text(c, FND_KEY_AGREES, "protocol");
	if (rule->nports && p->port)
		add_text(c, FND_KEY_AGREES, "port");
	if (rule->process && p->process)
		add_text(c, FND_KEY_AGREES, "process");
	if (rule->application && p->application && tb_app_known(f->app))
		add_text(c, FND_KEY_AGREES, "application");
}

static void host(struct collect *c, const struct pol_conn *rule, const struct match_flow *f)
{
	char addr[EV_ADDR_STRLEN] = "", net[EV_ADDR_STRLEN + sizeof("/128")];
	struct ev_addr bare = f->remote ? *f->remote : (struct ev_addr){ 0 };
	const struct pol_dest *d = &rule->to[0];

	bare.port = 0;
	ev_addr_format(&bare, addr);
	if (f->nnames)
		add_text(c, FND_KEY_NAME, f->names[0]);
	else
		add_text(c, FND_KEY_REMOTE, addr);
	if (d->kind == POL_DEST_NET) {
		ev_addr_format(&d->net, addr);
		(void)snprintf(net, sizeof(net), "%s/%u", addr, d->prefix);
		add_text(c, FND_KEY_RULE_HOST, net);
	} else {
		add_text(c, FND_KEY_RULE_HOST, d->name);
	}
	if (rule->nto == 2)
		add(c, FND_KEY_RULE_OTHER, NULL, 1);
	else if (rule->nto > 2)
		add(c, FND_KEY_RULE_OTHERS, NULL, rule->nto - 1);
}

static void port(struct collect *c, const struct pol_conn *rule, const struct match_flow *f)
{
	char text[sizeof("65535-65535")];

	if (f->remote && f->remote->port)
		add(c, FND_KEY_PORT, NULL, f->remote->port);
	else
		add(c, FND_KEY_NO_PORT, NULL, 1);
	for (size_t i = 0; i < rule->nports && i < PORTS_NAMED; i++) {
		const struct pol_range *r = &rule->ports[i];

		if (r->lo == r->hi)
			(void)snprintf(text, sizeof(text), "%u", r->lo);
		else
			(void)snprintf(text, sizeof(text), "%u-%u", r->lo, r->hi);
		add_text(c, FND_KEY_RULE_PORT, text);
	}
	if (rule->nports > PORTS_NAMED)
		add(c, FND_KEY_RULE_MORE, NULL, rule->nports - PORTS_NAMED);
}

static void application(struct collect *c, const struct pol_conn *rule, const struct match_flow *f)
{
	if (tb_app_known(f->app))
		add_text(c, FND_KEY_APP, f->app);
	add_text(c, FND_KEY_RULE_APP, rule->application);
}

bool differs_details(const struct pol_conn *rule, const struct match_flow *f,
		     struct fnd_details *out)
{
	struct collect c = { .out = out };
	struct match_parts p;

	match_rule(rule, f, &p);
	agreement(&c, rule, f, &p);
	if (!p.host)
		host(&c, rule, f);
	if (!p.protocol) {
		add_text(&c, FND_KEY_PROTO, f->proto);
		add_text(&c, FND_KEY_RULE_PROTO, rule->protocol);
	}
	if (!p.port)
		port(&c, rule, f);
	if (!p.process) {
		add_text(&c, FND_KEY_EXE, f->exe);
		add_text(&c, FND_KEY_RULE_EXE, rule->process);
	}
	if (!p.application) {
		application(&c, rule, f);
	} else if (!p.tls) {
		add_text(&c, FND_KEY_TLS, f->tls_version);
		add_text(&c, FND_KEY_RULE_TLS, rule->tls_min);
	}
	return !c.failed;
}
