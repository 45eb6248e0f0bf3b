/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_merge.c - tcbox policy merge: one policy that allows what several allow
 *
 * What could not be merged goes to standard error, and is the exit status: nobody may take the
 * result for what both said.
 */
#include "cli/policy_merge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "tcbox/own.h"
#include "tcbox/policy.h"
#include "tcbox/policy_lint.h"

static void tell(void *arg, bool conflict, const char *text)
{
	size_t *n = arg;

	*n += conflict;
	(void)fprintf(stderr, "%s: %s\n", conflict ? "conflict" : "note", text);
}

/* tie() - rules of different policies that agree with the same act */
static void tie(void *arg, const struct pol_problem *problem)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	if (problem->level != POL_ERROR)
		return;
	tb_buf_addf(&text, "line %u of what was written: ", problem->at.line);
	tb_buf_adds(&text, problem->text);
	tell(arg, true, text.failed ? problem->text : text.data);
}

/* load() - with all that it includes. Return: 0, or an exit status */
static int load(const char *path, struct tb_buf *whole)
{
	struct tb_err err = { 0 };
	struct pol *p = NULL;
	int ret = pol_load(path, &p, whole, &err);

	pol_free(p);
	if (ret)
		return cli_error(ret == -ENOMEM ? TB_EXIT_FAILED : TB_EXIT_USAGE, &err);
	return 0;
}

/* add() - one more. Return: 0, or an exit status */
static int add(const char *first, struct tb_buf *text, const char *path, size_t *conflicts)
{
	TB_AUTOBUF struct tb_buf other = TB_BUF_INIT;
	struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };
	int status = load(path, &other);

	if (status)
		return status;
	if (text->len > POL_MAX_BYTES) {
		(void)tb_err_msg(&err, EFBIG, "merged, they are longer than %u bytes",
				 POL_MAX_BYTES);
		return cli_error(TB_EXIT_USAGE, &err);
	}
	if (pol_merge(&(struct pol_merge_text){ first, text },
		      &(struct pol_merge_text){ path, &other }, &out, tell, conflicts, &err)) {
		tb_buf_free(&out);
		return cli_error(TB_EXIT_FAILED, &err);
	}
	tb_buf_free(text);
	*text = out;
	return 0;
}

/* judge() - what was written is a policy, and what in it ties. Return: 0, or an exit status */
static int judge(const struct tb_buf *text, size_t *conflicts)
{
	struct tb_err err = { 0 };
	struct pol *p = NULL;
	int ret = pol_parse("merged", text->data, text->len, &p, &err);

	if (!ret)
		ret = pol_lint(p, tie, conflicts, &err);
	pol_free(p);
	return ret ? cli_error(TB_EXIT_FAILED, &err) : 0;
}

int policy_merge(const struct pol_widen *how, const char *output, int n, char **paths)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT, out = TB_BUF_INIT;
	struct tb_err err = { 0 };
	size_t conflicts = 0;
	int status = load(paths[0], &text);

	for (int i = 1; i < n && !status; i++)
		status = add(paths[0], &text, paths[i], &conflicts);
	if (!status && pol_widen(&text, how, &out, &err))
		status = cli_error(TB_EXIT_FAILED, &err);
	if (!status)
		status = judge(&out, &conflicts);
	if (!status)
		status = output ? cli_save(output, &out) : cli_print(&out, 0);
	if (!status && conflicts)
		(void)fprintf(stderr, "%zu conflict%s: what %s says stands; the merged policy does "
				      "not allow all that the others do\n",
			      conflicts, conflicts == 1 ? "" : "s", paths[0]);
	if (!status && conflicts)
		status = TB_EXIT_VIOLATES;
	return status;
}
