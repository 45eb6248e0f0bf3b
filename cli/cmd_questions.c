/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_questions.c - tcbox questions: the letter to the vendor
 */
#include "cli/cli.h"
#include "run/evaluate.h"
#include "tcbox/buf.h"

static int print_letter(const struct evaluation *e)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };

	if (rpt_questions(&e->input, &out, &err))
		return cli_error(TB_EXIT_FAILED, &err);
	return cli_print(out.data, out.len, 0);
}

static int cmd_questions_main(int argc, char **argv)
{
	struct tb_err err = { 0 };
	struct evaluation e;
	int at, status;

	at = cli_opts(&cmd_questions, argc, argv, NULL, &status);
	if (at < 0)
		return status;
	if (argc - at != 1)
		return cli_usage(&cmd_questions, "%s",
				 argc == at ? "name a bundle" : "one bundle only");
	if (evaluate_bundle(argv[at], NULL, &e, &err))
		return cli_error(TB_EXIT_FAILED, &err);
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
