/* SPDX-License-Identifier: Apache-2.0 */
/*
 * said.c - the names that were said in a conversation, against the rule that covers it
 *
 * Behind one address there may be servers of many names, and a proxy leads anywhere: who is talked
 * to is said in the conversation, by SNI, Host or as a proxy's target, in each request anew. So
 * every name counts, whichever witness heard it. One that a lookup gave for the address is declared
 * as that; for any other the rule itself must have it. A conversation that says one name more than
 * the rule declares breaks it.
 *
 * What could not be read may have said a name: that bounds the verdict.
 */
#include "policy/compare/details.h"
#include "policy/compare/flow_act.h"
#include "policy/compare/gap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How a name stands to the rule that covers its conversation. */
enum fate {
	SAID_MEANT,		/* the conversation is known by it, or says nothing new */
	SAID_DECLARED,		/* no lookup gave it for the address, but the rule has it, too */
	SAID_OTHERWISE,
};

/* is_same_end() - an address without its port */
static bool is_same_end(const struct ev_addr *a, const struct ev_addr *b)
{
	struct ev_addr x = ev_addr_plain(a), y = ev_addr_plain(b);

	x.port = y.port = 0;
	return ev_addr_eq(&x, &y);
}

/* declares_address() - does a rule name it, or a network with it? */
static bool declares_address(const struct pol_conn *rule, const struct ev_addr *a)
{
	const struct match_flow m = { .remote = a, .proto = "tcp" };
	struct match_parts parts;

	match_rule(rule, &m, &parts);
	return parts.host;
}

/* is_any() - one that names no destination, or all addresses: no name can be foreign to it */
static bool is_any(const struct pol_conn *rule)
{
	for (size_t i = 0; i < rule->nto; i++)
		if (rule->to[i].kind == POL_DEST_NET && !rule->to[i].prefix)
			return true;
	return !rule->nto;
}

/* is_about_content() - does it say something of what is said, or to whom? */
static bool is_about_content(const struct pol_conn *rule)
{
	return !is_any(rule) || rule->application || rule->tls_min || cmp_is_about_requests(rule);
}

static bool declares_name(const struct pol_conn *rule, const char *name)
{
	for (size_t i = 0; i < rule->nto; i++)
		if (rule->to[i].kind != POL_DEST_NET && pol_name_glob(rule->to[i].name, name))
			return true;
	return is_any(rule);
}

static enum fate fate_of(const struct evd_flow *f, const struct pol_conn *rule, const char *said)
{
	struct ev_addr literal;
	bool known;

	if (ev_addr_parse(said, &literal) == 0) {
		if (is_same_end(&literal, &f->remote))
			return SAID_MEANT;
		return rule && declares_address(rule, &literal) ? SAID_DECLARED : SAID_OTHERWISE;
	}
	known = evd_has_name(f->names, said);
	if (known && (!rule || said == evd_host(f) || declares_address(rule, &f->remote)))
		return SAID_MEANT;
	if (!rule || !declares_name(rule, said))
		return SAID_OTHERWISE;
	return known ? SAID_MEANT : SAID_DECLARED;
}

static void note(struct cmp *c, const struct evd_flow *f, const struct pol_conn *rule,
		 const struct evd_said *said, enum fnd_severity severity)
{
	const uint64_t more[] = { said->line != f->line ? said->line : 0, 0 };
	char addr[EV_ADDR_STRLEN], first[190];
	struct flow_words words;
	struct fnd_act act = flow_act(f, FND_TLS_NAME_MISMATCH, severity, &words);
	struct fnd_details *seen;

	if (f->names)
		(void)snprintf(first, sizeof(first), "looked up %.150s", f->names->v[0]);
	else
		(void)snprintf(first, sizeof(first), "went to %s, which it did not look up,",
			       evd_addr_text(&f->remote, addr));
	(void)snprintf(words.what, FLOW_WHAT_LEN, "%s and asked the server for %.150s", first,
		       said->name);
	(void)snprintf(words.many, FLOW_WHAT_LEN, "%s and asked the server for many other names",
		       first);
	act.more = more;
	if (rule)
		act.rule = rule->id;
	seen = cmp_note(c, &act);
	if (seen)
		flow_act_details(c, f, seen);
}

