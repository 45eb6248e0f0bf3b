/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lists.c - what was declared and seen, declared and not seen, what could not be seen, what changed on disk
 */
#include <stdio.h>
#include <string.h>

#include "report/sections.h"

#define INDENT 2
#define HANG 15
#define RULES_MAX 100		/* of each list; report.json has all */
#define CHANGES_MAX 100

static uint64_t count_rules(const struct fnd_result *r, bool seen)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->nrules; i++)
		n += seen == (r->rules[i].count > 0);
	return n;
}

/* rule() - the section stands only before its first rule */
static void rule(struct page *p, const struct fnd_rule *r, bool new_section)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	tb_buf_adds(&b, r->id ? r->id : "(without a name)");
	if (r->count) {
		tb_buf_adds(&b, ": ");
		amount_times(&b, r->count);
		if (r->bytes_out || r->bytes_in) {
			tb_buf_adds(&b, ", ");
			amount_traffic(&b, r->bytes_out, r->bytes_in, false);
		}
		tb_buf_adds(&b, ", ");
		amount_at(&b, r->first, r->last);
	} else if (r->required) {
		tb_buf_adds(&b, " (required)");
	}
	text_item(p, INDENT, new_section ? r->section : "", HANG, &b);
	if (r->why)
		page_item(p, HANG + 2, "", HANG + 2, PAGE_DIM, r->why);
}

/* more() - how many of a list are not shown */
static void more(struct page *p, uint64_t n)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	if (!n)
		return;
	tb_buf_addf(&b, "and %llu more in the JSON report", (unsigned long long)n);
	text_item(p, INDENT, "", INDENT, &b);
}

void text_rules(struct page *p, const struct rpt_input *in, bool seen)
{
	const struct fnd_result *r = in->result;
	uint64_t n = count_rules(r, seen), shown = 0;
	const char *section = "";

	if (!in->policy)
		return;
	page_heading(p, PAGE_BOLD, seen ? "Declared and seen" : "Declared and not seen", n);
	if (!n)
		page_item(p, INDENT, "", INDENT, PAGE_PLAIN,
			  seen || !r->nrules ? "Nothing." : "Nothing: all that was declared was seen.");
	for (size_t i = 0; i < r->nrules && shown < RULES_MAX; i++) {
		if (seen != (r->rules[i].count > 0))
			continue;
		rule(p, &r->rules[i], strcmp(section, r->rules[i].section) != 0);
		section = r->rules[i].section;
		shown++;
	}
	more(p, n - shown);
}

void text_gaps(struct page *p, const struct rpt_input *in)
{
	const struct fnd_result *r = in->result;
	bool blocked = false;

	page_heading(p, PAGE_BOLD, "Not observable", r->ngaps);
	if (!r->ngaps)
		page_item(p, INDENT, "", INDENT, PAGE_PLAIN, "Nothing is known that this run could not show.");
	for (size_t i = 0; i < r->ngaps; i++) {
		const struct fnd_gap *g = &r->gaps[i];

		page_put(p, PAGE_DOUBT, g->blocks_conforms ? "  * " : "    ");
		page_para(p, INDENT + 2, INDENT + 2, PAGE_PLAIN, g->what ? g->what : "(not named)");
		if (g->why)
			page_item(p, INDENT + 4, "", INDENT + 4, PAGE_DIM, g->why);
		blocked |= g->blocks_conforms;
	}
	if (blocked)
		page_item(p, INDENT, "", INDENT, PAGE_PLAIN, "(* the verdict cannot be \"conforms\" because of it)");
}

static void change(struct page *p, const struct fnd_change *c)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	tb_buf_adds(&b, c->path);
	if (c->type && strcmp(c->type, "file"))
		tb_buf_addf(&b, ", %s", c->type);
	if (c->target)
		tb_buf_addf(&b, " to %s", c->target);
	if (c->sha256) {
		tb_buf_adds(&b, ", ");
		amount_bytes(&b, c->size);
		tb_buf_addf(&b, ", SHA-256 %.16s...", c->sha256);
	}
	text_item(p, INDENT, c->op, HANG, &b);
}

void text_changes(struct page *p, const struct rpt_input *in)
{
	const struct fnd_result *r = in->result;
	size_t i;

	if (!in->run->state_name && !r->nchanges)
		return;
	page_heading(p, PAGE_BOLD, "Changed on disk", r->nchanges + r->changes_left_out);
	if (!r->nchanges)
		page_item(p, INDENT, "", INDENT, PAGE_PLAIN, "Nothing.");
	for (i = 0; i < r->nchanges && i < CHANGES_MAX; i++)
		change(p, &r->changes[i]);
	more(p, r->nchanges - i + r->changes_left_out);
}
