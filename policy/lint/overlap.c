/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlap.c - rules that say equally much and agree with the same act
 *
 * How it works: of two rules of which one is more specific it is clear which counts, so only those
 * that say equally much are compared: they stand beside each other in the order of ranks. Where all
 * of their destinations are single names and addresses, only those with one in common are.
 * Limits: a name and an address are taken for different destinations.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/lint/pattern.h"
#include "policy/lint/state.h"
#include "policy/match.h"
#include "policy/rank.h"
#include "tcbox/own.h"

/* is_any() - a destination that is every one */
static bool is_any(const struct pol_dest *d)
{
	return d->kind == POL_DEST_NET ? !d->prefix : !strcmp(d->name, "*");
}

static bool is_exact(const struct pol_dest *d)
{
	if (d->kind == POL_DEST_NET)
		return d->prefix == (d->net.family == AF_INET ? 32u : 128u);
	return d->kind == POL_DEST_NAME;
}

static bool net_covers(const struct pol_dest *a, const struct pol_dest *b)
{
	unsigned int whole = a->prefix / 8, rest = a->prefix % 8;

	if (a->net.family != b->net.family || a->prefix > b->prefix ||
	    memcmp(a->net.ip, b->net.ip, whole))
		return false;
	return !rest || !((a->net.ip[whole] ^ b->net.ip[whole]) >> (8 - rest));
}

static bool dest_covers(const struct pol_dest *a, const struct pol_dest *b)
{
	if (is_any(a))
		return true;
	if (a->kind == POL_DEST_NET || b->kind == POL_DEST_NET)
		return a->kind == b->kind && net_covers(a, b);
	return pattern_covers(PATTERN_NAME, a->name, b->name);
}

static bool dest_meets(const struct pol_dest *a, const struct pol_dest *b)
{
	if (is_any(a) || is_any(b))
		return true;
	if (a->kind == POL_DEST_NET || b->kind == POL_DEST_NET)
		return a->kind == b->kind && (net_covers(a, b) || net_covers(b, a));
	return pattern_meet(PATTERN_NAME, a->name, b->name);
}

/* to_meets() - a destination of @b that @a has in common; @any: all may be. NULL and not *any: they
 * have none */
static const struct pol_dest *to_meets(const struct pol_conn *a, const struct pol_conn *b,
				       bool *any)
{
	*any = !a->nto || !b->nto;
	for (size_t i = 0; i < a->nto; i++)
		for (size_t j = 0; j < b->nto; j++)
			if (dest_meets(&a->to[i], &b->to[j]))
				return &b->to[j];
	return NULL;
}

static bool to_covers(const struct pol_conn *a, const struct pol_conn *b)
{
	bool covered = b->nto > 0;

	for (size_t j = 0; j < b->nto && covered; j++) {
		covered = false;
		for (size_t i = 0; i < a->nto && !covered; i++)
			covered = dest_covers(&a->to[i], &b->to[j]);
	}
	return !a->nto || covered;
}

static bool ports_meet(const struct pol_range *a, size_t na, const struct pol_range *b, size_t nb)
{
	for (size_t i = 0; i < na; i++)
		for (size_t j = 0; j < nb; j++)
			if (a[i].lo <= b[j].hi && b[j].lo <= a[i].hi)
				return true;
	return !na || !nb;
}

static bool ports_cover(const struct pol_range *a, size_t na, const struct pol_range *b, size_t nb)
{
	bool covered = nb > 0;

	for (size_t j = 0; j < nb && covered; j++) {
		covered = false;
		for (size_t i = 0; i < na && !covered; i++)
			covered = a[i].lo <= b[j].lo && b[j].hi <= a[i].hi;
	}
	return !na || covered;
}

static bool process_meets(const char *a, const char *b)
{
	return !a || !b || pattern_meet(PATTERN_PATH, a, b);
}

static bool process_covers(const char *a, const char *b)
{
	return !a || (b && pattern_covers(PATTERN_PATH, a, b));
}

static bool word_meets(const char *a, const char *b)
{
	return !a || !b || !strcmp(a, b);
}

static bool word_covers(const char *a, const char *b)
{
	return !a || (b && !strcmp(a, b));
}

