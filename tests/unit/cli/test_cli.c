/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cli.c - option tables: what is read, what is said about mistakes, and help
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "tcbox/own.h"
#include "tests/unit/cli/hear.h"

/* What the setters were told. */
static struct {
	char text[256];
} got;

static int set_name(void *ctx, const char *value, struct tb_err *err)
{
	assert_ptr_equal(ctx, &got);
	if (!strcmp(value, "bad"))
		return tb_err_msg(err, EINVAL, "\"%s\" is bad", value);
	(void)snprintf(got.text + strlen(got.text), sizeof(got.text) - strlen(got.text), "name=%s;",
		       value);
	return 0;
}

static int set_fast(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	(void)err;
	assert_null(value);
	(void)snprintf(got.text + strlen(got.text), sizeof(got.text) - strlen(got.text), "fast;");
	return 0;
}

static const struct cli_opt opts[] = {
	{ "name", "NAME", "a name", set_name },
	{ "fast", NULL, "be fast", set_fast },
	{ 0 },
};

static struct cli_cmd cmd = { .name = "paint", .synopsis = "[OPTION...] WALL",
	.about = "paint a wall", .opts = opts };

/* parse() - the words after "paint", ended by NULL. Return: as cli_opts() */
static int parse(int *status, const char *first, ...)
{
	static char words[16][64];
	static char *argv[17];
	int argc = 1;
	va_list ap;

	argv[0] = words[0];
	(void)snprintf(words[0], sizeof(words[0]), "paint");
	va_start(ap, first);
	for (const char *w = first; w; w = va_arg(ap, const char *)) {
		(void)snprintf(words[argc], sizeof(words[argc]), "%s", w);
		argv[argc] = words[argc];
		argc++;
	}
	va_end(ap);
	argv[argc] = NULL;
	got.text[0] = '\0';
	*status = -7;
	return cli_opts(&cmd, argc, argv, &got, status);
}

static void options_reach_their_rows(void **state)
{
	int status;

	(void)state;
	assert_int_equal(parse(&status, "--name", "x", "--fast", "--name=y", "wall", NULL), 5);
	assert_string_equal(got.text, "name=x;fast;name=y;");
	assert_int_equal(parse(&status, NULL), 1);
	assert_string_equal(got.text, "");
	assert_int_equal(parse(&status, "--fast", "--", "--name", NULL), 3);
	assert_string_equal(got.text, "fast;");
}

static void the_first_word_ends_the_options(void **state)
{
	int status;

	(void)state;
	assert_int_equal(parse(&status, "wall", "--fast", NULL), 1);
	assert_string_equal(got.text, "");
	cmd.interleave = true;
	assert_int_equal(parse(&status, "wall", "--fast", NULL), 2);
	assert_string_equal(got.text, "fast;");
	cmd.interleave = false;
}

