/* SPDX-License-Identifier: Apache-2.0 */
/*
 * review_list.c - the findings with their ids and how each stands, for who decides
 */
#include <errno.h>

#include "report/decided.h"
#include "report/derive.h"
#include "report/words.h"
#include "tcbox/own.h"

static void indented(struct tb_buf *out, const struct tb_buf *text)
{
	tb_buf_adds(out, "    ");
	out->failed |= text->failed;
	doc_shown(out, text->data ? text->data : "");
	tb_buf_addc(out, '\n');
}

static void one(struct tb_buf *out, const struct review *review, const struct fnd *f)
{
	const struct review_decision *d = review_of(review, f->id);
	TB_AUTOBUF struct tb_buf title = TB_BUF_INIT, decision = TB_BUF_INIT;

	tb_buf_addf(out, "%-8s %-35s %-10s %s\n", review_state_name(review_state_of(review, d)),
		    f->id, fnd_severity_name(f->severity), fnd_code_name(f->code));
	words_title(&title, f);
	indented(out, &title);
	if (!d)
		return;
	decided_sentence(&decision, d);
	indented(out, &decision);
}

int rpt_review_list(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err)
{
	TB_AUTOFREE size_t *order = rpt_order(in->result, in->facts);

	if (!order)
		return tb_err_set(err, ENOMEM, "list findings");
	for (size_t i = 0; i < in->result->nfindings; i++)
		one(out, in->review, &in->result->findings[order[i]]);
	if (!in->result->nfindings)
		tb_buf_adds(out, "no findings\n");
	return out->failed ? tb_err_set(err, ENOMEM, "list findings") : 0;
}
