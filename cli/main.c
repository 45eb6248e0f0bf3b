/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - choose the subcommand
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "tcbox/log.h"
#include "tcbox/nearest.h"
#include "tcbox/own.h"
#include "tcbox/title.h"
#include "tcbox/try.h"

static const struct cli_cmd *const cmds[] = { &cmd_run, &cmd_check, &cmd_report, &cmd_diff,
	&cmd_export, &cmd_import, &cmd_review, &cmd_note, &cmd_questions, &cmd_seal, &cmd_verify,
	&cmd_policy, &cmd_state, &cmd_doctor };

static int help(void)
{
	size_t i;

	printf("Usage: tcbox COMMAND [OPTION...] [ARG...]\n"
	       "Run a product in a sandbox, record what it does on the network and asks of the "
	       "kernel,\n"
	       "and compare that with what its vendor declared.\n\n");
	for (i = 0; i < TB_ARRAY_SIZE(cmds); i++)
		printf("  %-9s %s\n", cmds[i]->name, cmds[i]->about);
	printf("\nOptions:\n  --help     print this help; \"tcbox COMMAND --help\" tells more\n"
	       "  --version  print the version\n\n"
	       "The manual is in tcbox(1), policies in tcbox-policy(5), findings in "
	       "tcbox-findings(7).\n");
	return fflush(stdout) ? TB_EXIT_FAILED : 0;
}

static int unknown(const char *name)
{
	struct tb_nearest n;
	size_t i;

	tb_nearest_init(&n, name);
	for (i = 0; i < TB_ARRAY_SIZE(cmds); i++)
		tb_nearest_try(&n, cmds[i]->name);
	if (n.best)
		tb_log(TB_LOG_ERROR, name, "no such command; did you mean \"%s\"? (tcbox --help)",
		       n.best);
	else
		tb_log(TB_LOG_ERROR, name, "no such command (tcbox --help)");
	return TB_EXIT_USAGE;
}

/* be_ready() - what we inherited from who started us must not decide how we work */
static void be_ready(void)
{
	int fd;

	(void)signal(SIGPIPE, SIG_IGN);		/* a closed pipe is an error of write(2), told like
						 * the others */
	(void)signal(SIGXFSZ, SIG_IGN);		/* and so is a file that may grow no more */
	(void)signal(SIGCHLD, SIG_DFL);		/* ignored, nobody could wait for a child,
						 * wait(2) */
	(void)umask(umask(077) & 077);		/* we read what we wrote */
	/* a file of the bundle that is opened as number 2 would get our messages */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			(void)open("/", O_RDONLY);
}

int main(int argc, char **argv)
{
	const char *debug = getenv("TCBOX_DEBUG");
	size_t i;

	/* the product of "policy try", in the box */
	if (argc == 2 && !strcmp(argv[1], TRY_HELPER))
		return try_helper();
	be_ready();
	tb_title_init(argc, argv);
	if (debug && *debug && strcmp(debug, "0"))
		tb_log_set_level(TB_LOG_DEBUG);
	if (argc < 2) {
		(void)help();
		return TB_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return help();
	if (!strcmp(argv[1], "--version")) {
		printf("tcbox %s\n", TCBOX_VERSION);
		return fflush(stdout) ? TB_EXIT_FAILED : 0;
	}
	for (i = 0; i < TB_ARRAY_SIZE(cmds); i++)
		if (!strcmp(argv[1], cmds[i]->name))
			return cmds[i]->main(argc - 1, argv + 1);
	return unknown(argv[1]);
}
