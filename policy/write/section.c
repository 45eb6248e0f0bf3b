/* SPDX-License-Identifier: Apache-2.0 */
/*
 * section.c - lines that are added to a section of a policy, which is made if it is not there
 */
#include "policy/write/section.h"

static size_t count(const struct section *s)
{
	size_t n = 0;

	while (n < SECTION_KEYS && s->keys[n])
		n++;
	return n;
}

void section_open(struct section_at *at, const struct section *s, const struct tb_buf *base,
		  struct tb_buf *lines)
{
	const char *keys[SECTION_KEYS + 1] = { NULL };
	size_t n = count(s), there = n;

	*at = (struct section_at){ .s = s, .lines = { .out = lines } };
	for (size_t i = 0; i < n; i++)
		keys[i] = s->keys[i];
	while (!place_find(base->data, base->len, keys, &at->place) && there)
		keys[--there] = NULL;
	at->there = there;
	at->whole = there == n;
	lines_like(&at->lines, base->data, base->len);
	at->lines.depth = (unsigned int)there + 1;
	if (!at->whole)
		lines_blank(&at->lines);
	for (size_t i = there; i < n; i++) {
		bool array = i + 1 == n && !s->object;

		lines_addf(&at->lines, "\"%s\": %s", s->keys[i], array ? "[" : "{");
		at->lines.depth++;
	}
}

void section_close(struct section_at *at, const struct tb_buf *base, struct place_edits *e)
{
	size_t n = count(at->s);
	struct lines *l = &at->lines;

	for (size_t i = n; i > at->there; i--) {
		l->depth--;
		lines_add(l, i == n && !at->s->object ? "]," : "},");
	}
	place_add(e, base->data, &at->place, l->out->data ? l->out->data : "");
}
