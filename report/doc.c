/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doc.c - the report for people as a document: what is the same in all formats
 */
#include "report/doc.h"

#include <string.h>

#include "report/amounts.h"

const char *doc_text(struct doc *d, const struct tb_buf *b)
{
	d->out->failed |= b->failed;
	return b->failed || !b->len ? "" : b->data;
}

void doc_item_tone(struct doc *d, enum doc_tone tone, const char *label, const char *text)
{
	d->ops->item(d, tone, label, text);
}

void doc_item(struct doc *d, const char *label, struct tb_buf *b)
{
	const char *text = doc_text(d, b);

	if (*text)
		doc_item_tone(d, DOC_PLAIN, label, text);
	tb_buf_reset(b);
}

static void add_number(struct tb_buf *b, const struct doc_number *v)
{
	switch (v->kind) {
	case DOC_COUNT:
		amount_count(b, v->n, v->one, v->many);
		return;
	case DOC_BYTES:
		amount_bytes(b, v->n);
		break;
	case DOC_BYTES_EXACT:
		amount_bytes_exact(b, v->n);
		break;
	}
	tb_buf_addf(b, " %s", v->many);
}

void doc_figure(struct doc *d, const char *label, const struct doc_number *v, size_t n)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		amount_join(&b, v[i].apart ? "; " : ", ");
		add_number(&b, &v[i]);
	}
	doc_item(d, label, &b);
}

void doc_table(struct doc *d, const struct doc_column *columns, size_t n)
{
	d->columns = columns;
	d->ncolumns = n;
	d->ops->table(d, columns, n);
}

void doc_row(struct doc *d, const char *text, const uint64_t *values)
{
	d->ops->row(d, text, values);
}

void doc_say(const struct doc *d, struct tb_buf *b, const char *text, const uint64_t *values)
{
	const char *sep = ": ";

	tb_buf_adds(b, text);
	for (size_t i = 1; i < d->ncolumns; i++) {
		struct doc_number v = d->columns[i].number;

		v.n = values[i - 1];
		if (!v.n && d->columns[i].optional)
			continue;
		tb_buf_adds(b, sep);
		add_number(b, &v);
		sep = ", ";
	}
}

size_t doc_cut(const char *text, size_t max)
{
	size_t len = strlen(text);

	if (len <= max)
		return len;
	while (max && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return max;
}

void doc_shown(struct tb_buf *b, const char *text)
{
	size_t len = strlen(text), cut = doc_cut(text, DOC_TEXT_MAX);

	tb_buf_add_shown(b, text, cut);
	if (cut < len)
		tb_buf_addf(b, " [and %zu bytes more, see the JSON report]", len - cut);
}
