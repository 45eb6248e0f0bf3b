/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.c - the document as text for a person at a terminal, wrapped at a width
 *
 * Everything that anybody else may have chosen passes through para(): it escapes what a terminal
 * could interpret, and indents every line. So what a product wrote can neither control the terminal
 * nor begin a line of its own where the report's words stand.
 */
#include "report/text.h"

#include <inttypes.h>
#include <string.h>

#include "report/grid.h"
#include "report/width.h"

#define INDENT 2
#define HANG 15			/* of items */
#define GAP 2			/* between columns of a grid */
#define FIRST_MIN 16		/* columns of its first */
#define ENTRY_HANG 12		/* of the items of an entry, from their indentation */

enum style { PLAIN, BOLD, DIM, GOOD, BAD, DOUBT };

static const char *const styles[] = {
	[PLAIN] = "",
	[BOLD] = "\033[1m",
	[DIM] = "\033[2m",
	[GOOD] = "\033[1;32m",
	[BAD] = "\033[1;31m",
	[DOUBT] = "\033[1;33m",
};

static const enum style tones[] = {
	[DOC_PLAIN] = PLAIN,
	[DOC_GOOD] = GOOD,
	[DOC_BAD] = BAD,
	[DOC_DOUBT] = DOUBT,
};

static struct text *text_of(struct doc *d)
{
	return (struct text *)(void *)d;
}

static void put_n(struct text *t, enum style style, const char *text, size_t len)
{
	bool on = t->colour && style != PLAIN && len;

	if (on)
		tb_buf_adds(t->doc.out, styles[style]);
	tb_buf_add(t->doc.out, text, len);
	if (on)
		tb_buf_adds(t->doc.out, "\033[0m");
}

/* put() - our own short text as it is; no line break is added */
static void put(struct text *t, enum style style, const char *text)
{
	put_n(t, style, text, strlen(text));
}

static void spaces(struct text *t, size_t n)
{
	tb_buf_addf(t->doc.out, "%*s", (int)n, "");
}

/* fitting() - Return: how many bytes of @s, at least one character, fit into @columns without
 * cutting a character */
static size_t fitting(const char *s, size_t len, size_t columns)
{
	size_t used = 0, w, n;

	while (used < len) {
		w = rpt_char_width(s + used, len - used, &n);
		if (w > columns && used)
			break;
		columns -= w < columns ? w : columns;
		used += n;
	}
	return used;
}

/*
 * line_length() - where does the line end that begins at @s?
 * @columns:	That are left on this line
 * @full:	Of an empty line
 *
 * Return: bytes of @s for this line. 0: nothing fits here but it would on a line of its own
 */
static size_t line_length(const char *s, size_t len, size_t columns, size_t full)
{
	size_t end = 0, word, used = 0, w;

	while (end < len) {
		for (word = end; word < len && s[word] == ' '; word++)
			;
		while (word < len && s[word] != ' ')
			word++;
		w = rpt_width(s + end, word - end);
		if (used + w > columns)
			break;
		used += w;
		end = word;
	}
	if (end || !len)
		return end;
	for (word = 0; word < len && s[word] != ' '; word++)
		;
	return rpt_width(s, word) <= full ? 0 : fitting(s, word, columns);
}

/* Where a paragraph stands. */
struct place {
	size_t column; /* where its first line begins: what stands before it was written already */
	size_t hang;		/* indentation of the following lines */
};

/*
 * para() - a paragraph of any bytes, ended by a line break
 *
 * Lines break at spaces. A word that is longer than a line is cut into pieces, because a terminal
 * would continue it at its left edge.
 */
