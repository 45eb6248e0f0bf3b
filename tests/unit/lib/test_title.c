/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_title.c - what ps(1) shows of a process, and what goes to standard error
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tcbox/log.h"
#include "tcbox/title.h"

static char *self;

/* show() - a process with two arguments, started anew, that calls itself @name. @out: its command
 * line as the kernel tells it, a NUL as '|', and its short name */
static void show(const char *how, const char *name, char *out, size_t size)
{
	int p[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(p[1], 1);
		(void)execl("/proc/self/exe", self, how, name, (char *)NULL);
		_exit(99);
	}
	(void)close(p[1]);
	n = read(p[0], out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	(void)close(p[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* shown() - in that process */
static int shown(int argc, char **argv)
{
	char name[256], text[512];
	size_t n;
	FILE *f;

	(void)snprintf(name, sizeof(name), "%s", argv[2]);
	if (strcmp(argv[1], "never") != 0)
		tb_title_init(argc, argv);
	if (!strcmp(argv[1], "plain"))
		tb_title_plain(name);
	else
		tb_title(name);
	f = fopen("/proc/self/cmdline", "re");
	n = f ? fread(text, 1, sizeof(text), f) : 0;
	for (size_t i = 0; i < n; i++)
		(void)putchar(text[i] ? text[i] : '|');
	if (f)
		(void)fclose(f);
	f = fopen("/proc/self/comm", "re");
	if (!f || !fgets(text, sizeof(text), f))
		return 1;
	(void)fclose(f);
	(void)printf(" %s", text);
	return 0;
}

/* is() - the command line is @title and nothing of what was there, padded as it may be */
static void is(const char *how, const char *name, const char *title, const char *comm)
{
	char text[1024], *end;

	show(how, name, text, sizeof(text));
	assert_int_equal(strncmp(text, title, strlen(title)), 0);
	end = text + strlen(title);
	end += strspn(end, "|");
	assert_string_equal(end, comm);
}

static void a_part_is_shown_by_its_name(void **state)
{
	(void)state;
	is("part", "decoder", "tcbox: decoder", " tcbox: decoder\n");
	is("part", "supervisor", "tcbox: supervisor", " tcbox: supervis\n");	/* 15, prctl(2) */
	is("plain", "init", "init", " init\n");
}

static void who_was_not_told_its_arguments_has_a_short_name_only(void **state)
{
	char text[1024];

	(void)state;
	show("never", "lab", text, sizeof(text));
	assert_non_null(strstr(text, "|never|lab| tcbox: lab\n"));
}

static void a_name_longer_than_the_arguments_is_cut(void **state)
{
	char text[1024], *end;

	(void)state;
	self = strrchr(self, '/') + 1;
	show("x", "y", text, sizeof(text));		/* "tcbox: y" fits into "test_title x y" */
	assert_int_equal(strncmp(text, "tcbox: y|", 9), 0);
	self = (char[]){ "t" };
	show("x", "y", text, sizeof(text));		/* and not into "t x y" */
	end = strchr(text, ' ');
	assert_int_equal(strncmp(text, "tcbo", 4), 0);
	assert_non_null(strstr(end, "tcbox: y\n"));
}

/* said() - what a call of tb_log() writes */
static const char *said(enum tb_log_level level, const char *room, const char *text)
{
	static char out[8192];
	int p[2], saved = fcntl(2, F_DUPFD_CLOEXEC, 10);
	ssize_t n;

	assert_int_equal(pipe2(p, O_CLOEXEC | O_NONBLOCK), 0);
	(void)dup2(p[1], 2);
	errno = ENOTTY;
	tb_log(level, room, "%s", text);
	assert_int_equal(errno, ENOTTY);
	(void)dup2(saved, 2);
	(void)close(saved);
	(void)close(p[1]);
	n = read(p[0], out, sizeof(out) - 1);
	out[n > 0 ? n : 0] = '\0';
	(void)close(p[0]);
	return out;
}

static void a_message_is_one_harmless_line(void **state)
{
	char big[3000];

	(void)state;
	assert_string_equal(said(TB_LOG_ERROR, "ro\nom", "a\033[2J\nb"),
			    "tcbox: ro\\nom: a\\x1b[2J\\nb\n");
	assert_string_equal(said(TB_LOG_WARN, "gate", "x"), "tcbox: gate: x\n");
	assert_string_equal(said(TB_LOG_DEBUG, "gate", "x"), "");
	tb_log_set_level(TB_LOG_DEBUG);
	assert_string_equal(said(TB_LOG_DEBUG, "gate", "x"), "tcbox: gate: x\n");
	tb_log_set_level(TB_LOG_ERROR);
	assert_string_equal(said(TB_LOG_WARN, "gate", "x"), "");
	memset(big, 'y', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	assert_int_equal(strlen(said(TB_LOG_ERROR, "r", big)), 10 + 1023 + 1);
	tb_log_set_level(TB_LOG_WARN);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_is_shown_by_its_name),
		cmocka_unit_test(who_was_not_told_its_arguments_has_a_short_name_only),
		cmocka_unit_test(a_name_longer_than_the_arguments_is_cut),
		cmocka_unit_test(a_message_is_one_harmless_line),
	};

	self = argv[0];
	if (argc == 3)
		return shown(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
