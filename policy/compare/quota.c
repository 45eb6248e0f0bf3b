/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quota.c - what conversations add up to, against the limits of their rules
 *
 * How it works: each rule has a sum for the run, and one for each destination if it limits that.
 * For rates the times of connections and requests are kept, and a window is moved over them at the
 * end: an act is in excess if, with it, there were too many in the time before it.
 */
#include "policy/compare/quota.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/compare/details.h"
#include "policy/compare/flow_act.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"
#include "tcbox/pool.h"

enum limit { CONNECTIONS, REQUESTS, OUT, IN, LIMITS };

#define WHAT_LEN 512

/* What was seen of one rule, or of one destination under it. */
struct sum {
	struct pol_quota seen;
	struct pol_quota shared;	/* what may be a sharer's */
	struct fnd *over[LIMITS];	/* the findings for limits that are exceeded */
	size_t rule;
	struct sum *next;		/* of the destinations */
};

/* When something happened that rates count. */
struct moment {
	int64_t t;
	const struct evd_flow *flow;
	const struct evd_request *request;	/* NULL: the connection itself */
};

struct moments {
	struct moment *v;
	size_t n;
};

struct of_rule {
	struct sum run;
	struct pol_quota most;		/* in one connection */
	struct fnd *over_one[LIMITS];	/* findings for one connection */
	struct moments connections, requests;	/* only of rules with rates */
	const char *exe;		/* whom its findings name: the first who went over */
};

struct quota {
	struct cmp *c;
	struct of_rule *rules;
	struct tb_map *destinations;	/* to struct sum, by rule and destination */
	struct sum *all;		/* of the destinations */
	struct tb_pool *pool;
};

/* What was too much. */
struct excess {
	const struct evd_flow *flow;
	const struct evd_request *request;	/* NULL: the conversation */
	size_t rule;
	const char *what;
};

struct quota *quota_new(struct cmp *c)
{
	struct quota *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->c = c;
	l->rules = calloc(c->policy->nconns + 1, sizeof(*l->rules));
	l->destinations = tb_map_new(SIZE_MAX);	/* no more than conversations */
	l->pool = tb_pool_new(0);
	if (l->rules && l->destinations && l->pool)
		return l;
	quota_free(l);
	return NULL;
}

void quota_free(struct quota *l)
{
	if (!l)
		return;
	for (size_t i = 0; l->rules && i < l->c->policy->nconns; i++) {
		free(l->rules[i].connections.v);
		free(l->rules[i].requests.v);
	}
	free(l->rules);
	tb_map_free(l->destinations);
	tb_pool_free(l->pool);
	free(l);
}

static uint64_t part(const struct pol_quota *q, enum limit kind)
{
	const uint64_t parts[] = {
		[CONNECTIONS] = q->connections, [REQUESTS] = q->requests, [OUT] = q->bytes_out,
		[IN] = q->bytes_in,
	};

	return parts[kind];
}

/* is_request() - not a session in which nothing was understood */
static bool is_request(const struct evd_request *r)
{
	return r->method && *r->method;
}

/* amount() - the whole conversation, with the requests of one rule: whose the rest of the bytes is,
 * nobody knows */
static struct pol_quota amount(const struct evd_flow *f, const struct cmp_asked *asked, size_t rule)
{
	struct pol_quota q = { .connections = 1, .bytes_out = f->cost_out, .bytes_in = f->cost_in };

	for (size_t i = 0; i < f->nrequests; i++)
		if (asked->of[i] == rule && is_request(&f->requests[i]))
			q.requests += f->requests[i].count ? f->requests[i].count : 1;
	return q;
}

static void add(struct pol_quota *to, const struct pol_quota *q)
{
	to->connections += q->connections;
	to->requests += q->requests;
	to->bytes_out += q->bytes_out;
	to->bytes_in += q->bytes_in;
}

/* destination() - Return: the name that is meant, else the address */
static const char *destination(const struct evd_flow *f, char addr[EV_ADDR_STRLEN])
{
	const char *host = evd_host(f);

	return host ? host : evd_addr_text(&f->remote, addr);
}

/* sum_of() - of a destination under a rule. Return: NULL without memory */
static struct sum *sum_of(struct quota *l, size_t rule, const char *host)
{
	TB_AUTOBUF struct tb_buf key = TB_BUF_INIT;
	struct sum *s;

	tb_buf_addf(&key, "%zu ", rule);
	tb_buf_adds(&key, host);
	if (key.failed)
		return NULL;
	s = tb_map_get(l->destinations, key.data, key.len);
	if (s)
		return s;
	s = tb_pool_alloc(l->pool, sizeof(*s));
	if (!s || tb_map_put(l->destinations, key.data, key.len, s))
		return NULL;
	*s = (struct sum){ .rule = rule, .next = l->all };
	l->all = s;
	return s;
}

