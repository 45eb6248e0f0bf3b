/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rank.c - which of several rules that agree with an act counts: the most specific one
 *
 * How it works: each rule gets a number once, when the policy was read; of rules that agree the one
 * with the smallest counts, tcbox-policy(5), "Which rule counts". A rule is as specific as the
 * widest of its destinations, so that the order is one of rules, whatever the act.
 */
#include "policy/rank.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"

#define EXACT 1000u		/* one name or address; above every other destination */
#define GLOB 500u		/* and a point for each label; above every network */
#define PORTS 65535u		/* all of them: as many as without the key */

enum { WHERE, WHO, PORT, PROTOCOL, APPLICATION, TLS, HTTP, PHASE, PARTS };

/* What a rule says, the more the greater, in the order in which it is compared. */
struct ranked {
	unsigned int parts[PARTS];
	size_t rule;
};

static unsigned int dest_weight(const struct pol_dest *d)
{
	bool four = d->net.family == AF_INET;
	unsigned int labels = 1;

	if (d->kind == POL_DEST_NAME)
		return EXACT;
	if (d->kind == POL_DEST_GLOB) {
		for (const char *c = d->name; *c; c++)
			labels += *c == '.';
		return strcmp(d->name, "*") ? GLOB + labels : 0;
	}
	if (d->prefix == (four ? 32u : 128u))
		return EXACT;
	return four ? d->prefix * 4 : d->prefix;
}

static unsigned int where(const struct pol_conn *c)
{
	unsigned int widest = c->nto ? EXACT : 0;

	for (size_t i = 0; i < c->nto; i++) {
		unsigned int w = dest_weight(&c->to[i]);

		widest = w < widest ? w : widest;
	}
	return widest;
}

/* who() - a path before a glob, a glob with more in it before one with less */
static unsigned int who(const char *process)
{
	unsigned int plain = 0;

	if (!process)
		return 0;
	if (!process[strcspn(process, "*?[\\")])
		return UINT32_MAX;
	for (; *process; process++)
		plain += !strchr("*?", *process);
	return 1 + plain;
}

static unsigned int ports(const struct pol_range *v, size_t n)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < n && sum < PORTS; i++)
		sum += 1u + v[i].hi - v[i].lo;
	return n && sum < PORTS ? PORTS - sum : 0;
}

static struct ranked conn_weight(const struct pol_conn *c)
{
	return (struct ranked){ .parts = {
		[WHERE] = where(c), [WHO] = who(c->process), [PORT] = ports(c->ports, c->nports),
		[PROTOCOL] = c->protocol != NULL, [APPLICATION] = c->application != NULL,
		[TLS] = c->tls_min != NULL, [HTTP] = pol_has_requests(c),
		[PHASE] = c->nphases > 0,
	} };
}

static struct ranked listen_weight(const struct pol_listen *l)
{
	return (struct ranked){ .parts = {
		[WHERE] = l->on == POL_ON_LOOPBACK, [WHO] = who(l->process),
		[PORT] = ports(l->ports, l->nports), [PROTOCOL] = l->protocol != NULL,
		[PHASE] = l->nphases > 0,
	} };
}

/* by_weight() - those that say more first; equal ones as in the policy */
static int by_weight(const void *pa, const void *pb)
{
	const struct ranked *a = pa, *b = pb;

	for (size_t i = 0; i < PARTS; i++)
		if (a->parts[i] != b->parts[i])
			return a->parts[i] > b->parts[i] ? -1 : 1;
	return a->rule < b->rule ? -1 : a->rule > b->rule;
}

bool rank_equal(const struct pol_conn *a, const struct pol_conn *b)
{
	const struct ranked x = conn_weight(a), y = conn_weight(b);

	return !memcmp(x.parts, y.parts, sizeof(x.parts));
}

bool rank_equal_listen(const struct pol_listen *a, const struct pol_listen *b)
{
	const struct ranked x = listen_weight(a), y = listen_weight(b);

	return !memcmp(x.parts, y.parts, sizeof(x.parts));
}

int rank_rules(struct pol *p)
{
	size_t max = p->nconns > p->nlistens ? p->nconns : p->nlistens;
	TB_AUTOFREE struct ranked *v = calloc(max + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < p->nconns; i++) {
		v[i] = conn_weight(&p->conns[i]);
		v[i].rule = i;
	}
	qsort(v, p->nconns, sizeof(*v), by_weight);
	for (size_t i = 0; i < p->nconns; i++)
		p->conns[v[i].rule].rank = (uint32_t)i;
	for (size_t i = 0; i < p->nlistens; i++) {
		v[i] = listen_weight(&p->listens[i]);
		v[i].rule = i;
	}
	qsort(v, p->nlistens, sizeof(*v), by_weight);
	for (size_t i = 0; i < p->nlistens; i++)
		p->listens[v[i].rule].rank = (uint32_t)i;
	return 0;
}