/* otherwise() - how grave it is that another name was said */
static enum fnd_severity otherwise(const struct cmp *c, const struct pol_conn *rule)
{
	if (rule)
		return cmp_severity(rule->severity);
	return c->policy ? FND_VIOLATION : FND_WARNING;
}

bool cmp_said(struct cmp *c, const struct evd_flow *f, const struct pol_conn *rule)
{
	bool broken = false;

	c->tally.veiled += rule && !is_any(rule) && evd_veiled(f);
	c->tally.unheard += rule && is_about_content(rule) && evd_unheard(f);
	/* Where nothing was looked up and no rule covers it, the conversation is the finding. */
	if (!rule && !f->names)
		return false;
	for (size_t i = 0; i < f->nsaid; i++) {
		enum fate fate = fate_of(f, rule, f->said[i].name);

		if (fate == SAID_MEANT)
			continue;
		if (fate == SAID_DECLARED) {
			note(c, f, rule, &f->said[i], FND_INFO);
		} else {
			note(c, f, rule, &f->said[i], otherwise(c, rule));
			broken = true;
		}
	}
	return broken;
}

bool cmp_may_say(const struct evd_flow *f, const struct pol_conn *rule)
{
	for (size_t i = 0; i < f->nsaid; i++)
		if (fate_of(f, rule, f->said[i].name) == SAID_OTHERWISE)
			return false;
	if (is_about_content(rule) && evd_unheard(f))
		return false;
	return is_any(rule) || !evd_veiled(f);
}

/*
 * is_followed() - did the lab read what the packets did not show? It records mail, files and
 * lookups in the clear, too, which is not what such a conversation began with, or went on as
 */
static bool is_followed(const struct evd_flow *f)
{
	for (size_t i = 0; i < f->nrequests; i++) {
		const struct evd_request *r = &f->requests[i];

		if (r->sni || r->tls_version || r->names || r->target || r->unread ||
		    !r->service || !strcmp(r->service, "http"))
			return true;
	}
	return false;
}

void cmp_unread(struct cmp *c)
{
	const struct evd_facts *ev = c->ev;
	uint64_t unread = 0, unseen = 0, unfollowed = 0;

	for (size_t i = 0; i < ev->nrequests; i++) {
		unread += ev->requests[i].unread;
		unseen += !ev->requests[i].flow;
	}
	for (size_t i = 0; i < ev->nflows; i++) {
		const struct evd_flow *f = ev->flows[i];

		unfollowed += f->unread && !f->canary && !is_followed(f);
		/* no rule covers lookups: what the policy says of names does */
		c->tally.unheard += c->policy && f->lookup && !f->canary && evd_unheard(f);
	}
	if (unfollowed)
		details_number(c, gap_add(c, true, FND_GAP_OPENINGS_UNREAD), FND_KEY_FLOWS,
			       unfollowed);
	if (c->tally.unasked)
		details_number(c, gap_add(c, true, FND_GAP_REQUESTS_UNSEEN), FND_KEY_FLOWS,
			       c->tally.unasked);
	if (c->tally.veiled)
		details_number(c, gap_add(c, true, FND_GAP_HELLOS_VEILED), FND_KEY_FLOWS,
			       c->tally.veiled);
	if (c->tally.unheard)
		details_number(c, gap_add(c, true, FND_GAP_STREAMS_UNREAD), FND_KEY_FLOWS,
			       c->tally.unheard);
	if (unseen)
		details_number(c, gap_add(c, true, FND_GAP_REQUESTS_NO_PACKETS), FND_KEY_COUNT,
			       unseen);
	if (unread)
		details_number(c, gap_add(c, true, FND_GAP_REQUESTS_UNREAD), FND_KEY_COUNT,
			       unread);
}