static void para(struct text *t, struct place at, enum style style, const char *text)
{
	TB_AUTOBUF struct tb_buf safe = TB_BUF_INIT;
	size_t full = t->width > at.hang + 1 ? t->width - at.hang : 1, columns, n;
	const char *s;
	size_t len;

	doc_shown(&safe, text);
	if (safe.failed) {
		t->doc.out->failed = true;
		return;
	}
	columns = t->width > at.column ? t->width - at.column : 0;
	for (s = safe.data, len = safe.len; len;) {
		n = columns ? line_length(s, len, columns, full) : 0;
		put_n(t, style, s, n);
		s += n;
		len -= n;
		for (; len && *s == ' '; len--)
			s++;
		if (!len)
			break;
		tb_buf_addc(t->doc.out, '\n');
		spaces(t, at.hang);
		columns = full;
	}
	tb_buf_addc(t->doc.out, '\n');
}

/* block() - a paragraph at @indent */
static void block(struct text *t, size_t indent, enum style style, const char *text)
{
	spaces(t, indent);
	para(t, (struct place){ indent, indent }, style, text);
}

static void verdict(struct doc *d, enum doc_tone tone, const char *word, const char *text)
{
	struct text *t = text_of(d);
	size_t hang = strlen(word) + 2;

	put(t, tones[tone], word);
	put(t, PLAIN, *text ? "  " : "");
	para(t, (struct place){ hang, hang }, BOLD, text);
	t->lead = *text ? hang : INDENT;
	t->last_lead = DOC_ABOUT;
}

static void lead(struct doc *d, enum doc_lead what, const char *text)
{
	struct text *t = text_of(d);

	if (what != t->last_lead && what != DOC_ABOUT && what != DOC_COMMAND)
		tb_buf_addc(d->out, '\n');
	t->last_lead = what;
	switch (what) {
	case DOC_ABOUT:
		block(t, t->lead, BOLD, text);
		break;
	case DOC_FACT:
		spaces(t, INDENT);
		put(t, DOUBT, "* ");
		para(t, (struct place){ INDENT + 2, INDENT + 2 }, PLAIN, text);
		break;
	case DOC_BEFORE:
		block(t, INDENT, PLAIN, text);
		break;
	case DOC_COMMAND:
		block(t, INDENT + 2, DIM, text);
		break;
	}
}

/* end_lead() - an empty line before what follows the verdict */
static void end_lead(struct text *t)
{
	if (t->lead)
		put(t, PLAIN, "\n");
	t->lead = 0;
}

static void part(struct doc *d, size_t number, const char *text)
{
	struct text *t = text_of(d);
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	t->lead = 0;
	tb_buf_addf(&b, "%zu. %s", number, text);
	tb_buf_adds(d->out, "\n\n");
	put(t, BOLD, doc_text(d, &b));
	tb_buf_addc(d->out, '\n');
	for (size_t i = 0; i < b.len; i++)
		tb_buf_addc(d->out, '=');
	tb_buf_addc(d->out, '\n');
	t->indent = INDENT;
	t->hang = HANG;
}

static void heading(struct doc *d, const char *text, uint64_t count)
{
	struct text *t = text_of(d);

	t->lead = 0;
	tb_buf_addc(d->out, '\n');
	put(t, BOLD, text);
	if (count)
		tb_buf_addf(d->out, " (%" PRIu64 ")", count);
	tb_buf_addc(d->out, '\n');
	t->indent = INDENT;
	t->hang = HANG;
}

static void item(struct doc *d, enum doc_tone tone, const char *label, const char *text)
{
	struct text *t = text_of(d);
	size_t used = t->indent + strlen(label), hang = t->hang;

	end_lead(t);
	spaces(t, t->indent);
	put(t, DIM, label);
	if (used >= hang)	/* a label that is too long for its column */
		hang = used + 1;
	spaces(t, hang - used);
	para(t, (struct place){ hang, hang }, tones[tone], text);
	t->after = t->hang + 2;
}

static void point(struct doc *d, bool marked, const char *text)
{
	struct text *t = text_of(d);

	if (marked)
		put(t, DOUBT, "  * ");
	else
		spaces(t, INDENT + 2);
	para(t, (struct place){ INDENT + 2, INDENT + 2 }, PLAIN, text);
	t->after = INDENT + 4;
}

static void detail(struct doc *d, const char *text)
{
	struct text *t = text_of(d);

	block(t, t->after, DIM, text);
}

