/* SPDX-License-Identifier: Apache-2.0 */
/*
 * markdown.h - the document as Markdown, for tickets, wikis and mails
 */
#ifndef REPORT_MARKDOWN_H
#define REPORT_MARKDOWN_H

#include "report/doc.h"

struct markdown {
	struct doc doc;
	int last;		/* what was written last, to know where blocks end */
	const char *label;	/* of the item before; borrowed from the caller of the document */
};

/* markdown_init() - write CommonMark, with the tables of GitHub's, to @out, which is borrowed */
void markdown_init(struct markdown *m, struct tb_buf *out);

/* markdown_text() - append bytes that anybody may have chosen, as text that is nothing but text */
void markdown_text(struct tb_buf *out, const char *text);

#endif
