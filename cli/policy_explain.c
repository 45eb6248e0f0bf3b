/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_explain.c - tcbox policy explain: a policy in plain English, with what a run shows of it
 */
#include "cli/policy_explain.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "run/evaluate.h"
#include "tcbox/buf.h"
#include "tcbox/file.h"
#include "tcbox/report.h"

static int print(const struct rpt_explain *in, enum show_format format)
{
	const struct rpt_style style = {
		.colour = cli_colour(STDOUT_FILENO), .width = cli_width(STDOUT_FILENO),
	};
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };
	int ret;

	if (format == SHOW_MARKDOWN)
		ret = rpt_explain_markdown(in, &out, &err);
	else if (format == SHOW_HTML)
		ret = rpt_explain_html(in, &out, &err);
	else
		ret = rpt_explain_text(in, &style, &out, &err);
	if (ret)
		return cli_error(TB_EXIT_FAILED, &err);
	return cli_print(&out, 0);
}

static int with_bundle(const char *path, const char *bundle, enum show_format format)
{
	struct tb_err err = { 0 };
	struct evaluation e;
	int ret = evaluate_bundle(bundle, path, &e, &err), status;

	if (ret)
		return show_failed(ret, &err);
	status = print(&(struct rpt_explain){ .policy = e.policy, .run = &e.input }, format);
	evaluation_clear(&e);
	return status;
}

int policy_explain(const char *path, const char *bundle, enum show_format format)
{
	struct tb_err err = { 0 };
	struct pol *p = NULL;
	int ret, status;

	if (bundle)
		return with_bundle(path, bundle, format);
	ret = pol_load(path, &p, NULL, &err);
	if (ret)
		return cli_error(ret == -ENOMEM ? TB_EXIT_FAILED : TB_EXIT_USAGE, &err);
	status = print(&(struct rpt_explain){ .policy = p }, format);
	pol_free(p);
	return status;
}
