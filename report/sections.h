/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sections.h - the parts of the text report, one function for each
 */
#ifndef REPORT_SECTIONS_H
#define REPORT_SECTIONS_H

#include "report/text.h"
#include "tcbox/report.h"

/* Amounts for people; they append to @b. */
void text_bytes(struct tb_buf *b, uint64_t n);		/* "1.2 KiB" */
void text_bytes_exact(struct tb_buf *b, uint64_t n);	/* "1.2 KiB (1234 bytes)" */
void text_count(struct tb_buf *b, uint64_t n, const char *one, const char *many);	/* "1 flow", "3 flows" */
void text_times(struct tb_buf *b, uint64_t n);		/* "once", "3 times" */
void text_seconds(struct tb_buf *b, int64_t ns);	/* "1.250 s" */
void text_span(struct tb_buf *b, int64_t first, int64_t last);	/* "1.250 s to 8.113 s" */
void text_at(struct tb_buf *b, int64_t first, int64_t last);	/* "at 1.250 s", "from 1.250 s to 8.113 s" */
void text_traffic(struct tb_buf *b, uint64_t out, uint64_t in, bool exact);	/* "1.2 KiB out, 3 bytes in" */

/* text_join() - append @sep unless @b is empty */
void text_join(struct tb_buf *b, const char *sep);

/* text_item() - print what was collected in @b as the value of a label, and empty @b. Nothing if @b is empty */
void text_item(struct page *p, size_t indent, const char *label, size_t hang, struct tb_buf *b);

/* text_limits() - append the limits of the box, and what kept them */
void text_limits(struct tb_buf *b, const struct run_info *run);

/* Sections, in the order of the report. */
int text_findings(struct page *p, const struct rpt_input *in, struct tb_err *err);
void text_rules(struct page *p, const struct rpt_input *in, bool seen);
void text_gaps(struct page *p, const struct rpt_input *in);
void text_changes(struct page *p, const struct rpt_input *in);
void text_evidence(struct page *p, const struct rpt_input *in);

#endif
