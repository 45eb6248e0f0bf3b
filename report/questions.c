/* SPDX-License-Identifier: Apache-2.0 */
/*
 * questions.c - the letter to the vendor: what was declared, what was seen, what is asked
 *
 * Asked is what an examiner decided to ask, and every violation about which nothing is decided, or
 * no longer: what nobody looked at yet must not read as "none".
 */
#include <errno.h>

#include "report/derive.h"
#include "report/markdown.h"
#include "report/sections.h"
#include "report/words.h"
#include "tcbox/own.h"

static bool is_asked(const struct rpt_input *in, const struct fnd *f)
{
	const struct review_decision *r = in->review ? review_of(in->review, f->id) : NULL;

	if (r && review_state_of(in->review, r) == REVIEW_DECIDED)
		return r->word == REVIEW_QUESTION;
	return f->severity == FND_VIOLATION;
}

static void subject(struct doc *d, const struct rpt_input *in)
{
	TB_AUTOBUF struct tb_buf about = TB_BUF_INIT, b = TB_BUF_INIT;

	tb_buf_adds(&about, "Questions about ");
	rpt_product_name(&about, in);
	tb_buf_adds(&b,
		    "The product was run in a sandbox. What follows was seen in that run; please "
		    "answer each question, by its number.");
	doc_verdict(d, DOC_PLAIN, doc_text(d, &about), doc_text(d, &b));
}

/* the_run() - so that both sides speak of the same */
static void the_run(struct doc *d, const struct rpt_input *in)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	const char *sha256 = in->policy_path ? in->policy_sha256 : in->run->policy_sha256;
	char at[RPT_TIMELEN];

	doc_heading(d, "The run", 0);
	for (size_t i = 0; i < in->run->argc; i++) {
		amount_join(&b, " ");
		tb_buf_adds(&b, in->run->argv[i]);
	}
	doc_item(d, "command", &b);
	if (in->run->started_ns && !rpt_time_format(in->run->started_ns, 0, at))
		tb_buf_addf(&b, "%.10s %.8s UTC", at, at + 11);
	doc_item(d, "started", &b);
	if (in->policy && sha256)
		tb_buf_addf(&b, "policy with SHA-256 %s", sha256);
	doc_item(d, "compared with", &b);
}

static void ask(struct doc *d, const struct rpt_input *in, const struct fnd *f, size_t number)
{
	const struct review_decision *r = in->review ? review_of(in->review, f->id) : NULL;
	const struct fnd_proc *proc = fnd_result_program(in->result, f->proc, f->acted);
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT, text = TB_BUF_INIT;
	struct doc_entry e = { .number = number, .name = fnd_code_name(f->code) };

	words_title(&text, f);
	tb_buf_addf(&b, "finding %s", f->id);
	e.text = doc_text(d, &text);
	e.aside = doc_text(d, &b);
	doc_entry(d, &e);
	tb_buf_reset(&b);
	words_declared(&b, f);
	doc_item(d, "declared", &b);
	words_observed(&b, f);
	doc_item(d, "seen", &b);
	if (proc && proc->exe)
		tb_buf_adds(&b, proc->exe);
	doc_item(d, "program", &b);
	if (f->count)
		amount_times(&b, f->count);
	doc_item(d, "how often", &b);
	words_question(&b, f);
	doc_item(d, "question", &b);
	if (r && r->word == REVIEW_QUESTION && r->reason)
		tb_buf_adds(&b, r->reason);
	doc_item(d, "also", &b);
}

/* none() - nothing is asked: also because nothing was compared, or not everything was seen */
static void none(struct doc *d, const struct rpt_input *in)
{
	bool whole = in->policy && !in->run->timed_out && !in->run->interrupted;
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	tb_buf_adds(&b, "None.");
	if (in->result->verdict == FND_INCONCLUSIVE ||
	    (!whole && in->result->verdict == FND_CONFORMS)) {
		tb_buf_addc(&b, ' ');
		words_reason(&b, in);
	} else if (!whole) {
		tb_buf_adds(&b, " The run was cut: what the product would have done later was not "
				"seen.");
	}
	doc_para(d, doc_text(d, &b));
}

static void ask_all(struct doc *d, const struct rpt_input *in, const size_t *order)
{
	const struct fnd_result *r = in->result;
	size_t n = 0;

	for (size_t i = 0; i < r->nfindings; i++)
		n += is_asked(in, &r->findings[order[i]]);
	doc_heading(d, "Questions", n);
	if (!n)
		none(d, in);
	n = 0;
	for (size_t i = 0; i < r->nfindings; i++)
		if (is_asked(in, &r->findings[order[i]]))
			ask(d, in, &r->findings[order[i]], ++n);
}

int rpt_questions(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err)
{
	TB_AUTOFREE size_t *order = rpt_order(in->result, in->facts);
	struct markdown m;

	if (!order)
		return tb_err_set(err, ENOMEM, "write questions");
	markdown_init(&m, out);
	subject(&m.doc, in);
	the_run(&m.doc, in);
	ask_all(&m.doc, in, order);
	return out->failed ? tb_err_set(err, ENOMEM, "write questions") : 0;
}