static bool has_phase(char *const *phases, size_t n, const char *phase)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(phases[i], phase))
			return true;
	return !n;
}

static bool phases_meet(char *const *a, size_t na, char *const *b, size_t nb)
{
	for (size_t i = 0; i < na; i++)
		if (has_phase(b, nb, a[i]))
			return true;
	return !na || !nb;
}

static bool phases_cover(char *const *a, size_t na, char *const *b, size_t nb)
{
	for (size_t i = 0; i < nb; i++)
		if (!has_phase(a, na, b[i]))
			return false;
	return !na || nb;
}

/* application_meets() - "tls" and "https" may be the same conversation */
static bool application_meets(const char *a, const char *b)
{
	struct match_flow flow;

	if (word_meets(a, b))
		return true;
	flow = (struct match_flow){ .app = a, .bytes = 1 };
	if (match_application(b, &flow))
		return true;
	flow.app = b;
	return match_application(a, &flow);
}

static bool conn_covers(const struct pol_conn *a, const struct pol_conn *b)
{
	return to_covers(a, b) && process_covers(a->process, b->process) &&
	       ports_cover(a->ports, a->nports, b->ports, b->nports) &&
	       word_covers(a->protocol, b->protocol) &&
	       word_covers(a->application, b->application) &&
	       !pol_has_requests(a) &&
	       phases_cover(a->phases, a->nphases, b->phases, b->nphases) &&
	       (!a->tls_min || (b->tls_min && strcmp(a->tls_min, b->tls_min) <= 0));
}

/* What is shared by the comparison of all rules of a policy. */
struct overlap {
	struct lint *l;
	bool *told;		/* by rule: it has a problem already */
};

static void tell_conns(const struct overlap *o, const struct pol_conn *a, const struct pol_conn *b,
		       const struct pol_dest *d)
{
	struct lint_where where;
	const char *with = d && d->name ? d->name : "the same destinations";

	if (conn_covers(a, b))
		lint_add(o->l, LINT_SHADOWED, b->at,
			 "\"%s\" never counts: \"%s\" in %s declares all of it, says as much "
			 "and stands first",
			 b->id, a->id, lint_where(o->l, a->at, &where));
	else
		lint_add(o->l, LINT_TIE, b->at,
			 "\"%s\" ties with \"%s\" in %s: both agree with conversations with "
			 "%.256s, and neither says more; join them, or say more in one of them",
			 b->id, a->id, lint_where(o->l, a->at, &where), with);
}

/* compare_conns() - the first stands before the second and says as much. Return: false if there
 * were too many to compare */
static bool compare_conns(struct overlap *o, size_t first, size_t second)
{
	const struct pol_conn *a = &o->l->p->conns[first], *b = &o->l->p->conns[second];
	const struct pol_dest *d;
	bool any;

	if (!lint_pair(o->l))
		return false;
	/* of rules that declare requests each request needs one */
	if (pol_has_requests(a) || pol_has_requests(b))
		return true;
	if (o->told[second] || !word_meets(a->protocol, b->protocol) ||
	    !phases_meet(a->phases, a->nphases, b->phases, b->nphases) ||
	    !ports_meet(a->ports, a->nports, b->ports, b->nports) ||
	    !process_meets(a->process, b->process) ||
	    !application_meets(a->application, b->application))
		return true;
	d = to_meets(a, b, &any);
	if (!d && !any)
		return true;
	tell_conns(o, a, b, d);
	o->told[second] = true;
	return true;
}

/* A single destination of a rule. */
struct entry {
	const struct pol_dest *d;
	size_t rule;
};

static int by_dest(const void *pa, const void *pb)
{
	const struct entry *one = pa, *other = pb;
	const struct pol_dest *a = one->d, *b = other->d;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->kind != POL_DEST_NET)
		return strcmp(a->name, b->name);
	if (a->net.family != b->net.family)
		return a->net.family < b->net.family ? -1 : 1;
	return memcmp(a->net.ip, b->net.ip, sizeof(a->net.ip));
}

