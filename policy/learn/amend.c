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
#include "policy/write/section.h"
#include "tcbox/own.h"

/* Where the items of a section stand. */
static const struct {
	enum lrn_section items;
	struct section place;
} sections[] = {
	{ LRN_CONNS, { { "connections" }, false } },
	{ LRN_NAMES, { { "names" }, false } },
	{ LRN_LISTENS, { { "listens" }, false } },
	{ LRN_EXECS, { { "executes" }, false } },
	{ LRN_WRITES, { { "files", "write" }, false } },
	{ LRN_CALLS, { { "syscalls", "allow" }, false } },
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
static void amend_section(struct learn *l, size_t number, const struct tb_buf *base,
			  struct tb_buf *text, struct place_edits *e, struct learn_tally *tally)
{
	enum lrn_section items = sections[number].items;
	const struct lrn_heading *head = &lrn_headings[items];
	struct section_at at;

	if (!lrn_has(l, items))
		return;
	section_open(&at, &sections[number].place, base, text);
	heading(l, &at.lines);
	(void)lrn_section(l, items, &at.lines, tally);
	section_close(&at, base, e);
	if (head->none && at.whole)
		place_reword(e, base->data, &at.place, head->none, head->has);
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
		amend_section(l, i, &base, &added[i], &edits, tally);
	place_apply(&edits, base.data ? base.data : "", base.len, out);
	for (size_t i = 0; i < SECTIONS; i++) {
		l->failed |= added[i].failed;
		tb_buf_free(&added[i]);
	}
	l->failed |= base.failed;
	return lrn_written(l, out, err);
}
