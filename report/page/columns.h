/* SPDX-License-Identifier: Apache-2.0 */
/*
 * columns.h - tables as columns of numbers, with one list of strings: what the page reads
 *
 * A table is written row by row and kept column by column, because equal things beside each other
 * compress well. A string is its place in the list of strings, which has each once. In the JSON
 *
 *	"flows": {"rows":2,"left_out":0,"columns":{"t":[1250,3],"proto":[0,0]}}
 *
 * a column whose name begins with "+" holds differences to the row before. Strings are bytes that
 * the product may have chosen: tb_buf_add_json() makes them harmless, the page shows them.
 * Errors are sticky, columns_failed().
 */
#ifndef REPORT_PAGE_COLUMNS_H
#define REPORT_PAGE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/buf.h"

#define COLUMNS_MAX 24		/* of one table */
#define COLUMNS_ROWS 200000	/* of one table; those that follow are counted */

struct columns;

/* columns_new() - no tables and no strings. Return: NULL without memory */
struct columns *columns_new(void);
void columns_free(struct columns *c);

/**
 * columns_begin() - begin a table
 * @names:	Of its columns, ended by NULL; must last until columns_end()
 */
void columns_begin(struct columns *c, const char *table, const char *const *names);

/* columns_row() - begin a row. Return: false if the table is full; then the row is counted */
bool columns_row(struct columns *c);

/* columns_num(), columns_str() - the row's next cell. @s: NULL is the empty string */
void columns_num(struct columns *c, int64_t v);
void columns_str(struct columns *c, const char *s);

/* columns_left_out() - so many more rows there were before this table was written */
void columns_left_out(struct columns *c, uint64_t n);

/* columns_end() - the table is whole: append it as a member of a JSON object */
void columns_end(struct columns *c, struct tb_buf *out);

/* columns_strings() - append the list of strings, as a JSON array */
void columns_strings(struct columns *c, struct tb_buf *out);

/* columns_fail() - the caller had no memory for what belongs here */
void columns_fail(struct columns *c);

bool columns_failed(const struct columns *c);

#endif
