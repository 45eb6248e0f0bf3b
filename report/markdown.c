/* SPDX-License-Identifier: Apache-2.0 */
/*
 * markdown.c - the document as Markdown, for tickets, wikis and mails
 *
 * How it works: CommonMark 0.31 with the tables of GitHub Flavored Markdown 0.29. There is no HTML
 * in it. What a product wrote is first made harmless as for a terminal, on one line; then every
 * character that could be markup gets a backslash (CommonMark 2.4), and every one that renderers
 * act on in spite of a backslash, because they look for it in the text that they have made (links
 * to addresses, mentions, issues, formulas, small pictures), becomes a span of code, in which
 * nothing is looked for.
 *
 * Limits: a renderer with syntax of its own beyond these, such as [[links]] and ==marks==, has most
 * of its characters escaped, too; but nobody can know all of them.
 */
#include "report/markdown.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "report/amounts.h"
#include "report/grid.h"

enum { NOTHING, BLOCK, LIST, TABLE, CODE };

static struct markdown *markdown_of(struct doc *d)
{
	return (struct markdown *)(void *)d;
}

/* begin() - an empty line between blocks; none between the members of a list or a table */
static void begin(struct markdown *m, int what)
{
	if (m->last != NOTHING && (m->last != what || what == BLOCK))
		tb_buf_addc(m->doc.out, '\n');
	m->last = what;
}

/* is_emoji() - does ":name:" begin here? IPv6 addresses have such words, too. Times do not: ":20:"
 * names nothing */
static bool is_emoji(const char *s)
{
	size_t n = 1;

	while (isalnum((unsigned char)s[n]) || s[n] == '_' || s[n] == '+' || s[n] == '-')
		n++;
	return n > 1 && s[n] == ':' && (n > 3 || strspn(s + 1, "0123456789") + 1 < n);
}

/* is_looked_for() - would a renderer act on this character although it is escaped? @at: its place
 * in @text */
static bool is_looked_for(const char *text, size_t at)
{
	const char *s = text + at;

	switch (*s) {
	case '@':	/* people, addresses of mail */
	case '#':	/* issues */
	case '$':	/* formulas */
		return true;
	case ':':
		return !strncmp(s, "://", 3) || is_emoji(s);
	case '.':
		return at >= 3 && !strncasecmp(s - 3, "www", 3);
	default:
		return false;
	}
}

/* is_markup() - characters that can be markup anywhere in a line */
static bool is_markup(char c)
{
	return c && strchr("\\`*_{}[]<>|~&!=^", c);
}

/*
 * begins_block() - could the text begin a list, if it stands where a block begins?
 *
 * Return: the length up to the character that does it, which is to be escaped; 0: no
 */
static size_t begins_block(const char *s)
{
	size_t n = strspn(s, "0123456789");

	if (*s == '-' || *s == '+')
		return 1;
	if (!n || (s[n] != '.' && s[n] != ')') || (s[n + 1] && s[n + 1] != ' '))
		return 0;
	return n + 1;
}

void markdown_text(struct tb_buf *out, const char *text)
{
	TB_AUTOBUF struct tb_buf safe = TB_BUF_INIT;
	size_t marker, i = 0;

	doc_shown(&safe, text);
	out->failed |= safe.failed;
	if (safe.failed || !safe.len)
		return;
	while (safe.data[i] == ' ')	/* four of them would make it code */
		i++;
	marker = begins_block(safe.data + i) + i;
	while (safe.data[i]) {
		size_t n = 0;

		while (safe.data[i + n] && is_looked_for(safe.data, i + n))
			n++;
		if (n) {	/* together: two spans that touch would be none */
			tb_buf_addc(out, '`');
			tb_buf_add(out, safe.data + i, n);
			tb_buf_addc(out, '`');
			i += n;
			continue;
		}
		if (is_markup(safe.data[i]) || i + 1 == marker)
			tb_buf_addc(out, '\\');
		tb_buf_addc(out, safe.data[i++]);
	}
}

