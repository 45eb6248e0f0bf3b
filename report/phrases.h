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

/* phrase_addr() - an address with this port; 0: without one. Return: @out */
const char *phrase_addr(const struct ev_addr *a, uint16_t port, char out[EV_ADDR_STRLEN]);

/* phrase_where() - "updates.acme.example:443", "203.0.113.5:4500" */
void phrase_where(struct tb_buf *b, const struct fact_dest *d);

/* phrase_owner() - "/usr/bin/curl (2)", "/usr/bin/curl, 12 processes" */
void phrase_owner(struct tb_buf *b, const struct fact_owner *o);

/* phrase_stand() - "NO", "no, ignored", "yes"; nothing if it was not compared */
void phrase_stand(struct tb_buf *b, enum fnd_stand stand);

/* phrase_when() - "0.164 s", "0.164 to 0.258 s" */
void phrase_when(struct tb_buf *b, int64_t first, int64_t last);

/* phrase_more() - that @n are in the JSON report only; nothing for 0 */
void phrase_more(struct doc *d, uint64_t n);

#endif
