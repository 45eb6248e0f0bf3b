/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge.c - items that become one
 *
 * Conversations that carried nothing say nothing of an application: they belong to those of the
 * same program, destination and port that did.
 */
#include "policy/learn/state.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"
#include "tcbox/word.h"

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static int order(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

/* by_place() - the order of the text: what is in force first */
static int by_place(const void *pa, const void *pb)
{
	const struct lrn_item *a = *(const struct lrn_item *const *)pa;
	const struct lrn_item *b = *(const struct lrn_item *const *)pb;
	int n = (a->section > b->section) - (a->section < b->section);

	n = n ? n : (a->doubts != 0) - (b->doubts != 0);
	if (a->section == LRN_CONNS || a->section == LRN_LISTENS)
		n = n ? n : order(a->program, b->program);
	n = n ? n : order(a->what, b->what);
	n = n ? n : order(a->proto, b->proto);
	n = n ? n : (a->ports[0] > b->ports[0]) - (a->ports[0] < b->ports[0]);
	n = n ? n : order(a->app, b->app);
	return n ? n : (a->doubts > b->doubts) - (a->doubts < b->doubts);
}

void lrn_add_up(struct lrn_item *to, struct lrn_item *from)
{
	if (from->seen.first < to->seen.first)
		to->seen.first = from->seen.first;
	if (from->seen.last > to->seen.last)
		to->seen.last = from->seen.last;
	to->seen.runs |= from->seen.runs;
	to->seen.count += from->seen.count;
	to->most.conns += from->most.conns;
	to->most.out += from->most.out;
	to->most.in += from->most.in;
	to->inferred |= from->inferred;
	from->gone = true;
}

static bool has_ports(const struct lrn_item *it, const struct lrn_item *of)
{
	for (size_t i = 0; i < of->nports; i++) {
		size_t k = 0;

		while (k < it->nports && it->ports[k] != of->ports[i])
			k++;
		if (k == it->nports)
			return false;
	}
	return true;
}

/* silent() - a conversation in which nothing was said joins one in which something was */
static void silent(struct learn *l, struct lrn_item *it)
{
	for (size_t i = 0; i < l->nitems; i++) {
		struct lrn_item *to = l->items[i];

		if (to->section == LRN_CONNS && to->app && !to->gone && !to->doubts &&
		    same(to->program, it->program) && same(to->what, it->what) &&
		    same(to->proto, it->proto) && has_ports(to, it)) {
			lrn_add_up(to, it);
			return;
		}
	}
}

/* talked_to() - by a rule, or by a proposal. 0: not at all */
static unsigned int talked_to(const struct learn *l, const char *name, bool *in_force)
{
	unsigned int n = 0;

	*in_force = false;
	for (size_t i = 0; i < l->nitems; i++) {
		const struct lrn_item *it = l->items[i];

		if (it->section != LRN_CONNS || it->gone || it->is_address || !same(it->what, name))
			continue;
		n++;
		*in_force |= !it->doubts;
	}
	return n;
}

void lrn_merge(struct learn *l)
{
	for (size_t i = 0; i < l->nitems; i++) {
		struct lrn_item *it = l->items[i];

		if (it->section == LRN_CONNS && !it->app && !it->doubts && it->nports)
			silent(l, it);
	}
	for (size_t i = 0; i < l->nitems; i++) {
		struct lrn_item *it = l->items[i];
		bool in_force;

		if (it->section != LRN_NAMES || it->doubts || !talked_to(l, it->what, &in_force))
			continue;
		if (in_force)
			it->gone = true;	/* the rule has the name */
		else
			it->doubts |= LRN_WITH_PROPOSAL;
	}
	lrn_merge_files(l);
	lrn_merge_requests(l);
	if (l->nitems)
		qsort(l->items, l->nitems, sizeof(l->items[0]), by_place);
}
