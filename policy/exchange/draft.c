/* SPDX-License-Identifier: Apache-2.0 */
/*
 * draft.c - the parts of a draft: strings, rules, words, groups, and what was not carried over
 */
#include "policy/exchange/draft.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/grow.h"
#include "tcbox/own.h"

#define POOL_FIRST 4096u
#define ITEMS_MAX (1u << 17)	/* listed one by one; as many rules as a policy may have fit */

int draft_init(struct draft *d, const char *path, struct tb_err *err)
{
	*d = (struct draft){ .pool = tb_pool_new(POOL_FIRST), .group_map = tb_map_new(SIZE_MAX) };
	if (!d->pool || !d->group_map) {
		draft_clear(d);
		return tb_err_set(err, ENOMEM, "%s", path);
	}
	d->path = draft_keep(d, path);
	return 0;
}

void draft_rule_clear(struct draft_rule *r)
{
	free(r->to.v);
	free(r->ports.v);
	free(r->methods.v);
	free(r->paths.v);
	free(r->data.v);
}

void draft_clear(struct draft *d)
{
	for (size_t i = 0; i < d->nrules; i++)
		draft_rule_clear(&d->rules[i]);
	for (size_t i = 0; i < d->ngroups; i++)
		free(d->groups[i].values.v);
	for (size_t i = 0; i < DRAFT_LISTS; i++)
		free(d->words[i]);
	free(d->head.v);
	free(d->rules);
	free(d->groups);
	free(d->items);
	tb_map_free(d->group_map);
	tb_pool_free(d->pool);
}

const char *draft_keep(struct draft *d, const char *text)
{
	size_t size = text ? strlen(text) + 1 : 0;
	char *copy = text ? tb_pool_alloc(d->pool, size) : NULL;

	if (copy)
		memcpy(copy, text, size);
	else if (text)
		d->no_memory = true;
	return copy;
}

TB_PRINTF(2, 0) static const char *keepvf(struct draft *d, const char *fmt, va_list ap)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	tb_buf_addvf(&text, fmt, ap);
	if (text.failed)
		d->no_memory = true;
	return text.failed ? NULL : draft_keep(d, text.len ? text.data : "");
}

const char *draft_keepf(struct draft *d, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = keepvf(d, fmt, ap);
	va_end(ap);
	return text;
}

/* more() - room for one more element of *v, which is cleared. Return: NULL without memory */
static void *more(struct draft *d, void *v, size_t *n, size_t size)
{
	void **array = v;
	char *grown = tb_grow(*array, *n, 1, size);

	if (!grown) {
		d->no_memory = true;
		return NULL;
	}
	*array = grown;
	memset(grown + *n * size, 0, size);
	return grown + (*n)++ * size;
}

void draft_words_add(struct draft *d, struct draft_words *w, const char *text)
{
	const char **word = more(d, &w->v, &w->n, sizeof(*w->v));

	if (word)
		*word = draft_keep(d, text);
}

void draft_ports_add(struct draft *d, struct draft_ports *p, uint16_t lo, uint16_t hi)
{
	struct pol_range *range = more(d, &p->v, &p->n, sizeof(*p->v));

	if (range)
		*range = (struct pol_range){ lo, hi };
}

void draft_head(struct draft *d, const char *fmt, ...)
{
	const char **word = more(d, &d->head.v, &d->head.n, sizeof(*d->head.v));
	va_list ap;

	va_start(ap, fmt);
	if (word)
		*word = keepvf(d, fmt, ap);
	va_end(ap);
}

/* place_of() - with its words in our memory, whoever made them */
static struct draft_at place_of(struct draft *d, const struct draft_at *at)
{
	if (!at)
		return (struct draft_at){ 0 };
	return (struct draft_at){ at->line, at->column, draft_keep(d, at->where), at->file };
}

/* path_of() - the file that the place is in; lines of an included one are no lines of the source */
static const char *path_of(struct draft *d, const struct draft_at *at)
{
	const char *path = d->path;

	if (at->file && d->source)
		path = draft_keep(d, pol_file(d->source, (struct pol_at){ .file = at->file }));
	return path ? path : "";
}

/* new_item() - NULL: there are too many, and it was counted, or there is no memory */
static struct exch_item *new_item(struct draft *d)
{
	if (d->nitems >= ITEMS_MAX) {
		d->more_items++;
		return NULL;
	}
	return more(d, &d->items, &d->nitems, sizeof(*d->items));
}

