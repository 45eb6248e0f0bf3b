/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_review.c - tcbox review: list the findings of a bundle and what was decided about them, or
 * decide
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/show.h"
#include "cli/review_ask.h"
#include "run/evaluate.h"
#include "tcbox/buf.h"
#include "tcbox/own.h"

/* The values of the options; NULL: not given. */
struct options {
	const char *finding, *decide, *reason, *until, *reviewer;
	bool ask;
};

static int set_finding(void *ctx, const char *value, struct tb_err *err)
{
	(void)err;
	((struct options *)ctx)->finding = value;
	return 0;
}

static int set_decide(void *ctx, const char *value, struct tb_err *err)
{
	enum review_word word;

	if (!review_word_parse(value, &word))
		return tb_err_msg(err, EINVAL,
				  "\"%s\" is not a decision; there are \"confirmed\", "
				  "\"accepted\", \"question\" and \"false-alarm\"",
				  value);
	((struct options *)ctx)->decide = value;
	return 0;
}

static int set_reason(void *ctx, const char *value, struct tb_err *err)
{
	(void)err;
	((struct options *)ctx)->reason = value;
	return 0;
}

static int set_until(void *ctx, const char *value, struct tb_err *err)
{
	(void)err;
	((struct options *)ctx)->until = value;
	return 0;
}

static int set_reviewer(void *ctx, const char *value, struct tb_err *err)
{
	(void)err;
	((struct options *)ctx)->reviewer = value;
	return 0;
}

static int set_ask(void *ctx, const char *value, struct tb_err *err)
{
	(void)value;
	(void)err;
	((struct options *)ctx)->ask = true;
	return 0;
}

/* named() - who decides; NULL, and a message, if nobody knows */
static const char *named(const struct options *o)
{
	const char *reviewer = o->reviewer ? o->reviewer : cli_user();

	if (!reviewer)
		(void)cli_usage(&cmd_review,
				"this user has no name; say who decides by --reviewer");
	return reviewer;
}

static int ask(struct evaluation *e, const struct options *o)
{
	const char *reviewer = named(o);

	return reviewer ? review_ask(e, reviewer) : TB_EXIT_USAGE;
}

static int list(const struct evaluation *e)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };

	if (rpt_review_list(&e->input, &out, &err))
		return cli_error(TB_EXIT_FAILED, &err);
	return cli_print(&out, 0);
}

static int store(const char *bundle, const struct review_decision *d)
{
	TB_AUTOCLOSE int fd = open(bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct tb_err err = { 0 };
	int ret;

	if (fd < 0) {
		(void)tb_err_set(&err, errno, "open bundle %s", bundle);
		return cli_error(TB_EXIT_FAILED, &err);
	}
	ret = review_append(fd, bundle, d, &err);
	return ret ? cli_error(TB_EXIT_FAILED, &err) : 0;
}

static int decide(const struct evaluation *e, const struct options *o)
{
	const char *reviewer = named(o);
	struct review_decision d = {
		.reviewer = reviewer, .id = o->finding, .reason = o->reason, .until = o->until,
	};
	struct tb_err err = { 0 };

	if (!fnd_result_find(e->result, o->finding))
		return cli_usage(&cmd_review,
				 "no finding of this bundle has the id \"%.64s\"; \"tcbox review "
				 "BUNDLE\" lists them",
				 o->finding);
	if (!reviewer)
		return TB_EXIT_USAGE;
	(void)review_word_parse(o->decide, &d.word);
	if (review_check(&d, &err))
		return cli_usage(&cmd_review, "%.400s", err.msg);
	if (d.until && strcmp(d.until, e->review.today) < 0)
		return cli_usage(&cmd_review, "--until: %s is over; today is %s, UTC", d.until,
				 e->review.today);
	return store(e->input.bundle, &d);
}

/* options_fit() - Return: 0, or an exit status */
static int options_fit(const struct options *o)
{
	if (o->ask && (o->finding || o->decide || o->reason || o->until))
		return cli_usage(&cmd_review, "of the other options only --reviewer goes with "
				 "--ask");
	if (o->ask)
		return 0;
	if (o->finding && !o->decide)
		return cli_usage(&cmd_review, "--finding needs --decide");
	if (!o->finding && o->decide)
		return cli_usage(&cmd_review, "--decide needs --finding");
	if (!o->finding && (o->reason || o->until || o->reviewer))
		return cli_usage(&cmd_review,
				 "--reason, --until and --reviewer go with --finding and --decide");
	return 0;
}

static int cmd_review_main(int argc, char **argv)
{
	struct options o = { 0 };
	struct tb_err err = { 0 };
	struct evaluation e;
	int at, status, ret;

	at = cli_opts(&cmd_review, argc, argv, &o, &status);
	if (at < 0)
		return status;
	if (argc - at != 1)
		return cli_usage(&cmd_review, "%s",
				 argc == at ? "name a bundle" : "one bundle only");
	status = options_fit(&o);
	if (status)
		return status;
	ret = evaluate_bundle(argv[at], NULL, &e, &err);
	if (ret)
		return show_failed(ret, &err);
	if (evaluate_review(&e, NULL, &err))
		status = cli_error(TB_EXIT_FAILED, &err);
	else if (o.ask)
		status = ask(&e, &o);
	else
		status = o.finding ? decide(&e, &o) : list(&e);
	evaluation_clear(&e);
	return status;
}

static const struct cli_opt opts[] = {
	{ "ask", NULL, "show what is open, one by one, and ask what is decided", set_ask },
	{ "finding", "ID", "the finding to decide about", set_finding },
	{ "decide", "WORD", "confirmed, accepted, question (to the vendor) or false-alarm",
	  set_decide },
	{ "reason", "TEXT", "why; needed for accepted and false-alarm", set_reason },
	{ "until", "DATE", "YYYY-MM-DD, the last day for which it is accepted", set_until },
	{ "reviewer", "NAME", "who decides (default: the user's name)", set_reviewer },
	{ 0 },
};

const struct cli_cmd cmd_review = {
	.name = "review",
	.synopsis = "[--ask | --finding ID --decide WORD [--reason TEXT] [--until DATE]] "
		    "[--reviewer NAME] BUNDLE",
	.about = "List the findings of a bundle with what was decided about them, or decide",
	.opts = opts,
	.interleave = true,
	.main = cmd_review_main,
};