/* note() - one more act that is in excess. Return: the finding, NULL without memory */
static struct fnd *note(struct quota *l, const struct excess *e)
{
	const struct pol_conn *p = &l->c->policy->conns[e->rule];
	const uint64_t more[] = { e->request ? e->request->line : 0, 0 };
	struct flow_words words;
	struct fnd_act act = flow_act(e->flow, FND_NET_LIMIT, cmp_severity(p->severity), &words);
	struct of_rule *of = &l->rules[e->rule];
	bool fresh;

	if (!of->exe)
		of->exe = act.exe;
	act.exe = of->exe;
	act.what = e->what;
	act.many = NULL;
	act.rule = p->id;
	act.more = more;
	if (e->request)
		act.first = act.last = e->request->first;
	return fnd_note(l->c->verdict.findings, &act, &fresh);
}

/* is_over() - a conversation without a byte in this direction adds nothing */
static bool is_over(const struct pol_quota *seen, const struct pol_quota *now,
		    const struct pol_quota *max, enum limit kind)
{
	return part(max, kind) && part(now, kind) && part(seen, kind) > part(max, kind);
}

static void check_run(struct quota *l, const struct evd_flow *f, size_t rule,
		      const struct pol_quota *now)
{
	static const char *const names[] = {
		[CONNECTIONS] = "connections", [REQUESTS] = "requests",
		[OUT] = "bytes to the network", [IN] = "bytes from the network",
	};
	const struct pol_quota *max = &l->c->policy->conns[rule].run;
	struct sum *s = &l->rules[rule].run;

	add(&s->seen, now);
	for (enum limit k = 0; k < LIMITS; k++) {
		const struct excess e = { .flow = f, .rule = rule, .what = names[k] };

		if (is_over(&s->seen, now, max, k))
			s->over[k] = note(l, &e);
	}
}

static void check_connection(struct quota *l, const struct evd_flow *f, size_t rule,
			     const struct pol_quota *now)
{
	static const char *const names[] = {
		[CONNECTIONS] = "", [REQUESTS] = "requests in one connection",
		[OUT] = "bytes to the network in one connection",
		[IN] = "bytes from the network in one connection",
	};
	const struct pol_quota *max = &l->c->policy->conns[rule].each_connection;
	struct of_rule *of = &l->rules[rule];
	struct pol_quota *most = &of->most;

	most->requests = now->requests > most->requests ? now->requests : most->requests;
	most->bytes_out = now->bytes_out > most->bytes_out ? now->bytes_out : most->bytes_out;
	most->bytes_in = now->bytes_in > most->bytes_in ? now->bytes_in : most->bytes_in;
	for (enum limit k = 0; k < LIMITS; k++) {
		const struct excess e = { .flow = f, .rule = rule, .what = names[k] };

		if (is_over(now, now, max, k))
			of->over_one[k] = note(l, &e);
	}
}

static void check_destination(struct quota *l, const struct evd_flow *f, size_t rule,
			      const struct pol_quota *now)
{
	static const char *const names[] = {
		[CONNECTIONS] = "connections to", [REQUESTS] = "requests to", [OUT] = "bytes to",
		[IN] = "bytes from",
	};
	const struct pol_quota *max = &l->c->policy->conns[rule].each_destination;
	char addr[EV_ADDR_STRLEN], what[WHAT_LEN];
	const char *host;
	struct sum *s;

	if (!pol_has_quota(max))
		return;
	host = destination(f, addr);
	s = sum_of(l, rule, host);
	if (!s) {
		l->c->verdict.failed = true;
		return;
	}
	add(&s->seen, now);
	for (enum limit k = 0; k < LIMITS; k++) {
		const struct excess e = { .flow = f, .rule = rule, .what = what };

		(void)snprintf(what, sizeof(what), "%s %.300s", names[k], host);
		if (is_over(&s->seen, now, max, k))
			s->over[k] = note(l, &e);
	}
}

static void keep(struct quota *l, struct moments *to, const struct moment *m)
{
	struct moment *v = tb_grow(to->v, to->n, 1, sizeof(*v));

	if (!v) {
		l->c->verdict.failed = true;
		return;
	}
	to->v = v;
	v[to->n++] = *m;
}

/* keep_moments() - a request that stands for many has no times: asked.c counts it as unread */
static void keep_moments(struct quota *l, const struct evd_flow *f, const struct cmp_asked *asked,
			 size_t rule)
{
	struct of_rule *of = &l->rules[rule];

	if (!l->c->policy->conns[rule].nrates)
		return;
	keep(l, &of->connections, &(struct moment){ .t = f->first, .flow = f });
	for (size_t i = 0; i < f->nrequests; i++)
		if (asked->of[i] == rule && is_request(&f->requests[i]))
			keep(l, &of->requests, &(struct moment){
				.t = f->requests[i].first, .flow = f, .request = &f->requests[i],
			});
}

void quota_count(struct quota *l, const struct evd_flow *f, const struct cmp_asked *asked,
		 size_t rule)
{
	const struct pol_quota now = amount(f, asked, rule);

	check_run(l, f, rule, &now);
	check_connection(l, f, rule, &now);
	check_destination(l, f, rule, &now);
	keep_moments(l, f, asked, rule);
}

