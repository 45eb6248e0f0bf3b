/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows.c - flows against the connection rules, and those from outside against the listen rules
 *
 * A flow is known by the names that lookups gave for its address. When it also says a name itself
 * (SNI, HTTP host) that is among them, that one is meant: so an allowed name on a shared address
 * does not open the address for all others. A name that the flow says and no lookup gave is never
 * believed for a match: it is the product's word alone. What else it says is judged in said.c.
 */
#include "policy/compare/details.h"
#include "policy/compare/differs.h"
#include "policy/compare/flow_act.h"
#include "policy/compare/quota.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/word.h"

struct flows {
	struct cmp *c;
	struct fnd_flow *stand;	/* of the flow that is compared */
	struct fnd_flow of_share;	/* of a share in a flow, which keeps that of its owner */
	struct quota *limits;		/* NULL: there is no policy */
};

/* match_of() - a flow as rules see it. @one: room for the one name that is meant, if one is */
static struct match_flow match_of(const struct evd_flow *f, const char **one)
{
	struct match_flow m = {
		.remote = &f->remote, .proto = f->proto, .app = f->app, .app_detail = f->app_detail,
		.tls_version = f->tls_version, .bytes = f->bytes_out + f->bytes_in,
	};
	const char *host = evd_host(f);

	m.exe = cmp_program(f->call ? f->call->program : NULL, m.aliases);
	if (evd_says(f, host)) {
		*one = host;
		m.names = one;
		m.nnames = 1;
	} else if (f->names) {
		m.names = f->names->v;
		m.nnames = f->names->n;
	}
	return m;
}

/* was_accepted() - was there somebody to talk to? Only TCP says so: of other protocols, what was
 * not refused has arrived */
static bool was_accepted(const struct evd_flow *f)
{
	if (tb_is_word(f->state, "refused"))
		return false;
	return !tb_is_word(f->state, "timeout") || strcmp(f->proto, "tcp");
}

/* note_ended() - a rule would have declared it, and is not in force. Return: whether there is one
 */
static bool note_ended(struct cmp *c, const struct match_flow *m, struct fnd *fnd)
{
	const struct pol *p = c->policy;
	struct match_parts parts;

	for (size_t i = 0; i < p->nended; i++) {
		match_rule(&p->ended[i], m, &parts);
		if (match_level(&parts) != MATCH_FULL)
			continue;
		fnd->nearest = cmp_copy(c, p->ended[i].id);
		details_out(c, &fnd->seen[0].differs, p->ended[i].until, p->ended[i].phases,
			    p->ended[i].nphases);
		return true;
	}
	return false;
}

/*
 * note() - a finding about a flow. @rule: what it is compared with, or NULL: then the nearest; an
 * act with a rule broke it
 */
static void note(struct flows *s, const struct evd_flow *f, const struct fnd_act *act,
			const struct pol_conn *rule)
{
	bool broken = act->rule != NULL, fresh;
	struct cmp *c = s->c;
	const char *one = NULL;
	struct match_flow m;
	struct fnd *fnd;
	long nearest;

	fnd = fnd_note(c->verdict.findings, act, &fresh);
	if (!fresh)
		return;
	flow_act_details(c, f, &fnd->seen[0].details);
	m = match_of(f, &one);
	if (!rule && !f->inbound && note_ended(c, &m, fnd))
		return;
	nearest = rule || f->inbound ? -1 : match_nearest(c->policy, &m);
	if (nearest >= 0)
		rule = &c->policy->conns[nearest];
	if (!rule || act->code == FND_NET_UNRESOLVED || (broken && act->code == FND_NET_RESOLVER))
		return;		/* nothing differs */
	if (!differs_details(rule, &m, &fnd->seen[0].differs))
		c->verdict.failed = true;
	if (!broken)
		fnd->nearest = cmp_copy(c, rule->id);
}

/* is_word_in() - is one of @words the whole of @text, or one of the parts between its dots? */
static bool is_word_in(const char *text, const char *const *words)
{
	for (const char *p = text, *end; p && *p; p = *end ? end + 1 : end) {
		end = strchrnul(p, '.');
		for (size_t i = 0; words[i]; i++)
			if (strlen(words[i]) == (size_t)(end - p) &&
			    !strncmp(p, words[i], (size_t)(end - p)))
				return true;
	}
	return false;
}

