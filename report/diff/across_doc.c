/* SPDX-License-Identifier: Apache-2.0 */
/*
 * across_doc.c - several runs against the first, for people
 *
 * What shows only when something goes wrong comes first; in it, what was sent in the clear.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "report/amounts.h"
#include "report/derive.h"
#include "report/diff/across.h"
#include "report/grid.h"
#include "report/html.h"
#include "report/markdown.h"
#include "report/page.h"
#include "report/phrases.h"
#include "report/sections.h"
#include "report/text.h"
#include "tcbox/own.h"

#define MARKS_SHOWN 60		/* of each kind and way; the JSON has all */

/* What is told of each kind, and in which order. */
static const enum diff_kind order[] = {
	DIFF_DESTINATIONS, DIFF_NAMES, DIFF_REQUESTS, DIFF_PROGRAMS, DIFF_LISTENERS, DIFF_FILES,
	DIFF_CALLS, DIFF_FINDINGS,
};

static void verdict(struct doc *doc, const struct rpt_across *a)
{
	static const struct { enum diff_kind kind; const char *one, *many; } rows[] = {
		{ DIFF_DESTINATIONS, "destination", "destinations" },
		{ DIFF_NAMES, "name", "names" }, { DIFF_PROGRAMS, "program", "programs" },
		{ DIFF_FINDINGS, "finding", "findings" },
	};
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		n = across_count(a, rows[i].kind, ACROSS_UNDER);
		if (!n)
			continue;
		amount_join(&b, ", ");
		amount_count(&b, n, rows[i].one, rows[i].many);
	}
	if (b.len) {
		tb_buf_addf(&b, " that %s does not show", a->runs[0].name);
		doc_verdict(doc, DOC_BAD, "MORE", doc_text(doc, &b));
	} else if (a->nmarks) {
		tb_buf_addf(&b, "No destination, name, program or finding that %s does not show, "
			    "but differences", a->runs[0].name);
		doc_verdict(doc, DOC_DOUBT, "DIFFERENT", doc_text(doc, &b));
	} else if (rpt_across_outcome(a) == RPT_DIFF_NOT_KNOWN) {
		tb_buf_adds(&b, "No difference was seen, but not everything could be seen.");
		doc_verdict(doc, DOC_DOUBT, "NOT KNOWN", doc_text(doc, &b));
	} else {
		tb_buf_addf(&b, "All that is compared was seen in each run as in %s",
			    a->runs[0].name);
		doc_verdict(doc, DOC_GOOD, "SAME", doc_text(doc, &b));
	}
}

static void add_end(struct tb_buf *b, const struct across_run *r)
{
	if (r->timed_out)
		tb_buf_adds(b, "time limit");
	else if (r->exited)
		tb_buf_addf(b, "status %" PRId64, r->exit_code);
	else
		tb_buf_adds(b, "killed");
}

static void runs(struct doc *doc, const struct rpt_across *a)
{
	static const struct grid_column columns[] = {
		{ .head = "run" }, { .head = "verdict" }, { .head = "ended" },
		{ .head = "destinations", .right = true }, { .head = "names", .right = true },
		{ .head = "programs", .right = true }, { .head = "findings", .right = true },
	};
	static const enum diff_kind kinds[] = {
		DIFF_DESTINATIONS, DIFF_NAMES, DIFF_PROGRAMS, DIFF_FINDINGS,
	};
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct grid g;

	doc_heading(doc, "Runs", a->nruns);
	grid_init(&g, columns, TB_ARRAY_SIZE(columns));
	for (size_t i = 0; i < a->nruns; i++) {
		const struct across_run *r = &a->runs[i];

		grid_row(&g, r->bounded ? DOC_DOUBT : DOC_PLAIN);
		phrase_cut(&b, r->name, PHRASE_LONG);
		grid_cell(&g, 0, &b);
		tb_buf_adds(&b, r->compared ? r->verdict : "not compared");
		grid_cell(&g, 1, &b);
		add_end(&b, r);
		grid_cell(&g, 2, &b);
		for (size_t k = 0; k < TB_ARRAY_SIZE(kinds); k++) {
			tb_buf_addf(&b, "%" PRIu64, r->items[kinds[k]]);
			grid_cell(&g, 3 + k, &b);
		}
		if (r->bounded)
			tb_buf_adds(&b, "it may have missed something: see its own report");
		grid_note(&g, &b);
	}
	grid_end(&g, doc);
	grid_free(&g);
}