static void paragraph(struct doc *d, const char *text)
{
	struct text *t = text_of(d);

	block(t, t->indent, PLAIN, text);
}

static size_t digits(size_t n)
{
	size_t d = 1;

	for (; n >= 10; n /= 10)
		d++;
	return d;
}

/* numbered() - the number of an entry; its items stand behind it */
static void numbered(struct text *t, const struct doc_entry *e, enum style style)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	t->indent = INDENT + digits(e->of) + 2;
	t->hang = t->indent + ENTRY_HANG;
	tb_buf_addf(&b, "%*zu", (int)t->indent - 2, e->number);
	put(t, style, doc_text(&t->doc, &b));
	spaces(t, 2);
}

static void entry(struct doc *d, const struct doc_entry *e)
{
	struct text *t = text_of(d);
	size_t used;

	tb_buf_addc(d->out, '\n');
	numbered(t, e, DIM);
	put(t, tones[e->tone], e->name);
	spaces(t, 2);
	used = t->indent + strlen(e->name) + 2;
	para(t, (struct place){ used, t->indent }, DIM, e->aside);
	block(t, t->indent, BOLD, e->text);
}

static void group(struct doc *d, const char *text)
{
	struct text *t = text_of(d);

	tb_buf_addc(d->out, '\n');
	block(t, t->indent, BOLD, text);
}

static void brief(struct doc *d, const struct doc_entry *e)
{
	struct text *t = text_of(d);

	numbered(t, e, DIM);
	para(t, (struct place){ t->indent, t->indent }, PLAIN, e->text);
	if (*e->aside)
		block(t, t->indent, PLAIN, e->aside);
}

/* table() - rows are sentences here: a terminal is too narrow for what the product may have named
 * */
static void table(struct doc *d, const struct doc_column *columns, size_t n)
{
	(void)d;
	(void)columns;
	(void)n;
}

static void row(struct doc *d, const char *text, const uint64_t *values)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct text *t = text_of(d);

	doc_say(d, &b, text, values);
	spaces(t, INDENT);
	para(t, (struct place){ INDENT, INDENT + 2 }, PLAIN, doc_text(d, &b));
}

/* cell_width() - columns that a text takes once it is harmless */
static size_t cell_width(struct text *t, const char *cell)
{
	TB_AUTOBUF struct tb_buf safe = TB_BUF_INIT;

	doc_shown(&safe, cell);
	t->doc.out->failed |= safe.failed;
	return safe.failed ? 0 : rpt_width(safe.data ? safe.data : "", safe.len);
}

/* shown() - a text that fits the line */
static void shown(struct text *t, enum style style, const char *text)
{
	TB_AUTOBUF struct tb_buf safe = TB_BUF_INIT;

	doc_shown(&safe, text);
	put(t, style, doc_text(&t->doc, &safe));
}

/* node() - the aside stands at the end of the line, if there is room */
static void node(struct doc *d, size_t depth, const char *text, const char *aside)
{
	struct text *t = text_of(d);
	size_t at = INDENT + 2 * depth, w = cell_width(t, text), tail = strlen(aside);

	at = at < t->width / 2 ? at : t->width / 2;
	spaces(t, at);
	if (at + w + GAP + tail > t->width) {
		para(t, (struct place){ at, at + 4 }, PLAIN, text);
		block(t, at + 4, DIM, aside);
		return;
	}
	shown(t, PLAIN, text);
	spaces(t, t->width - at - w - tail);
	put(t, DIM, aside);
	tb_buf_addc(d->out, '\n');
}

/* Where each column of a grid begins, and how wide it is. */
struct ruled {
	size_t at[GRID_COLUMNS], width[GRID_COLUMNS];
};

/* rule_columns() - the first one is as wide as it need be, if there is room. Return: false if there
 * is none for the others */
