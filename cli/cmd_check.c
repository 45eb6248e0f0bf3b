/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_check.c - tcbox check: compare a finished bundle with a policy, without running anything
 */
#include <errno.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/show.h"
#include "cli/values.h"

struct options {
	const char *policy;
	const char *review;
	const char *phase;
	enum show_format format;
	struct show_choice choice;
};

static int set_policy(void *ctx, const char *value, struct tb_err *err)
{
	struct options *o = ctx;

	(void)err;
	o->policy = value;
	return 0;
}

static int set_review(void *ctx, const char *value, struct tb_err *err)
{
	struct options *o = ctx;

	(void)err;
	o->review = value;
	return 0;
}

static int set_phase(void *ctx, const char *value, struct tb_err *err)
{
	((struct options *)ctx)->phase = value;
	return value_phase(value, err);
}

static int set_format(void *ctx, const char *value, struct tb_err *err)
{
	struct options *o = ctx;

	return show_format_set(&o->format, value, err);
}

static int set_severities(void *ctx, const char *value, struct tb_err *err)
{
	return show_severities_set(&((struct options *)ctx)->choice, value, err);
}

static int set_sections(void *ctx, const char *value, struct tb_err *err)
{
	return show_sections_set(&((struct options *)ctx)->choice, value, err);
}

static int set_fail(void *ctx, const char *value, struct tb_err *err)
{
	return show_fail_set(&((struct options *)ctx)->choice, value, err);
}

/* print_all() - Return: an exit status */
static int print_all(const struct options *o, struct evaluation *e)
{
	struct tb_err err = { 0 };

	if (show_choose(&o->choice, o->format, e, &err))
		return cli_usage(&cmd_check, "%s", err.msg);
	return show_evaluation(e, o->format, STDOUT_FILENO,
			       show_fail(&o->choice, e, show_status(e)));
}

static int cmd_check_main(int argc, char **argv)
{
	struct options o = { .format = SHOW_TEXT };
	struct tb_err err = { 0 };
	struct evaluation e;
	int at, status, ret;

	at = cli_opts(&cmd_check, argc, argv, &o, &status);
	if (at < 0)
		return status;
	if (argc - at != 1)
		return cli_usage(&cmd_check, "%s",
				 argc == at ? "name a bundle" : "one bundle only");
	if (!o.policy)
		return cli_usage(&cmd_check, "--policy is needed");
	ret = evaluate_phase(argv[at], o.policy, o.phase, &e, &err);
	if (ret)
		return show_failed(ret, &err);
	ret = evaluate_review(&e, o.review, &err);
	if (!ret)
		ret = evaluate_notes(&e, &err);
	if (ret) {
		evaluation_clear(&e);
		return show_failed(ret, &err);
	}
	status = print_all(&o, &e);
	evaluation_clear(&e);
	return status;
}

static const struct cli_opt opts[] = {
	{ "policy", "FILE", "what the vendor declared, tcbox-policy(5)", set_policy },
	{ "phase", "NAME", "that the run was in, in place of what it was begun with", set_phase },
	{ "review", "FILE", "decisions about the findings of an earlier version, tcbox-review(5)",
	  set_review },
	{ "format", SHOW_FORMATS, SHOW_FORMATS_ABOUT, set_format },
	{ "severity", SHOW_SEVERITIES, SHOW_SEVERITY_ABOUT, set_severities },
	{ "section", "NAME,...", SHOW_SECTION_ABOUT, set_sections },
	{ "fail-on", "SEVERITY", SHOW_FAIL_ELSE, set_fail },
	{ 0 },
};

const struct cli_cmd cmd_check = {
	.name = "check",
	.synopsis = "--policy FILE [OPTION...] BUNDLE",
	.about = "Compare a finished bundle with a policy",
	.opts = opts,
	.main = cmd_check_main,
};
