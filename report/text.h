/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - the document as text for a person at a terminal, wrapped at a width
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "report/doc.h"

#define TEXT_WIDTH 100		/* if the caller does not say */
#define TEXT_WIDTH_MIN 40

struct text {
	struct doc doc;
	size_t width;
	bool colour;
	size_t indent, hang;	/* where labels of items stand, and their texts */
	size_t lead;		/* where what is said about the verdict stands, until something
				 * else is said */
	enum doc_lead last_lead;
	size_t after;		/* where details of the last item or point stand */
};

/* text_init() - write text to @out, which is borrowed. @width: columns; 0 or less: TEXT_WIDTH */
void text_init(struct text *t, struct tb_buf *out, int width, bool colour);

#endif
