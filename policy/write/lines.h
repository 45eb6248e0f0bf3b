/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.h - write the text of a policy, line by line, with comments
 *
 * What is written may come from the product: no byte of it can end a comment or a string, or change
 * how the text is read. Errors are sticky in the buffer.
 */
#ifndef POLICY_WRITE_LINES_H
#define POLICY_WRITE_LINES_H

#include <stdbool.h>

#include "tcbox/buf.h"

struct lines {
	struct tb_buf *out;
	unsigned int depth;	/* of what is written, two blanks each */
	bool tabs;		/* or a tab each */
	bool crlf;		/* lines end as on Windows */
	bool off;		/* the lines are commented out: a proposal, which holds when "//" in
				 * front of each line is removed */
};

/* lines_like() - indent and end lines as a text does */
void lines_like(struct lines *l, const char *text, size_t len);

/* lines_add() - one line of JSON, without its end. @text is ours, or was made by lines_string() */
void lines_add(struct lines *l, const char *text);
void lines_addf(struct lines *l, const char *fmt, ...) TB_PRINTF(2, 3);
void lines_blank(struct lines *l);

/* lines_note() - a comment, broken into lines. @text may have any bytes */
void lines_note(struct lines *l, const char *text);
void lines_notef(struct lines *l, const char *fmt, ...) TB_PRINTF(2, 3);

/*
 * lines_string() - append a JSON string, with its quotes. What a policy refuses in a string becomes
 * an escape; a byte that is not UTF-8 becomes "?", which as a glob of paths stands for it
 */
void lines_string(struct tb_buf *out, const char *s);

/* lines_key() - "NAME": "VALUE", as a line; nothing for NULL */
void lines_key(struct lines *l, const char *name, const char *value);

/* lines_glob() - append a path as a glob that matches nothing else */
void lines_glob(struct tb_buf *out, const char *path, size_t len);

#endif
