/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - text for a person, wrapped at a width
 *
 * Everything that is written passes through page_para(): it escapes what a terminal could interpret, and
 * indents every line. So what a product wrote can neither control the terminal nor begin a line of its own where the
 * report's words stand, and no caller can forget it.
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/buf.h"

#define PAGE_WIDTH 100		/* if the caller does not say */
#define PAGE_WIDTH_MIN 40
#define PAGE_TEXT_MAX 1500	/* bytes of one paragraph; what is cut is in report.json */

enum page_style { PAGE_PLAIN, PAGE_BOLD, PAGE_DIM, PAGE_GOOD, PAGE_BAD, PAGE_DOUBT };

struct page {
	struct tb_buf *out;
	size_t width;
	bool colour;
};

void page_init(struct page *p, struct tb_buf *out, int width, bool colour);

/* page_put() - our own short text as it is; no line break is added */
void page_put(struct page *p, enum page_style style, const char *text);

/**
 * page_para() - a paragraph, ended by a line break
 * @column:	Where the first line begins: what stands before it was written already
 * @hang:	Indentation of the following lines
 * @text:	Any bytes
 *
 * Lines break at spaces. A word that is longer than a line is cut into pieces, because a terminal would continue it at
 * its left edge.
 */
void page_para(struct page *p, size_t column, size_t hang, enum page_style style, const char *text);

/* page_cut() - how many bytes to show of a text that is too long: at most @max, not ending inside a character */
size_t page_cut(const char *text, size_t max);

/* page_item() - an indented label, padded to @hang, then a paragraph. An empty label is allowed */
void page_item(struct page *p, size_t indent, const char *label, size_t hang, enum page_style style, const char *text);

/* page_heading() - a blank line, then a heading at the left edge: "Violations (3)"; no number if @count is 0 */
void page_heading(struct page *p, enum page_style style, const char *text, uint64_t count);

/* text_item() - print what was collected in @b as the value of a label, and empty @b. Nothing if @b is empty */
void text_item(struct page *p, size_t indent, const char *label, size_t hang, struct tb_buf *b);

#endif
