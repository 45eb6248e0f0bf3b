/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_state.c - tcbox state: list and remove the layers that "tcbox run --state" keeps
 */
#include <errno.h>
#include <string.h>

#include "cli/cli.h"
#include "run/state.h"
#include "tcbox/buf.h"

static void add_state(void *arg, const char *name, const char *about)
{
	tb_buf_addf(arg, "%-24s ", name);
	tb_buf_add_shown(arg, about, strlen(about));
	tb_buf_addc(arg, '\n');
}

static int list(int argc, char **argv)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };

	if (argc)
		return cli_usage(&cmd_state, "list takes no arguments; got \"%s\"",
				 argv[0]);
	if (state_list(add_state, &out, &err))
		return cli_error(TB_EXIT_FAILED, &err);
	return cli_print(&out, 0);
}

/* status_of() - a name that is wrong, or used now, is for who wrote it to mend */
static int status_of(int ret)
{
	return ret == -ENOENT || ret == -EBUSY ? TB_EXIT_USAGE : TB_EXIT_FAILED;
}

static int remove_all(int argc, char **argv)
{
	struct tb_err err = { 0 };
	int i, ret, status = 0;

	if (!argc)
		return cli_usage(&cmd_state, "name a state");
	for (i = 0; i < argc; i++)
		if (!state_name_valid(argv[i]))
			return cli_usage(&cmd_state, "\"%s\" is no name for a state", argv[i]);
	for (i = 0; i < argc; i++) {
		err = (struct tb_err){ 0 };
		ret = state_remove(argv[i], &err);
		if (ret)
			status = cli_error(status_of(ret), &err);
	}
	return status;
}

static int cmd_state_main(int argc, char **argv)
{
	static const struct cli_word words[] = { { "list", list }, { "remove", remove_all },
		{ NULL, NULL } };

	return cli_word(&cmd_state, words, NULL, argc, argv);
}

const struct cli_cmd cmd_state = {
	.name = "state",
	.synopsis = "list | remove NAME...",
	.about = "List or remove the layers that \"run --state\" keeps",
	.main = cmd_state_main,
};
