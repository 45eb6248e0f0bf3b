/* SPDX-License-Identifier: Apache-2.0 */
/*
 * widen.c - names of one domain that become a glob, and ports that become a range
 *
 * How it works: rules that differ only in what is widened are taken together. The first of them
 * gets the glob or range, above it a comment says what that adds; where nothing is left of another
 * one, a comment in its place says where it went. A rule with limits or "required" is not taken
 * together with others, because these are for all of its conversations.
 *
 * Limits: comments inside of a list that is changed are lost. What stands for several values, as
 * groups and variables do, stays as it is.
 */
#include <errno.h>
#include <libpsl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/merge/doc.h"
#include "policy/write/lines.h"
#include "policy/write/place.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"
#include "tcbox/policy_merge.h"

#define NAMED 3			/* in a comment */

struct rule {
	struct doc_at at;
	const struct jsonc_val *list;	/* names or ports */
	char *says;		/* beside those, and its id */
	struct tb_buf more;	/* elements that it gets */
	struct tb_buf notes;	/* comments above it */
	struct tb_buf text;	/* of the edit; the same of its notes */
	struct tb_buf above;
	size_t left;		/* elements that stay */
	const struct rule *into;	/* where the others went */
	bool changed;
};

/* A name or port of a rule. */
struct item {
	struct rule *rule;
	const struct jsonc_val *v;
	const char *domain;	/* of a name; "": of a port */
	size_t number;		/* in the text */
	bool gone;
};

struct widen {
	struct doc d;
	const char *key;	/* "to", "ports" */
	unsigned int from;
	struct rule **rules;
	struct item *items;
	size_t nrules, nitems;
	bool failed;
};

static const char *domain_of(const struct widen *w, const struct jsonc_val *v)
{
	const char *domain;

	if (!strcmp(w->key, "ports"))
		return v->type == JSONC_INTEGER ? "" : NULL;
	if (v->type != JSONC_STRING || strpbrk(v->text, "*?[]@$:/\\") ||
	    strspn(v->text, "0123456789.") == strlen(v->text))
		return NULL;
	domain = psl_registrable_domain(psl_builtin(), v->text);
	return domain && strcmp(domain, v->text) ? domain : NULL;
}

static void add_item(struct widen *w, struct rule *r, const struct jsonc_val *v)
{
	const char *domain = domain_of(w, v);
	struct item *grown;

	r->left++;
	if (!domain)
		return;
	grown = tb_grow(w->items, w->nitems, 1, sizeof(*grown));
	if (!grown) {
		w->failed = true;
		return;
	}
	w->items = grown;
	grown[w->nitems] = (struct item){ r, v, domain, w->nitems, false };
	w->nitems++;
}

static void add_rule(struct widen *w, const struct doc_at *at)
{
	const struct jsonc_val *v = at->v;
	bool alone = jsonc_member(v, "limits") || jsonc_member(v, "required");
	const char *const besides[] = { w->key, "why", alone ? NULL : "id", NULL };
	const struct jsonc_val *list = jsonc_member(v, w->key);
	struct rule **grown, *r;
	struct tb_buf says = TB_BUF_INIT;

	if (!list)
		return;
	grown = tb_grow(w->rules, w->nrules, 1, sizeof(*grown));
	r = calloc(1, sizeof(*r));
	if (grown)
		w->rules = grown;
	if (!grown || !r) {
		free(r);
		w->failed = true;
		return;
	}
	doc_plain(v, besides, NULL, &says);
	*r = (struct rule){ .at = *at, .list = list, .says = tb_buf_take(&says) };
	w->failed |= !r->says;
	w->rules[w->nrules++] = r;
	for (const struct jsonc_val *e = list->first; e && r->says; e = e->next)
		add_item(w, r, e);
}

static int by_value(const struct jsonc_val *a, const struct jsonc_val *b)
{
	if (a->type == JSONC_INTEGER)
		return a->magnitude < b->magnitude ? -1 : a->magnitude > b->magnitude;
	return strcmp(a->text, b->text);
}

