/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sections.h - the parts of the text report, one function for each
 */
#ifndef REPORT_SECTIONS_H
#define REPORT_SECTIONS_H

#include "report/amounts.h"
#include "report/text.h"
#include "tcbox/report.h"

/* text_limits() - append the limits of the box, and what kept them */
void text_limits(struct tb_buf *b, const struct run_info *run);

/* Sections, in the order of the report. */
int text_findings(struct page *p, const struct rpt_input *in, struct tb_err *err);
void text_rules(struct page *p, const struct rpt_input *in, bool seen);
void text_gaps(struct page *p, const struct rpt_input *in);
void text_changes(struct page *p, const struct rpt_input *in);
void text_evidence(struct page *p, const struct rpt_input *in);

#endif
