/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doc.c - a policy as a document, of which parts can be taken with their comments
 *
 * What belongs to an element: the comments above it, down from the element before, and one behind
 * it on the same line. Keys that this file does not know go with it as they are.
 */
#include "policy/merge/doc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/write/lines.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"

/* add_root() - and before it those that it includes. Return: false without memory */
static bool add_root(struct doc *d, const struct jsonc_val *root)
{
	const struct jsonc_val *list = jsonc_member(root, "include");
	const struct jsonc_val **grown;

	for (const struct jsonc_val *e = list ? list->first : NULL; e; e = e->next)
		if (e->type == JSONC_OBJECT && !add_root(d, e))
			return false;
	grown = tb_grow(d->roots, d->nroots, 1, sizeof(*grown));
	if (!grown)
		return false;
	d->roots = grown;
	grown[d->nroots++] = root;
	return true;
}

int doc_open(struct doc *d, const char *path, const struct tb_buf *text)
{
	struct jsonc_syntax bad;

	*d = (struct doc){ .path = path, .text = text->data, .len = text->len };
	if (jsonc_parse(text->data, text->len, &d->json, &bad) || !add_root(d, jsonc_root(d->json)))
		return -ENOMEM;		/* it was read before, so it is valid */
	return 0;
}

void doc_close(struct doc *d)
{
	jsonc_free(d->json);
	free(d->roots);
}

const char *doc_names_find(const struct doc_names *names, const char *kind, const char *old,
			   size_t len)
{
	for (size_t i = 0; names && i < names->n; i++)
		if (!strcmp(names->v[i].kind, kind) && !strncmp(names->v[i].old, old, len) &&
		    !names->v[i].old[len])
			return names->v[i].new;
	return NULL;
}

/* rename_variables() - append @s; "\${" is no variable. Return: whether anything is different */
static bool rename_variables(const char *s, const struct doc_names *names, struct tb_buf *out)
{
	bool changed = false;

	while (*s) {
		size_t len = !strncmp(s, "${", 2) ? strcspn(s + 2, "}") : 0;
		const char *new = len ? doc_names_find(names, "variables", s + 2, len) : NULL;

		if (new) {
			tb_buf_addf(out, "${%s}", new);
			s += len + 3;
			changed = true;
			continue;
		}
		if (*s == '\\' && s[1])
			tb_buf_addc(out, *s++);
		tb_buf_addc(out, *s++);
	}
	return changed;
}

/* group_kind() - of groups that a list may name */
static const char *group_kind(const char *key)
{
	if (key && !strcmp(key, "to"))
		return "destinations";
	return key ? key : "";
}

/* renamed() - append a string of a list, or of a value, with the names that it has in the other
 * policy. Return: whether anything is different */
static bool renamed(const char *s, const char *kind, const struct doc_names *names,
		    struct tb_buf *out)
{
	const char *new = *s == '@' ? doc_names_find(names, kind, s + 1, strlen(s + 1)) : NULL;

	if (!new)
		return rename_variables(s, names, out);
	tb_buf_addf(out, "@%s", new);
	return true;
}

/* What is collected and sorted. */
struct texts {
	char **v;
	size_t n;
	bool failed;
};

static void texts_take(struct texts *t, struct tb_buf *one)
{
	char **grown = tb_grow(t->v, t->n, 1, sizeof(*grown));
	char *text = tb_buf_take(one);

	if (grown)
		t->v = grown;
	if (!grown || !text) {
		free(text);
		t->failed = true;
		return;
	}
	t->v[t->n++] = text;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void texts_add(struct texts *t, char open, char close, struct tb_buf *out)
{
	if (t->n)
		qsort(t->v, t->n, sizeof(t->v[0]), by_text);
	tb_buf_addc(out, open);
	for (size_t i = 0; i < t->n; i++) {
		tb_buf_adds(out, t->v[i]);
		tb_buf_addc(out, ',');
		free(t->v[i]);
	}
	tb_buf_addc(out, close);
	free(t->v);
	out->failed |= t->failed;
}

static bool is_in(const char *const *list, const char *key)
{
	for (; list && *list; list++)
		if (!strcmp(*list, key))
			return true;
	return false;
}

/* plain() - the depth is bounded by that of the document */
static void plain(const struct jsonc_val *v, const char *kind, const char *const *without,
		  const struct doc_names *names, struct tb_buf *out)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	bool object = v->type == JSONC_OBJECT;
	struct texts parts = { 0 };

	if (v->type == JSONC_STRING) {
		(void)renamed(v->text, kind, names, &text);
		lines_string(out, text.data ? text.data : "");
		out->failed |= text.failed;
		return;
	}
	if (!object && v->type != JSONC_ARRAY) {
		tb_buf_adds(out, v->text ? v->text : v->truth ? "true" : "false");
		return;
	}
	for (const struct jsonc_val *e = v->first; e; e = e->next) {
		struct tb_buf one = TB_BUF_INIT;

		if (object && is_in(without, e->key))
			continue;
		if (object)
			tb_buf_addf(&one, "%s:", e->key);
		plain(e, object ? group_kind(e->key) : kind, NULL, names, &one);
		texts_take(&parts, &one);
	}
	texts_add(&parts, object ? '{' : '[', object ? '}' : ']', out);
}

