/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doc.h - the report for people as a document: one interface for all formats that people read
 *
 * The sections describe the report once, in calls of the functions below; a format is one struct
 * doc_ops (text.c,
 * markdown.c). Labels and headings are our own words. All other text is bytes that the product
 * may have chosen: the format makes them harmless, by doc_shown() and by what its own syntax needs.
 * Errors are sticky in @out.
 *
 * A document is a verdict with leads and items, then headings. Below a heading stand items, points,
 * paragraphs, tables, and entries; the items after an entry are the entry's, until the next
 * heading.
 */
#ifndef REPORT_DOC_H
#define REPORT_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/buf.h"

#define DOC_TEXT_MAX 1500	/* bytes of one text; what is cut is in report.json */

/* What the reader is to feel about it; a format has colours or other means for that. */
enum doc_tone { DOC_PLAIN, DOC_GOOD, DOC_BAD, DOC_DOUBT };

/* What stands at the top: a sentence about the verdict, one of several facts, a sentence before
 * commands, a command that the reader may copy. */
enum doc_lead { DOC_ABOUT, DOC_FACT, DOC_BEFORE, DOC_COMMAND };

/* What a number counts. */
enum doc_kind { DOC_COUNT, DOC_BYTES, DOC_BYTES_EXACT };

/* A number with what it counts: "12 captured", "1.2 KiB out". Numbers that belong together stand in
 * one figure. */
struct doc_number {
	uint64_t n;
	enum doc_kind kind;
	const char *one, *many;	/* the words behind the number; of bytes: @many */
	bool apart;		/* it does not belong to the same sum as those before it */
};

/* A column of a table: the first has text, the others numbers. */
struct doc_column {
	const char *head;
	struct doc_number number;	/* but for its value */
	bool optional;			/* says nothing where the number is 0 */
};

/* One of several things with a number of its own. */
struct doc_entry {
	size_t number, of; /* "3" of 12: formats that align numbers need to know the greatest */
	enum doc_tone tone;
	const char *name;	/* our own word; NULL in an entry that is told in short */
	const char *text;	/* what it is */
	const char *aside;	/* what is less important about it */
};

struct doc;
struct grid;		/* grid.h */

struct doc_ops {
	/* the first call of all. @text: "" if the word says it all */
	void (*verdict)(struct doc *d, enum doc_tone tone, const char *word, const char *text);
	/* more of what stands at the top, below the verdict */
	void (*lead)(struct doc *d, enum doc_lead what, const char *text);
	/* a numbered part, which has headings in it; NULL: the format has none */
	void (*part)(struct doc *d, size_t number, const char *text);
	/* @count: of what follows; 0: not said */
	void (*heading)(struct doc *d, const char *text, uint64_t count);
	/* a text with a label. An empty label: it belongs to the item before */
	void (*item)(struct doc *d, enum doc_tone tone, const char *label, const char *text);
	/* one of several texts without labels; @marked: it stands out */
	void (*point)(struct doc *d, bool marked, const char *text);
	/* more about the item or point before */
	void (*detail)(struct doc *d, const char *text);
	void (*para)(struct doc *d, const char *text);
	void (*entry)(struct doc *d, const struct doc_entry *e);
	/* a heading over the entries that follow in short */
	void (*group)(struct doc *d, const char *text);
	/* an entry that is told in short */
	void (*brief)(struct doc *d, const struct doc_entry *e);
	/* rows follow */
	void (*table)(struct doc *d, const struct doc_column *columns, size_t n);
	/* @text: of the first column; @values: of the others */
	void (*row)(struct doc *d, const char *text, const uint64_t *values);
	/* a line of a tree; @aside: what is less important about it */
	void (*node)(struct doc *d, size_t depth, const char *text, const char *aside);
	/* rows of words, all at once */
	void (*grid)(struct doc *d, const struct grid *g);
};

/* What is common to all formats; a format's own struct begins with it. */
struct doc {
	const struct doc_ops *ops;
	struct tb_buf *out;
	const struct doc_column *columns;	/* of the table that was begun last */
	size_t ncolumns;
	size_t parts;				/* begun so far; 0: the document has none */
};

static inline void doc_verdict(struct doc *d, enum doc_tone tone, const char *word,
			       const char *text)
{
	d->ops->verdict(d, tone, word, text);
}

static inline void doc_lead(struct doc *d, enum doc_lead what, const char *text)
{
	d->ops->lead(d, what, text);
}

/* doc_part() - begin the next part of a document that is read in parts; below it stand headings, or
 * what stands below a heading */
static inline void doc_part(struct doc *d, const char *text)
{
	d->parts++;
	if (d->ops->part)
		d->ops->part(d, d->parts, text);
}

static inline void doc_heading(struct doc *d, const char *text, uint64_t count)
{
	d->ops->heading(d, text, count);
}

static inline void doc_point(struct doc *d, bool marked, const char *text)
{
	d->ops->point(d, marked, text);
}

static inline void doc_detail(struct doc *d, const char *text)
{
	d->ops->detail(d, text);
}

static inline void doc_para(struct doc *d, const char *text)
{
	d->ops->para(d, text);
}

static inline void doc_entry(struct doc *d, const struct doc_entry *e)
{
	d->ops->entry(d, e);
}

static inline void doc_group(struct doc *d, const char *text)
{
	d->ops->group(d, text);
}

static inline void doc_brief(struct doc *d, const struct doc_entry *e)
{
	d->ops->brief(d, e);
}

static inline void doc_node(struct doc *d, size_t depth, const char *text, const char *aside)
{
	d->ops->node(d, depth, text, aside);
}

/* doc_text() - what was collected in @b, as an argument of the functions above; a failure of @b is
 * one of the document */
const char *doc_text(struct doc *d, const struct tb_buf *b);

/* doc_item() - what was collected in @b as an item; empties @b. Nothing if @b is empty */
void doc_item(struct doc *d, const char *label, struct tb_buf *b);

/* doc_item_tone() - an item that is good or bad */
void doc_item_tone(struct doc *d, enum doc_tone tone, const char *label, const char *text);

/* doc_figure() - numbers that belong together, as an item */
void doc_figure(struct doc *d, const char *label, const struct doc_number *v, size_t n);

/**
 * doc_table() - begin a table
 * @columns:	Must last until the last row
 *
 * doc_row() - @values has one for each column but the first
 */
void doc_table(struct doc *d, const struct doc_column *columns, size_t n);
void doc_row(struct doc *d, const char *text, const uint64_t *values);

/* For formats */

/* doc_cut() - how many bytes to show of a text that is too long: at most @max, not ending inside a
 * character */
size_t doc_cut(const char *text, size_t max);

/* doc_shown() - append a text as tb_buf_add_shown() does; the end of what is too long is replaced
 * by a note */
void doc_shown(struct tb_buf *b, const char *text);

/* doc_say() - append a row of the table as a sentence: "agent (3): 12 flows, 1.2 KiB out" */
void doc_say(const struct doc *d, struct tb_buf *b, const char *text, const uint64_t *values);

#endif
