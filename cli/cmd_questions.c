/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_questions.c - tcbox questions: the letter to the vendor
 */
#include "cli/cli.h"
#include "cli/show.h"
#include "run/evaluate.h"
#include "tcbox/buf.h"
#include "tcbox/log.h"

/* tell_open() - for who sends the letter, not for who gets it: what nobody decided about */
static void tell_open(const struct evaluation *e)
{
	size_t asked = 0, others = 0;

	for (size_t i = 0; i < e->result->nfindings; i++) {
		const struct fnd *f = &e->result->findings[i];
		const struct review_decision *d = review_of(&e->review, f->id);

		if (review_state_of(&e->review, d) == REVIEW_DECIDED)
			continue;
		if (f->severity == FND_VIOLATION)
			asked++;
		else
			others++;
	}
	if (asked && e->review.n)
		tb_warn("questions", "asked about, though nobody decided, or no longer: %zu open "
			"violations (tcbox review --ask %s)", asked, e->input.bundle);
	if (others)
		tb_warn("questions", "not asked about: %zu open findings that are no violations; "
			"to ask, decide \"question\" (tcbox review --ask %s)", others,
			e->input.bundle);
}

static int print_letter(const struct evaluation *e)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };

	if (rpt_questions(&e->input, &out, &err))
		return cli_error(TB_EXIT_FAILED, &err);
	tell_open(e);
	return cli_print(&out, 0);
}

static int cmd_questions_main(int argc, char **argv)
{
	struct tb_err err = { 0 };
	struct evaluation e;
	int at, status, ret;

	at = cli_opts(&cmd_questions, argc, argv, NULL, &status);
	if (at < 0)
		return status;
	if (argc - at != 1)
		return cli_usage(&cmd_questions, "%s",
				 argc == at ? "name a bundle" : "one bundle only");
	ret = evaluate_bundle(argv[at], NULL, &e, &err);
	if (ret)
		return show_failed(ret, &err);
	if (evaluate_review(&e, NULL, &err))
		status = cli_error(TB_EXIT_FAILED, &err);
	else
		status = print_letter(&e);
	evaluation_clear(&e);
	return status;
}

const struct cli_cmd cmd_questions = {
	.name = "questions",
	.synopsis = "BUNDLE",
	.about = "Print the letter to the vendor: what was declared, what was seen, what is asked",
	.main = cmd_questions_main,
};