/* by_group() - what may become one, and in it the values */
static int by_group(const void *pa, const void *pb)
{
	const struct item *a = pa, *b = pb;
	int n = strcmp(a->rule->says, b->rule->says);

	n = n ? n : strcmp(a->domain, b->domain);
	n = n ? n : by_value(a->v, b->v);
	return n ? n : (a->number > b->number) - (a->number < b->number);
}

static bool one_group(const struct item *a, const struct item *b)
{
	return !strcmp(a->rule->says, b->rule->says) && !strcmp(a->domain, b->domain);
}

static void glob_note(const struct item *v, size_t n, size_t different, struct tb_buf *out)
{
	size_t told = 0;

	tb_buf_addf(out, "\"*.%s\" declares every name below %s; %zu were named: ", v->domain,
		    v->domain, different);
	for (size_t i = 0; i < n && told < NAMED; i++)
		if (!i || by_value(v[i].v, v[i - 1].v))
			tb_buf_addf(out, "%s%s", told++ ? ", " : "", v[i].v->text);
	tb_buf_addf(out, "%s.", different > told ? ", ..." : "");
}

static void range_note(const struct item *v, size_t n, size_t different, struct tb_buf *out)
{
	uint64_t all = v[n - 1].v->magnitude - v[0].v->magnitude + 1;

	tb_buf_addf(out, "Of the ports %s-%s %zu were named, %llu never.", v[0].v->text,
		    v[n - 1].v->text, different, (unsigned long long)(all - different));
}

/* join() - @v become one */
static void join(struct widen *w, struct item *v, size_t n, size_t different)
{
	struct rule *first = v[0].rule;
	bool ports = !*v[0].domain;

	for (size_t i = 0; i < n; i++)
		if (v[i].rule->at.v->begin < first->at.v->begin)
			first = v[i].rule;
	if (ports)
		tb_buf_addf(&first->more, "%s\"%s-%s\"", first->more.len ? ", " : "", v[0].v->text,
			    v[n - 1].v->text);
	else
		tb_buf_addf(&first->more, "%s\"*.%s\"", first->more.len ? ", " : "", v[0].domain);
	if (first->notes.len)
		tb_buf_addc(&first->notes, ' ');
	if (ports)
		range_note(v, n, different, &first->notes);
	else
		glob_note(v, n, different, &first->notes);
	for (size_t i = 0; i < n; i++) {
		v[i].gone = true;
		v[i].rule->left--;
		v[i].rule->changed = true;
		if (v[i].rule != first)
			v[i].rule->into = first;
	}
	first->changed = true;
	w->failed |= first->more.failed || first->notes.failed;
}

static void join_all(struct widen *w)
{
	size_t end, different;

	if (w->nitems)
		qsort(w->items, w->nitems, sizeof(w->items[0]), by_group);
	for (size_t at = 0; at < w->nitems && !w->failed; at = end) {
		different = 1;
		for (end = at + 1; end < w->nitems && one_group(&w->items[at], &w->items[end]);
		     end++)
			different += by_value(w->items[end].v, w->items[end - 1].v) != 0;
		if (different >= w->from)
			join(w, &w->items[at], end - at, different);
	}
}

static int by_begin(const void *pa, const void *pb)
{
	const struct jsonc_val *a = ((const struct item *)pa)->v, *b = ((const struct item *)pb)->v;

	return (a->begin > b->begin) - (a->begin < b->begin);
}

/* is_gone() - once the items are in the order of the text */
static bool is_gone(const struct widen *w, const struct jsonc_val *v)
{
	const struct item key = { .v = v };
	const struct item *it = w->nitems ? bsearch(&key, w->items, w->nitems, sizeof(key),
						    by_begin) : NULL;

	return it && it->gone;
}

