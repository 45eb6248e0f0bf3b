/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_run.c - tcbox run: run a product in the box, compare what it does with its policy, leave a
 * bundle
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/run_opts.h"
#include "cli/scenarios.h"
#include "cli/show.h"
#include "run/low_limits.h"
#include "run/options.h"
#include "run/run.h"
#include "tcbox/log.h"
#include "tcbox/own.h"

/* tell_limits() - a run that could not go on may have lacked what its user may not have */
static void tell_limits(void)
{
	TB_AUTOBUF struct tb_buf low = TB_BUF_INIT;

	low_limits(&low);
	if (low.len)
		tb_log(TB_LOG_ERROR, "run", "limits that are low, and may be why: %.*s",
		       (int)low.len, low.data);
}

static int failed(const struct run *r, enum run_outcome outcome, const struct tb_err *err)
{
	static const int statuses[] = {
		[RUN_WRONG] = TB_EXIT_USAGE,
		[RUN_NOT_FOUND] = TB_EXIT_NOTFOUND,
		[RUN_NOT_EXECUTABLE] = TB_EXIT_NOEXEC,
		[RUN_BROKEN] = TB_EXIT_FAILED,
	};

	(void)cli_error(statuses[outcome], err);
	if (outcome == RUN_BROKEN)
		tell_limits();
	if (outcome == RUN_BROKEN && run_bundle(r))
		tb_log(TB_LOG_ERROR, "run", "the run is incomplete; what was recorded is in %s",
		       run_bundle(r));
	return statuses[outcome];
}

/* status_of() - of a run that was made: its verdict, and the findings that it is to fail for */
static int status_of(const struct run_options *o, const struct evaluation *e)
{
	const struct show_choice choice = { .fail = o->fail, .fail_on = o->fail_on };

	return show_fail(&choice, e, show_status(e));
}

/* run_once() - the report goes to standard error: standard output is the product's */
static int run_once(const struct run_options *o, char **argv)
{
	struct run *r = run_new(o);
	struct tb_err err = { 0 };
	enum run_outcome outcome;
	int status;

	if (!r) {
		(void)tb_err_set(&err, ENOMEM, "run");
		return cli_error(TB_EXIT_FAILED, &err);
	}
	outcome = run_product(r, argv, &err);
	if (outcome != RUN_DONE)
		status = failed(r, outcome, &err);
	else
		status = status_of(o, run_evaluation(r));
	if (outcome == RUN_DONE && !o->quiet)
		status = show_evaluation(run_evaluation(r), SHOW_TEXT, STDERR_FILENO, status);
	run_free(r);
	return status;
}

/* examiner() - who makes notes while it runs: by number, if the machine has no name. Return: owned
 * by the caller; NULL without memory */
static char *examiner(void)
{
	const char *name = cli_user();
	char *number;

	if (name)
		return strdup(name);
	return asprintf(&number, "uid %u", (unsigned int)getuid()) < 0 ? NULL : number;
}

static int cmd_run_main(int argc, char **argv)
{
	struct tb_err err = { 0 };
	TB_AUTOFREE char *user = NULL;
	struct run_options o;
	int status = 0, first;

	run_options_init(&o);
	o.examiner = user = examiner();
	first = cli_opts(&cmd_run, argc, argv, &o, &status);
	if (first >= argc)
		status = cli_usage(&cmd_run,
				   "which program? tcbox run [OPTION...] [--] PROGRAM [ARG...]");
	else if (first >= 0 && run_options_check(&o, &err))
		status = cli_usage(&cmd_run, "%s", err.msg);
	else if (first >= 0 && o.nseveral)
		status = scenarios_run(&o, argv + first, run_once);
	else if (first >= 0)
		status = run_once(&o, argv + first);
	run_options_clear(&o);
	return status;
}

const struct cli_cmd cmd_run = {
	.name = "run",
	.synopsis = "[OPTION...] [--] PROGRAM [ARG...]",
	.about = "Run a product in the box, record and compare what it does, leave a bundle",
	.opts = run_opts,
	.main = cmd_run_main,
};
