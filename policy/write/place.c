/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.c - where in the text of a policy something can be added
 */
#include "policy/write/place.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/grow.h"

#define REWORD_LINES 3		/* "files" and "write" have a line each */

struct scan {
	const char *s;
	size_t len, at;
};

static char peek(const struct scan *in, size_t ahead)
{
	return in->at + ahead < in->len ? in->s[in->at + ahead] : '\0';
}

/* comment() - pass the one at the cursor. Return: whether there was one */
static bool comment(struct scan *in)
{
	const char *end;

	if (peek(in, 0) != '/')
		return false;
	if (peek(in, 1) == '/')
		end = memchr(in->s + in->at, '\n', in->len - in->at);
	else
		end = memmem(in->s + in->at + 2, in->len - in->at - 2, "*/", 2);
	if (!end)
		in->at = in->len;
	else
		in->at = (size_t)(end - in->s) + (*end == '*' ? 2 : 1);
	return true;
}

static void space(struct scan *in)
{
	while (in->at < in->len) {
		if (memchr(" \t\r\n", peek(in, 0), 4))
			in->at++;
		else if (in->at == 0 && in->len >= 3 && !memcmp(in->s, "\xef\xbb\xbf", 3))
			in->at = 3;
		else if (in->len - in->at < 2 || !comment(in))
			return;
	}
}

static void string(struct scan *in)
{
	for (in->at++; in->at < in->len && peek(in, 0) != '"'; in->at++)
		in->at += peek(in, 0) == '\\';
	if (in->at < in->len)
		in->at++;
	else
		in->at = in->len;
}

/* value() - pass whatever stands at the cursor */
static void value(struct scan *in)
{
	size_t depth = 0;

	do {
		space(in);
		switch (peek(in, 0)) {
		case '{':
		case '[':
			depth++;
			in->at++;
			break;
		case '}':
		case ']':
			depth -= depth != 0;
			in->at++;
			break;
		case '"':
			string(in);
			break;
		case ',':
		case ':':
			in->at++;
			break;
		default:
			do
				in->at++;
			while (in->at < in->len && !memchr(" \t\r\n,:]}[{\"/", peek(in, 0), 12));
		}
	} while (depth && in->at < in->len);
}

/* members() - pass the elements of what is open at the cursor. @key: stop at the value of this one.
 * Return: whether it was found */
static bool members(struct scan *in, const char *key, struct place *out)
{
	bool object = peek(in, 0) == '{';

	*out = (struct place){ .open = in->at, .last = in->at + 1, .comma = true };
	in->at++;
	for (;;) {
		size_t begin, n;

		space(in);
		if (in->at >= in->len || peek(in, 0) == '}' || peek(in, 0) == ']')
			break;
		begin = in->at;
		value(in);
		n = in->at - begin;
		if (object) {
			space(in);
			in->at += peek(in, 0) == ':';
			space(in);
			if (key && n == strlen(key) + 2 &&
			    !strncmp(in->s + begin + 1, key, n - 2))
				return true;
			value(in);
		}
		out->last = in->at;
		space(in);
		out->comma = peek(in, 0) == ',';
		in->at += out->comma;
	}
	out->close = in->at;
	return false;
}

bool place_find(const char *text, size_t len, const char *const *keys, struct place *out)
{
	struct scan in = { text, len, 0 };

	space(&in);
	for (; *keys; keys++)
		if (peek(&in, 0) != '{' || !members(&in, *keys, out))
			return false;
	if (peek(&in, 0) != '{' && peek(&in, 0) != '[')
		return false;
	(void)members(&in, NULL, out);
	return out->close < len;
}

void place_edit(struct place_edits *e, size_t at, size_t instead, const char *text)
{
	struct place_edit *v = tb_grow(e->v, e->n, 1, sizeof(*v));

	if (!v) {
		e->failed = true;
		return;
	}
	e->v = v;
	v[e->n] = (struct place_edit){ .at = at, .text = text, .instead = instead, .turn = e->n };
	e->n++;
}

static void edit(struct place_edits *e, size_t at, const char *text)
{
	place_edit(e, at, 0, text);
}

/* has_comma() - was one put there already? */
static bool has_comma(const struct place_edits *e, size_t at)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->v[i].at == at && !strcmp(e->v[i].text, ","))
			return true;
	return false;
}

void place_add(struct place_edits *e, const char *text, const struct place *p, const char *lines)
{
	size_t at = p->close;

	if (!p->comma && !has_comma(e, p->last))
		edit(e, p->last, ",");
	while (at > p->last && (text[at - 1] == ' ' || text[at - 1] == '\t'))
		at--;
	if (at > p->last && text[at - 1] == '\n') {
		edit(e, at, lines);
		return;
	}
	edit(e, p->close, "\n");
	edit(e, p->close, lines);
}

/* line_above() - where the line before the one at @at begins. Return: false: that is the first */
static bool line_above(const char *text, size_t *at)
{
	while (*at && text[*at - 1] != '\n')
		(*at)--;
	if (!*at)
		return false;
	for ((*at)--; *at && text[*at - 1] != '\n'; (*at)--)
		;
	return true;
}

void place_reword(struct place_edits *e, const char *text, const struct place *p, const char *old,
		  const char *new)
{
	size_t at = p->open, len = strlen(old);

	for (int lines = 0; lines < REWORD_LINES && line_above(text, &at); lines++) {
		size_t from = at + strspn(text + at, " \t");

		if (strncmp(text + from, "// ", 3) != 0 || strncmp(text + from + 3, old, len) != 0)
			continue;
		from += 3;
		if (text[from + len + (text[from + len] == '\r')] != '\n')
			continue;
		place_edit(e, from, len, new);
		return;
	}
}

static int by_place(const void *pa, const void *pb)
{
	const struct place_edit *a = pa, *b = pb;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->turn < b->turn ? -1 : a->turn > b->turn;
}

void place_apply(struct place_edits *e, const char *text, size_t len, struct tb_buf *out)
{
	size_t from = 0;

	if (e->n)
		qsort(e->v, e->n, sizeof(e->v[0]), by_place);
	for (size_t i = 0; i < e->n; i++) {
		tb_buf_add(out, text + from, e->v[i].at - from);
		tb_buf_adds(out, e->v[i].text);
		from = e->v[i].at + e->v[i].instead;
	}
	tb_buf_add(out, text + from, len - from);
	out->failed |= e->failed;
	free(e->v);
	*e = (struct place_edits){ 0 };
}
