/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template.c - sentences with places for details
 */
#include "report/template.h"

#include <inttypes.h>
#include <string.h>

#define VALUES_SHOWN 4		/* of one key; report.json shows no more */

/* A place of a template: what stands between its braces. */
struct place {
	const char *name;
	size_t len;
	const char *otherwise;	/* ends at @end; NULL: there are no such words */
	const char *end;	/* the closing brace */
	bool silent;
};

/* place_at() - @p is at an opening brace, and the template has the closing one */
static struct place place_at(const char *p)
{
	struct place at = { .end = strchr(p, '}'), .silent = p[1] == '?' };
	size_t len;

	at.name = p + 1 + at.silent;
	len = (size_t)(at.end - at.name);
	at.otherwise = memchr(at.name, '|', len);
	at.len = at.otherwise ? (size_t)(at.otherwise++ - at.name) : len;
	return at;
}

static bool is_name(const struct place *at, const char *name)
{
	return !strncmp(at->name, name, at->len) && !name[at->len];
}

/* key_of() - Return: FND_KEYS if there is no such key */
static int key_of(const struct place *at)
{
	int key = 0;

	while (key < FND_KEYS && !is_name(at, fnd_key_name((enum fnd_key)key)))
		key++;
	return key;
}

static const struct fnd_detail *detail_of(const struct template_values *t, const struct place *at)
{
	int key = key_of(at);

	return t->details && key < FND_KEYS ? fnd_detail(t->details, (enum fnd_key)key) : NULL;
}

/* is_known() - can this place be filled, with a detail or with other words? */
static bool is_known(const struct template_values *t, const struct place *at)
{
	return at->otherwise || detail_of(t, at) || (!at->silent && key_of(at) == FND_KEYS);
}

static void add_value(struct tb_buf *b, const struct fnd_detail *f)
{
	if (f->text)
		tb_buf_adds(b, f->text);
	else
		tb_buf_addf(b, "%" PRIu64, f->n);
}

/* add_values() - @first and those with its key behind it */
static void add_values(struct tb_buf *b, const struct fnd_details *details,
		       const struct fnd_detail *first)
{
	size_t shown = 0;

	for (const struct fnd_detail *f = first; f < details->v + details->n; f++) {
		if (f->key != first->key)
			continue;
		if (shown)
			tb_buf_adds(b, ", ");
		if (shown++ == VALUES_SHOWN) {
			tb_buf_adds(b, "...");
			return;
		}
		add_value(b, f);
	}
}

/* of_finding() - Return: what the finding itself has for this place; NULL if it is another place */
static const char *of_finding(const struct fnd *f, const struct place *at, bool first)
{
	if (is_name(at, "what"))
		return f->object;
	if (is_name(at, "rule"))
		return f->declared ? f->declared : "";
	if (!is_name(at, "who"))
		return NULL;
	if (f->program)
		return f->program;
	return first ? "An unknown program" : "an unknown program";
}

static void fill_place(struct tb_buf *b, const struct template_values *t, const struct place *at,
		       bool first)
{
	const struct fnd_detail *detail = detail_of(t, at);
	const char *own = t->finding ? of_finding(t->finding, at, first) : NULL;

	if (at->silent)
		return;
	if (own)
		tb_buf_adds(b, own);
	else if (detail)
		add_values(b, t->details, detail);
	else if (at->otherwise)
		tb_buf_add(b, at->otherwise, (size_t)(at->end - at->otherwise));
	else if (key_of(at) == FND_KEYS)
		tb_buf_add(b, at->name - 1, (size_t)(at->end - at->name) + 2);
}

/* is_said() - are all details known that the part from @p to @end needs? */
static bool is_said(const struct template_values *t, const char *p, const char *end)
{
	while ((p = memchr(p, '{', (size_t)(end - p))) != NULL) {
		const struct place at = place_at(p);

		if (!is_known(t, &at))
			return false;
		p = at.end;
	}
	return true;
}

void template_fill(struct tb_buf *b, const char *template, const struct template_values *details)
{
	for (const char *p = template; *p; p++) {
		if (*p == '{') {
			const struct place at = place_at(p);

			fill_place(b, details, &at, p == template);
			p = at.end;
		} else if (*p == '[') {
			const char *end = strchr(p, ']');

			if (!is_said(details, p, end))
				p = end;
		} else if (*p != ']') {
			tb_buf_addc(b, *p);
		}
	}
}
