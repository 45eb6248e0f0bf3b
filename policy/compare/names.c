/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - lookups against the rules; what the lab answered against what the packets show
 *
 * The lab and the decoder both record every lookup. They see it at different places and share no
 * code, so each checks the other: a lookup that only one of them has is lost evidence, unless it
 * was asked inside TLS, where the lab is the only witness.
 */
#include "policy/compare/details.h"
#include "policy/compare/flow_act.h"
#include "policy/compare/gap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/app_words.h"

#define MANY_LEN 300
#define BELOW_MANY 16	/* different names of one pattern that nobody wonders at */

struct names {
	struct cmp *c;
	struct tb_map *asked[EV_SRCS];	/* by name and type, of the packets and of the lab */
	struct tb_map *distinct;
	struct tb_map *followed;	/* by name and program: an undeclared conversation */
	struct tb_map *counted;	/* names that are in @below */
	uint64_t *below;	/* by pattern of "names", then by rule: different names of a glob */
};

/* Who asked, for what. */
struct asker_key {
	const char *name;
	const struct evd_program *program;
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

static void lookup_details(struct cmp *c, const struct evd_lookup *l, struct fnd_details *to)
{
	details_text(c, to, FND_KEY_NAME, l->name);
	details_text(c, to, FND_KEY_TYPE, l->type);
	details_addr(c, to, FND_KEY_SERVER, &l->server);
}

/*
 * note_extra() - bytes to the gate's name server that no rule can declare: rules for others are
 * rules for what goes there
 */
static void note_extra(struct names *n, const struct evd_lookup *l, struct fnd_act act)
{
	struct fnd_details *seen;

	act.code = FND_DNS_UNUSUAL;
	if (no_query(l))
		act.what = "no query at all";	/* one object */
	act.severity = FND_VIOLATION;
	act.bytes_out = l->extra;
	seen = cmp_note(n->c, &act);
	lookup_details(n->c, l, seen);
	details_number(n->c, seen, FND_KEY_BYTES, l->extra);
	details_is(n->c, seen, FND_KEY_NO_QUERY, no_query(l));
	details_is(n->c, seen, FND_KEY_QUERY, !no_query(l));
}

/* glob_of() - the glob of a rule that declares a name which it does not have as such. NULL: none */
static const char *glob_of(const struct pol_conn *rule, const char *name)
{
	const char *glob = NULL;

	for (size_t i = 0; i < rule->nto; i++) {
		if (rule->to[i].kind == POL_DEST_NAME && !strcmp(rule->to[i].name, name))
			return NULL;
		if (rule->to[i].kind == POL_DEST_GLOB && pol_name_glob(rule->to[i].name, name))
			glob = rule->to[i].name;
	}
	return glob;
}

/* count_below() - a name, once. @pattern: of "names"; @rule: of "connections"; -1: none */
static void count_below(struct names *n, const char *name, long pattern, long rule)
{
	const struct pol *p = n->c->policy;

	if (tb_map_get(n->counted, &name, sizeof(name)))
		return;
	if (tb_map_put(n->counted, &name, sizeof(name), n->c))
		n->c->verdict.failed = true;
	if (pattern >= 0)
		n->below[pattern] += strchr(p->names[pattern], '*') != NULL;
	else if (rule >= 0)
		n->below[p->nnames + (size_t)rule] += glob_of(&p->conns[rule], name) != NULL;
}

/* first_glob() - of a rule. NULL: it has none */
static const char *first_glob(const struct pol_conn *rule)
{
	for (size_t i = 0; i < rule->nto; i++)
		if (rule->to[i].kind == POL_DEST_GLOB)
			return rule->to[i].name;
	return NULL;
}

/* many_below() - a pattern lets a product choose letters: it can say with them what it likes */
static void many_below(struct names *n)
{
	const struct pol *p = n->c->policy;
	uint64_t total = 0, most = 0;
	struct fnd_details *details;
	size_t at = 0;

	for (size_t i = 0; p && i < p->nnames + p->nconns; i++) {
		if (n->below[i] <= BELOW_MANY)
			continue;
		total += n->below[i];
		at = n->below[i] > most ? i : at;
		most = n->below[i] > most ? n->below[i] : most;
	}
	if (!total)
		return;
	details = gap_add(n->c, false, FND_GAP_NAMES_BELOW);
	details_number(n->c, details, FND_KEY_COUNT, total);
	details_text(n->c, details, FND_KEY_NAME,
		     at < p->nnames ? p->names[at] : first_glob(&p->conns[at - p->nnames]));
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

/* follow() - remember which undeclared conversation followed a lookup, the first of each */
static void follow(struct names *n)
{
	const struct fnd_result *r = n->c->verdict.r;

	for (size_t i = 0; i < n->c->ev->nflows; i++) {
		const struct evd_flow *f = n->c->ev->flows[i];
		const struct asker_key key = { evd_host(f), f->call ? f->call->program : NULL };

		if (r->flows[i].stand != FND_UNDECLARED || f->inbound || !key.name ||
		    tb_map_get(n->followed, &key, sizeof(key)))
			continue;
		if (tb_map_put(n->followed, &key, sizeof(key), (void *)(uintptr_t)(i + 1)))
			n->c->verdict.failed = true;
	}
}

/*
 * is_told() - lookup and conversation are one surprise: the lookup is evidence of the finding about
 * the conversation, if that is as grave
 */
static bool is_told(struct names *n, const struct evd_lookup *l, const struct fnd_act *act)
{
	const struct evd_call *call = l->flow ? l->flow->call : NULL;
	const struct asker_key key = { l->name, call ? call->program : NULL };
	size_t at = (uintptr_t)tb_map_get(n->followed, &key, sizeof(key));
	struct flow_words words;
	struct fnd_act talked;

	if (!at)
		return false;
	talked = flow_act(n->c->ev->flows[at - 1], FND_NET_UNDECLARED, act->severity, &words);
	if (!cmp_level(n->c, FND_CONNECTIONS, &talked.severity) || talked.severity < act->severity)
		return false;
	talked.first = act->first;
	talked.last = act->last;
	memcpy(talked.packets, act->packets, sizeof(talked.packets));
	memcpy(talked.lines, act->lines, sizeof(talked.lines));
	return fnd_evidence(n->c->verdict.findings, &talked);
}

static void undeclared(struct names *n, const struct evd_lookup *l, const struct fnd_act *act)
{
	struct fnd_details *seen = cmp_note(n->c, act);

	lookup_details(n->c, l, seen);
	details_is(n->c, seen, FND_KEY_REFUSED, act->failed);
	details_is(n->c, seen, FND_KEY_UNANSWERED, !l->answered);
}

static void compare(struct names *n, const struct evd_lookup *l)
{
	struct cmp *c = n->c;
	long pattern = match_find_name(c->names, l->name), rule;
	struct fnd_stands *stands = &c->verdict.r->lookups;
	size_t at = (size_t)(l - c->ev->lookups);
	struct fnd_act act = act_of(l);
	const char *dot = strchr(l->name, '.');
	char many[MANY_LEN];

	if (dot) {
		(void)snprintf(many, sizeof(many), "many names below %.256s", dot + 1);
		act.many = many;
	}
	if (l->extra && l->gate)
		note_extra(n, l, act);
	if (no_query(l))
		return;
	cmp_stand(stands, at, FND_DECLARED);
	if (pattern >= 0)
		cmp_seen_add(&c->tally.names[pattern],
			     &(struct cmp_seen){ .count = 1, .first = l->t, .last = l->t,
						 .proved = true });
	rule = pattern < 0 ? match_find_name(c->index, l->name) : -1;
	count_below(n, l->name, pattern, rule);
	if (pattern >= 0 || rule >= 0)
		return;
	cmp_stand(stands, at, FND_IGNORED);
	if (!cmp_level(c, FND_NAMES, &act.severity))
		return;
	cmp_stand(stands, at, FND_UNDECLARED);
	act.failed = c->run->enforce && l->refused;
	if (!is_told(n, l, &act))
		undeclared(n, l, &act);
}

/*
 * is_hidden() - from the witness that has not got it: no packet shows what was asked for inside
 * TLS, and the lab has only what it answered and the gate did not hold back
 */
static bool is_hidden(const struct evd_lookup *l)
{
	if (l->src == EV_SRC_NET)
		return !l->answered || !l->gate;
	return l->flow && tb_app_encrypted(l->flow->app, l->flow->app_detail);
}

static uint64_t missing_from(const struct names *n, enum ev_src src, enum ev_src other,
			     const char **example)
{
	const struct evd_facts *ev = n->c->ev;
	uint64_t missing = 0;

	for (size_t i = 0; i < ev->nlookups; i++) {
		const struct evd_lookup *l = &ev->lookups[i];

		if (l->src != src || is_hidden(l) || was_asked(n, other, l))
			continue;
		if (!missing++)
			*example = l->name;
	}
	return missing;
}

/* disagree() - lookups that one of the two has, and the other has not */
static void disagree(struct names *n, enum fnd_gap_code code, enum ev_src src, enum ev_src other)
{
	const char *example = "";
	uint64_t missing = missing_from(n, src, other, &example);
	struct fnd_details *details;

	if (!missing)
		return;
	details = gap_add(n->c, true, code);
	details_number(n->c, details, FND_KEY_COUNT, missing);
	details_text(n->c, details, FND_KEY_NAME, example);
}

static void agree(struct names *n)
{
	if (n->c->run->net != RUN_NET_SIM)
		return;
	disagree(n, FND_GAP_LOOKUPS_NO_PACKETS, EV_SRC_LAB, EV_SRC_NET);
	disagree(n, FND_GAP_LOOKUPS_NO_LAB, EV_SRC_NET, EV_SRC_LAB);
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
	size_t max = c->ev->nlookups + 1, patterns = 0;

	if (c->policy)
		patterns = c->policy->nnames + c->policy->nconns;
	cmp_stands(c, &c->verdict.r->lookups, c->ev->nlookups);
	n.asked[EV_SRC_NET] = tb_map_new(max);
	n.asked[EV_SRC_LAB] = tb_map_new(max);
	n.distinct = tb_map_new(max);
	n.followed = tb_map_new(SIZE_MAX);
	n.counted = tb_map_new(max);
	n.below = calloc(patterns + 1, sizeof(*n.below));
	if (n.asked[EV_SRC_NET] && n.asked[EV_SRC_LAB] && n.distinct && n.followed && n.counted &&
	    n.below) {
		if (c->policy && !c->verdict.failed)
			follow(&n);
		all(&n);
		agree(&n);
		many_below(&n);
		c->verdict.r->totals.names = tb_map_count(n.distinct);
	} else {
		c->verdict.failed = true;
	}
	tb_map_free(n.asked[EV_SRC_NET]);
	tb_map_free(n.asked[EV_SRC_LAB]);
	tb_map_free(n.distinct);
	tb_map_free(n.followed);
	tb_map_free(n.counted);
	free(n.below);
}
