/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ids.c - the names of rules
 *
 * A rule is called after where it leads, or the port that it opens: short, the same from one
 * learning to the next as long as the rules are, and no other rule's.
 */
#include "policy/learn/state.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tcbox/own.h"

#define ID_MAX 64		/* tcbox-policy(5) */
#define ID_ROOM 48		/* the rest is for what keeps two apart */

/* plain() - append what an id may have of @s */
static void plain(char *id, const char *s)
{
	size_t n = strlen(id);

	for (; *s && n < ID_ROOM; s++) {
		unsigned char c = (unsigned char)*s;

		if (isalnum(c) || c == '.' || c == '_' || c == '-')
			id[n++] = (char)c;
		else if (n && id[n - 1] != '-')
			id[n++] = '-';
	}
	id[n] = '\0';
}

static bool is_taken(const struct learn *l, const struct lrn_item *it)
{
	const struct pol *base = l->options.base;

	for (size_t i = 0; base && i < base->nconns; i++)
		if (!strcmp(base->conns[i].id, it->id))
			return true;
	for (size_t i = 0; base && i < base->nlistens; i++)
		if (!strcmp(base->listens[i].id, it->id))
			return true;
	for (size_t i = 0; i < l->nitems; i++)
		if (l->items[i] != it && !strcmp(l->items[i]->id, it->id))
			return true;
	return false;
}

/* plain_method() - append the first of its methods */
static void plain_method(const struct learn *l, struct lrn_item *it)
{
	size_t at = 0, from = strlen(it->id) + 1;

	while (at + 1 < l->nmethods && !(it->methods >> at & 1))
		at++;
	(void)snprintf(it->id + strlen(it->id), sizeof(it->id) - strlen(it->id), "-%.8s",
		       l->methods[at]);
	for (char *s = it->id + from; *s; s++)
		*s = isalnum((unsigned char)*s) ? (char)tolower((unsigned char)*s) : '-';
}

static void name_rule(const struct learn *l, struct lrn_item *it)
{
	char first[ID_MAX + 1];
	const char *what = it->what;

	if (it->section == LRN_LISTENS) {
		(void)snprintf(it->id, sizeof(it->id), "listens-%.16s-", it->proto);
		if (what)
			plain(it->id, what);
		else
			(void)snprintf(it->id + strlen(it->id), 8, "%u", it->ports[0]);
	} else {
		plain(it->id, what ? what : "any");
	}
	if (!it->id[0])
		(void)snprintf(it->id, sizeof(it->id), "rule");
	if (it->nhttp && is_taken(l, it))
		plain_method(l, it);
	if (is_taken(l, it) && it->section == LRN_CONNS && it->nports)
		(void)snprintf(it->id + strlen(it->id), 7, "-%u", it->ports[0]);
	(void)snprintf(first, sizeof(first), "%.56s", it->id);
	for (unsigned int i = 2; is_taken(l, it); i++)
		(void)snprintf(it->id, sizeof(it->id), "%.56s-%u", first, i);
}

void lrn_name_rules(struct learn *l)
{
	for (size_t i = 0; i < l->nitems; i++) {
		struct lrn_item *it = l->items[i];

		if (!it->gone && (it->section == LRN_CONNS || it->section == LRN_LISTENS))
			name_rule(l, it);
	}
}
