/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doc.c - two runs side by side, for people
 *
 * What bounds either run stands before what differs; and what one run may have missed is told as
 * seen in the other only, never as gone or new.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "report/amounts.h"
#include "report/diff/diff.h"
#include "report/derive.h"
#include "report/grid.h"
#include "report/html.h"
#include "report/markdown.h"
#include "report/page.h"
#include "report/phrases.h"
#include "report/sections.h"
#include "report/text.h"
#include "tcbox/own.h"

#define ENTRIES_MAX 100		/* of each kind; the JSON has all */
#define RULES_MAX 100
#define ALIKE_SHOWN 10
#define WORDS_MAX 80		/* columns of one word of a value */

static const char *const names[] = { "A", "B", "A and B" };

/* counts() - "3 new, 1 gone" */
static void counts(struct tb_buf *b, const struct rpt_diff *d)
{
	static const struct { enum diff_change change; const char *word; } rows[] = {
		{ DIFF_NEW, "new" }, { DIFF_GONE, "gone" }, { DIFF_CHANGED, "changed" },
		{ DIFF_ONLY_A, "seen in A only" }, { DIFF_ONLY_B, "seen in B only" },
	};

	for (size_t r = 0; r < TB_ARRAY_SIZE(rows); r++) {
		uint64_t n = 0;

		for (size_t i = 0; i < d->nentries; i++)
			n += d->entries[i].change == rows[r].change;
		if (!n)
			continue;
		amount_join(b, ", ");
		tb_buf_addf(b, "%" PRIu64 " %s", n, rows[r].word);
	}
	if (!d->nrules_changed)
		return;
	amount_join(b, ", ");
	amount_count(b, d->nrules_changed, "rule stands otherwise", "rules stand otherwise");
}

static void verdict(struct doc *doc, const struct rpt_diff *d)
{
	static const struct { enum doc_tone tone; const char *word; } rows[] = {
		[RPT_DIFF_SAME] = { DOC_GOOD, "SAME" },
		[RPT_DIFF_DIFFERS] = { DOC_BAD, "DIFFERENT" },
		[RPT_DIFF_NOT_KNOWN] = { DOC_DOUBT, "NOT KNOWN" },
	};
	enum rpt_diff_outcome outcome = rpt_diff_outcome(d);
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	if (outcome == RPT_DIFF_DIFFERS)
		counts(&b, d);
	else if (outcome == RPT_DIFF_SAME)
		tb_buf_adds(&b, "All that is compared was seen in both runs.");
	else
		tb_buf_adds(&b, "No difference was seen, but not everything could be seen.");
	doc_verdict(doc, rows[outcome].tone, rows[outcome].word, doc_text(doc, &b));
}

static void run(struct doc *doc, const struct rpt_diff *d, int side)
{
	const struct rpt_input *in = d->in[side];
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	char time[RPT_TIMELEN];

	rpt_product_name(&b, in);
	if (!rpt_time_format(in->run->started_ns, 0, time))
		tb_buf_addf(&b, ", %s", time);
	tb_buf_addf(&b, ", %s", in->policy ? fnd_verdict_name(in->result->verdict) :
					     "not compared with a policy");
	if (in->bundle)
		tb_buf_addf(&b, ", %s", in->bundle);
	doc_item(doc, names[side], &b);
}

/* hidden() - which kinds a limit may hide, and where */
static void hidden(struct tb_buf *b, const struct diff_limit *l)
{
	unsigned int bits = l->hides[DIFF_A] | l->hides[DIFF_B];
	bool first = true;

	if (!bits)
		return;
	if (bits == (1u << DIFF_KINDS) - 1) {
		tb_buf_adds(b, "It may hide anything");
		return;
	}
	tb_buf_adds(b, "It may hide ");
	for (int k = 0; k < DIFF_KINDS; k++) {
		if (!(bits & (1u << k)))
			continue;
		if (!first)
			tb_buf_adds(b, ", ");
		tb_buf_adds(b, diff_about[k].name);
		first = false;
	}
}

static void limits(struct doc *doc, const struct rpt_diff *d)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT, hides = TB_BUF_INIT;

	if (!d->nlimits)
		return;
	doc_heading(doc, "What bounds this comparison", d->nlimits);
	for (int side = 0; side <= DIFF_SIDES; side++) {
		const char *label = names[side];

		for (size_t i = 0; i < d->nlimits; i++) {
			const struct diff_limit *l = &d->limits[i];

			if (l->side != side)
				continue;
			tb_buf_adds(&b, l->text);
			doc_item(doc, label, &b);
			label = "";
			hidden(&hides, l);
			if (hides.len)
				doc_detail(doc, doc_text(doc, &hides));
			tb_buf_reset(&hides);
		}
	}
}

