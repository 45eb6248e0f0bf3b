/* SPDX-License-Identifier: Apache-2.0 */
/*
 * examiner.c - the report in the order in which examiners publish theirs
 *
 * The same sections, in five parts: what was examined, how the run was set up, what was done in it,
 * which data flowed, and what that means. The verdict stands above them as always.
 */
#include "report/sections.h"

void rpt_examiner(struct doc *d, const struct rpt_input *in)
{
	rpt_verdict(d, in);

	doc_part(d, "Scenario");
	rpt_scenario(d, in);

	doc_part(d, "Settings");
	rpt_settings(d, in);

	doc_part(d, "Actions");
	if (!in->notes || !in->notes->n)
		doc_para(d, "No examiner noted anything; \"tcbox note\" does, while a run goes on "
			 "or after.");
	rpt_notes(d, in);
	rpt_programs(d, in);

	doc_part(d, "Data flows detected");
	rpt_dests(d, in);
	rpt_uploads(d, in);
	rpt_patterns(d, in);
	rpt_names(d, in);
	rpt_listeners(d, in);
	rpt_files(d, in);
	rpt_changes(d, in);

	doc_part(d, "Assessment");
	rpt_tally(d, in);
	rpt_findings(d, in);
	rpt_decided_gone(d, in);
	rpt_rules(d, in, true);
	rpt_rules(d, in, false);
	rpt_calls(d, in);
	rpt_gaps(d, in);
	rpt_evidence(d, in);
}
