/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cmd_no_memory.c - a command that could not finish for want of memory fails, and says nothing
 * else
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "tests/unit/cli/hear.h"
#include "tests/unit/no_memory.h"

#define CASE "tests/golden/undeclared"
#define EACH 200	/* allocations that fail one by one; behind them only some */
#define SOME 7

int __real_vasprintf(char **out, const char *fmt, va_list ap);
int __wrap_vasprintf(char **out, const char *fmt, va_list ap);

int __wrap_vasprintf(char **out, const char *fmt, va_list ap)
{
	return fails() ? -1 : __real_vasprintf(out, fmt, ap);
}

static int command(const struct cli_cmd *cmd, char *words)
{
	char *argv[16], *save = NULL;
	int argc = 0;

	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	return cmd->main(argc, argv);
}

/* one() - with the allocation number @n failing. Return: status; what was said is in *said */
static int one(const struct cli_cmd *cmd, const char *words, unsigned int n, const char **said)
{
	char copy[256];
	int status;

	(void)snprintf(copy, sizeof(copy), "%s", words);
	hear();
	countdown = n;
	status = command(cmd, copy);
	*said = heard();
	return status;
}

/* differs() - where what was said begins to be something else */
static void differs(const char *words, unsigned int n, int status, const char *whole,
		    const char *said)
{
	size_t at = 0;

	while (whole[at] && whole[at] == said[at])
		at++;
	fail_msg("%s, number %u: %d, at byte %zu: %.60s\nand not: %.60s", words, n, status, at,
		 said + at, whole + at);
}

/* holds() - the command ends with @wanted, and says what it says, or fails and says that there is
 * no memory */
static void holds(const struct cli_cmd *cmd, const char *words, int wanted)
{
	const char *said;
	char *whole;
	unsigned int n, failed = 0;
	int status = one(cmd, words, 0, &said);

	if (status != wanted)
		fail_msg("%s: %d, %s", words, status, said);
	whole = __real_strdup(said);
	for (n = 1; ; n += n < EACH ? 1 : SOME) {
		status = one(cmd, words, n, &said);
		if (countdown)
			break;		/* fewer than n allocations: nothing failed */
		failed += status != wanted;
		if (status == wanted ? strcmp(said, whole) != 0 :
		    status != TB_EXIT_FAILED || !strstr(said, "Cannot allocate memory"))
			differs(words, n, status, whole, said);
	}
	countdown = 0;
	assert_true(failed > 0);
	free(whole);
}

static void a_verdict_is_the_same_or_none(void **state)
{
	(void)state;
	holds(&cmd_check, "check --policy " CASE "/policy.json " CASE "/bundle", TB_EXIT_VIOLATES);
}

static void a_report_is_whole_or_none(void **state)
{
	(void)state;
	holds(&cmd_report, "report " CASE "/bundle", 0);
	holds(&cmd_report, "report --format json " CASE "/bundle", 0);
	holds(&cmd_report, "report --format markdown " CASE "/bundle", 0);
	holds(&cmd_questions, "questions " CASE "/bundle", 0);
	holds(&cmd_review, "review " CASE "/bundle", 0);
}

static void lists_are_whole_or_none(void **state)
{
	(void)state;
	holds(&cmd_policy, "policy calls", 0);
	holds(&cmd_policy, "policy groups", 0);
	holds(&cmd_policy, "policy lint " CASE "/policy.json", 0);
	holds(&cmd_policy, "policy explain " CASE "/policy.json", 0);
	holds(&cmd_policy, "policy explain --format html " CASE "/policy.json " CASE "/bundle", 0);
	holds(&cmd_policy, "policy why --name x.acme.example " CASE "/policy.json", 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_verdict_is_the_same_or_none),
		cmocka_unit_test(a_report_is_whole_or_none),
		cmocka_unit_test(lists_are_whole_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