static void words(struct tb_buf *b, const struct diff_words *w)
{
	if (!w->n)
		tb_buf_adds(b, "nothing");
	for (size_t i = 0; i < w->n; i++) {
		if (i)
			tb_buf_adds(b, ", ");
		phrase_cut(b, w->v[i], WORDS_MAX);
	}
}

/* label() - a key of JSON as words */
static void label(struct tb_buf *b, const char *key)
{
	for (; *key; key++)
		tb_buf_addc(b, *key == '_' ? ' ' : *key);
	tb_buf_adds(b, ": ");
}

static void amount(struct tb_buf *b, uint64_t n, bool bytes)
{
	if (bytes)
		amount_bytes(b, n);
	else
		tb_buf_addf(b, "%" PRIu64, n);
}

/* changed() - one line for each value that differs */
static void changed(struct doc *doc, const struct diff_entry *e)
{
	const struct diff_about *about = &diff_about[e->kind];
	const struct diff_item *x = e->item[DIFF_A], *y = e->item[DIFF_B];
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	if (e->program) {
		bool args = e->kind == DIFF_PROGRAMS;
		const char *from = args ? x->what : x->program, *to = args ? y->what : y->program;

		tb_buf_addf(&b, "%s: %s -> %s", args ? "arguments" : "program",
			    from ? from : "not known", to ? to : "not known");
		doc_detail(doc, doc_text(doc, &b));
		tb_buf_reset(&b);
	}
	for (int i = 0; i < DIFF_VALUES; i++) {
		if (!(e->values & (1u << i)))
			continue;
		label(&b, about->values[i]);
		words(&b, &x->values[i]);
		tb_buf_adds(&b, " -> ");
		words(&b, &y->values[i]);
		doc_detail(doc, doc_text(doc, &b));
		tb_buf_reset(&b);
	}
	for (int i = 0; i < DIFF_AMOUNTS; i++) {
		if (!(e->amounts & (1u << i)))
			continue;
		label(&b, about->amounts[i]);
		amount(&b, x->amounts[i], about->bytes[i]);
		tb_buf_adds(&b, " -> ");
		amount(&b, y->amounts[i], about->bytes[i]);
		doc_detail(doc, doc_text(doc, &b));
		tb_buf_reset(&b);
	}
}

/* about() - of what only one run has: its values in one line */
static void about(struct doc *doc, const struct diff_entry *e, const struct diff_item *i)
{
	const struct diff_about *a = &diff_about[e->kind];
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	for (int v = 0; v < DIFF_VALUES && a->values[v]; v++) {
		if (!i->values[v].n)
			continue;
		amount_join(&b, "; ");
		label(&b, a->values[v]);
		words(&b, &i->values[v]);
	}
	for (int n = 0; n < DIFF_AMOUNTS && a->amounts[n]; n++) {
		if (!i->amounts[n])
			continue;
		amount_join(&b, "; ");
		label(&b, a->amounts[n]);
		amount(&b, i->amounts[n], a->bytes[n]);
	}
	if (b.len)
		doc_detail(doc, doc_text(doc, &b));
}

static void entry(struct doc *doc, const struct diff_entry *e)
{
	static const struct { const char *label; enum doc_tone tone; } rows[] = {
		[DIFF_NEW] = { "new", DOC_BAD }, [DIFF_GONE] = { "gone", DOC_PLAIN },
		[DIFF_CHANGED] = { "changed", DOC_DOUBT },
		[DIFF_ONLY_A] = { "in A only", DOC_PLAIN },
		[DIFF_ONLY_B] = { "in B only", DOC_DOUBT },
	};
	const struct diff_item *i = e->item[e->item[DIFF_B] ? DIFF_B : DIFF_A];
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	tb_buf_adds(&b, i->what);
	if (i->program && e->kind != DIFF_FINDINGS && strcmp(i->program, i->what) != 0)
		tb_buf_addf(&b, " by %s", i->program);
	doc_item_tone(doc, rows[e->change].tone, rows[e->change].label, doc_text(doc, &b));
	if (e->change == DIFF_CHANGED)
		changed(doc, e);
	else
		about(doc, e, i);
	if (e->change == DIFF_CHANGED && e->bounded && e->amounts)
		doc_detail(doc, "as far as was seen: see what bounds this comparison");
}

