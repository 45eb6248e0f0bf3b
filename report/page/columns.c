/* SPDX-License-Identifier: Apache-2.0 */
/*
 * columns.c - tables as columns of numbers, with one list of strings
 */
#include "report/page/columns.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/doc.h"
#include "tcbox/map.h"

#define STRINGS_MAX 2000000	/* far beyond what the tables can hold in columns of strings */

struct column {
	struct tb_buf cells;
	int64_t last;		/* of a column of differences */
};

struct columns {
	const char *table;
	const char *const *names;
	struct column v[COLUMNS_MAX];
	size_t n, at;		/* columns of the table; the next cell's */
	uint64_t rows, left_out;
	struct tb_map *places;	/* of strings: their place plus 1 */
	struct tb_buf strings;
	uintptr_t nstrings;
	bool failed;
};

struct columns *columns_new(void)
{
	struct columns *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->places = tb_map_new(STRINGS_MAX);
	if (c->places)
		return c;
	free(c);
	return NULL;
}

void columns_free(struct columns *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < COLUMNS_MAX; i++)
		tb_buf_free(&c->v[i].cells);
	tb_map_free(c->places);
	tb_buf_free(&c->strings);
	free(c);
}

void columns_begin(struct columns *c, const char *table, const char *const *names)
{
	c->table = table;
	c->names = names;
	c->rows = c->left_out = 0;
	for (c->n = 0; names[c->n] && c->n < COLUMNS_MAX; c->n++) {
		tb_buf_reset(&c->v[c->n].cells);
		c->v[c->n].last = 0;
	}
}

bool columns_row(struct columns *c)
{
	if (c->rows >= COLUMNS_ROWS) {
		c->left_out++;
		return false;
	}
	c->rows++;
	c->at = 0;
	return true;
}

/* add_number() - as printf("%lld"), which takes longer than all else when there are millions */
static void add_number(struct tb_buf *b, int64_t v)
{
	char digits[24];
	size_t at = sizeof(digits);
	uint64_t rest = v < 0 ? -(uint64_t)v : (uint64_t)v;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (v < 0)
		digits[--at] = '-';
	tb_buf_add(b, digits + at, sizeof(digits) - at);
}

void columns_num(struct columns *c, int64_t v)
{
	struct column *column = &c->v[c->at];

	if (c->rows > 1)
		tb_buf_addc(&column->cells, ',');
	if (c->names[c->at++][0] == '+') {
		add_number(&column->cells, (int64_t)((uint64_t)v - (uint64_t)column->last));
		column->last = v;
	} else {
		add_number(&column->cells, v);
	}
}

/* add_string() - one more of the list, as far as a reader of a table needs it */
static void add_string(struct columns *c, const char *s, size_t len)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	size_t cut = doc_cut(s, DOC_TEXT_MAX);

	if (c->nstrings++)
		tb_buf_adds(&c->strings, ",\n");
	if (cut == len) {
		tb_buf_add_json(&c->strings, s, len);
		return;
	}
	tb_buf_add(&text, s, cut);
	tb_buf_addf(&text, " [and %zu bytes more]", len - cut);
	c->failed |= text.failed;
	if (!text.failed)
		tb_buf_add_json(&c->strings, text.data, text.len);
}

void columns_str(struct columns *c, const char *s)
{
	uintptr_t place;
	size_t len;

	if (!s)
		s = "";
	len = strlen(s);
	place = (uintptr_t)tb_map_get(c->places, s, len);
	if (!place) {
		add_string(c, s, len);
		place = c->nstrings;
		if (tb_map_put(c->places, s, len, (void *)place))
			c->failed = true;
	}
	columns_num(c, (int64_t)place - 1);
}

void columns_left_out(struct columns *c, uint64_t n)
{
	c->left_out += n;
}

void columns_end(struct columns *c, struct tb_buf *out)
{
	tb_buf_addf(out, "\"%s\":{\"rows\":%" PRIu64 ",\"left_out\":%" PRIu64 ",\"columns\":{",
		    c->table, c->rows, c->left_out);
	for (size_t i = 0; i < c->n; i++) {
		const struct tb_buf *cells = &c->v[i].cells;

		tb_buf_addf(out, "%s\"%s\":[", i ? "," : "", c->names[i]);
		tb_buf_add(out, cells->data, cells->len);
		tb_buf_adds(out, "]\n");
		c->failed |= cells->failed;
	}
	tb_buf_adds(out, "}}\n");
}

void columns_strings(struct columns *c, struct tb_buf *out)
{
	c->failed |= c->strings.failed;
	tb_buf_addc(out, '[');
	tb_buf_add(out, c->strings.data, c->strings.len);
	tb_buf_addc(out, ']');
}

void columns_fail(struct columns *c)
{
	c->failed = true;
}

bool columns_failed(const struct columns *c)
{
	return c->failed;
}