static void mistakes_are_named(void **state)
{
	static const struct {
		const char *words[3];
		const char *says;
	} rows[] = {
		{ { "--name" },
			"tcbox: paint: option --name needs a value (try \"tcbox paint "
			"--help\")\n" },
		{ { "--nam", "x" }, NULL },		/* getopt_long(3) completes it */
		{ { "--nmae", "x" }, "unknown option --nmae; did you mean --name?" },
		{ { "--nmae=x" }, "unknown option --nmae=x; did you mean --name?" },
		{ { "--zzzzzzzz" }, "tcbox: paint: unknown option --zzzzzzzz (try" },
		{ { "-x" }, "unknown option -x" },
		{ { "--fast", "--name", "bad" }, "tcbox: paint: --name: \"bad\" is bad (try" },
		{ { "--fast", "--\x1b[2J" }, "unknown option --\\x1b[2J" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		const char *const *w = rows[i].words;
		const char *text;
		int status, at;

		hear();
		at = parse(&status, w[0], w[1], w[2], NULL);
		text = heard();
		if (!rows[i].says) {
			assert_int_equal(at, 3);
			assert_string_equal(text, "");
			continue;
		}
		assert_int_equal(at, -1);
		assert_int_equal(status, TB_EXIT_USAGE);
		if (!strstr(text, rows[i].says))
			fail_msg("row %zu: %s", i, text);
	}
}

static void help_is_made_of_the_table(void **state)
{
	static const char wanted[] = "Usage: tcbox paint [OPTION...] WALL\npaint a wall\n\n"
				     "  --name NAME                a name\n"
				     "  --fast                     be fast\n"
				     "  --help                     print this help\n";
	int status;

	(void)state;
	hear();
	assert_int_equal(parse(&status, "--help", "--zzz", NULL), -1);
	assert_string_equal(heard(), wanted);
	assert_int_equal(status, 0);
	hear();
	assert_int_equal(parse(&status, "-h", NULL), -1);
	assert_string_equal(heard(), wanted);
}

static int words_got;

static int on_list(int argc, char **argv)
{
	words_got = argc;
	assert_null(argv[argc]);
	return 42;
}

static int on_drop(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 43;
}

static int word(const char *first, const char *second)
{
	static const struct cli_word words[] = { { "list", on_list }, { "drop", on_drop }, { 0 } };
	static const struct cli_cmd shelf = { .name = "shelf", .synopsis = "list | drop" };
	static char a[32], b[32];
	char name[] = "shelf", *argv[] = { name, NULL, NULL, NULL };
	int argc = 1;

	if (first)
		argv[argc++] = strncpy(a, first, sizeof(a) - 1);
	if (second)
		argv[argc++] = strncpy(b, second, sizeof(b) - 1);
	return cli_word(&shelf, words, NULL, argc, argv);
}

static void a_word_chooses_what_is_done(void **state)
{
	(void)state;
	assert_int_equal(word("list", "x"), 42);
	assert_int_equal(words_got, 1);
	assert_int_equal(word("list", NULL), 42);
	assert_int_equal(words_got, 0);
	assert_int_equal(word("drop", NULL), 43);
	hear();
	assert_int_equal(word(NULL, NULL), TB_EXIT_USAGE);
	assert_non_null(strstr(heard(), "shelf: say what to do: list, drop ("));
	hear();
	assert_int_equal(word("lst", NULL), TB_EXIT_USAGE);
	assert_non_null(strstr(heard(), "\"lst\" is not known; did you mean list?"));
	hear();
	assert_int_equal(word("everything", NULL), TB_EXIT_USAGE);
	assert_non_null(strstr(heard(), "\"everything\" is not known; there are list, drop"));
	hear();
	assert_int_equal(word("--list", NULL), TB_EXIT_USAGE);
	assert_non_null(strstr(heard(), "unknown option --list"));
	hear();
	assert_int_equal(word("--help", NULL), 0);
	assert_non_null(strstr(heard(), "Usage: tcbox shelf list | drop"));
}

static void an_error_is_printed_harmlessly(void **state)
{
	struct tb_err err = { 0 };

	(void)state;
	hear();
	assert_int_equal(cli_error(7, &err), 7);
	assert_string_equal(heard(), "tcbox: failed without a reason\n");
	(void)tb_err_msg(&err, EINVAL, "a\nb\x1b[2J");
	hear();
	assert_int_equal(cli_error(8, &err), 8);
	assert_string_equal(heard(), "tcbox: a\\nb\\x1b[2J\n");
}

static void what_cannot_be_printed_is_a_failure(void **state)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	static char letters[] = "text";
	struct tb_buf text = { .data = letters, .len = 4 }, empty = TB_BUF_INIT;

	(void)state;
	hear();
	assert_int_equal(cli_print(&empty, 7), 7);
	assert_int_equal(cli_print(&text, 5), 5);
	assert_string_equal(heard(), "text");
	assert_true(full >= 0);
	hear();
	assert_return_code(dup2(full, STDOUT_FILENO), errno);
	assert_int_equal(cli_print(&text, 5), TB_EXIT_FAILED);
	assert_string_equal(heard(), "tcbox: write to standard output: No space left on device\n");
	text.failed = true;
	hear();
	assert_int_equal(cli_print(&text, 0), TB_EXIT_FAILED);
	assert_string_equal(heard(), "tcbox: print the result: Cannot allocate memory\n");
	(void)close(full);
}

/* terminal() - a new one of @columns */
static int terminal(unsigned short columns, int *master)
{
	const struct winsize size = { .ws_row = 24, .ws_col = columns };
	int slave;

	*master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(*master >= 0 && !grantpt(*master) && !unlockpt(*master));
	slave = open(ptsname(*master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_return_code(slave, errno);
	assert_return_code(ioctl(slave, TIOCSWINSZ, &size), errno);
	return slave;
}

static void colours_are_for_terminals_that_want_them(void **state)
{
	int master, tty = terminal(80, &master), file = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)state;
	assert_int_equal(setenv("TERM", "xterm", 1), 0);
	assert_int_equal(unsetenv("NO_COLOR"), 0);
	assert_true(cli_colour(tty));
	assert_false(cli_colour(file));
	assert_int_equal(setenv("NO_COLOR", "", 1), 0);
	assert_true(cli_colour(tty));
	assert_int_equal(setenv("NO_COLOR", "0", 1), 0);
	assert_false(cli_colour(tty));
	assert_int_equal(unsetenv("NO_COLOR"), 0);
	assert_int_equal(setenv("TERM", "dumb", 1), 0);
	assert_false(cli_colour(tty));
	assert_int_equal(setenv("TERM", "", 1), 0);
	assert_false(cli_colour(tty));
	assert_int_equal(unsetenv("TERM"), 0);
	assert_false(cli_colour(tty));
	(void)close(tty);
	(void)close(master);
	(void)close(file);
}

static void the_width_is_that_of_the_terminal(void **state)
{
	static const struct {
		unsigned short columns;
		int width;
	} rows[] = { { 80, 80 }, { 40, 40 }, { 39, 100 }, { 0, 100 }, { 300, 300 } };
	int master, tty;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		tty = terminal(rows[i].columns, &master);
		assert_int_equal(cli_width(tty), rows[i].width);
		(void)close(tty);
		(void)close(master);
	}
	assert_int_equal(cli_width(-1), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_reach_their_rows),
		cmocka_unit_test(the_first_word_ends_the_options),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(help_is_made_of_the_table),
		cmocka_unit_test(a_word_chooses_what_is_done),
		cmocka_unit_test(an_error_is_printed_harmlessly),
		cmocka_unit_test(what_cannot_be_printed_is_a_failure),
		cmocka_unit_test(colours_are_for_terminals_that_want_them),
		cmocka_unit_test(the_width_is_that_of_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
