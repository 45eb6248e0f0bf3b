/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.c - text for a person, wrapped at a width
 */
#include "report/text.h"

#include <inttypes.h>
#include <string.h>

#include "report/width.h"

static const char *const styles[] = {
	[PAGE_PLAIN] = "",
	[PAGE_BOLD] = "\033[1m",
	[PAGE_DIM] = "\033[2m",
	[PAGE_GOOD] = "\033[1;32m",
	[PAGE_BAD] = "\033[1;31m",
	[PAGE_DOUBT] = "\033[1;33m",
};

void page_init(struct page *p, struct tb_buf *out, int width, bool colour)
{
	p->out = out;
	p->colour = colour;
	p->width = width <= 0 ? PAGE_WIDTH : width < PAGE_WIDTH_MIN ? PAGE_WIDTH_MIN : (size_t)width;
}

static void put_n(struct page *p, enum page_style style, const char *text, size_t len)
{
	bool on = p->colour && style != PAGE_PLAIN && len;

	if (on)
		tb_buf_adds(p->out, styles[style]);
	tb_buf_add(p->out, text, len);
	if (on)
		tb_buf_adds(p->out, "\033[0m");
}

void page_put(struct page *p, enum page_style style, const char *text)
{
	put_n(p, style, text, strlen(text));
}

static void spaces(struct page *p, size_t n)
{
	tb_buf_addf(p->out, "%*s", (int)n, "");
}

/* fitting() - Return: how many bytes of @s, at least one character, fit into @columns without cutting a character */
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

size_t page_cut(const char *text, size_t max)
{
	size_t len = strlen(text);

	if (len <= max)
		return len;
	while (max && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return max;
}

/* shown() - harmless text; the end of what is too long is replaced by a note */
static void shown(struct tb_buf *b, const char *text)
{
	size_t len = strlen(text), cut = page_cut(text, PAGE_TEXT_MAX);

	tb_buf_add_shown(b, text, cut);
	if (cut < len)
		tb_buf_addf(b, " [and %zu bytes more, see the JSON report]", len - cut);
}

void page_para(struct page *p, size_t column, size_t hang, enum page_style style, const char *text)
{
	TB_AUTOBUF struct tb_buf safe = TB_BUF_INIT;
	size_t full = p->width > hang + 1 ? p->width - hang : 1, columns, n;
	const char *s;
	size_t len;

	shown(&safe, text);
	if (safe.failed) {
		p->out->failed = true;
		return;
	}
	columns = p->width > column ? p->width - column : 0;
	for (s = safe.data, len = safe.len; len;) {
		n = columns ? line_length(s, len, columns, full) : 0;
		put_n(p, style, s, n);
		s += n;
		len -= n;
		for (; len && *s == ' '; len--)
			s++;
		if (!len)
			break;
		tb_buf_addc(p->out, '\n');
		spaces(p, hang);
		columns = full;
	}
	tb_buf_addc(p->out, '\n');
}

void page_item(struct page *p, size_t indent, const char *label, size_t hang, enum page_style style, const char *text)
{
	size_t used = indent + strlen(label);

	spaces(p, indent);
	page_put(p, PAGE_DIM, label);
	if (used < hang || !*label) {
		spaces(p, hang - used);
	} else {
		spaces(p, 1);
		hang = used + 1;
	}
	page_para(p, hang, hang, style, text);
}

void page_heading(struct page *p, enum page_style style, const char *text, uint64_t count)
{
	tb_buf_addc(p->out, '\n');
	page_put(p, style, text);
	if (count)
		tb_buf_addf(p->out, " (%" PRIu64 ")", count);
	tb_buf_adds(p->out, "\n");
}

void text_item(struct page *p, size_t indent, const char *label, size_t hang, struct tb_buf *b)
{
	if (b->failed)
		p->out->failed = true;
	else if (b->len)
		page_item(p, indent, label, hang, PAGE_PLAIN, b->data);
	tb_buf_reset(b);
}
