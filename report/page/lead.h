/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lead.h - what stands at the top of the report, for the page's script
 */
#ifndef REPORT_PAGE_LEAD_H
#define REPORT_PAGE_LEAD_H

#include "tcbox/report.h"

/*
 * lead_json() - append {"compared": ..., "word": ..., "leads": [[kind, text], ...]} with the words
 * that the other formats have there. Kinds are "about", "fact", "before", "command", as in doc.h
 */
void lead_json(const struct rpt_input *in, struct tb_buf *out);

#endif
