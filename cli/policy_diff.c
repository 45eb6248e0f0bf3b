/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_diff.c - tcbox policy diff: what another policy allows, with an example of each
 */
#include "cli/policy_diff.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cli/cli.h"
#include "tcbox/buf.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/policy_diff.h"

/* What is printed, by kind. */
struct changes {
	struct tb_buf text[POL_CHANGE_OTHER + 1];
};

/* read_one() - Return: 0, or an exit status */
static int read_one(const char *path, struct pol **p)
{
	struct tb_err err = { 0 };
	int ret = pol_load(path, p, NULL, &err);

	if (ret)
		return cli_error(ret == -ENOMEM ? TB_EXIT_FAILED : TB_EXIT_USAGE, &err);
	return 0;
}

static void add_change(void *arg, const struct pol_change *c)
{
	struct tb_buf *out = &((struct changes *)arg)->text[c->kind];

	tb_buf_addf(out, "  %-12s ", c->section);
	tb_buf_add_shown(out, c->example, strlen(c->example));
	if (c->rule && strcmp(c->rule, c->example) != 0) {
		tb_buf_adds(out, "  (");
		tb_buf_add_shown(out, c->rule, strlen(c->rule));
		tb_buf_addc(out, ')');
	}
	tb_buf_addc(out, '\n');
}

/* print() - Return: exit status */
static int print(struct changes *changes)
{
	static const char *const headings[] = {
		[POL_CHANGE_ALLOWED] = "Newly allowed, an example of each rule:\n",
		[POL_CHANGE_FORBIDDEN] = "No longer allowed, an example of each rule:\n",
		[POL_CHANGE_OTHER] = "Changed:\n",
	};
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	int status = TB_EXIT_CONFORMS;

	for (size_t i = 0; i < TB_ARRAY_SIZE(changes->text); i++) {
		struct tb_buf *text = &changes->text[i];

		out.failed |= text->failed;
		if (!text->len)
			continue;
		status = TB_EXIT_VIOLATES;
		tb_buf_adds(&out, headings[i]);
		tb_buf_add(&out, text->data, text->len);
	}
	if (!status)
		tb_buf_adds(&out, "No difference was found in what they allow.\n");
	return cli_print(&out, status);
}

int policy_diff(const char *a, const char *b)
{
	struct changes changes = { { TB_BUF_INIT } };
	struct pol *pa = NULL, *pb = NULL;
	struct tb_err err = { 0 };
	int status = read_one(a, &pa);

	if (!status)
		status = read_one(b, &pb);
	if (!status && pol_diff(pa, pb, add_change, &changes, &err))
		status = cli_error(TB_EXIT_FAILED, &err);
	else if (!status)
		status = print(&changes);
	for (size_t i = 0; i < TB_ARRAY_SIZE(changes.text); i++)
		tb_buf_free(&changes.text[i]);
	pol_free(pa);
	pol_free(pb);
	return status;
}