/* add_runs() - "refused, timeout and reset" */
static void add_runs(struct tb_buf *b, const struct rpt_across *a, uint64_t runs,
		     enum across_how how)
{
	size_t n = (size_t)__builtin_popcountll(runs), left = n;

	if (n + 1 == a->nruns && n > 1) {
		tb_buf_adds(b, how == ACROSS_NOT_UNDER ? "any other" : "all others");
		return;
	}
	for (size_t i = 0; i < a->nruns; i++) {
		if (!(runs & UINT64_C(1) << i))
			continue;
		tb_buf_adds(b, a->runs[i].name);
		left--;
		if (left)
			tb_buf_adds(b, left == 1 ? " and " : ", ");
	}
}

static void mark(struct doc *doc, const struct rpt_across *a, const struct across_mark *m)
{
	static const struct { const char *label, *where; enum doc_tone tone; } rows[] = {
		[ACROSS_UNDER] = { "more", "under ", DOC_BAD },
		[ACROSS_NOT_UNDER] = { "less", "not under ", DOC_PLAIN },
		[ACROSS_OTHERWISE] = { "other", "under ", DOC_DOUBT },
	};
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	tb_buf_adds(&b, m->what);
	if (m->program && m->kind != DIFF_FINDINGS && strcmp(m->program, m->what) != 0)
		tb_buf_addf(&b, " by %s", m->program);
	doc_item_tone(doc, rows[m->how].tone, m->clear ? "in clear" : rows[m->how].label,
		      doc_text(doc, &b));
	tb_buf_reset(&b);
	tb_buf_adds(&b, rows[m->how].where);
	add_runs(&b, a, m->runs, m->how);
	doc_detail(doc, doc_text(doc, &b));
	if (m->values && m->how != ACROSS_NOT_UNDER)
		doc_detail(doc, m->values);
}

static void kind(struct doc *doc, const struct rpt_across *a, enum diff_kind k)
{
	uint64_t shown[ACROSS_HOWS] = { 0 }, more = 0, n = 0;

	for (enum across_how how = 0; how < ACROSS_HOWS; how++)
		n += across_count(a, k, how);
	if (!n)
		return;
	doc_heading(doc, diff_about[k].heading, n);
	for (size_t i = 0; i < a->nmarks; i++) {
		const struct across_mark *m = &a->marks[i];

		if (m->kind != k)
			continue;
		if (shown[m->how]++ < MARKS_SHOWN)
			mark(doc, a, m);
		else
			more++;
	}
	phrase_more(doc, more);
}

static void meanings(struct doc *doc, const struct rpt_across *a)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	doc_heading(doc, "What the runs are", 0);
	for (size_t i = 0; i < a->nruns; i++) {
		if (a->runs[i].means)
			tb_buf_adds(&b, a->runs[i].means);
		if (a->runs[i].bundle)
			tb_buf_addf(&b, "%s%s", b.len ? "; " : "", a->runs[i].bundle);
		doc_item(doc, a->runs[i].name, &b);
	}
}

static int document(struct doc *doc, const struct rpt_across *a, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	verdict(doc, a);
	rpt_product_name(&b, a->first);
	doc_item(doc, "product", &b);
	runs(doc, a);
	for (size_t i = 0; i < TB_ARRAY_SIZE(order); i++)
		kind(doc, a, order[i]);
	if (a->left_out) {
		tb_buf_addf(&b, "%" PRIu64 " more differences were counted, not stored",
			    a->left_out);
		doc_para(doc, doc_text(doc, &b));
	}
	meanings(doc, a);
	return doc->out->failed || a->failed ? tb_err_set(err, ENOMEM, "write comparison") : 0;
}

int rpt_across_text(const struct rpt_across *a, const struct rpt_style *style, struct tb_buf *out,
		    struct tb_err *err)
{
	struct text t;

	text_init(&t, out, style->width, style->colour);
	return document(&t.doc, a, err);
}

int rpt_across_markdown(const struct rpt_across *a, struct tb_buf *out, struct tb_err *err)
{
	struct markdown m;

	markdown_init(&m, out);
	return document(&m.doc, a, err);
}

int rpt_across_html(const struct rpt_across *a, struct tb_buf *out, struct tb_err *err)
{
	struct html h;
	int ret = page_begin(out, "several runs", err);

	if (ret)
		return ret;
	tb_buf_adds(out, "<body>\n<main id=\"document\">\n");
	html_init(&h, out);
	ret = document(&h.doc, a, err);
	html_end(&h);
	tb_buf_adds(out, "</main>\n</body>\n</html>\n");
	if (!ret && out->failed)
		ret = tb_err_set(err, ENOMEM, "write comparison");
	return ret;
}
