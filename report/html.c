/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html.c - the document as HTML
 *
 * How it works: what a product wrote is first made harmless as for a terminal, then the five
 * characters that mean something in text or in a quoted attribute become references (HTML standard,
 * 13.1.4). Nothing that anybody chose stands anywhere but in text: not in an attribute, a style, a
 * script, a comment or an address; and there are no links.
 */
#include "report/html.h"

#include <inttypes.h>
#include <string.h>

#include "report/amounts.h"
#include "report/grid.h"

#define DEPTH_MAX 10		/* of the classes of page.css */

enum { NOTHING, LABELS, POINTS, ROWS };

static struct html *html_of(struct doc *d)
{
	return (struct html *)(void *)d;
}

static void add_escaped(struct tb_buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		switch (s[i]) {
		case '&':
			tb_buf_adds(out, "&amp;");
			break;
		case '<':
			tb_buf_adds(out, "&lt;");
			break;
		case '>':
			tb_buf_adds(out, "&gt;");
			break;
		case '"':
			tb_buf_adds(out, "&quot;");
			break;
		case '\'':
			tb_buf_adds(out, "&#39;");
			break;
		default:
			tb_buf_addc(out, s[i]);
			break;
		}
	}
}

void html_text(struct tb_buf *out, const char *text)
{
	TB_AUTOBUF struct tb_buf safe = TB_BUF_INIT;

	doc_shown(&safe, text);
	out->failed |= safe.failed;
	if (!safe.failed)
		add_escaped(out, safe.data ? safe.data : "", safe.len);
}

/* element() - our own tags around a text */
static void element(struct tb_buf *out, const char *begin, const char *text, const char *end)
{
	tb_buf_adds(out, begin);
	html_text(out, text);
	tb_buf_adds(out, end);
	tb_buf_addc(out, '\n');
}

static void close_list(struct html *h)
{
	static const char *const ends[] = {
		[NOTHING] = "",
		[LABELS] = "</dl>\n",
		[POINTS] = "</li></ul>\n",
		[ROWS] = "</tbody></table></div>\n",
	};

	tb_buf_adds(h->doc.out, ends[h->open]);
	h->open = NOTHING;
}

/* begin() - a list or table, if it is not the one that is open */
static bool begin(struct html *h, int what)
{
	if (h->open == what)
		return false;
	close_list(h);
	h->open = what;
	return true;
}

static const char *tone_class(enum doc_tone tone)
{
	static const char *const classes[] = {
		[DOC_PLAIN] = "plain",
		[DOC_GOOD] = "good",
		[DOC_BAD] = "bad",
		[DOC_DOUBT] = "doubt",
	};

	return classes[tone];
}

static void verdict(struct doc *d, enum doc_tone tone, const char *word, const char *text)
{
	tb_buf_addf(d->out, "<h1 class=\"%s\">", tone_class(tone));
	element(d->out, "", word, "</h1>");
	if (*text)
		element(d->out, "<p class=\"reason\">", text, "</p>");
}

static void point(struct doc *d, bool marked, const char *text);

static void lead(struct doc *d, enum doc_lead what, const char *text)
{
	if (what == DOC_FACT) {
		point(d, false, text);
		return;
	}
	close_list(html_of(d));
	if (what == DOC_COMMAND)
		element(d->out, "<pre>", text, "</pre>");
	else
		element(d->out, what == DOC_ABOUT ? "<p class=\"reason\">" : "<p>", text, "</p>");
}

static void end_section(struct html *h)
{
	close_list(h);
	if (h->section)
		tb_buf_adds(h->doc.out, "</section>\n");
	h->section = false;
}

static void heading(struct doc *d, const char *text, uint64_t count)
{
	struct html *h = html_of(d);

	end_section(h);
	h->section = true;
	tb_buf_adds(d->out, "<section><h2>");
	html_text(d->out, text);
	if (count)
		tb_buf_addf(d->out, " (%" PRIu64 ")", count);
	tb_buf_adds(d->out, "</h2>\n");
}

static void item(struct doc *d, enum doc_tone tone, const char *label, const char *text)
{
	struct html *h = html_of(d);

	if (begin(h, LABELS))
		tb_buf_adds(d->out, "<dl>\n");
	if (*label)
		element(d->out, "<dt>", label, "</dt>");
	tb_buf_addf(d->out, "<dd class=\"%s\">", tone_class(tone));
	element(d->out, "", text, "</dd>");
}

static void point(struct doc *d, bool marked, const char *text)
{
	struct html *h = html_of(d);

	tb_buf_adds(d->out, begin(h, POINTS) ? "<ul>\n<li>" : "</li>\n<li>");
	if (marked)
		tb_buf_adds(d->out, "<strong class=\"doubt\">*</strong> ");
	html_text(d->out, text);
}

static void detail(struct doc *d, const char *text)
{
	struct html *h = html_of(d);

	if (h->open == LABELS)
		element(d->out, "<dd class=\"detail\">", text, "</dd>");
	else
		element(d->out, "<p class=\"detail\">", text, "</p>");
}

static void paragraph(struct doc *d, const char *text)
{
	close_list(html_of(d));
	element(d->out, "<p>", text, "</p>");
}

