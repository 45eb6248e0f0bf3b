/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cmd_doctor.c - what tcbox doctor prints of checks that work, fail and are absent
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "tcbox/sandbox.h"
#include "tests/unit/cli/hear.h"

/* What the machine says. */
static const struct sbx_check *checks;
static size_t nchecks;
static bool whole_works = true;

int __wrap_sbx_doctor(void (*fn)(void *arg, const struct sbx_check *check), void *arg);
int __wrap_sbx_doctor(void (*fn)(void *arg, const struct sbx_check *check), void *arg)
{
	int failed = 0;

	for (size_t i = 0; i < nchecks; i++)
		fn(arg, &checks[i]);
	for (size_t i = 0; i < nchecks; i++)
		failed += checks[i].required && !checks[i].works;
	return failed;
}

void __wrap_whole_run(struct sbx_check *check);
void __wrap_whole_run(struct sbx_check *check)
{
	*check = (struct sbx_check){ .name = "a whole run", .works = whole_works, .required = true,
				     .detail = "of a program" };
}

static const struct sbx_check good[] = {
	{ .name = "user namespaces", .works = true, .required = true, .detail = "made one" },
	{ .name = "Landlock", .detail = "ABI 1", .fix = "a newer kernel" },
};
static const struct sbx_check bad[] = {
	{ .name = "IPv6", .required = true, .detail = "socket:\n\"no\"", .fix = "remove it" },
	{ .name = "link", .works = true, .required = true, .detail = "there" },
	{ .name = "rules", .required = true, .detail = "not there" },
};

static int doctor(const char *option, const struct sbx_check *list, size_t n)
{
	static char name[] = "doctor", copy[64];
	char *argv[] = { name, option ? copy : NULL, NULL };

	if (option)
		(void)snprintf(copy, sizeof(copy), "%s", option);
	checks = list;
	nchecks = n;
	return cmd_doctor.main(option ? 2 : 1, argv);
}

/* prints() - the list is @wanted, after the line about the machine */
static void prints(const struct sbx_check *list, size_t n, int status, const char *wanted)
{
	char head[256];
	struct utsname u;
	const char *text;
	int got;

	assert_int_equal(uname(&u), 0);
	(void)snprintf(head, sizeof(head), "tcbox %s, Linux %s %s, user %u\n\n", TCBOX_VERSION,
		       u.release, u.machine, (unsigned int)getuid());
	hear();
	got = doctor(NULL, list, n);
	text = heard();
	assert_int_equal(got, status);
	assert_int_equal(strncmp(text, head, strlen(head)), 0);
	assert_string_equal(text + strlen(head), wanted);
}

static void what_works_is_told_and_what_is_absent_is_no_failure(void **state)
{
	(void)state;
	prints(good, 2, 0,
	       "works   user namespaces                     made one\n"
	       "absent  Landlock                            ABI 1\n"
	       "        a newer kernel\n"
	       "works   a whole run                         of a program\n"
	       "\nEverything that tcbox run needs works here.\n");
}

static void what_is_missing_comes_with_what_to_do(void **state)
{
	(void)state;
	prints(bad, 3, TB_EXIT_FAILED,
	       "FAILS   IPv6                                socket:\\n\"no\"\n"
	       "     -> remove it\n"
	       "works   link                                there\n"
	       "FAILS   rules                               not there\n"
	       "\ntcbox run does not work here: 2 of 3 checks failed that it needs.\n");
}

/* Each check passes, and yet a run does not. */
static void a_whole_run_that_fails_is_a_failure(void **state)
{
	(void)state;
	whole_works = false;
	prints(good, 2, TB_EXIT_FAILED,
	       "works   user namespaces                     made one\n"
	       "absent  Landlock                            ABI 1\n"
	       "        a newer kernel\n"
	       "FAILS   a whole run                         of a program\n"
	       "\ntcbox run does not work here: 1 of 3 checks failed that it needs.\n");
	whole_works = true;
}

