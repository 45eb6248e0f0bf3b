/* SPDX-License-Identifier: Apache-2.0 */
/*
 * review_ask.c - decide about findings one by one, by question and answer
 */
#include "cli/review_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "tcbox/buf.h"
#include "tcbox/own.h"

enum { STORED = 1, SKIPPED, ENDED };	/* or a negative errno */

/* answer() - print a question and read a line, for the caller to free; NULL: there is none */
static char *answer(const char *question)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	(void)fputs(question, stdout);
	(void)fflush(stdout);
	len = getline(&line, &size, stdin);
	if (len < 0) {
		free(line);
		return NULL;
	}
	if (len && line[len - 1] == '\n')
		line[len - 1] = '\0';
	return line;
}

static int show(struct evaluation *e, const struct fnd *f, struct tb_err *err)
{
	const struct rpt_style style = {
		.colour = cli_colour(STDOUT_FILENO), .width = cli_width(STDOUT_FILENO),
	};
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	int ret;

	e->input.only = f;
	ret = rpt_text_finding(&e->input, &style, &out, err);
	e->input.only = NULL;
	if (ret)
		return ret;
	if (cli_print(&out, 0))
		return tb_err_set(err, EIO, "show finding %s", f->id);
	return 0;
}

/* check() - may it be stored? What is wrong is said, so that it can be answered again */
static bool check(const struct evaluation *e, const struct review_decision *d)
{
	struct tb_err err = { 0 };

	if (!review_check(d, &err) && d->until && strcmp(d->until, e->review.today) < 0)
		(void)tb_err_msg(&err, EINVAL, "%s is over; today is %s, UTC", d->until,
				 e->review.today);
	if (err.code)
		(void)cli_error(0, &err);
	return !err.code;
}

/* one_answer() - Return: STORED, SKIPPED or ENDED; 0: it was wrong; negative errno */
static int one_answer(const struct evaluation *e, int dir, struct review_decision *d,
		      struct tb_err *err)
{
	TB_AUTOFREE char *word = answer("\nconfirmed, accepted, question, false-alarm; "
					"nothing to skip it; end: ");
	TB_AUTOFREE char *reason = NULL, *until = NULL;
	int ret;

	if (!word || !strcmp(word, "end"))
		return ENDED;
	if (!*word)
		return SKIPPED;
	if (!review_word_parse(word, &d->word))
		return 0;
	reason = answer("reason: ");
	if (reason && d->word == REVIEW_ACCEPTED)
		until = answer("until (YYYY-MM-DD, or nothing): ");
	if (!reason || (!until && d->word == REVIEW_ACCEPTED))
		return ENDED;	/* in the middle of a decision, which is none */
	d->reason = *reason ? reason : NULL;
	d->until = until && *until ? until : NULL;
	if (!check(e, d))
		return 0;
	ret = review_append(dir, e->input.bundle, d, err);
	return ret ? ret : STORED;
}

/* about() - ask until there is an answer. Return: as one_answer(), never 0 */
static int about(struct evaluation *e, int dir, const char *reviewer, const struct fnd *f,
		 struct tb_err *err)
{
	struct review_decision d;
	int ret = show(e, f, err);

	while (!ret) {
		d = (struct review_decision){ .reviewer = reviewer, .id = f->id };
		ret = one_answer(e, dir, &d, err);
	}
	return ret;
}

int review_ask(struct evaluation *e, const char *reviewer)
{
	TB_AUTOCLOSE int dir = open(e->input.bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct tb_err err = { 0 };
	int ret = 0;

	if (dir < 0) {
		(void)tb_err_set(&err, errno, "open bundle %s", e->input.bundle);
		return cli_error(TB_EXIT_FAILED, &err);
	}
	for (size_t i = 1; i <= e->result->nfindings && ret >= 0 && ret != ENDED; i++) {
		const struct fnd *f = rpt_numbered(&e->input, i);
		const struct review_decision *d = f ? review_of(&e->review, f->id) : NULL;

		if (!f)
			ret = tb_err_set(&err, ENOMEM, "show findings");
		else if (review_state_of(&e->review, d) != REVIEW_DECIDED)
			ret = about(e, dir, reviewer, f, &err);
	}
	if (ret < 0)
		return cli_error(TB_EXIT_FAILED, &err);
	return 0;
}
