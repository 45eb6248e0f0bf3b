/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grid.h - rows of words in columns that belong to one another, with notes below a row
 *
 * It is filled row by row and given to the document as a whole, because how wide a column must be
 * is known at the end.
 */
#ifndef REPORT_GRID_H
#define REPORT_GRID_H

#include "report/doc.h"
#include "tcbox/pool.h"

#define GRID_COLUMNS 8

struct grid_column {
	const char *head;
	bool right;		/* its words end at one place, as numbers do */
};

struct grid_note {
	const char *text;
	struct grid_note *next;
};

struct grid_row {
	enum doc_tone tone;	/* of the first column */
	const char *cells[GRID_COLUMNS];
	struct grid_note *notes;
};

struct grid {
	const struct grid_column *columns;
	size_t ncolumns;
	struct grid_row *rows;
	size_t nrows;
	struct tb_pool *pool;
	bool filled[GRID_COLUMNS];	/* a row has words there; others are not shown */
	bool failed;		/* memory ran out */
};

/* grid_init() - @columns: must last as long as the grid. grid_free() in any case */
void grid_init(struct grid *g, const struct grid_column *columns, size_t n);
void grid_free(struct grid *g);

/* grid_row() - begin a row */
void grid_row(struct grid *g, enum doc_tone tone);

/* grid_cell() - the words of the last row in column @at: what was collected in @b, which is
 * emptied */
void grid_cell(struct grid *g, size_t at, struct tb_buf *b);

/* grid_note() - more about the last row, the same way. Nothing if @b is empty */
void grid_note(struct grid *g, struct tb_buf *b);

/* grid_end() - write all into the document */
void grid_end(struct grid *g, struct doc *d);

#endif