/*
 * is_resolver_flow() - name lookups at a server of the product's own choice, by port or by what
 * nDPI saw
 */
static bool is_resolver_flow(const struct evd_flow *f)
{
	static const char *const apps[] = { "dns",	"doh_dot", "dot",   "doh",
					    "dnscrypt", "mdns",	   "llmnr", NULL };
	static const char *const details[] = { "dns", "doh_dot", "dot", NULL };

	if (f->remote.port == 53 || f->remote.port == 853)
		return true;
	for (size_t i = 0; f->app && apps[i]; i++)
		if (!strcmp(f->app, apps[i]))
			return true;
	return is_word_in(f->app_detail, details);
}

static bool is_usual_proto(const char *proto)
{
	return !strcmp(proto, "tcp") || !strcmp(proto, "udp") || !strcmp(proto, "icmp") ||
	       !strcmp(proto, "icmpv6");
}

static void undeclared(struct flows *s, const struct evd_flow *f)
{
	enum fnd_severity severity;
	struct flow_words words;
	struct fnd_act act;

	s->stand->stand = FND_IGNORED;
	if (!cmp_level(s->c, FND_CONNECTIONS, &severity))
		return;
	s->stand->stand = FND_UNDECLARED;
	act = flow_act(f, FND_NET_UNDECLARED, severity, &words);
	if (!is_usual_proto(f->proto) && !flow_act_is_link(f))
		act.code = FND_PROTOCOL_UNKNOWN;
	else if (!f->inbound && is_resolver_flow(f))
		act.code = FND_NET_RESOLVER;
	note(s, f, &act, NULL);
}

static struct cmp_seen seen_of(const struct evd_flow *f)
{
	return (struct cmp_seen){ .count = 1,
				  .bytes_out = f->bytes_out, .bytes_in = f->bytes_in,
				  .first = f->first, .last = f->last,
				  .tls_failed = f->tls_failed,
				  .proved = was_accepted(f) };
}

static void inbound(struct flows *s, const struct evd_flow *f)
{
	const struct cmp_listener who = { f->call ? f->call->program : NULL, f->proto, &f->local };
	const struct cmp_seen seen = seen_of(f);
	int nearest, rule = cmp_listen_rule(s->c, &who, &nearest);

	if (rule < 0) {
		undeclared(s, f);
		return;
	}
	cmp_seen_add(&s->c->tally.listens[rule], &seen);
	*s->stand = (struct fnd_flow){
		FND_DECLARED, (uint32_t)(s->c->policy->nconns + (size_t)rule + 1)
	};
}

/* code_of() - what is wrong with a flow that a rule covers to this level */
static enum fnd_code code_of(enum match_level level)
{
	return level == MATCH_TLS ? FND_TLS_VERSION : FND_NET_APPLICATION;
}

/* against() - a finding about a flow that a rule covers, but for what @code says */
static void against(struct flows *s, const struct evd_flow *f, enum fnd_code code,
		    const struct pol_conn *rule)
{
	struct flow_words words;
	struct fnd_act act = flow_act(f, code, cmp_severity(rule->severity), &words);

	if (code == FND_NET_UNRESOLVED || code == FND_NET_RESOLVER)
		act.severity = FND_INFO;
	act.rule = rule->id;
	note(s, f, &act, rule);
}

/*
 * declares_address() - does a rule name the address, or a network with it, as a destination? What
 * the rule says of protocol, ports and application is about what is sent there, not about what the
 * kernel says on the link
 */
static bool declares_address(const struct flows *s, const struct match_flow *m)
{
	const struct pol *p = s->c->policy;
	struct match_parts parts;

	for (size_t i = 0; i < p->nconns; i++) {
		match_rule(&p->conns[i], m, &parts);
		if (parts.process && parts.host && (parts.by_address || m->nnames))
			return true;
	}
	return false;
}

/* said_once_more() - the names that were said, against another rule that they may be of. Return:
 * whether one breaks it. A conversation counts once as one whose hello is encrypted */
