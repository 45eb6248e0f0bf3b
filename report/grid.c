/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grid.c - rows of words in columns that belong to one another
 */
#include "report/grid.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/grow.h"

#define POOL_FIRST 4096

void grid_init(struct grid *g, const struct grid_column *columns, size_t n)
{
	*g = (struct grid){ .columns = columns, .ncolumns = n };
	g->pool = tb_pool_new(POOL_FIRST);
	g->failed = !g->pool;
}

void grid_free(struct grid *g)
{
	free(g->rows);
	tb_pool_free(g->pool);
}

void grid_row(struct grid *g, enum doc_tone tone)
{
	struct grid_row *rows = tb_grow(g->rows, g->nrows, 1, sizeof(*rows));

	if (!rows) {
		g->failed = true;
		return;
	}
	g->rows = rows;
	g->rows[g->nrows] = (struct grid_row){ .tone = tone };
	for (size_t i = 0; i < g->ncolumns; i++)
		g->rows[g->nrows].cells[i] = "";
	g->nrows++;
}

/* keep() - what was collected in @b, and empties it. Return: NULL without memory, or without
 * anything to keep */
static char *keep(struct grid *g, struct tb_buf *b)
{
	char *p = NULL;

	g->failed |= b->failed;
	if (!g->failed && b->len) {
		p = tb_pool_alloc(g->pool, b->len + 1);
		g->failed |= !p;
	}
	if (p)
		memcpy(p, b->data, b->len + 1);
	tb_buf_reset(b);
	return p;
}

void grid_cell(struct grid *g, size_t at, struct tb_buf *b)
{
	const char *p = keep(g, b);

	if (!p || !g->nrows)
		return;
	g->rows[g->nrows - 1].cells[at] = p;
	g->filled[at] = true;
}

void grid_note(struct grid *g, struct tb_buf *b)
{
	const char *p = keep(g, b);
	struct grid_note *note, **end;

	if (!p || !g->nrows)
		return;
	note = tb_pool_alloc(g->pool, sizeof(*note));
	if (!note) {
		g->failed = true;
		return;
	}
	*note = (struct grid_note){ .text = p };
	end = &g->rows[g->nrows - 1].notes;
	while (*end)
		end = &(*end)->next;
	*end = note;
}

void grid_end(struct grid *g, struct doc *d)
{
	d->out->failed |= g->failed;
	if (!g->failed && g->nrows)
		d->ops->grid(d, g);
}