static void entry(struct doc *d, const struct doc_entry *e)
{
	close_list(html_of(d));
	tb_buf_addf(d->out, "<h3><span class=\"%s\">%zu. ", tone_class(e->tone), e->number);
	html_text(d->out, e->name);
	element(d->out, "</span> <small>", e->aside, "</small></h3>");
	element(d->out, "<p><strong>", e->text, "</strong></p>");
}

static void group(struct doc *d, const char *text)
{
	close_list(html_of(d));
	element(d->out, "<h3>", text, "</h3>");
}

static void brief(struct doc *d, const struct doc_entry *e)
{
	struct html *h = html_of(d);

	tb_buf_adds(d->out, begin(h, POINTS) ? "<ul class=\"briefs\">\n<li>" : "</li>\n<li>");
	tb_buf_addf(d->out, "<b>%zu.</b> ", e->number);
	html_text(d->out, e->text);
	if (*e->aside)
		detail(d, e->aside);
}

/* node() - how deep it stands is a class, because a style in an attribute is not let in */
static void node(struct doc *d, size_t depth, const char *text, const char *aside)
{
	close_list(html_of(d));
	tb_buf_addf(d->out, "<p class=\"node d%zu\">", depth < DEPTH_MAX ? depth : DEPTH_MAX);
	html_text(d->out, text);
	element(d->out, " <small>", aside, "</small></p>");
}

static void table(struct doc *d, const struct doc_column *columns, size_t n)
{
	close_list(html_of(d));
	html_of(d)->open = ROWS;
	tb_buf_adds(d->out, "<div class=\"wide\"><table><thead><tr>");
	for (size_t i = 0; i < n; i++) {
		tb_buf_adds(d->out, i ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
		html_text(d->out, columns[i].head);
		tb_buf_adds(d->out, "</th>");
	}
	tb_buf_adds(d->out, "</tr></thead><tbody>\n");
}

static void row(struct doc *d, const char *text, const uint64_t *values)
{
	tb_buf_adds(d->out, "<tr><td>");
	html_text(d->out, text);
	tb_buf_adds(d->out, "</td>");
	for (size_t i = 1; i < d->ncolumns; i++) {
		tb_buf_adds(d->out, "<td class=\"n\">");
		if (!values[i - 1] && d->columns[i].optional)
			tb_buf_adds(d->out, "");
		else if (d->columns[i].number.kind == DOC_COUNT)
			tb_buf_addf(d->out, "%" PRIu64, values[i - 1]);
		else
			amount_bytes(d->out, values[i - 1]);
		tb_buf_adds(d->out, "</td>");
	}
	tb_buf_adds(d->out, "</tr>\n");
}

static void grid_cell_text(struct doc *d, const struct grid *g, const struct grid_row *r, size_t at)
{
	tb_buf_adds(d->out, g->columns[at].right ? "<td class=\"n\">" : "<td>");
	if (!at && r->tone != DOC_PLAIN)
		tb_buf_addf(d->out, "<b class=\"%s\">", tone_class(r->tone));
	html_text(d->out, r->cells[at]);
	if (!at && r->tone != DOC_PLAIN)
		tb_buf_adds(d->out, "</b>");
	for (const struct grid_note *n = at ? NULL : r->notes; n; n = n->next) {
		tb_buf_adds(d->out, "<p class=\"detail\">");
		html_text(d->out, n->text);
		tb_buf_adds(d->out, "</p>");
	}
	tb_buf_adds(d->out, "</td>");
}

static void grid(struct doc *d, const struct grid *g)
{
	close_list(html_of(d));
	tb_buf_adds(d->out, "<div class=\"wide\"><table><thead><tr>");
	for (size_t i = 0; i < g->ncolumns; i++) {
		if (!g->filled[i])
			continue;
		tb_buf_addf(d->out, "<th scope=\"col\"%s>",
			    g->columns[i].right ? " class=\"n\"" : "");
		html_text(d->out, g->columns[i].head);
		tb_buf_adds(d->out, "</th>");
	}
	tb_buf_adds(d->out, "</tr></thead><tbody>\n");
	for (size_t i = 0; i < g->nrows; i++) {
		tb_buf_adds(d->out, "<tr>");
		for (size_t j = 0; j < g->ncolumns; j++)
			if (g->filled[j])
				grid_cell_text(d, g, &g->rows[i], j);
		tb_buf_adds(d->out, "</tr>\n");
	}
	tb_buf_adds(d->out, "</tbody></table></div>\n");
}

static const struct doc_ops html_ops = {
	.verdict = verdict,
	.lead = lead,
	.heading = heading,
	.item = item,
	.point = point,
	.detail = detail,
	.para = paragraph,
	.entry = entry,
	.group = group,
	.brief = brief,
	.table = table,
	.row = row,
	.node = node,
	.grid = grid,
};

void html_init(struct html *h, struct tb_buf *out)
{
	*h = (struct html){
		.doc = { .ops = &html_ops, .out = out },
		.open = NOTHING,
	};
}

void html_end(struct html *h)
{
	end_section(h);
}