static void entries(struct doc *doc, const struct rpt_diff *d)
{
	size_t at = 0, shown;

	for (enum diff_kind k = 0; k < DIFF_KINDS; k++) {
		if (!d->of_kind[k])
			continue;
		doc_heading(doc, diff_about[k].heading, d->of_kind[k]);
		shown = d->of_kind[k] < ENTRIES_MAX ? d->of_kind[k] : ENTRIES_MAX;
		for (size_t i = 0; i < shown; i++)
			entry(doc, &d->entries[at + i]);
		phrase_more(doc, d->of_kind[k] - shown);
		at += d->of_kind[k];
	}
}

static void rule_row(struct grid *g, const struct diff_rule *r, struct tb_buf *b)
{
	bool same = r->state[DIFF_A] == r->state[DIFF_B];

	grid_row(g, same ? DOC_PLAIN : DOC_DOUBT);
	phrase_cut(b, r->id, PHRASE_LONG);
	grid_cell(g, 0, b);
	tb_buf_adds(b, r->section);
	grid_cell(g, 1, b);
	tb_buf_adds(b, diff_rule_name(r->state[DIFF_A]));
	grid_cell(g, 2, b);
	tb_buf_adds(b, diff_rule_name(r->state[DIFF_B]));
	grid_cell(g, 3, b);
}

/* rules() - those that stand otherwise first */
static void rules(struct doc *doc, const struct rpt_diff *d)
{
	static const struct grid_column columns[] = {
		{ .head = "rule" }, { .head = "section" }, { .head = "in A" }, { .head = "in B" },
	};
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	size_t shown = 0;
	struct grid g;

	if (!d->nrules)
		return;
	doc_heading(doc, "Rules", d->nrules);
	grid_init(&g, columns, TB_ARRAY_SIZE(columns));
	for (int same = 0; same < 2; same++) {
		for (size_t i = 0; i < d->nrules && shown < RULES_MAX; i++) {
			const enum diff_rule_state *s = d->rules[i].state;

			if ((s[DIFF_A] == s[DIFF_B]) != same)
				continue;
			rule_row(&g, &d->rules[i], &b);
			shown++;
		}
	}
	grid_end(&g, doc);
	grid_free(&g);
	phrase_more(doc, d->nrules - shown);
}

/* notes() - what was not counted as a difference */
static void notes(struct doc *doc, const struct rpt_diff *d)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	if (!d->nalike_all && (d->contents || !d->contents_differ))
		return;
	doc_heading(doc, "Not counted as differences", 0);
	if (!d->contents && d->contents_differ) {
		amount_count(&b, d->contents_differ, "file has", "files have");
		tb_buf_adds(&b, " other contents; --contents counts them");
		doc_point(doc, false, doc_text(doc, &b));
		tb_buf_reset(&b);
	}
	for (size_t i = 0; i < d->nalike && i < ALIKE_SHOWN; i++) {
		tb_buf_addf(&b,
			    "%s in A, %s in B: taken for the same, as what differs looks temporary",
			    d->alike[i].item[DIFF_A]->what, d->alike[i].item[DIFF_B]->what);
		doc_point(doc, false, doc_text(doc, &b));
		tb_buf_reset(&b);
	}
	if (d->nalike_all > ALIKE_SHOWN)
		phrase_more(doc, d->nalike_all - ALIKE_SHOWN);
}

static int document(struct doc *doc, const struct rpt_diff *d, struct tb_err *err)
{
	verdict(doc, d);
	doc_heading(doc, "Runs", 0);
	run(doc, d, DIFF_A);
	run(doc, d, DIFF_B);
	limits(doc, d);
	entries(doc, d);
	rules(doc, d);
	notes(doc, d);
	return doc->out->failed ? tb_err_set(err, ENOMEM, "write comparison") : 0;
}

int rpt_diff_text(const struct rpt_diff *d, const struct rpt_style *style, struct tb_buf *out,
		  struct tb_err *err)
{
	struct text t;

	text_init(&t, out, style->width, style->colour);
	return document(&t.doc, d, err);
}

int rpt_diff_markdown(const struct rpt_diff *d, struct tb_buf *out, struct tb_err *err)
{
	struct markdown m;

	markdown_init(&m, out);
	return document(&m.doc, d, err);
}

int rpt_diff_html(const struct rpt_diff *d, struct tb_buf *out, struct tb_err *err)
{
	struct html h;
	int ret = page_begin(out, "two runs", err);

	if (ret)
		return ret;
	tb_buf_adds(out, "<body>\n<main id=\"document\">\n");
	html_init(&h, out);
	ret = document(&h.doc, d, err);
	html_end(&h);
	tb_buf_adds(out, "</main>\n</body>\n</html>\n");
	if (!ret && out->failed)
		ret = tb_err_set(err, ENOMEM, "write comparison");
	return ret;
}
