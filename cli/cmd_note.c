/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_note.c - tcbox note: note what the examiner does and sees, while a run goes on or after, or
 * list the notes
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/show.h"
#include "run/evaluate.h"
#include "tcbox/buf.h"
#include "tcbox/note.h"
#include "tcbox/own.h"

struct options {
	const char *examiner;
};

static int set_examiner(void *ctx, const char *value, struct tb_err *err)
{
	(void)err;
	((struct options *)ctx)->examiner = value;
	return 0;
}

static int list(int fd, const char *bundle)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };
	struct notes notes;

	if (notes_read(fd, bundle, &notes, &err))
		return cli_error(TB_EXIT_FAILED, &err);
	for (size_t i = 0; i < notes.n; i++) {
		tb_buf_addf(&out, "%.10s %.8s UTC  ", notes.v[i].time, notes.v[i].time + 11);
		tb_buf_add_shown(&out, notes.v[i].examiner, strlen(notes.v[i].examiner));
		tb_buf_adds(&out, ": ");
		tb_buf_add_shown(&out, notes.v[i].text, strlen(notes.v[i].text));
		tb_buf_addc(&out, '\n');
	}
	if (!notes.n)
		tb_buf_adds(&out, "no notes\n");
	notes_clear(&notes);
	return cli_print(&out, 0);
}

static int add(int fd, const char *bundle, const struct options *o, char **words)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct note note = { .examiner = o->examiner ? o->examiner : cli_user() };
	struct tb_err err = { 0 };
	char number[32];
	int ret;

	if (!note.examiner) {
		(void)snprintf(number, sizeof(number), "uid %u", (unsigned int)getuid());
		note.examiner = number;
	}
	for (size_t i = 0; words[i]; i++) {
		if (i)
			tb_buf_addc(&text, ' ');
		tb_buf_adds(&text, words[i]);
	}
	note.text = text.failed || !text.len ? "" : text.data;
	ret = note_check(&note, &err);
	if (ret)
		return cli_usage(&cmd_note, "%s", err.msg);
	ret = note_append(fd, bundle, &note, &err);
	return ret ? cli_error(TB_EXIT_FAILED, &err) : 0;
}

static int cmd_note_main(int argc, char **argv)
{
	TB_AUTOCLOSE int fd = -1;
	struct options o = { 0 };
	struct tb_err err = { 0 };
	int at, status, ret;

	at = cli_opts(&cmd_note, argc, argv, &o, &status);
	if (at < 0)
		return status;
	if (at == argc)
		return cli_usage(&cmd_note, "name a bundle");
	ret = evaluate_open(argv[at], &fd, &err);
	if (ret)
		return show_failed(ret, &err);
	if (at + 1 == argc && o.examiner)
		return cli_usage(&cmd_note, "what is to be noted?");
	return at + 1 == argc ? list(fd, argv[at]) : add(fd, argv[at], &o, argv + at + 1);
}

static const struct cli_opt opts[] = {
	{ "examiner", "NAME", "who notes it (default: the user's name)", set_examiner },
	{ 0 },
};

const struct cli_cmd cmd_note = {
	.name = "note",
	.synopsis = "[--examiner NAME] BUNDLE [TEXT...]",
	.about = "Note something in a bundle, while its run goes on or after; or list the notes",
	.opts = opts,
	.main = cmd_note_main,
};
