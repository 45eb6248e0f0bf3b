/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lists.h - the facts, as tables of the page
 */
#ifndef REPORT_PAGE_LISTS_H
#define REPORT_PAGE_LISTS_H

#include "report/page/columns.h"
#include "tcbox/facts.h"

/* lists_add() - append the members of a JSON object, one for each list of the facts */
void lists_add(struct columns *c, const struct facts *f, struct tb_buf *out);

#endif
