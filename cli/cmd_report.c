/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_report.c - tcbox report: print the report of a bundle
 *
 * It is computed again from the evidence. The stored report.json is only looked at to notice that
 * it says something else.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/show.h"
#include "cli/values.h"
#include "tcbox/buf.h"
#include "tcbox/file.h"
#include "tcbox/jsonc.h"
#include "tcbox/log.h"
#include "tcbox/own.h"

#define REPORT_MAX (256u << 20)

/* differs() - does the stored report say another verdict than @verdict, or nothing that can be
 * read? */
static bool differs(const struct tb_buf *text, const char *verdict)
{
	struct jsonc_syntax bad;
	struct jsonc *doc;
	const char *stored;
	bool same;

	if (jsonc_parse_bytes(text->data, text->len, &doc, &bad))
		return true;
	stored = jsonc_text(jsonc_root(doc), "verdict");
	same = stored && !strcmp(stored, verdict);
	jsonc_free(doc);
	return !same;
}

static void compare_with_stored(const char *bundle, const char *verdict)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	TB_AUTOCLOSE int fd = open(bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct tb_err err = { 0 };

	if (fd < 0 || faccessat(fd, RUN_REPORT_FILE, F_OK, 0))
		return;
	if (tb_read_regular(fd, RUN_REPORT_FILE, REPORT_MAX, &text, &err))
		tb_warn("report", "the stored report can not be read: %s", err.msg);
	else if (differs(&text, verdict))
		tb_warn("report",
			"%s/%s does not say \"%s\", which is what the evidence says with this "
			"version of tcbox",
			bundle, RUN_REPORT_FILE, verdict);
}

struct options {
	enum show_format format;
	struct show_choice choice;
	bool verbose;
	const char *finding;	/* id; NULL: all */
	enum rpt_layout layout;
};

static int set_format(void *ctx, const char *value, struct tb_err *err)
{
	struct options *o = ctx;

	return show_format_set(&o->format, value, err);
}

static int set_verbose(void *ctx, const char *value, struct tb_err *err)
{
	struct options *o = ctx;

	(void)value;
	(void)err;
	o->verbose = true;
	return 0;
}

static int set_layout(void *ctx, const char *value, struct tb_err *err)
{
	static const char *const words[] = { "weight", "examiner" };
	static const enum rpt_layout layouts[] = { RPT_BY_WEIGHT, RPT_EXAMINER };
	struct options *o = ctx;
	int i = value_word(value, words, TB_ARRAY_SIZE(words), err);

	if (i < 0)
		return i;
	o->layout = layouts[i];
	return 0;
}

static int set_finding(void *ctx, const char *value, struct tb_err *err)
{
	struct options *o = ctx;

	(void)err;
	o->finding = value;
	return 0;
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

/* choose() - the one finding that was asked for. Return: 0, or an exit status */
static int choose(const struct options *o, struct evaluation *e)
{
	if (!o->finding)
		return 0;
	e->input.only = fnd_result_find(e->result, o->finding);
	if (e->input.only)
		return 0;
	return cli_usage(&cmd_report,
			 "no finding of this bundle has the id \"%.64s\"; \"tcbox review "
			 "BUNDLE\" lists them",
			 o->finding);
}

/* print_all() - Return: an exit status */
static int print_all(const struct options *o, struct evaluation *e)
{
	struct tb_err err = { 0 };
	int status;

	if (evaluate_review(e, NULL, &err) || evaluate_notes(e, &err))
		return cli_error(TB_EXIT_FAILED, &err);
	status = choose(o, e);
	if (status)
		return status;
	if (show_choose(&o->choice, o->format, e, &err))
		return cli_usage(&cmd_report, "%s", err.msg);
	compare_with_stored(e->input.bundle, fnd_verdict_name(e->result->verdict));
	e->input.verbose = o->verbose;
	e->input.layout = o->layout;
	return show_evaluation(e, o->format, STDOUT_FILENO, show_fail(&o->choice, e, 0));
}

static int cmd_report_main(int argc, char **argv)
{
	struct options o = { .format = SHOW_TEXT };
	struct tb_err err = { 0 };
	struct evaluation e;
	int at, status, ret;

	at = cli_opts(&cmd_report, argc, argv, &o, &status);
	if (at < 0)
		return status;
	if (argc - at != 1)
		return cli_usage(&cmd_report, "%s",
				 argc == at ? "name a bundle" : "one bundle only");
	if (o.finding && o.format != SHOW_TEXT && o.format != SHOW_MARKDOWN)
		return cli_usage(&cmd_report, "--finding goes with the formats text and markdown");
	if (o.layout && (o.finding || o.choice.sections ||
			 (o.format != SHOW_TEXT && o.format != SHOW_MARKDOWN)))
		return cli_usage(&cmd_report, "--layout goes with the formats text and markdown, "
				 "and not with --finding or --section");
	ret = evaluate_bundle(argv[at], NULL, &e, &err);
	if (ret)
		return show_failed(ret, &err);
	status = print_all(&o, &e);
	evaluation_clear(&e);
	return status;
}

static const struct cli_opt opts[] = {
	{ "format", SHOW_FORMATS, SHOW_FORMATS_ABOUT, set_format },
	{ "finding", "ID", "this finding only, and the verdict", set_finding },
	{ "severity", SHOW_SEVERITIES, SHOW_SEVERITY_ABOUT, set_severities },
	{ "section", "NAME,...", SHOW_SECTION_ABOUT, set_sections },
	{ "fail-on", "SEVERITY", SHOW_FAIL_ABOUT, set_fail },
	{ "layout", "weight|examiner",
	  "examiner: scenario, settings, actions, data flows, assessment", set_layout },
	{ "verbose", NULL, "with the counters of all observers", set_verbose },
	{ 0 },
};

const struct cli_cmd cmd_report = {
	.name = "report",
	.synopsis = "[OPTION...] BUNDLE",
	.about = "Print the report of a bundle",
	.opts = opts,
	.main = cmd_report_main,
};