static bool rule_columns(struct text *t, const struct grid *g, struct ruled *r)
{
	size_t others = INDENT;

	memset(r, 0, sizeof(*r));
	for (size_t j = 0; j < g->ncolumns; j++) {
		if (!g->filled[j])
			continue;
		r->width[j] = rpt_width(g->columns[j].head, strlen(g->columns[j].head));
		for (size_t i = 0; i < g->nrows; i++) {
			size_t w = cell_width(t, g->rows[i].cells[j]);

			r->width[j] = w > r->width[j] ? w : r->width[j];
		}
		others += j ? GAP + r->width[j] : 0;
	}
	if (others + FIRST_MIN > t->width)
		return false;
	if (others + r->width[0] > t->width)
		r->width[0] = t->width - others;
	r->at[0] = INDENT;
	for (size_t j = 1; j < g->ncolumns; j++) {
		r->at[j] = r->at[j - 1];
		if (g->filled[j - 1])
			r->at[j] += r->width[j - 1] + GAP;
	}
	return true;
}

/* last_cell() - behind it nothing stands. Return: its number, from 1 */
static size_t last_cell(const struct grid *g, const char *const *cells)
{
	size_t n = g->ncolumns;

	while (n && (!*cells[n - 1] || !g->filled[n - 1]))
		n--;
	return n;
}

/*
 * cells() - a row. What is wider than the first column has a line of its own, so that no other
 * column moves
 */
static void cells(struct text *t, const struct grid *g, const struct ruled *r,
		  const char *const *words, enum style style)
{
	size_t n = last_cell(g, words), used = INDENT, w;

	spaces(t, INDENT);
	for (size_t j = 0; j < n; j++) {
		if (!g->filled[j])
			continue;
		w = cell_width(t, words[j]);
		if (!j && w > r->width[0]) {
			para(t, (struct place){ INDENT, INDENT + 2 }, style, words[j]);
			used = 0;
			continue;
		}
		spaces(t, r->at[j] > used ? r->at[j] - used : 0);
		if (g->columns[j].right && w < r->width[j])
			spaces(t, r->width[j] - w);
		shown(t, j && style != DIM ? PLAIN : style, words[j]);
		used = r->at[j] + (g->columns[j].right ? r->width[j] : w);
	}
	if (used)
		tb_buf_addc(t->doc.out, '\n');
}

/* sentence() - a row where the terminal is too narrow for columns */
static void sentence(struct text *t, const struct grid *g, const struct grid_row *row)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	block(t, INDENT, tones[row->tone], row->cells[0]);
	for (size_t j = 1; j < g->ncolumns; j++) {
		if (!*row->cells[j])
			continue;
		if (b.len)
			tb_buf_adds(&b, ", ");
		tb_buf_addf(&b, "%s %s", g->columns[j].head, row->cells[j]);
	}
	block(t, INDENT + 2, PLAIN, doc_text(&t->doc, &b));
}

static void grid(struct doc *d, const struct grid *g)
{
	struct text *t = text_of(d);
	const char *heads[GRID_COLUMNS];
	struct ruled r;
	bool ruled = rule_columns(t, g, &r);

	for (size_t j = 0; j < g->ncolumns; j++)
		heads[j] = g->columns[j].head;
	if (ruled)
		cells(t, g, &r, heads, DIM);
	for (size_t i = 0; i < g->nrows; i++) {
		if (ruled)
			cells(t, g, &r, g->rows[i].cells, tones[g->rows[i].tone]);
		else
			sentence(t, g, &g->rows[i]);
		for (const struct grid_note *n = g->rows[i].notes; n; n = n->next) {
			spaces(t, INDENT + 2);
			para(t, (struct place){ INDENT + 2, INDENT + 4 }, DIM, n->text);
		}
	}
}

static const struct doc_ops text_ops = {
	.verdict = verdict,
	.lead = lead,
	.part = part,
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

void text_init(struct text *t, struct tb_buf *out, int width, bool colour)
{
	*t = (struct text){
		.doc = { .ops = &text_ops, .out = out },
		.width = TEXT_WIDTH,
		.colour = colour,
		.indent = INDENT,
		.hang = HANG,
	};
	if (width > 0)
		t->width = (size_t)width;
	if (t->width < TEXT_WIDTH_MIN)
		t->width = TEXT_WIDTH_MIN;
}