static bool said_once_more(struct cmp *c, const struct evd_flow *f, const struct pol_conn *rule)
{
	uint64_t veiled = c->tally.veiled, unheard = c->tally.unheard;
	bool broken = cmp_said(c, f, rule);

	if (veiled)
		c->tally.veiled = veiled;
	if (unheard)
		c->tally.unheard = unheard;
	return broken;
}

/*
 * judge() - a flow that @rule covers, as the rule of its first request, against the rules of all of
 * them. Return: whether it breaks one; for those that it does not break it counts
 */
static bool judge(struct flows *s, const struct evd_flow *f, const struct match_flow *m,
		  size_t first)
{
	bool asked_otherwise = cmp_asked(s->c, f, m, first), broken = asked_otherwise;
	struct cmp_asked asked;

	cmp_asked_rules(s->c, f, m, first, &asked);
	for (size_t i = 0; i < asked.nrules; i++) {
		const struct pol_conn *rule = &s->c->policy->conns[asked.rules[i]];
		bool other = i ? said_once_more(s->c, f, rule) : cmp_said(s->c, f, rule);
		struct cmp_seen seen = seen_of(f);

		broken |= other;
		if (asked_otherwise || other)
			continue;
		/* what breaks a rule does not count, and silence is no application */
		seen.proved &= !(rule->application || rule->tls_min) || f->bytes_out + f->bytes_in;
		cmp_seen_add(&s->c->tally.conns[asked.rules[i]], &seen);
		quota_count(s->limits, f, &asked, asked.rules[i]);
	}
	cmp_asked_free(&asked);
	return broken;
}

static void compare(struct flows *s, const struct evd_flow *f)
{
	const struct pol_conn *rule = NULL;
	const char *one = NULL;
	struct match_flow m = match_of(f, &one);
	struct match found;

	if (flow_act_is_link(f) && declares_address(s, &m)) {
		s->stand->stand = FND_DECLARED;
		return;
	}
	if (match_find(s->c->index, &m, &found)) {
		rule = &s->c->policy->conns[found.rule];
		*s->stand = (struct fnd_flow){ FND_BROKEN, (uint32_t)found.rule + 1 };
	}
	if (rule && found.level == MATCH_FULL) {
		found.rule = cmp_asked_rule(s->c, f, &m, found.rule);
		rule = &s->c->policy->conns[found.rule];
		s->stand->rule = (uint32_t)found.rule + 1;
		if (!judge(s, f, &m, found.rule))
			s->stand->stand = FND_DECLARED;
	} else {
		(void)cmp_said(s->c, f, rule);
	}
	switch (found.level) {
	case MATCH_NONE:
		undeclared(s, f);
		break;
	case MATCH_APPLICATION:
	case MATCH_TLS:
		against(s, f, code_of(found.level), rule);
		break;
	case MATCH_FULL:
		if (!f->names && !found.by_address)
			against(s, f, FND_NET_UNRESOLVED, rule);
		if (is_resolver_flow(f) && rule->nto == 0)
			against(s, f, FND_NET_RESOLVER, rule);
		break;
	}
}

/*
 * compare_join() - a join that no report followed: the kernel may have told another packet of it,
 * or none yet. What it asks for must be declared all the same
 */
static void compare_join(struct flows *s, const struct evd_call *call)
{
	struct evd_flow f = {
		.line = call->line, .first = call->t, .last = call->t, .remote = call->remote,
		.local = call->local, .call = call, .link = true,
		.proto = call->remote.family == AF_INET ? "ip-2" : "icmpv6",
	};
	struct fnd_flow stand;
	const char *one = NULL;
	struct match_flow m;

	if (call->op != EVD_JOIN || !call->remote.family || call->canary || call->used)
		return;
	m = match_of(&f, &one);
	s->stand = &stand;
	if (!declares_address(s, &m))
		undeclared(s, &f);
}