static void bold(struct tb_buf *out, const char *text)
{
	tb_buf_adds(out, "**");
	markdown_text(out, text);
	tb_buf_adds(out, "**");
}

static void paragraph(struct doc *d, const char *text)
{
	begin(markdown_of(d), BLOCK);
	markdown_text(d->out, text);
	tb_buf_addc(d->out, '\n');
}

static void verdict(struct doc *d, enum doc_tone tone, const char *word, const char *text)
{
	(void)tone;
	begin(markdown_of(d), BLOCK);
	tb_buf_adds(d->out, "# ");
	markdown_text(d->out, word);
	tb_buf_addc(d->out, '\n');
	if (*text)
		paragraph(d, text);
}

static void point(struct doc *d, bool marked, const char *text);

/* command() - code that is indented ends with its line, and nothing in it is markup */
static void command(struct doc *d, const char *text)
{
	begin(markdown_of(d), CODE);
	tb_buf_adds(d->out, "    ");
	doc_shown(d->out, text);
	tb_buf_addc(d->out, '\n');
}

static void lead(struct doc *d, enum doc_lead what, const char *text)
{
	switch (what) {
	case DOC_FACT:
		point(d, false, text);
		break;
	case DOC_COMMAND:
		command(d, text);
		break;
	case DOC_ABOUT:
	case DOC_BEFORE:
		paragraph(d, text);
		break;
	}
}

static void part(struct doc *d, size_t number, const char *text)
{
	begin(markdown_of(d), BLOCK);
	tb_buf_addf(d->out, "## %zu. ", number);
	markdown_text(d->out, text);
	tb_buf_addc(d->out, '\n');
}

/* level() - of a heading: in a part it is one lower */
static void level(struct doc *d, const char *marks)
{
	if (d->parts)
		tb_buf_addc(d->out, '#');
	tb_buf_adds(d->out, marks);
}

static void heading(struct doc *d, const char *text, uint64_t count)
{
	begin(markdown_of(d), BLOCK);
	level(d, "## ");
	markdown_text(d->out, text);
	if (count)
		tb_buf_addf(d->out, " (%" PRIu64 ")", count);
	tb_buf_addc(d->out, '\n');
}

static void item(struct doc *d, enum doc_tone tone, const char *label, const char *text)
{
	struct markdown *m = markdown_of(d);

	begin(m, LIST);
	if (*label)
		m->label = label;
	tb_buf_adds(d->out, "- **");
	markdown_text(d->out, m->label);
	tb_buf_adds(d->out, ":** ");
	if (tone == DOC_PLAIN)
		markdown_text(d->out, text);
	else
		bold(d->out, text);
	tb_buf_addc(d->out, '\n');
}

static void point(struct doc *d, bool marked, const char *text)
{
	begin(markdown_of(d), LIST);
	tb_buf_adds(d->out, "- ");
	if (marked)
		tb_buf_adds(d->out, "**\\*** ");
	markdown_text(d->out, text);
	tb_buf_addc(d->out, '\n');
}

static void detail(struct doc *d, const char *text)
{
	tb_buf_adds(d->out, "  - ");
	markdown_text(d->out, text);
	tb_buf_addc(d->out, '\n');
}

static void entry(struct doc *d, const struct doc_entry *e)
{
	begin(markdown_of(d), BLOCK);
	level(d, "### ");
	tb_buf_addf(d->out, "%zu. ", e->number);
	markdown_text(d->out, e->name);
	tb_buf_adds(d->out, " (");
	markdown_text(d->out, e->aside);
	tb_buf_adds(d->out, ")\n");
	paragraph(d, e->text);
}

static void group(struct doc *d, const char *text)
{
	begin(markdown_of(d), BLOCK);
	level(d, "### ");
	markdown_text(d->out, text);
	tb_buf_addc(d->out, '\n');
}

static void brief(struct doc *d, const struct doc_entry *e)
{
	begin(markdown_of(d), LIST);
	tb_buf_addf(d->out, "- **%zu:** ", e->number);
	markdown_text(d->out, e->text);
	tb_buf_addc(d->out, '\n');
	if (*e->aside)
		detail(d, e->aside);
}

