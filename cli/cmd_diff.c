/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_diff.c - tcbox diff: what two bundles of a product have in common, and what not
 */
#include <unistd.h>

#include "cli/cli.h"
#include "cli/show.h"
#include "tcbox/buf.h"

struct options {
	enum show_format format;
	const char *policy;	/* NULL: each bundle's own */
	bool contents;
};

static int set_format(void *ctx, const char *value, struct tb_err *err)
{
	return show_few_set(&((struct options *)ctx)->format, value, err);
}

static int set_policy(void *ctx, const char *value, struct tb_err *err)
{
	(void)err;
	((struct options *)ctx)->policy = value;
	return 0;
}

static int set_contents(void *ctx, const char *value, struct tb_err *err)
{
	(void)value;
	(void)err;
	((struct options *)ctx)->contents = true;
	return 0;
}

static int status_of(enum rpt_diff_outcome outcome)
{
	switch (outcome) {
	case RPT_DIFF_SAME:
		return TB_EXIT_CONFORMS;
	case RPT_DIFF_DIFFERS:
		return TB_EXIT_VIOLATES;
	case RPT_DIFF_NOT_KNOWN:
		break;
	}
	return TB_EXIT_INCONCLUSIVE;
}

static int write_diff(const struct rpt_diff *d, enum show_format format, struct tb_buf *out,
		      struct tb_err *err)
{
	struct rpt_style style = { 0 };

	switch (format) {
	case SHOW_JSON:
		return rpt_diff_json(d, out, err);
	case SHOW_MARKDOWN:
		return rpt_diff_markdown(d, out, err);
	case SHOW_HTML:
		return rpt_diff_html(d, out, err);
	case SHOW_TEXT:
	case SHOW_SARIF:	/* show_few_set() knows none of these */
	case SHOW_JUNIT:
	case SHOW_CSV:
		break;
	}
	style.colour = cli_colour(STDOUT_FILENO);
	style.width = cli_width(STDOUT_FILENO);
	return rpt_diff_text(d, &style, out, err);
}

/* print_diff() - Return: an exit status */
static int print_diff(const struct options *o, const struct evaluation *a,
		      const struct evaluation *b)
{
	const struct rpt_diff_input in = {
		.a = &a->input, .b = &b->input, .contents = o->contents,
	};
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };
	struct rpt_diff *d = rpt_diff_new(&in, &err);
	int status;

	if (!d)
		return cli_error(TB_EXIT_FAILED, &err);
	if (write_diff(d, o->format, &out, &err))
		status = cli_error(TB_EXIT_FAILED, &err);
	else
		status = cli_print(&out, status_of(rpt_diff_outcome(d)));
	rpt_diff_free(d);
	return status;
}

/* evaluate() - Return: 0, or an exit status */
static int evaluate(const char *bundle, const struct options *o, struct evaluation *e)
{
	struct tb_err err = { 0 };
	int ret = evaluate_bundle(bundle, o->policy, e, &err);

	return ret ? show_failed(ret, &err) : 0;
}

static int write_across(const struct rpt_across *a, enum show_format format, struct tb_buf *out,
			struct tb_err *err)
{
	struct rpt_style style = { 0 };

	switch (format) {
	case SHOW_JSON:
		return rpt_across_json(a, out, err);
	case SHOW_MARKDOWN:
		return rpt_across_markdown(a, out, err);
	case SHOW_HTML:
		return rpt_across_html(a, out, err);
	case SHOW_TEXT:
	case SHOW_SARIF:
	case SHOW_JUNIT:
	case SHOW_CSV:
		break;
	}
	style.colour = cli_colour(STDOUT_FILENO);
	style.width = cli_width(STDOUT_FILENO);
	return rpt_across_text(a, &style, out, err);
}

/* add_all() - each bundle in its turn. Return: 0, or an exit status */
static int add_all(struct rpt_across *a, const struct options *o, char **bundles)
{
	struct tb_err err = { 0 };
	int status = 0;

	for (; *bundles && !status; bundles++) {
		struct evaluation e;

		status = evaluate(*bundles, o, &e);
		if (status)
			return status;
		if (rpt_across_add(a, &e.input, &err))
			status = cli_error(TB_EXIT_FAILED, &err);
		evaluation_clear(&e);
	}
	return status;
}

/* across() - more than two bundles: each with the first. Return: an exit status */
static int across(const struct options *o, char **bundles)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };
	struct evaluation first;
	struct rpt_across *a;
	int status = evaluate(bundles[0], o, &first);

	if (status)
		return status;
	a = rpt_across_new(&first.input, &err);
	if (!a)
		status = cli_error(TB_EXIT_FAILED, &err);
	else
		status = add_all(a, o, bundles + 1);
	if (!status) {
		rpt_across_end(a);
		status = status_of(rpt_across_outcome(a));
		if (write_across(a, o->format, &out, &err))
			status = cli_error(TB_EXIT_FAILED, &err);
		else
			status = cli_print(&out, status);
	}
	rpt_across_free(a);
	evaluation_clear(&first);
	return status;
}

static int cmd_diff_main(int argc, char **argv)
{
	struct options o = { .format = SHOW_TEXT };
	struct evaluation a, b;
	int at, status;

	at = cli_opts(&cmd_diff, argc, argv, &o, &status);
	if (at < 0)
		return status;
	if (argc - at < 2)
		return cli_usage(&cmd_diff, "name two bundles, or more");
	if (argc - at - 1 > RPT_ACROSS_MAX - 1)
		return cli_usage(&cmd_diff, "at most %d bundles are compared", RPT_ACROSS_MAX);
	if (argc - at > 2)
		return across(&o, argv + at);
	status = evaluate(argv[at], &o, &a);
	if (status)
		return status;
	status = evaluate(argv[at + 1], &o, &b);
	if (!status) {
		status = print_diff(&o, &a, &b);
		evaluation_clear(&b);
	}
	evaluation_clear(&a);
	return status;
}

static const struct cli_opt opts[] = {
	{ "policy", "FILE", "compare both with this policy, instead of each with its own",
	  set_policy },
	{ "contents", NULL, "a file with another SHA-256 is a difference, too", set_contents },
	{ "format", SHOW_FEW_FORMATS, "form of the comparison (default: text)", set_format },
	{ 0 },
};

const struct cli_cmd cmd_diff = {
	.name = "diff",
	.synopsis = "[--policy FILE] [--contents] [--format FORMAT] BUNDLE-A BUNDLE-B...",
	.about = "Say what is new, gone and changed in a second bundle",
	.opts = opts,
	.main = cmd_diff_main,
};
