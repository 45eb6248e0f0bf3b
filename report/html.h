/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html.h - the document as HTML: what of the page can be read without a script, and printed
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "report/doc.h"

struct html {
	struct doc doc;
	int open;		/* the list or table that is not closed yet */
	bool section;		/* a section is open */
};

/* html_init() - write the contents of an element of HTML to @out, which is borrowed */
void html_init(struct html *h, struct tb_buf *out);

/* html_end() - close what is open; the document is whole */
void html_end(struct html *h);

/* html_text() - append bytes that anybody may have chosen, as text and nothing but text */
void html_text(struct tb_buf *out, const char *text);

#endif
