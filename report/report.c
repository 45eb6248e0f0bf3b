/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.c - the report for people: its sections in their order, in each format
 *
 * Verdict first, then what the reader must act on, then what must be known to judge it. Times are
 * UTC and sizes powers of 1024, so that two readers in two places see the same. Lists that grow
 * with the product are cut after a stated number of entries; report.json is always complete.
 */
#include "tcbox/report.h"

#include <errno.h>

#include "report/derive.h"
#include "report/markdown.h"
#include "report/sections.h"
#include "report/text.h"
#include "tcbox/own.h"

void rpt_sections(struct doc *d, const struct rpt_input *in)
{
	rpt_verdict(d, in);
	rpt_summary(d, in);
	rpt_dests(d, in);
	rpt_names(d, in);
	rpt_listeners(d, in);
	rpt_programs(d, in);
	rpt_files(d, in);
	rpt_calls(d, in);
	rpt_findings(d, in);
	rpt_decided_gone(d, in);
	rpt_notes(d, in);
	rpt_rules(d, in, true);
	rpt_rules(d, in, false);
	rpt_gaps(d, in);
	rpt_changes(d, in);
	rpt_setup(d, in);
	rpt_evidence(d, in);
}

static int write_all(struct doc *d, const struct rpt_input *in, struct tb_err *err)
{
	if (in->only) {
		rpt_verdict(d, in);
		rpt_finding(d, in);
	} else {
		rpt_sections(d, in);
	}
	return d->out->failed ? tb_err_set(err, ENOMEM, "write report") : 0;
}

int rpt_text(const struct rpt_input *in, const struct rpt_style *style, struct tb_buf *out,
	     struct tb_err *err)
{
	static const struct rpt_style plain = { 0 };
	struct text t;

	if (!style)
		style = &plain;
	text_init(&t, out, style->width, style->colour);
	return write_all(&t.doc, in, err);
}

int rpt_markdown(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err)
{
	struct markdown m;

	markdown_init(&m, out);
	return write_all(&m.doc, in, err);
}

int rpt_text_finding(const struct rpt_input *in, const struct rpt_style *style, struct tb_buf *out,
		     struct tb_err *err)
{
	struct text t;

	text_init(&t, out, style->width, style->colour);
	rpt_finding(&t.doc, in);
	return out->failed ? tb_err_set(err, ENOMEM, "write finding") : 0;
}

const struct fnd *rpt_numbered(const struct rpt_input *in, size_t number)
{
	TB_AUTOFREE size_t *order = rpt_order(in->result, in->facts);

	if (!order || !number || number > in->result->nfindings)
		return NULL;
	return &in->result->findings[order[number - 1]];
}
