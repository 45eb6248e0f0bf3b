/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli.c - options, errors and output of all subcommands
 */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tcbox/buf.h"
#include "tcbox/fd.h"
#include "tcbox/log.h"
#include "tcbox/nearest.h"
#include "tcbox/own.h"

#define USAGE_COLUMNS 90

#define OPTS_MAX 48
#define FIRST_LONG 256	/* beyond what getopt_long(3) says with a character */
#define WIDTH_DEFAULT 100
#define WIDTH_MIN 40

static void say(const char *text)
{
	static const char no_memory[] = "tcbox: failed, and there is no memory to say why\n";
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;

	tb_buf_adds(&line, "tcbox: ");
	tb_buf_add_shown(&line, text, strlen(text));
	tb_buf_addc(&line, '\n');
	if (line.failed)		/* better a short word than none */
		(void)tb_write_all(STDERR_FILENO, no_memory, strlen(no_memory));
	else
		(void)tb_write_all(STDERR_FILENO, line.data, line.len);
}

int cli_error(int status, const struct tb_err *err)
{
	say(err->code ? err->msg : "failed without a reason");
	return status;
}

int cli_usage(const struct cli_cmd *cmd, const char *fmt, ...)
{
	char text[512], line[640];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)snprintf(line, sizeof(line), "%s: %s (try \"tcbox %s --help\")", cmd->name, text,
		       cmd->name);
	say(line);
	return TB_EXIT_USAGE;
}

/* print_usage() - on one line, or each of its words on one of its own */
static void print_usage(const struct cli_cmd *cmd)
{
	const char *s = cmd->synopsis, *bar;
	bool many = strlen(s) > USAGE_COLUMNS;

	printf("Usage: tcbox %s ", cmd->name);
	for (; many && (bar = strstr(s, " | ")); s = bar + 3)
		printf("%.*s\n       tcbox %s ", (int)(bar - s), s, cmd->name);
	printf("%s\n", s);
}

static int print_help(const struct cli_cmd *cmd)
{
	const struct cli_opt *o;
	char left[64];

	print_usage(cmd);
	printf("%s\n\n", cmd->about);
	for (o = cmd->opts; o && o->name; o++) {
		if (o->arg)
			(void)snprintf(left, sizeof(left), "--%s %s", o->name, o->arg);
		else
			(void)snprintf(left, sizeof(left), "--%s", o->name);
		printf("  %-26s %s\n", left, o->about);
	}
	printf("  %-26s %s\n", "--help", "print this help");
	return fflush(stdout) ? TB_EXIT_FAILED : 0;
}

/* unknown_option() - name the option and the nearest one that exists */
static int unknown_option(const struct cli_cmd *cmd, const char *word)
{
	const struct cli_opt *o;
	const char *name = word + strspn(word, "-");
	struct tb_nearest n;
	char bare[64];

	(void)snprintf(bare, sizeof(bare), "%.*s", (int)strcspn(name, "="), name);
	tb_nearest_init(&n, bare);
	for (o = cmd->opts; o && o->name; o++)
		tb_nearest_try(&n, o->name);
	if (n.best)
		return cli_usage(cmd, "unknown option %s; did you mean --%s?", word, n.best);
	return cli_usage(cmd, "unknown option %s", word);
}

static void fill_long(const struct cli_cmd *cmd, struct option *longs)
{
	const struct cli_opt *o;
	size_t n;

	for (n = 0, o = cmd->opts; o && o->name; n++, o++) {
		TB_BUG_ON(n == OPTS_MAX);
		longs[n] = (struct option){ .name = o->name, .val = (int)n + FIRST_LONG };
		longs[n].has_arg = o->arg ? required_argument : no_argument;
	}
	longs[n] = (struct option){ "help", no_argument, NULL, 'h' };
}

/* set_option() - let the option's own row read the value. Return: 0, or an exit status */
static int set_option(const struct cli_cmd *cmd, size_t i, void *ctx)
{
	struct tb_err err = { 0 };

	if (!cmd->opts[i].set(ctx, optarg, &err))
		return 0;
	return cli_usage(cmd, "--%s: %s", cmd->opts[i].name, err.msg);
}