void doc_plain(const struct jsonc_val *v, const char *const *without, const struct doc_names *names,
	       struct tb_buf *out)
{
	plain(v, group_kind(v->key), without, names, out);
}

static size_t blanks(const struct doc *d, size_t at)
{
	while (at < d->len && (d->text[at] == ' ' || d->text[at] == '\t' || d->text[at] == '\r'))
		at++;
	return at;
}

static size_t line_end(const struct doc *d, size_t at)
{
	while (at < d->len && d->text[at] != '\n')
		at++;
	return at;
}

/* past() - blanks, ends of lines and comments. Return: where something else stands */
static size_t past(const struct doc *d, size_t at)
{
	const char *end;

	while (at < d->len) {
		if (strchr(" \t\r\n", d->text[at])) {
			at++;
		} else if (d->text[at] == '/' && at + 1 < d->len && d->text[at + 1] == '/') {
			at = line_end(d, at);
		} else if (d->text[at] == '/') {
			end = memmem(d->text + at + 2, d->len - at - 2, "*/", 2);
			at = end ? (size_t)(end - d->text) + 2 : d->len;
		} else {
			break;
		}
	}
	return at;
}

/* behind() - where what belongs to an element that ends at @at is over: its comma, and a comment on
 * its line. @rest: where that begins, and *rest_end where it ends */
static size_t behind(const struct doc *d, size_t at, size_t *rest, size_t *rest_end)
{
	size_t to = blanks(d, at), comma = past(d, to);

	if (to < d->len && d->text[to] == ',')
		to = blanks(d, to + 1);
	*rest = *rest_end = to;
	if (to + 1 < d->len && d->text[to] == '/' && d->text[to + 1] == '/')
		*rest_end = to = line_end(d, to);
	if (comma < d->len && d->text[comma] == ',' && comma >= to)
		return comma + 1;
	return to;
}

/* first_line() - from @at on, without empty lines. @line: it is the beginning of one */
static size_t first_line(const struct doc *d, size_t at, bool *line)
{
	size_t next = blanks(d, at);

	*line = false;
	while (next < d->len && d->text[next] == '\n') {
		at = next + 1;
		*line = true;
		next = blanks(d, at);
	}
	return at;
}

void doc_part(const struct doc *d, const struct doc_at *at, struct doc_part *out)
{
	size_t from = at->array->begin + 1;

	if (at->prev)
		from = behind(d, at->prev->end, &out->rest, &out->rest_end);
	out->begin = first_line(d, from, &out->line);
	out->end = at->v->end;
	(void)behind(d, at->v->end, &out->rest, &out->rest_end);
}

bool doc_tail(const struct doc *d, const struct jsonc_val *array, size_t *begin, size_t *end)
{
	size_t from = array->begin + 1, rest, rest_end;
	bool line;

	if (array->last)
		from = behind(d, array->last->end, &rest, &rest_end);
	*begin = first_line(d, from, &line);
	*end = array->end - 1;
	while (*end > *begin && strchr(" \t\r\n", d->text[*end - 1]))
		(*end)--;
	return *end > *begin && line;
}

/* add_changed() - append @from to @v's end, with other names in the strings of @v. Return: how far
 * it came */
static size_t add_changed(const struct doc *d, const struct jsonc_val *v, const char *kind,
			  const struct doc_copy *how, size_t from, struct tb_buf *out)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	bool object = v->type == JSONC_OBJECT;

	if (how->id && v->key && !strcmp(v->key, "id")) {
		tb_buf_add(out, d->text + from, v->begin - from);
		lines_string(out, how->id);
		return v->end;
	}
	if (v->type == JSONC_STRING && renamed(v->text, kind, how->names, &text)) {
		tb_buf_add(out, d->text + from, v->begin - from);
		lines_string(out, text.data ? text.data : "");
		out->failed |= text.failed;
		return v->end;
	}
	if (!object && v->type != JSONC_ARRAY)
		return from;
	for (const struct jsonc_val *e = v->first; e; e = e->next)
		from = add_changed(d, e, object ? group_kind(e->key) : kind, how, from, out);
	return from;
}

void doc_add_value(const struct doc *d, const struct jsonc_val *v, const char *kind,
		   const struct doc_copy *how, struct tb_buf *out)
{
	size_t from = add_changed(d, v, kind, how, v->begin, out);

	tb_buf_add(out, d->text + from, v->end - from);
}

void doc_add_part(const struct doc *d, const struct doc_at *at, const struct doc_copy *how,
		  const char *indent, struct tb_buf *out)
{
	struct doc_part part;
	size_t from;

	doc_part(d, at, &part);
	from = part.begin;
	if (!part.line) {
		from = blanks(d, from);
		tb_buf_adds(out, indent);
	}
	from = add_changed(d, at->v, group_kind(at->array->key), how, from, out);
	tb_buf_add(out, d->text + from, part.end - from);
	tb_buf_addc(out, ',');
	if (part.rest_end > part.rest) {
		tb_buf_addc(out, ' ');
		tb_buf_add(out, d->text + part.rest, part.rest_end - part.rest);
	}
	tb_buf_addc(out, '\n');
}