static int by_entry(const void *pa, const void *pb)
{
	size_t a = ((const struct entry *)pa)->rule, b = ((const struct entry *)pb)->rule;
	int order = by_dest(pa, pb);

	if (order)
		return order;
	return a < b ? -1 : a > b;
}

/* compare_single() - rules whose destinations are all single ones: those that have one in common */
static void compare_single(struct overlap *o, const size_t *rules, size_t n)
{
	const struct pol_conn *conns = o->l->p->conns;
	TB_AUTOFREE struct entry *v = NULL;
	size_t count = 0, begin = 0;
	bool more = true;

	for (size_t i = 0; i < n; i++)
		count += conns[rules[i]].nto;
	v = calloc(count + 1, sizeof(*v));
	if (!v) {
		o->l->no_memory = true;
		return;
	}
	count = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < conns[rules[i]].nto; j++)
			v[count++] = (struct entry){ &conns[rules[i]].to[j], rules[i] };
	qsort(v, count, sizeof(*v), by_entry);
	for (size_t i = 0; i < count && more; i++) {
		if (by_dest(&v[begin], &v[i]))
			begin = i;
		for (size_t j = begin; j < i && more; j++)
			if (v[j].rule != v[i].rule)
				more = compare_conns(o, v[j].rule, v[i].rule);
	}
}

/* compare_all() - rules that say equally much, in the order of the file */
static void compare_all(struct overlap *o, const size_t *rules, size_t n)
{
	const struct pol_conn *c = &o->l->p->conns[rules[0]];
	bool single = c->nto > 0, more = true;

	for (size_t i = 0; i < c->nto; i++)
		single &= is_exact(&c->to[i]);
	if (single) {
		compare_single(o, rules, n);
		return;
	}
	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < i && more; j++)
			more = compare_conns(o, rules[j], rules[i]);
}

static void lint_conns(struct lint *l)
{
	const struct pol *p = l->p;
	TB_AUTOFREE size_t *order = calloc(p->nconns + 1, sizeof(*order));
	TB_AUTOFREE bool *told = calloc(p->nconns + 1, sizeof(*told));
	struct overlap o = { l, told };
	size_t begin = 0;

	if (!order || !told) {
		l->no_memory = true;
		return;
	}
	for (size_t i = 0; i < p->nconns; i++)
		order[p->conns[i].rank] = i;
	for (size_t i = 1; i <= p->nconns; i++) {
		if (i < p->nconns && rank_equal(&p->conns[order[begin]], &p->conns[order[i]]))
			continue;
		if (i - begin > 1)
			compare_all(&o, order + begin, i - begin);
		begin = i;
	}
}

/* compare_listens() - Return: true if the second has a problem */
static bool compare_listens(struct lint *l, const struct pol_listen *a, const struct pol_listen *b)
{
	struct lint_where where;

	if (!rank_equal_listen(a, b) || !word_meets(a->protocol, b->protocol) ||
	    !phases_meet(a->phases, a->nphases, b->phases, b->nphases) ||
	    !ports_meet(a->ports, a->nports, b->ports, b->nports) ||
	    !process_meets(a->process, b->process))
		return false;
	if (ports_cover(a->ports, a->nports, b->ports, b->nports) &&
	    phases_cover(a->phases, a->nphases, b->phases, b->nphases) &&
	    process_covers(a->process, b->process) && word_covers(a->protocol, b->protocol))
		lint_add(l, LINT_SHADOWED, b->at,
			 "\"%s\" never counts: \"%s\" in %s declares all of it, says as much "
			 "and stands first",
			 b->id, a->id, lint_where(l, a->at, &where));
	else
		lint_add(l, LINT_TIE, b->at,
			 "\"%s\" ties with \"%s\" in %s: both agree with the same ports, and "
			 "neither says more; join them, or say more in one of them",
			 b->id, a->id, lint_where(l, a->at, &where));
	return true;
}

void lint_overlaps(struct lint *l)
{
	const struct pol *p = l->p;

	lint_conns(l);
	for (size_t i = 1; i < p->nlistens; i++)
		for (size_t j = 0; j < i && lint_pair(l); j++)
			if (compare_listens(l, &p->listens[j], &p->listens[i]))
				break;
}