int cli_opts(const struct cli_cmd *cmd, int argc, char **argv, void *ctx, int *status)
{
	struct option longs[OPTS_MAX + 2] = { { 0 } };
	const char *word;
	int c, at;

	fill_long(cmd, longs);
	opterr = 0;
	optind = 0;	/* begin anew, getopt(3) */
	for (;;) {
		/* for messages; with interleaved words getopt_long(3) may have moved on */
		at = optind ? optind : 1;
		c = getopt_long(argc, argv, cmd->interleave ? ":h" : "+:h", longs, NULL);
		word = at < argc ? argv[at] : "";
		if (c == -1)
			return optind;
		if (c == 'h') {
			*status = print_help(cmd);
			return -1;
		}
		if (c == ':') {
			*status = cli_usage(cmd, "option %s needs a value", word);
			return -1;
		}
		if (c < FIRST_LONG) {
			*status = unknown_option(cmd, word);
			return -1;
		}
		*status = set_option(cmd, (size_t)c - FIRST_LONG, ctx);
		if (*status)
			return -1;
	}
}

/* word_list() - "list, remove" */
static void word_list(const struct cli_word *words, char *out, size_t size)
{
	const char *part = "";
	size_t n = 0;

	for (out[0] = '\0'; words->name && n < size; words++) {
		n += (size_t)snprintf(out + n, size - n, "%s%s", part, words->name);
		part = ", ";
	}
}

int cli_word(const struct cli_cmd *cmd, const struct cli_word *words, void *ctx, int argc,
	     char **argv)
{
	const struct cli_word *w;
	struct tb_nearest near;
	char list[128];
	int at, status;

	at = cli_opts(cmd, argc, argv, ctx, &status);
	if (at < 0)
		return status;
	word_list(words, list, sizeof(list));
	if (at == argc)
		return cli_usage(cmd, "say what to do: %s", list);
	tb_nearest_init(&near, argv[at]);
	for (w = words; w->name; w++) {
		if (!strcmp(argv[at], w->name))
			return w->main(argc - at - 1, argv + at + 1);
		tb_nearest_try(&near, w->name);
	}
	if (near.best)
		return cli_usage(cmd, "\"%.64s\" is not known; did you mean %s?", argv[at],
				 near.best);
	return cli_usage(cmd, "\"%.64s\" is not known; there are %s", argv[at], list);
}

bool cli_colour(int fd)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(fd) && !(no && *no) && term && *term && strcmp(term, "dumb");
}

int cli_width(int fd)
{
	struct winsize w = { 0 };

	if (ioctl(fd, TIOCGWINSZ, &w) || w.ws_col < WIDTH_MIN)
		return WIDTH_DEFAULT;
	return w.ws_col;
}

int cli_print(const struct tb_buf *out, int status)
{
	struct tb_err err = { 0 };
	int ret;

	if (out->failed) {
		(void)tb_err_set(&err, ENOMEM, "print the result");
		return cli_error(TB_EXIT_FAILED, &err);
	}
	ret = tb_write_all(STDOUT_FILENO, out->data ? out->data : "", out->len);
	if (ret) {
		(void)tb_err_set(&err, -ret, "write to standard output");
		return cli_error(TB_EXIT_FAILED, &err);
	}
	return status;
}

const char *cli_user(void)
{
	const struct passwd *pw = getpwuid(getuid());

	return pw ? pw->pw_name : NULL;
}

int cli_save(const char *path, const struct tb_buf *text)
{
	TB_AUTOCLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	struct tb_err err = { 0 };
	int ret;

	if (fd < 0 && errno == EEXIST) {
		(void)tb_err_msg(&err, EEXIST, "%s is there already, and is not overwritten", path);
		return cli_error(TB_EXIT_USAGE, &err);
	}
	if (fd < 0) {
		(void)tb_err_set(&err, errno, "make %s", path);
		return cli_error(TB_EXIT_USAGE, &err);
	}
	ret = tb_write_all(fd, text->data, text->len);
	if (!ret)
		return 0;
	(void)tb_err_set(&err, -ret, "write %s", path);
	return cli_error(TB_EXIT_FAILED, &err);
}
