/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - lookups against the rules; what the lab answered against what the packets show
 *
 * The lab and the decoder both record every lookup. They see it at different places and share no
 * code, so each checks the other: a lookup that only one of them has is lost evidence.
 */
#include "policy/compare/cmp_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY_LEN 300

struct names {
	struct cmp *c;
	struct tb_map *asked[EV_SRCS];	/* by name and type, of the packets and of the lab */
	struct tb_map *distinct;
};

struct asked_key {
	const char *name, *type;
};

static bool was_asked(const struct names *n, enum ev_src src, const struct evd_lookup *l)
{
	const struct asked_key key = { l->name, l->type };

	return tb_map_get(n->asked[src], &key, sizeof(key)) != NULL;
}

static void note_asked(struct names *n, const struct evd_lookup *l)
{
	const struct asked_key key = { l->name, l->type };

	if (tb_map_put(n->asked[l->src], &key, sizeof(key), n->c))
		n->c->verdict.failed = true;
}

/* no_query() - something else was sent to a name server: no name was asked for */
static bool no_query(const struct evd_lookup *l)
{
	return !l->type && l->extra;
}

static const char *type_of(const struct evd_lookup *l)
{
	return l->type ? l->type : "unknown type";
}

/*
 * note_extra() - bytes to the gate's name server that no rule can declare: rules for others are
 * rules for what goes there
 */
static void note_extra(struct names *n, const struct evd_lookup *l, struct fnd_act act)
{
	char server[EV_ADDR_STRLEN];
	struct fnd *fnd;
	bool fresh;

	act.code = FND_DNS_UNUSUAL;
	if (no_query(l))
		act.what = "no query at all";	/* one object */
	act.severity = FND_VIOLATION;
	act.bytes_out = l->extra;
	fnd = fnd_note(n->c->verdict.findings, &act, &fresh);
	if (!fresh)
		return;
	ev_addr_format(&l->server, server);
	if (no_query(l))
		cmp_text(n->c, &fnd->observed, "%llu bytes to %s that are no well-formed query",
			 (unsigned long long)l->extra, server);
	else
		cmp_text(n->c, &fnd->observed,
			 "%llu bytes that no plain query has, with %s (%s) asked of %s",
			 (unsigned long long)l->extra, l->name, type_of(l), server);
}

/* act_of() - an act for a finding about a lookup */
static struct fnd_act act_of(const struct evd_lookup *l)
{
	const struct evd_call *call = l->flow ? l->flow->call : NULL;
	struct fnd_act act = {
		.code = FND_DNS_UNDECLARED, .basis = FND_SEEN, .what = l->name, .first = l->t,
		.last = l->t, .count = 1, .lines = { l->line },
	};

	if (l->flow)
		act.packets[0] = l->flow->pkt_first;
	if (call) {
		act.proc = call->proc;
		act.acted = call->t;
	}
	if (call && call->program)
		act.exe = call->program->path;
	return act;
}

static void undeclared(struct names *n, const struct evd_lookup *l, const struct fnd_act *act)
{
	char server[EV_ADDR_STRLEN];
	struct fnd *fnd;
	bool fresh;

	fnd = fnd_note(n->c->verdict.findings, act, &fresh);
	if (!fresh)
		return;
	ev_addr_format(&l->server, server);
	if (l->answered)
		cmp_text(n->c, &fnd->observed, "%s (%s) asked of %s", l->name, type_of(l), server);
	else
		cmp_text(n->c, &fnd->observed, "%s (%s) asked of %s, not answered", l->name,
			 type_of(l), server);
}

static void compare(struct names *n, const struct evd_lookup *l)
{
	struct cmp *c = n->c;
	long pattern = match_find_name(c->names, l->name);
	struct fnd_act act = act_of(l);
	const char *dot = strchr(l->name, '.');
	char many[MANY_LEN];

	if (dot) {
		(void)snprintf(many, sizeof(many), "many names below %.256s", dot + 1);
		act.many = many;
	}
	if (l->extra && evd_is_resolver(&l->server))
		note_extra(n, l, act);
	if (no_query(l))
		return;
	if (pattern >= 0)
		cmp_seen_add(&c->tally.names[pattern], &(struct cmp_seen){ 1, 0, 0, l->t, l->t });
	else if (match_find_name(c->index, l->name) < 0 && cmp_level(c, FND_NAMES, &act.severity))
		undeclared(n, l, &act);
}

static uint64_t missing_from(const struct names *n, enum ev_src src, enum ev_src other,
			     const char **example)
{
	const struct evd_facts *ev = n->c->ev;
	uint64_t missing = 0;

	for (size_t i = 0; i < ev->nlookups; i++) {
		const struct evd_lookup *l = &ev->lookups[i];

		if (l->src != src || was_asked(n, other, l))
			continue;
		/*
		 * Only what the lab must have seen: answered by it, and not held back by the gate.
		 */
		if (src == EV_SRC_NET && (!l->answered || !evd_is_resolver(&l->server)))
			continue;
		if (!missing++)
			*example = l->name;
	}
	return missing;
}

static void agree(struct names *n)
{
	const char *example = "";
	uint64_t missing;

	if (n->c->run->net != RUN_NET_SIM)
		return;
	missing = missing_from(n, EV_SRC_LAB, EV_SRC_NET, &example);
	if (missing)
		cmp_gap(n->c, true, "Name lookups in the packets",
			"Lookups that the lab answered and the packets do not show: %llu, "
			"the first for %s", (unsigned long long)missing, example);
	missing = missing_from(n, EV_SRC_NET, EV_SRC_LAB, &example);
	if (missing)
		cmp_gap(n->c, true, "Name lookups in the lab",
			"Answered lookups in the packets that the lab did not record: %llu, "
			"the first for %s", (unsigned long long)missing, example);
}

/* one() - a lookup of the product's */
static void one(struct names *n, const struct evd_lookup *l)
{
	struct cmp *c = n->c;

	if (!no_query(l)) {
		c->verdict.r->totals.lookups += l->src == EV_SRC_NET;
		if (tb_map_put(n->distinct, &l->name, sizeof(l->name), c))
			c->verdict.failed = true;
	}
	if (c->policy && (l->src == EV_SRC_NET || !was_asked(n, EV_SRC_NET, l)))
		compare(n, l);
}

static void all(struct names *n)
{
	const struct evd_facts *ev = n->c->ev;
	const bool *failed = &n->c->verdict.failed;

	for (size_t i = 0; i < ev->nlookups && !*failed; i++)
		note_asked(n, &ev->lookups[i]);
	for (size_t i = 0; i < ev->nlookups && !*failed; i++)
		if (!ev->lookups[i].control)
			one(n, &ev->lookups[i]);
}

void cmp_names(struct cmp *c)
{
	struct names n = { .c = c };
	size_t max = c->ev->nlookups + 1;

	n.asked[EV_SRC_NET] = tb_map_new(max);
	n.asked[EV_SRC_LAB] = tb_map_new(max);
	n.distinct = tb_map_new(max);
	if (n.asked[EV_SRC_NET] && n.asked[EV_SRC_LAB] && n.distinct) {
		all(&n);
		agree(&n);
		c->verdict.r->totals.names = tb_map_count(n.distinct);
	} else {
		c->verdict.failed = true;
	}
	tb_map_free(n.asked[EV_SRC_NET]);
	tb_map_free(n.asked[EV_SRC_LAB]);
	tb_map_free(n.distinct);
}
