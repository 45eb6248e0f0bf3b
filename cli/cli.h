/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli.h - what the subcommands share: exit statuses, option tables, the one place that prints
 * errors
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "tcbox/buf.h"
#include "tcbox/err.h"

/* Exit statuses, listed in tcbox(1). */
enum tb_exit {
	TB_EXIT_CONFORMS = 0,		/* also: a command that only prints did so */
	TB_EXIT_VIOLATES = 1,
	TB_EXIT_USAGE = 2,		/* wrong usage, invalid policy */
	TB_EXIT_INCONCLUSIVE = 3,
	TB_EXIT_FAILED = 125,		/* tcbox itself failed */
	TB_EXIT_NOEXEC = 126,		/* the product cannot be executed */
	TB_EXIT_NOTFOUND = 127,		/* the product was not found */
};

/* One option of a subcommand. The table feeds the parser, --help and the completions, so they
 * agree. */
struct cli_opt {
	const char *name;		/* without the dashes; NULL ends the table */
	const char *arg;		/* placeholder of its argument; NULL: takes none */
	const char *about;		/* one line for --help */
	/* gets the value, NULL if it takes none. Return: 0, or negative after tb_err_msg() */
	int (*set)(void *ctx, const char *value, struct tb_err *err);
};

struct cli_cmd {
	const char *name;
	const char *synopsis;		/* after "tcbox NAME " */
	const char *about;		/* one line */
	const struct cli_opt *opts;	/* without --help, which every command has */
	bool interleave;		/* options may follow words; false: the first word ends the
					 * options */
	int (*main)(int argc, char **argv);	/* argv[0] is the subcommand's name */
};

/**
 * cli_opts() - parse a subcommand's options with getopt_long(3), stopping at the first other word
 * @ctx:	What the setters get
 *
 * Prints usage errors and --help itself. Return: index of the first word in argv; -1: stop with
 * *status
 */
int cli_opts(const struct cli_cmd *cmd, int argc, char **argv, void *ctx, int *status);

/* cli_error() - print "tcbox: text" and return @status, so that a command ends in one line */
int cli_error(int status, const struct tb_err *err);

/* cli_usage() - print "tcbox: text" and a hint at --help. Return: TB_EXIT_USAGE */
int cli_usage(const struct cli_cmd *cmd, const char *fmt, ...) TB_PRINTF(2, 3);

/* A word that says what a subcommand is to do. */
struct cli_word {
	const char *name;		/* NULL ends the table */
	int (*main)(int argc, char **argv);	/* gets the words after it */
};

/* cli_word() - run what the first word says; @ctx: what the setters of options get. Return: exit
 * status */
int cli_word(const struct cli_cmd *cmd, const struct cli_word *words, void *ctx, int argc,
	     char **argv);

/* cli_colour() - should output to @fd be coloured? On a terminal, unless NO_COLOR is set and not
 * empty (no-color.org) */
bool cli_colour(int fd);

/* cli_width() - columns of the terminal at @fd, 100 if it is none */
int cli_width(int fd);

/* cli_print() - write a whole buffer to standard output. Return: @status, or TB_EXIT_FAILED and a
 * message when there was no memory for it, or it could not be written */
int cli_print(const struct tb_buf *out, int status);

/* cli_save() - write a whole buffer to a new file. Return: 0, or an exit status after a message */
int cli_save(const char *path, const struct tb_buf *text);

/* cli_user() - who is signed in; NULL: the machine has no name for it. Valid until the next
 * getpwuid(3) */
const char *cli_user(void);

extern const struct cli_cmd cmd_run;
extern const struct cli_cmd cmd_check;
extern const struct cli_cmd cmd_report;
extern const struct cli_cmd cmd_diff;
extern const struct cli_cmd cmd_export;
extern const struct cli_cmd cmd_import;
extern const struct cli_cmd cmd_review;
extern const struct cli_cmd cmd_note;
extern const struct cli_cmd cmd_questions;
extern const struct cli_cmd cmd_seal;
extern const struct cli_cmd cmd_verify;
extern const struct cli_cmd cmd_policy;
extern const struct cli_cmd cmd_state;
extern const struct cli_cmd cmd_doctor;

#endif
