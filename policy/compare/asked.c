/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asked.c - requests of HTTP, against the rules that cover their conversation
 *
 * One connection may carry requests that different rules declare. So each request needs a rule that
 * agrees with the conversation and declares it; a rule without "http" declares all of them. The
 * product chooses which request is first, and so that decides nothing: the conversation counts for
 * all these rules.
 * What nobody could read, or what was only counted, may have been any request: that bounds the
 * verdict where a rule declares requests.
 */
#include "policy/compare/details.h"
#include "policy/compare/flow_act.h"
#include "policy/compare/gap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool cmp_declares(const struct pol_conn *rule, const struct evd_request *r)
{
	return match_request(rule, r->method, r->path) &&
	       match_hosts(rule, r->names ? r->names->v : NULL, r->names ? r->names->n : 0);
}

/* is_known() - the whole request, and of one only */
static bool is_known(const struct evd_request *r)
{
	return r->method && *r->method && r->path && *r->path && !r->cut && !r->unread &&
	       r->count <= 1;
}

static bool has_rate(const struct pol_conn *rule)
{
	for (size_t i = 0; i < rule->nrates; i++)
		if (rule->rates[i].requests)
			return true;
	return false;
}

static bool limits_requests(const struct pol_conn *rule)
{
	return rule->run.requests || rule->each_connection.requests ||
	       rule->each_destination.requests || has_rate(rule);
}

bool cmp_is_about_requests(const struct pol_conn *rule)
{
	return pol_has_requests(rule) || limits_requests(rule);
}

/* is_counted() - as a limit needs it: requests that are told together have no times */
static bool is_counted(const struct pol_conn *rule, const struct evd_request *r)
{
	return r->method && *r->method && !r->unread && (r->count <= 1 || !has_rate(rule));
}

/* find() - the most specific rule that agrees with the conversation and declares the request.
 * Return: @first if it does; -1: none */
static long find(const struct cmp *c, const struct match_flow *m, const struct evd_request *r,
		 size_t first)
{
	const struct pol *p = c->policy;
	struct match_parts parts;
	long best = -1;

	if (cmp_declares(&p->conns[first], r))
		return (long)first;
	for (size_t i = 0; i < p->nconns; i++) {
		if (best >= 0 && p->conns[i].rank >= p->conns[best].rank)
			continue;
		match_rule(&p->conns[i], m, &parts);
		if (match_level(&parts) == MATCH_FULL && cmp_declares(&p->conns[i], r))
			best = (long)i;
	}
	return best;
}

/* gravest() - of the rules that agree with the conversation. Return: @rule if none is graver */
static const struct pol_conn *gravest(const struct cmp *c, const struct match_flow *m,
				      const struct pol_conn *rule)
{
	const struct pol *p = c->policy;
	struct match_parts parts;

	for (size_t i = 0; i < p->nconns; i++) {
		if (p->conns[i].severity <= rule->severity)
			continue;
		match_rule(&p->conns[i], m, &parts);
		if (match_level(&parts) == MATCH_FULL)
			rule = &p->conns[i];
	}
	return rule;
}

static void note(struct cmp *c, const struct evd_flow *f, const struct pol_conn *rule,
		 const struct evd_request *r)
{
	const uint64_t more[] = { r->line != f->line ? r->line : 0, 0 };
	struct flow_words words;
	struct fnd_act act = flow_act(f, FND_NET_REQUEST, cmp_severity(rule->severity), &words);
	char what[FLOW_WHAT_LEN * 2], many[FLOW_WHAT_LEN * 2];
	const char *host = rule->nhosts && r->names && r->names->n ? r->names->v[0] : NULL;
	struct fnd_details *seen;

	if (host)
		(void)snprintf(what, sizeof(what), "%.32s %.200s at %.100s of %s", r->method,
			       r->path, host, words.what);
	else
		(void)snprintf(what, sizeof(what), "%.32s %.200s of %s", r->method, r->path,
			       words.what);
	(void)snprintf(many, sizeof(many), "many requests of %s", words.what);
	act.what = what;
	act.many = many;
	act.more = more;
	act.rule = rule->id;
	seen = cmp_note(c, &act);
	if (seen)
		flow_act_details(c, f, seen);
}

size_t cmp_asked_rule(const struct cmp *c, const struct evd_flow *f, const struct match_flow *m,
		      size_t rule)
{
	long other;

	if (!pol_has_requests(&c->policy->conns[rule]) || !f->nrequests ||
	    !is_known(&f->requests[0]))
		return rule;
	other = find(c, m, &f->requests[0], rule);
	return other < 0 ? rule : (size_t)other;
}

bool cmp_asked_has(const struct cmp_asked *a, size_t rule)
{
	for (size_t i = 0; i < a->nrules; i++)
		if (a->rules[i] == rule)
			return true;
	return false;
}

void cmp_asked_rules(struct cmp *c, const struct evd_flow *f, const struct match_flow *m,
		     size_t rule, struct cmp_asked *out)
{
	bool all = !pol_has_requests(&c->policy->conns[rule]);

	*out = (struct cmp_asked){ .of = calloc(2 * f->nrequests + 1, sizeof(*out->of)) };
	if (!out->of) {
		c->verdict.failed = true;
		return;
	}
	out->rules = out->of + f->nrequests;
	out->rules[out->nrules++] = rule;
	for (size_t i = 0; i < f->nrequests; i++) {
		const struct evd_request *r = &f->requests[i];
		long of = all || !is_known(r) ? -1 : find(c, m, r, rule);

		out->of[i] = of < 0 ? rule : (size_t)of;
		if (!cmp_asked_has(out, out->of[i]))
			out->rules[out->nrules++] = out->of[i];
	}
}

void cmp_asked_free(struct cmp_asked *a)
{
	free(a->of);
	*a = (struct cmp_asked){ 0 };
}

bool cmp_may_ask(const struct cmp *c, const struct evd_flow *f, const struct match_flow *m,
		 size_t rule)
{
	if (!pol_has_requests(&c->policy->conns[rule]))
		return true;
	for (size_t i = 0; i < f->nrequests; i++)
		if (!is_known(&f->requests[i]) || find(c, m, &f->requests[i], rule) < 0)
			return false;
	return f->nrequests || !f->bytes_out;
}

bool cmp_asked(struct cmp *c, const struct evd_flow *f, const struct match_flow *m, size_t rule)
{
	const struct pol_conn *p = &c->policy->conns[rule];
	bool broken = false, unread = !f->nrequests && f->bytes_out;

	if (!cmp_is_about_requests(p))
		return false;
	for (size_t i = 0; i < f->nrequests; i++) {
		const struct evd_request *r = &f->requests[i];

		unread |= limits_requests(p) && !is_counted(p, r);
		if (!pol_has_requests(p))
			continue;
		if (!is_known(r)) {
			unread = true;
		} else if (find(c, m, r, rule) < 0) {
			note(c, f, gravest(c, m, p), r);
			broken = true;
		}
	}
	c->tally.unasked += unread;
	return broken;
}
