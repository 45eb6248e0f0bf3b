/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_check.c - tcbox check: compare a finished bundle with a policy, without running anything
 */
#include <errno.h>

#include "cli/cli.h"
#include "cli/evaluate.h"

struct options {
	const char *policy;
	enum report_format format;
};

static int set(void *ctx, size_t i, const char *value, struct tb_err *err)
{
	struct options *o = ctx;

	if (i == 0)
		o->policy = value;
	else
		return report_format_parse(value, &o->format, err);
	return 0;
}

static int cmd_check_main(int argc, char **argv)
{
	struct options o = { .format = REPORT_TEXT };
	struct tb_err err = { 0 };
	struct evaluation e;
	int at, status, ret;

	at = cli_opts(&cmd_check, argc, argv, set, &o, &status);
	if (at < 0)
		return status;
	if (argc - at != 1)
		return cli_usage(&cmd_check, argc == at ? "name a bundle" : "one bundle only");
	if (!o.policy)
		return cli_usage(&cmd_check, "--policy is needed");
	ret = evaluate_bundle(argv[at], o.policy, &e, &err);
	if (ret)
		return cli_error(ret == -EINVAL ? TB_EXIT_USAGE : TB_EXIT_FAILED, &err);
	status = evaluation_print(&e, o.format, evaluation_status(&e));
	evaluation_clear(&e);
	return status;
}

static const struct cli_opt opts[] = {
	{ "policy", "FILE", "what the vendor declared, tcbox-policy(5)" },
	{ "format", "FORMAT", REPORT_FORMATS },
	{ 0 },
};

const struct cli_cmd cmd_check = {
	.name = "check",
	.synopsis = "--policy FILE [--format FORMAT] BUNDLE",
	.about = "Compare a finished bundle with a policy",
	.opts = opts,
	.main = cmd_check_main,
};