static void programs_read_the_same_as_json(void **state)
{
	char wanted[1024];
	struct utsname u;
	int status;

	(void)state;
	assert_int_equal(uname(&u), 0);
	(void)snprintf(wanted, sizeof(wanted),
		       "{\n  \"tcbox_doctor\": 1, \"kernel\": \"%s\", \"machine\": \"%s\", "
		       "\"uid\": %u,\n  \"checks\": [\n"
		       "    {\"name\": \"IPv6\", \"works\": false, \"required\": true, "
		       "\"detail\": \"socket:\\n\\\"no\\\"\", \"fix\": \"remove it\"},\n"
		       "    {\"name\": \"link\", \"works\": true, \"required\": true, "
		       "\"detail\": \"there\", \"fix\": \"\"},\n"
		       "    {\"name\": \"rules\", \"works\": false, \"required\": true, "
		       "\"detail\": \"not there\", \"fix\": \"\"}\n  ],\n  \"works\": false\n}\n",
		       u.release, u.machine, (unsigned int)getuid());
	hear();
	status = doctor("--format=json", bad, 3);
	assert_string_equal(heard(), wanted);
	assert_int_equal(status, TB_EXIT_FAILED);
	hear();
	status = doctor("--format=json", good, 2);
	assert_non_null(strstr(heard(), "\"required\": false, \"detail\": \"ABI 1\", "
					"\"fix\": \"a newer kernel\"},\n    {\"name\": \"a whole run\""));
	assert_int_equal(status, 0);
	hear();
	status = doctor("--format=text", good, 2);
	assert_non_null(strstr(heard(), "works   user namespaces"));
	assert_int_equal(status, 0);
}

static void mistakes_are_told(void **state)
{
	int status;

	(void)state;
	hear();
	status = doctor("--format=xml", good, 2);
	assert_string_equal(heard(), "tcbox: doctor: --format: \"xml\" is not a format; there are "
				     "\"text\" and \"json\" (try \"tcbox doctor --help\")\n");
	assert_int_equal(status, TB_EXIT_USAGE);
	hear();
	status = doctor("now", good, 2);
	assert_string_equal(heard(), "tcbox: doctor: doctor takes no \"now\" (try \"tcbox doctor "
				     "--help\")\n");
	assert_int_equal(status, TB_EXIT_USAGE);
	hear();
	status = doctor("--help", good, 2);
	assert_non_null(strstr(heard(), "Usage: tcbox doctor [--format text|json]\n"));
	assert_int_equal(status, 0);
}

/* With a terminal, each word has the colour of its meaning. */
static void a_terminal_has_colours(void **state)
{
	char text[2048];
	size_t len = 0;
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), slave, saved;
	ssize_t n;

	(void)state;
	assert_true(master >= 0 && !grantpt(master) && !unlockpt(master));
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_return_code(slave, errno);
	assert_int_equal(setenv("TERM", "xterm", 1) | unsetenv("NO_COLOR"), 0);
	(void)fflush(NULL);
	saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
	(void)dup2(slave, STDOUT_FILENO);
	(void)doctor(NULL, bad, 2);
	(void)doctor(NULL, good, 2);
	(void)doctor("--format=json", bad, 2);
	(void)dup2(saved, STDOUT_FILENO);
	(void)close(saved);
	while ((n = read(master, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	assert_non_null(strstr(text, "\033[1;31mFAILS \033[0m  IPv6  "));
	assert_non_null(strstr(text, "\033[32mworks \033[0m  link  "));
	assert_non_null(strstr(text, "\033[33mabsent\033[0m  Landlock  "));
	assert_null(strchr(strchr(text, '{'), '\033'));
	(void)close(slave);
	(void)close(master);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_works_is_told_and_what_is_absent_is_no_failure),
		cmocka_unit_test(what_is_missing_comes_with_what_to_do),
		cmocka_unit_test(a_whole_run_that_fails_is_a_failure),
		cmocka_unit_test(programs_read_the_same_as_json),
		cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(a_terminal_has_colours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
