/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sections.h - the parts of the report for people, one function for each
 */
#ifndef REPORT_SECTIONS_H
#define REPORT_SECTIONS_H

#include "report/amounts.h"
#include "report/doc.h"
#include "tcbox/report.h"

/* In the order of the report. */
void rpt_verdict(struct doc *d, const struct rpt_input *in);
void rpt_summary(struct doc *d, const struct rpt_input *in);
void rpt_dests(struct doc *d, const struct rpt_input *in);
void rpt_uploads(struct doc *d, const struct rpt_input *in);
void rpt_patterns(struct doc *d, const struct rpt_input *in);
void rpt_names(struct doc *d, const struct rpt_input *in);
void rpt_listeners(struct doc *d, const struct rpt_input *in);
void rpt_programs(struct doc *d, const struct rpt_input *in);
void rpt_files(struct doc *d, const struct rpt_input *in);
void rpt_calls(struct doc *d, const struct rpt_input *in);
void rpt_findings(struct doc *d, const struct rpt_input *in);
void rpt_finding(struct doc *d, const struct rpt_input *in);	/* in->only */
void rpt_decided_gone(struct doc *d, const struct rpt_input *in);
void rpt_notes(struct doc *d, const struct rpt_input *in);
void rpt_rules(struct doc *d, const struct rpt_input *in, bool seen);
void rpt_gaps(struct doc *d, const struct rpt_input *in);
void rpt_changes(struct doc *d, const struct rpt_input *in);
void rpt_setup(struct doc *d, const struct rpt_input *in);
void rpt_evidence(struct doc *d, const struct rpt_input *in);

/* Parts of rpt_summary() and rpt_setup(), without a heading. */
void rpt_scenario(struct doc *d, const struct rpt_input *in);
void rpt_settings(struct doc *d, const struct rpt_input *in);
void rpt_tally(struct doc *d, const struct rpt_input *in);

/* rpt_examiner() - all sections in the parts of RPT_EXAMINER */
void rpt_examiner(struct doc *d, const struct rpt_input *in);

/* rpt_sections() - all of them */
void rpt_sections(struct doc *d, const struct rpt_input *in);

/* rpt_product_name() - append vendor, product and version, as declared; else the program's path */
void rpt_product_name(struct tb_buf *b, const struct rpt_input *in);

/* rpt_enforced() - under --enforce: what was refused, what passed, and what cannot be held */
void rpt_enforced(struct doc *d, const struct rpt_input *in);

/* limits_add() - append the limits of the box, and what kept them */
void limits_add(struct tb_buf *b, const struct run_info *run);

#endif
