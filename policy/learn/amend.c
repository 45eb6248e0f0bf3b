/* SPDX-License-Identifier: Apache-2.0 */
/*
 * amend.c - a policy with what is missing from it
 *
 * Only what the comparison called undeclared was collected. It is written at the end of the section
 * that it belongs to; a section that is not there is made. Everything else of the text stays as it
 * is, byte for byte, but for the sentence above a section that nothing was learned for, once
 * something is. A proposal that the text has is not made again.
 */
#include "policy/learn/state.h"

#include <errno.h>
#include <string.h>

#include "policy/write/lines.h"
#include "policy/write/place.h"
#include "tcbox/own.h"

/* Where the items of a section stand. */
static const struct section {
	enum lrn_section section;
	const char *keys[3];
} sections[] = {
	{ LRN_CONNS, { "connections" } }, { LRN_NAMES, { "names" } },
	{ LRN_LISTENS, { "listens" } },	  { LRN_EXECS, { "executes" } },
	{ LRN_WRITES, { "files", "write" } }, { LRN_CALLS, { "syscalls", "allow" } },
};

#define SECTIONS TB_ARRAY_SIZE(sections)

static void heading(const struct learn *l, struct lines *out)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	tb_buf_addf(&text, "Added by %s from ", l->options.command);
	for (size_t i = 0; i < l->nruns; i++)
		tb_buf_addf(&text, "%s%s", i ? ", " : "", l->runs[i].label);
	tb_buf_addc(&text, ':');
	out->out->failed |= text.failed;
	lines_note(out, text.data ? text.data : "");
}

/* open() - of a section that is not there: the keys from @from on */
static void open_keys(const struct section *s, size_t from, struct lines *out)
{
	for (size_t i = from; i < TB_ARRAY_SIZE(s->keys) && s->keys[i]; i++) {
		bool last = i + 1 == TB_ARRAY_SIZE(s->keys) || !s->keys[i + 1];

		lines_addf(out, "\"%s\": %s", s->keys[i], last ? "[" : "{");
		out->depth++;
	}
}

static void close_keys(const struct section *s, size_t from, struct lines *out)
{
	size_t n = 0;

	while (n < TB_ARRAY_SIZE(s->keys) && s->keys[n])
		n++;
	for (size_t i = n; i > from; i--) {
		out->depth--;
		lines_add(out, i == n ? "]," : "},");
	}
}

/* is_proposed() - does the text have this proposal, word for word? */
static bool is_proposed(const struct learn *l, const struct lrn_item *it, const struct tb_buf *base,
			unsigned int depth)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct lines out = { .out = &text, .depth = depth };

	lines_like(&out, base->data, base->len);
	lrn_write_bare(l, it, &out);
	return !text.failed && text.len && memmem(base->data, base->len, text.data, text.len);
}

/* forget_proposed() - what was proposed before. Return: how many they are */
static size_t forget_proposed(struct learn *l, const struct tb_buf *base)
{
	size_t n = 0;

	for (size_t i = 0; i < l->nitems && base->len; i++) {
		struct lrn_item *it = l->items[i];
		bool inner = it->section == LRN_WRITES || it->section == LRN_CALLS;

		if (it->gone || !it->doubts || it->section >= LRN_SECTIONS ||
		    !is_proposed(l, it, base, inner ? 3 : 2))
			continue;
		it->gone = true;
		n++;
	}
	return n;
}

/* amend_section() - what is to be added for it goes to @text, which must live as long as @e */
static void amend_section(struct learn *l, const struct section *s, const struct tb_buf *base,
			  struct tb_buf *text, struct place_edits *e, struct learn_tally *tally)
{
	const char *keys[4] = { s->keys[0], s->keys[1], s->keys[2], NULL };
	struct lines out = { .out = text };
	struct place place;
	size_t there = 0;

	if (!lrn_has(l, s->section))
		return;
	while (keys[there])
		there++;
	for (;; there--) {
		keys[there] = NULL;
		if (place_find(base->data, base->len, keys, &place) || !there)
			break;
	}
	lines_like(&out, base->data, base->len);
	out.depth = (unsigned int)there + 1;
	if (there == 0 || s->keys[there])
		lines_blank(&out);
	open_keys(s, there, &out);
	heading(l, &out);
	(void)lrn_section(l, s->section, &out, tally);
	close_keys(s, there, &out);
	place_add(e, base->data, &place, text->data ? text->data : "");
	if (lrn_headings[s->section].none && there && !s->keys[there])
		place_reword(e, base->data, &place, lrn_headings[s->section].none,
			     lrn_headings[s->section].has);
}

int learn_amend(struct learn *l, const char *text, size_t len, struct tb_buf *out,
		struct learn_tally *tally, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf base = TB_BUF_INIT;
	struct tb_buf added[SECTIONS] = { TB_BUF_INIT };
	struct place_edits edits = { .n = 0 };

	*tally = (struct learn_tally){ 0 };
	tb_buf_add(&base, text, len);
	lrn_collect(l);
	lrn_merge(l);
	lrn_check_words(l);
	tally->known = forget_proposed(l, &base);
	for (size_t i = 0; i < SECTIONS && !base.failed; i++)
		amend_section(l, &sections[i], &base, &added[i], &edits, tally);
	place_apply(&edits, base.data ? base.data : "", base.len, out);
	for (size_t i = 0; i < SECTIONS; i++) {
		l->failed |= added[i].failed;
		tb_buf_free(&added[i]);
	}
	l->failed |= base.failed;
	return lrn_written(l, out, err);
}