void draft_item(struct draft *d, enum exch_kind kind, const struct draft_at *at, const char *fmt,
		...)
{
	struct exch_item *item = new_item(d);
	struct draft_at place;
	const char *text;
	va_list ap;

	if (!item)
		return;
	place = place_of(d, at);
	va_start(ap, fmt);
	text = keepvf(d, fmt, ap);
	va_end(ap);
	*item = (struct exch_item){ kind, place.line, place.column, place.where, text, place.file,
				    path_of(d, &place) };
	if (!item->where)
		item->where = "";
	if (!item->text)
		item->text = "";
}

struct draft_rule *draft_rule(struct draft *d, const struct draft_at *at)
{
	struct draft_rule *rule = more(d, &d->rules, &d->nrules, sizeof(*d->rules));

	if (rule)
		rule->at = place_of(d, at);
	return rule;
}

void draft_word(struct draft *d, enum draft_list list, const struct draft_at *at, const char *text,
		const char *note)
{
	struct draft_word *word = more(d, &d->words[list], &d->nwords[list],
				       sizeof(*d->words[list]));

	d->section[list] = true;
	if (word)
		*word = (struct draft_word){ place_of(d, at), draft_keep(d, text),
					     draft_keep(d, note) };
}

struct draft_group *draft_group(struct draft *d, const char *name, bool *made)
{
	size_t len = strlen(name), at = (size_t)tb_map_get(d->group_map, name, len);
	struct draft_group *g;

	*made = false;
	if (at)
		return &d->groups[at - 1];
	g = more(d, &d->groups, &d->ngroups, sizeof(*d->groups));
	if (!g)
		return NULL;
	g->name = draft_keep(d, name);
	if (tb_map_put(d->group_map, name, len, (void *)d->ngroups))
		d->no_memory = true;
	*made = true;
	return g;
}

void draft_slug(struct tb_buf *out, const char *text, size_t max, bool lower)
{
	size_t begin = out->len;

	for (; *text && out->len - begin < max; text++) {
		unsigned char c = (unsigned char)*text;

		if (isascii(c) && (isalnum(c) || c == '_'))
			tb_buf_addc(out, (char)(lower ? tolower(c) : c));
		else if (out->len > begin && out->data[out->len - 1] != '-')
			tb_buf_addc(out, '-');
	}
	while (out->len > begin && out->data[out->len - 1] == '-')
		out->data[--out->len] = '\0';
}

void draft_push(struct draft_path *p, const char *key, size_t index)
{
	if (p->depth < TB_ARRAY_SIZE(p->step)) {
		p->step[p->depth].key = key;
		p->step[p->depth].index = index;
	}
	p->depth++;
}

void draft_pop(struct draft_path *p)
{
	p->depth--;
}

struct draft_at draft_here(struct draft_path *p, const struct jsonc_val *v)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	for (size_t i = 0; i < p->depth && i < TB_ARRAY_SIZE(p->step); i++) {
		if (!p->step[i].key)
			tb_buf_addf(&text, "[%zu]", p->step[i].index);
		else
			tb_buf_addf(&text, "%s%.100s", i ? "." : "", p->step[i].key);
	}
	p->d->no_memory |= text.failed;
	return (struct draft_at){ v->pos.line, v->pos.column,
				  draft_keep(p->d, text.len && !text.failed ? text.data : ""), 0 };
}

/* by_place() - in the order of the source; what is of no single place comes last */
static int by_place(const void *a, const void *b)
{
	const struct exch_item *x = a, *y = b;

	if (!x->line != !y->line)
		return x->line ? -1 : 1;
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

void draft_sort(struct draft *d)
{
	struct exch_item *last;

	if (d->nitems)
		qsort(d->items, d->nitems, sizeof(*d->items), by_place);
	if (!d->more_items)
		return;
	last = more(d, &d->items, &d->nitems, sizeof(*d->items));
	if (last)
		*last = (struct exch_item){ EXCH_LOST, 0, 0, "",
					    draft_keepf(d, "%zu more things, which are not listed",
							d->more_items),
					    0, d->path ? d->path : "" };
	if (last && !last->text)
		last->text = "";
	d->more_items = 0;
}
