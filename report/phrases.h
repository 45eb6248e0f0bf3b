/* SPDX-License-Identifier: Apache-2.0 */
/*
 * phrases.h - short words that the lists of facts share; each appends to a buffer
 */
#ifndef REPORT_PHRASES_H
#define REPORT_PHRASES_H

#include "report/doc.h"
#include "tcbox/facts.h"

#define PHRASE_SHORT 20		/* columns of a name in a narrow column */
#define PHRASE_LONG 36		/* of a path */

/* phrase_cut() - a text that takes at most @columns, its end replaced by "..." */
void phrase_cut(struct tb_buf *b, const char *text, size_t columns);

/* phrase_owner() - "/usr/bin/curl (2)", "/usr/bin/curl, 12 processes" */
void phrase_owner(struct tb_buf *b, const struct fact_owner *o);

/* phrase_when() - "0.164 s", "0.164 to 0.258 s" */
void phrase_when(struct tb_buf *b, int64_t first, int64_t last);

/* phrase_more() - that @n are in the JSON report only; nothing for 0 */
void phrase_more(struct doc *d, uint64_t n);

#endif
