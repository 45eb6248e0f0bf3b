/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge.c - one policy that allows what two allow
 *
 * How it works: what the other has and the first has not is taken from its text, with its comments,
 * and put at the end of the section that it belongs to. Whether something is the same is asked of
 * the values and not of the text. Nothing of the first is changed; a conflict is told, and decided
 * by nobody but the reader.
 */
#include "policy/merge/state.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/grow.h"
#include "tcbox/own.h"

struct tb_buf *merge_text(struct merge *m)
{
	struct tb_buf **grown = tb_grow(m->texts, m->ntexts, 1, sizeof(*grown));
	struct tb_buf *text = calloc(1, sizeof(*text));

	if (grown)
		m->texts = grown;
	if (!grown || !text) {
		free(text);
		m->failed = true;
		return NULL;
	}
	return m->texts[m->ntexts++] = text;
}

static void TB_PRINTF(3, 0) tell(struct merge *m, bool conflict, const char *fmt, va_list ap)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT, shown = TB_BUF_INIT;

	tb_buf_addvf(&text, fmt, ap);
	tb_buf_add_shown(&shown, text.data ? text.data : "", text.len);
	m->failed |= text.failed || shown.failed;
	if (!m->failed)
		m->fn(m->arg, conflict, shown.data ? shown.data : "");
}

void merge_tell(struct merge *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(m, true, fmt, ap);
	va_end(ap);
}

/* mention() - what changes no verdict */
static void TB_PRINTF(2, 3) mention(struct merge *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(m, false, fmt, ap);
	va_end(ap);
}

void merge_place(const struct doc *d, const struct jsonc_val *v, struct tb_buf *out)
{
	tb_buf_addf(out, "%s:%u", d->path, v->pos.line);
}

bool merge_open(struct merge *m, const struct section *s, struct section_at *at)
{
	struct tb_buf *text = merge_text(m);

	if (!text)
		return false;
	section_open(at, s, m->base, text);
	lines_notef(&at->lines, "From %s:", m->b.path);
	return true;
}

const struct jsonc_val *merge_member(const struct jsonc_val *root, const char *one,
				     const char *two)
{
	const struct jsonc_val *v = jsonc_member(root, one);

	return two && v ? jsonc_member(v, two) : v;
}

bool merge_has(const struct doc *d, const char *one, const char *two)
{
	for (size_t i = 0; i < d->nroots; i++)
		if (merge_member(d->roots[i], one, two))
			return true;
	return false;
}

/* differs() - a key of the outermost document that both have, or one */
static bool differs(const struct merge *m, const char *key)
{
	const struct jsonc_val *a = jsonc_member(jsonc_root(m->a.json), key);
	const struct jsonc_val *b = jsonc_member(jsonc_root(m->b.json), key);
	TB_AUTOBUF struct tb_buf one = TB_BUF_INIT, other = TB_BUF_INIT;

	if (!b || !a)
		return a != b;
	doc_plain(a, NULL, NULL, &one);
	doc_plain(b, NULL, &m->names, &other);
	return !one.failed && !other.failed && strcmp(one.data, other.data) != 0;
}

/* whole() - keys that are no lists: what the first says of them stands */
static void whole(struct merge *m)
{
	static const char *const merged[] = {
		"tcbox_policy", "include", "product", "undeclared", "variables", "groups",
		"connections", "names", "listens", "executes", "files", "syscalls",
	};
	const struct jsonc_val *b = jsonc_root(m->b.json);
	bool levels = m->pa->on_conn != m->pb->on_conn || m->pa->on_name != m->pb->on_name ||
		      m->pa->on_listen != m->pb->on_listen;

	if (levels || differs(m, "undeclared"))
		merge_tell(m, "\"undeclared\" is not the same in %s and %s: that of the first "
			   "stands", m->a.path, m->b.path);
	if (differs(m, "product"))
		mention(m, "\"product\" is that of %s, not of %s", m->a.path, m->b.path);
	for (const struct jsonc_val *v = b->first; v; v = v->next) {
		bool known = false;

		for (size_t i = 0; i < TB_ARRAY_SIZE(merged) && !known; i++)
			known = !strcmp(v->key, merged[i]);
		if (!known && differs(m, v->key))
			merge_tell(m, "\"%s\" is not the same in %s and %s: that of the first "
				   "stands", v->key, m->a.path, m->b.path);
	}
}

static int open_both(struct merge *m, const struct pol_merge_text *first,
		     const struct pol_merge_text *other, struct tb_err *err)
{
	int ret = doc_open(&m->a, first->path, first->text);

	if (!ret)
		ret = doc_open(&m->b, other->path, other->text);
	if (ret)
		return tb_err_set(err, ENOMEM, "merge policies");
	ret = pol_parse(first->path, first->text->data, first->text->len, &m->pa, err);
	if (!ret)
		ret = pol_parse(other->path, other->text->data, other->text->len, &m->pb, err);
	return ret;
}

static void close_both(struct merge *m)
{
	doc_close(&m->a);
	doc_close(&m->b);
	pol_free(m->pa);
	pol_free(m->pb);
	tb_map_free(m->ids);
	for (size_t i = 0; i < m->ntexts; i++) {
		tb_buf_free(m->texts[i]);
		free(m->texts[i]);
	}
	free(m->texts);
	for (size_t i = 0; i < m->names.n; i++) {
		free(m->names.v[i].kind);
		free(m->names.v[i].old);
		free(m->names.v[i].new);
	}
	free(m->names.v);
}

int pol_merge(const struct pol_merge_text *first, const struct pol_merge_text *other,
	      struct tb_buf *out, pol_merge_fn *fn, void *arg, struct tb_err *err)
{
	struct merge m = { .base = first->text, .fn = fn, .arg = arg };
	int ret = open_both(&m, first, other, err);

	if (!ret) {
		merge_names(&m);
		whole(&m);
		merge_rules(&m, "connections");
		merge_list(&m, "names", NULL);
		merge_rules(&m, "listens");
		merge_list(&m, "executes", NULL);
		merge_list(&m, "files", "write");
		merge_list(&m, "files", "read");
		merge_calls(&m);
		for (size_t i = 0; i < m.ntexts; i++)
			m.failed |= m.texts[i]->failed;
		place_apply(&m.edits, first->text->data, first->text->len, out);
		if (m.failed || out->failed)
			ret = tb_err_set(err, ENOMEM, "merge policies");
	}
	close_both(&m);
	return ret;
}