/* remove_rule() - nothing of it is left */
static void remove_rule(struct widen *w, struct rule *r, struct place_edits *e)
{
	struct lines out = { .out = &r->text, .depth = 2 };
	struct doc_part part;
	size_t from, to;

	doc_part(&w->d, &r->at, &part);
	lines_notef(&out, "\"%s\" is part of \"%s\" now.", jsonc_text(r->at.v, "id"),
		    jsonc_text(r->into->at.v, "id"));
	from = r->at.v->begin;
	while (from > part.begin && strchr(" \t", w->d.text[from - 1]))
		from--;
	to = part.rest;
	if (to < w->d.len && w->d.text[to] == '\n')
		to++;
	place_edit(e, from, to - from, r->text.data ? r->text.data : "");
}

/* change_rule() - its list, and a comment above */
static void change_rule(struct widen *w, struct rule *r, struct place_edits *e)
{
	struct lines out = { .out = &r->above, .depth = 2 };
	const char *part = "";
	size_t at = r->at.v->begin;

	tb_buf_addc(&r->text, '[');
	for (const struct jsonc_val *v = r->list->first; v; v = v->next) {
		if (is_gone(w, v))
			continue;
		tb_buf_adds(&r->text, part);
		tb_buf_add(&r->text, w->d.text + v->begin, v->end - v->begin);
		part = ", ";
	}
	if (r->more.len)
		tb_buf_addf(&r->text, "%s%s", part, r->more.data);
	tb_buf_addc(&r->text, ']');
	place_edit(e, r->list->begin, r->list->end - r->list->begin,
		   r->text.data ? r->text.data : "");
	if (!r->notes.len)
		return;
	lines_note(&out, r->notes.data);
	while (at && strchr(" \t", w->d.text[at - 1]))
		at--;
	if (at && w->d.text[at - 1] != '\n') {	/* it is not alone on its line */
		at = r->at.v->begin;
		place_edit(e, at, 0, "\n");
	}
	place_edit(e, at, 0, r->above.data ? r->above.data : "");
}

static void free_all(struct widen *w)
{
	for (size_t i = 0; i < w->nrules; i++) {
		struct rule *r = w->rules[i];

		tb_buf_free(&r->more);
		tb_buf_free(&r->notes);
		tb_buf_free(&r->text);
		tb_buf_free(&r->above);
		free(r->says);
		free(r);
	}
	free(w->rules);
	free(w->items);
	doc_close(&w->d);
}

/* widen_one() - names, or ports. Return: 0, -ENOMEM */
static int widen_one(const struct tb_buf *text, const char *key, unsigned int from,
		     struct tb_buf *out)
{
	struct widen w = { .key = key, .from = from };
	struct place_edits edits = { 0 };

	w.failed = doc_open(&w.d, "", text) != 0;
	for (size_t i = 0; i < w.d.nroots && !w.failed; i++) {
		const struct jsonc_val *array = jsonc_member(w.d.roots[i], "connections");
		struct doc_at at = { .array = array, .v = array ? array->first : NULL };

		for (; at.v; at.prev = at.v, at.v = at.v->next)
			add_rule(&w, &at);
	}
	if (!w.failed)
		join_all(&w);
	if (w.nitems)
		qsort(w.items, w.nitems, sizeof(w.items[0]), by_begin);
	for (size_t i = 0; i < w.nrules && !w.failed; i++) {
		struct rule *r = w.rules[i];

		if (r->changed && !r->left && !r->more.len)
			remove_rule(&w, r, &edits);
		else if (r->changed)
			change_rule(&w, r, &edits);
		w.failed |= r->text.failed || r->above.failed;
	}
	place_apply(&edits, text->data, text->len, out);
	w.failed |= out->failed;
	free_all(&w);
	return w.failed ? -ENOMEM : 0;
}

int pol_widen(const struct tb_buf *text, const struct pol_widen *how, struct tb_buf *out,
	      struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf globs = TB_BUF_INIT;
	int ret = 0;

	if (how->glob_from)
		ret = widen_one(text, "to", how->glob_from, &globs);
	else
		tb_buf_add(&globs, text->data, text->len);
	if (!ret && how->ranges_from)
		ret = widen_one(&globs, "ports", how->ranges_from, out);
	else if (!ret)
		tb_buf_add(out, globs.data, globs.len);
	if (ret || globs.failed || out->failed)
		return tb_err_set(err, ENOMEM, "merge policies");
	return 0;
}