/* counts_already() - for a rule, as its owner's */
static bool counts_already(struct cmp *c, const struct evd_flow *f, size_t rule)
{
	const char *one = NULL;
	struct match_flow m = match_of(f, &one);
	struct cmp_asked asked;
	struct match found;
	bool so;

	if (!match_find(c->index, &m, &found))
		return false;
	cmp_asked_rules(c, f, &m, cmp_asked_rule(c, f, &m, found.rule), &asked);
	so = cmp_asked_has(&asked, rule);
	cmp_asked_free(&asked);
	return so;
}

/*
 * compare_sharer() - a program that named the ends of another's flow: its share of the bytes is not
 * known, it may be all of them
 */
static void compare_sharer(struct flows *s, const struct evd_share *share)
{
	const struct pol_conn *rule;
	struct evd_flow f = *share->flow, whole;
	const char *one = NULL;
	struct cmp_asked asked;
	struct match_flow m;
	struct match found;
	bool broken, over = false;

	s->of_share = (struct fnd_flow){ 0 };
	s->stand = &s->of_share;
	f.call = share->call;
	f.inferred = true;
	m = match_of(&f, &one);		/* with all the bytes: silence has no application */
	whole = f;
	f.bytes_out = f.bytes_in = 0;
	if (!match_find(s->c->index, &m, &found)) {
		undeclared(s, &f);
		return;
	}
	rule = &s->c->policy->conns[found.rule];
	if (found.level != MATCH_FULL) {
		against(s, &f, code_of(found.level), rule);
		return;
	}
	broken = cmp_asked(s->c, &whole, &m, found.rule);
	cmp_asked_rules(s->c, &whole, &m, cmp_asked_rule(s->c, &whole, &m, found.rule), &asked);
	for (size_t i = 0; i < asked.nrules; i++) {
		rule = &s->c->policy->conns[asked.rules[i]];
		if (!said_once_more(s->c, &f, rule) && !broken &&
		    !counts_already(s->c, share->flow, asked.rules[i]))
			over |= quota_shared(s->limits, share->flow, &asked, asked.rules[i]);
	}
	cmp_asked_free(&asked);
	/* it is not known to be the sharer's, and so accuses nobody */
	s->c->tally.shared_over += over;
	if (over && !s->c->tally.shared_by)
		s->c->tally.shared_by = share->call->program;
}

bool cmp_flow_covered(struct cmp *c, const struct evd_flow *f, const struct evd_program *program)
{
	struct evd_call call = { .program = program };
	struct evd_flow as = *f;
	const char *one = NULL;
	struct match_flow m;
	struct match found;

	as.call = &call;
	m = match_of(&as, &one);
	return match_find(c->index, &m, &found) && found.level == MATCH_FULL &&
	       cmp_may_say(&as, &c->policy->conns[found.rule]) &&
	       cmp_may_ask(c, &as, &m, found.rule);
}

static void compare_flow(struct flows *s, const struct evd_flow *f)
{
	if (f->canary || f->lookup)
		return;
	if (s->c->policy && f->inbound)
		inbound(s, f);
	else if (s->c->policy)
		compare(s, f);
	else
		(void)cmp_said(s->c, f, NULL);
}

static void compare_sharers(struct flows *s)
{
	const struct evd_facts *ev = s->c->ev;

	for (size_t i = 0; i < ev->nshares && !s->c->verdict.failed; i++)
		if (!ev->shares[i].flow->lookup)
			compare_sharer(s, &ev->shares[i]);
	for (size_t i = 0; i < ev->ncalls && !s->c->verdict.failed; i++)
		compare_join(s, &ev->calls[i]);
	if (!s->c->verdict.failed)
		quota_end(s->limits);
}

void cmp_flows(struct cmp *c)
{
	struct flows s = { .c = c };
	struct fnd_flow *stands = calloc(c->ev->nflows + 1, sizeof(*stands));

	c->verdict.r->flows = stands;
	c->verdict.r->nflows = c->ev->nflows;
	s.limits = c->policy ? quota_new(c) : NULL;
	if (!stands || (c->policy && !s.limits))
		c->verdict.failed = true;
	for (size_t i = 0; i < c->ev->nflows && !c->verdict.failed; i++) {
		s.stand = &stands[i];
		compare_flow(&s, c->ev->flows[i]);
	}
	if (c->policy && !c->verdict.failed)
		compare_sharers(&s);
	quota_free(s.limits);
}