/* beyond() - may this be more than is declared? */
static bool beyond(const struct pol_quota *seen, const struct pol_quota *shared,
		   const struct pol_quota *max)
{
	for (enum limit k = 0; k < LIMITS; k++)
		if (part(max, k) && part(seen, k) + part(shared, k) > part(max, k))
			return true;
	return false;
}

bool quota_shared(struct quota *l, const struct evd_flow *f, const struct cmp_asked *asked,
		  size_t rule)
{
	static const struct pol_quota nothing;
	const struct pol_conn *p = &l->c->policy->conns[rule];
	const struct pol_quota now = amount(f, asked, rule);
	struct sum *run = &l->rules[rule].run, *s;
	char addr[EV_ADDR_STRLEN];
	bool over;

	add(&run->shared, &now);
	over = beyond(&run->seen, &run->shared, &p->run) ||
	       beyond(&nothing, &now, &p->each_connection);
	for (size_t i = 0; i < p->nrates; i++)	/* whenever it was */
		over |= beyond(&run->seen, &run->shared, &(struct pol_quota){
			.connections = p->rates[i].connections, .requests = p->rates[i].requests,
		});
	if (!pol_has_quota(&p->each_destination))
		return over;
	s = sum_of(l, rule, destination(f, addr));
	if (!s) {
		l->c->verdict.failed = true;
		return over;
	}
	add(&s->shared, &now);
	return over || beyond(&s->seen, &s->shared, &p->each_destination);
}

/* details() - of a finding for a limit, if there is one: all that was seen in the run */
static void details(struct quota *l, struct fnd *f, enum fnd_key unit, uint64_t seen, uint64_t max)
{
	struct fnd_details *to;

	if (!f || !f->object)
		return;
	to = &f->seen[0].details;
	fnd_details_free(to);
	details_number(l->c, to, unit, seen);
	details_number(l->c, to, FND_KEY_MAX, max);
}

static void sum_details(struct quota *l, const struct sum *s, const struct pol_quota *max)
{
	static const enum fnd_key units[] = {
		[CONNECTIONS] = FND_KEY_CONNECTIONS, [REQUESTS] = FND_KEY_REQUESTS,
		[OUT] = FND_KEY_BYTES, [IN] = FND_KEY_BYTES,
	};

	for (enum limit k = 0; k < LIMITS; k++)
		details(l, s->over[k], units[k], part(&s->seen, k), part(max, k));
}

/* by_time() - in the order of the record where they are of the same moment */
static int by_time(const void *pa, const void *pb)
{
	const struct moment *a = pa, *b = pb;
	uint64_t x = a->request ? a->request->line : a->flow->line;
	uint64_t y = b->request ? b->request->line : b->flow->line;

	if (a->t != b->t)
		return a->t < b->t ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* slide() - move a window of time over what happened */
static void slide(struct quota *l, const struct moments *m, struct excess *e, int64_t every,
		  uint64_t max)
{
	struct fnd *f = NULL;
	uint64_t most = 0;
	size_t oldest = 0;

	for (size_t i = 0; max && i < m->n; i++) {
		while (m->v[i].t - m->v[oldest].t >= every)
			oldest++;
		if (i - oldest + 1 <= max)
			continue;
		most = i - oldest + 1 > most ? i - oldest + 1 : most;
		e->flow = m->v[i].flow;
		e->request = m->v[i].request;
		f = note(l, e);
	}
	details(l, f, FND_KEY_MOST, most, max);
}

static void check_rates(struct quota *l, size_t rule)
{
	const struct pol_conn *p = &l->c->policy->conns[rule];
	struct of_rule *of = &l->rules[rule];
	char what[WHAT_LEN];
	struct excess e = { .rule = rule, .what = what };

	if (!p->nrates)
		return;
	if (of->connections.n)
		qsort(of->connections.v, of->connections.n, sizeof(struct moment), by_time);
	if (of->requests.n)
		qsort(of->requests.v, of->requests.n, sizeof(struct moment), by_time);
	for (size_t i = 0; i < p->nrates; i++) {
		const struct pol_rate *r = &p->rates[i];

		(void)snprintf(what, sizeof(what), "connections in %.32s", r->every.text);
		slide(l, &of->connections, &e, r->every.ns, r->connections);
		(void)snprintf(what, sizeof(what), "requests in %.32s", r->every.text);
		slide(l, &of->requests, &e, r->every.ns, r->requests);
	}
}

void quota_end(struct quota *l)
{
	const struct cmp *c = l->c;

	for (size_t i = 0; i < c->policy->nconns; i++) {
		const struct pol_conn *p = &c->policy->conns[i];
		struct of_rule *of = &l->rules[i];

		sum_details(l, &of->run, &p->run);
		for (enum limit k = 0; k < LIMITS; k++)
			details(l, of->over_one[k], FND_KEY_MOST, part(&of->most, k),
				part(&p->each_connection, k));
		check_rates(l, i);
	}
	for (const struct sum *d = l->all; d; d = d->next)
		sum_details(l, d, &c->policy->conns[d->rule].each_destination);
}
