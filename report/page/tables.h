/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tables.h - what happened, as the tables of the page
 */
#ifndef REPORT_PAGE_TABLES_H
#define REPORT_PAGE_TABLES_H

#include "report/page/columns.h"
#include "tcbox/event.h"
#include "tcbox/report.h"

/* tables_add() - append the members of a JSON object, one for each table; without evidence none */
void tables_add(struct columns *c, const struct rpt_input *in, struct tb_buf *out);

/* page_time(), page_addr() - cells: microseconds; an address and, in the next column, its port */
void page_time(struct columns *c, int64_t ns);
void page_addr(struct columns *c, const struct ev_addr *a);

#endif