static void node(struct doc *d, size_t depth, const char *text, const char *aside)
{
	begin(markdown_of(d), LIST);
	tb_buf_addf(d->out, "%*s- ", (int)(2 * depth), "");
	markdown_text(d->out, text);
	tb_buf_adds(d->out, " (");
	markdown_text(d->out, aside);
	tb_buf_adds(d->out, ")\n");
}

static void table(struct doc *d, const struct doc_column *columns, size_t n)
{
	begin(markdown_of(d), TABLE);
	for (size_t i = 0; i < n; i++) {
		tb_buf_adds(d->out, "| ");
		markdown_text(d->out, columns[i].head);
		tb_buf_addc(d->out, ' ');
	}
	tb_buf_adds(d->out, "|\n| ---");
	for (size_t i = 1; i < n; i++)
		tb_buf_adds(d->out, " | ---:");
	tb_buf_adds(d->out, " |\n");
}

static void row(struct doc *d, const char *text, const uint64_t *values)
{
	begin(markdown_of(d), TABLE);
	tb_buf_adds(d->out, "| ");
	markdown_text(d->out, text);
	for (size_t i = 1; i < d->ncolumns; i++) {
		tb_buf_adds(d->out, " | ");
		if (!values[i - 1] && d->columns[i].optional)
			continue;
		if (d->columns[i].number.kind == DOC_COUNT)
			tb_buf_addf(d->out, "%" PRIu64, values[i - 1]);
		else
			amount_bytes(d->out, values[i - 1]);
	}
	tb_buf_adds(d->out, " |\n");
}

/* notes() - one below the other in a cell of their own would be HTML: they are one sentence */
static void notes(struct doc *d, const struct grid_row *r)
{
	const char *sep = "";

	for (const struct grid_note *n = r->notes; n; n = n->next) {
		tb_buf_adds(d->out, sep);
		markdown_text(d->out, n->text);
		sep = "; ";
	}
}

static bool has_notes(const struct grid *g)
{
	for (size_t i = 0; i < g->nrows; i++)
		if (g->rows[i].notes)
			return true;
	return false;
}

static void grid_head(struct doc *d, const struct grid *g, bool more)
{
	for (size_t i = 0; i < g->ncolumns; i++) {
		if (!g->filled[i])
			continue;
		tb_buf_adds(d->out, "| ");
		markdown_text(d->out, g->columns[i].head);
		tb_buf_addc(d->out, ' ');
	}
	tb_buf_adds(d->out, more ? "| More |\n" : "|\n");
	for (size_t i = 0; i < g->ncolumns; i++)
		if (g->filled[i])
			tb_buf_adds(d->out, g->columns[i].right ? "| ---: " : "| --- ");
	tb_buf_adds(d->out, more ? "| --- |\n" : "|\n");
}

static void grid(struct doc *d, const struct grid *g)
{
	bool more = has_notes(g);

	begin(markdown_of(d), BLOCK);
	grid_head(d, g, more);
	for (size_t i = 0; i < g->nrows; i++) {
		for (size_t j = 0; j < g->ncolumns; j++) {
			if (!g->filled[j])
				continue;
			tb_buf_adds(d->out, "| ");
			markdown_text(d->out, g->rows[i].cells[j]);
			tb_buf_addc(d->out, ' ');
		}
		tb_buf_addc(d->out, '|');
		if (more) {
			tb_buf_addc(d->out, ' ');
			notes(d, &g->rows[i]);
			tb_buf_adds(d->out, " |");
		}
		tb_buf_addc(d->out, '\n');
	}
}

static const struct doc_ops markdown_ops = {
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

void markdown_init(struct markdown *m, struct tb_buf *out)
{
	*m = (struct markdown){
		.doc = { .ops = &markdown_ops, .out = out },
		.last = NOTHING,
		.label = "",
	};
}
