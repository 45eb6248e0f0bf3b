/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lists.c - patterns of names, programs and files that say nothing beyond others
 */
#include <stdlib.h>
#include <string.h>

#include "policy/lint/pattern.h"
#include "policy/lint/state.h"
#include "tcbox/map.h"
#include "tcbox/own.h"

/* A list of patterns, and those of its entries so far that have a wildcard. */
struct list {
	char **v;
	const struct pol_at *at;
	size_t n;
	enum pattern_kind kind;
	size_t *wild;
	size_t nwild;
};

static bool is_wild(const struct list *list, const char *s)
{
	return strpbrk(s, list->kind == PATTERN_PATH ? "*?[\\" : "*") != NULL;
}

/* covering() - the entry before @i that matches all that it does; SIZE_MAX: none */
static size_t covering(struct lint *l, const struct list *list, size_t i, const struct tb_map *seen)
{
	const char *s = list->v[i];
	const size_t *same = tb_map_get(seen, s, strlen(s));

	if (same)
		return *same;
	for (size_t j = 0; j < list->nwild && lint_pair(l); j++)
		if (pattern_covers(list->kind, list->v[list->wild[j]], s))
			return list->wild[j];
	return SIZE_MAX;
}

static void lint_list(struct lint *l, struct list *list)
{
	TB_AUTOFREE size_t *numbers = calloc(list->n + 1, sizeof(*numbers));
	struct tb_map *seen = tb_map_new(list->n + 1);
	struct lint_where where;

	list->wild = calloc(list->n + 1, sizeof(*list->wild));
	for (size_t i = 0; i < list->n && numbers && seen && list->wild; i++) {
		size_t by = covering(l, list, i, seen);

		if (by != SIZE_MAX) {
			lint_add(l, LINT_SHADOWED, list->at[i],
				 "\"%.256s\" adds nothing: \"%.256s\" in %s matches all of it",
				 list->v[i], list->v[by],
				 lint_where(l, list->at[by], &where));
			continue;
		}
		numbers[i] = i;
		if (tb_map_put(seen, list->v[i], strlen(list->v[i]), &numbers[i]))
			l->no_memory = true;
		if (is_wild(list, list->v[i]))
			list->wild[list->nwild++] = i;
	}
	l->no_memory |= !numbers || !seen || !list->wild;
	free(list->wild);
	tb_map_free(seen);
}

/* implied_by() - the rule that declares lookups of all that the pattern matches; NULL: none */
static const struct pol_conn *implied_by(struct lint *l, const char *name)
{
	for (size_t i = 0; i < l->p->nconns; i++) {
		const struct pol_conn *c = &l->p->conns[i];

		for (size_t j = 0; j < c->nto && lint_pair(l); j++)
			if (c->to[j].kind != POL_DEST_NET &&
			    pattern_covers(PATTERN_NAME, c->to[j].name, name))
				return c;
	}
	return NULL;
}

void lint_lists(struct lint *l)
{
	const struct pol *p = l->p;
	struct lint_where where;
	struct list lists[] = {
		{ p->names, p->names_at, p->nnames, PATTERN_NAME, NULL, 0 },
		{ p->executes, p->executes_at, p->nexecutes, PATTERN_PATH, NULL, 0 },
		{ p->write, p->write_at, p->nwrite, PATTERN_PATH, NULL, 0 },
		{ p->read, p->read_at, p->nread, PATTERN_PATH, NULL, 0 },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(lists); i++)
		lint_list(l, &lists[i]);
	for (size_t i = 0; i < p->nnames; i++) {
		const struct pol_conn *c = implied_by(l, p->names[i]);

		if (c)
			lint_add(l, LINT_SHADOWED, p->names_at[i],
				 "\"%.256s\" adds nothing: lookups of it are declared by \"%s\" in "
				 "%s",
				 p->names[i], c->id, lint_where(l, c->at, &where));
	}
}
