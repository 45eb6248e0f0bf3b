/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - lookups against the rules; what the lab answered against what the packets show
 *
 * The lab and the decoder both record every lookup. They see it at different places and share no code, so each checks the
 * other: a lookup that only one of them has is lost evidence.
 */
#include "policy/compare/cmp_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY_LEN 300

struct names {
	struct cmp *c;
	struct fnd_result *r;
	struct tb_map *asked[EV_SRCS];	/* by name and type, of the packets and of the lab */
	struct tb_map *distinct;
};

struct asked_key {
	const char *name, *type;
};

static bool was_asked(const struct names *n, enum ev_src src, const struct cmp_lookup *l)
{
	const struct asked_key key = { l->name, l->type };

	return tb_map_get(n->asked[src], &key, sizeof(key)) != NULL;
}

static void note_asked(struct names *n, const struct cmp_lookup *l)
{
	const struct asked_key key = { l->name, l->type };

	if (tb_map_put(n->asked[l->src], &key, sizeof(key), n->c))
		n->c->failed = true;
}

/* is_control() - the canary's own lookup. The product may ask for that name, too: then the owner is another, or the time */
static bool is_control(struct cmp *c, const struct cmp_lookup *l)
{
	const struct cmp_flow *f = cmp_flow_by_id(c, l->flow);

	if (f && f->canary)
		return l->t < c->product_t;	/* later it is the product, from the same port */
	return c->canary_name && l->name == c->canary_name && (!f || f->call == CMP_NONE);
}

/* no_query() - something else was sent to a name server: no name was asked for */
static bool no_query(const struct cmp_lookup *l)
{
	return !l->type && l->extra;
}

/* note_extra() - bytes to the gate's name server that no rule can declare: rules for others are rules for what goes there */
static void note_extra(struct names *n, const struct cmp_lookup *l, struct fnd_act act)
{
	char server[EV_ADDR_STRLEN];
	struct fnd *fnd;
	bool fresh;

	act.code = CODE_DNS_UNUSUAL;
	if (no_query(l))
		act.what = "no query at all";	/* one object */
	act.severity = FND_VIOLATION;
	act.bytes_out = l->extra;
	fnd = fnd_note(n->c->findings, &act, &fresh);
	if (!fresh)
		return;
	ev_addr_format(&l->server, server);
	if (no_query(l))
		cmp_text(n->c, &fnd->observed, "%llu bytes to %s that are no well-formed query", (unsigned long long)l->extra, server);
	else
		cmp_text(n->c, &fnd->observed, "%llu bytes that no plain query has, with %s (%s) asked of %s",
			 (unsigned long long)l->extra, l->name, l->type ? l->type : "unknown type", server);
}

static void compare(struct names *n, const struct cmp_lookup *l)
{
	struct cmp *c = n->c;
	const struct cmp_flow *f = cmp_flow_by_id(c, l->flow);
	const struct cmp_call *call = f && f->call != CMP_NONE ? &c->calls[f->call] : NULL;
	long pattern = match_find_name(c->names, l->name);
	struct fnd_act act = {
		.code = CODE_DNS_UNDECLARED, .basis = FND_SEEN, .proc = call ? call->proc : 0, .exe = call ? call->exe : NULL,
		.what = l->name, .acted = call ? call->t : 0, .first = l->t, .last = l->t, .count = 1, .packets = { f ? f->pkt_first : 0 },
			.lines = { l->line },
	};
	char server[EV_ADDR_STRLEN], many[MANY_LEN];
	struct fnd *fnd;
	bool fresh;

	if (l->name && strchr(l->name, '.')) {
		(void)snprintf(many, sizeof(many), "many names below %.256s", strchr(l->name, '.') + 1);
		act.many = many;
	}
	if (l->extra && evd_is_resolver(&l->server))
		note_extra(n, l, act);
	if (no_query(l))
		return;
	if (pattern >= 0)
		cmp_seen_add(&c->name_seen[pattern], l->t, l->t, 1, 0, 0);
	if (pattern >= 0 || match_find_name(c->index, l->name) >= 0 || !cmp_level(c->policy->on_name, &act.severity))
		return;
	fnd = fnd_note(c->findings, &act, &fresh);
	if (!fresh)
		return;
	ev_addr_format(&l->server, server);
	cmp_text(c, &fnd->observed, "%s (%s) asked of %s%s", l->name, l->type ? l->type : "unknown type", server,
		 l->answered ? "" : ", not answered");
}

static uint64_t missing_from(const struct names *n, enum ev_src src, enum ev_src other, const char **example)
{
	const struct cmp *c = n->c;
	uint64_t missing = 0;

	for (size_t i = 0; i < c->nlookups; i++) {
		const struct cmp_lookup *l = &c->lookups[i];

		if (l->src != src || was_asked(n, other, l))
			continue;
		/* Only what the lab must have seen: answered by it, and not held back by the gate. */
		if (src == EV_SRC_NET && (!l->answered || !evd_is_resolver(&l->server)))
			continue;
		if (!missing++)
			*example = l->name;
	}
	return missing;
}

static void agree(struct names *n, const struct run_info *run)
{
	const char *example = "";
	uint64_t missing;

	if (run->net != RUN_NET_SIM)
		return;
	missing = missing_from(n, EV_SRC_LAB, EV_SRC_NET, &example);
	if (missing)
		cmp_gap(n->c, n->r, true, "Name lookups in the packets",
			"Lookups that the lab answered and the packets do not show: %llu, "
			"the first for %s", (unsigned long long)missing, example);
	missing = missing_from(n, EV_SRC_NET, EV_SRC_LAB, &example);
	if (missing)
		cmp_gap(n->c, n->r, true, "Name lookups in the lab",
			"Answered lookups in the packets that the lab did not record: %llu, "
			"the first for %s", (unsigned long long)missing, example);
}

static void take_all(struct names *n)
{
	struct cmp *c = n->c;

	for (size_t i = 0; i < c->nlookups && !c->failed; i++)
		if (c->lookups[i].src == EV_SRC_NET || c->lookups[i].src == EV_SRC_LAB)
			note_asked(n, &c->lookups[i]);
	for (size_t i = 0; i < c->nlookups && !c->failed; i++) {
		const struct cmp_lookup *l = &c->lookups[i];

		if (is_control(c, l)) {
			c->canary_lab |= l->src == EV_SRC_LAB;
			c->canary_asked |= l->src == EV_SRC_NET;
			continue;
		}
		n->r->totals.lookups += l->src == EV_SRC_NET && !no_query(l);
		if (!no_query(l) && tb_map_put(n->distinct, &l->name, sizeof(l->name), c))
			c->failed = true;
		if (c->policy && (l->src == EV_SRC_NET || !was_asked(n, EV_SRC_NET, l)))
			compare(n, l);
	}
}

void cmp_names(struct cmp *c, const struct run_info *run, struct fnd_result *r)
{
	struct names n = { .c = c, .r = r };

	n.asked[EV_SRC_NET] = tb_map_new(CMP_MAX_LOOKUPS);
	n.asked[EV_SRC_LAB] = tb_map_new(CMP_MAX_LOOKUPS);
	n.distinct = tb_map_new(CMP_MAX_LOOKUPS);
	if (n.asked[EV_SRC_NET] && n.asked[EV_SRC_LAB] && n.distinct) {
		take_all(&n);
		agree(&n, run);
		r->totals.names = tb_map_count(n.distinct);
	} else {
		c->failed = true;
	}
	tb_map_free(n.asked[EV_SRC_NET]);
	tb_map_free(n.asked[EV_SRC_LAB]);
	tb_map_free(n.distinct);
}
