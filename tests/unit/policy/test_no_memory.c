/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_no_memory.c - every single allocation of the reader, and of the index of rules, fails once:
 * they say so, and nothing is leaked or half done
 *
 * Linked with --wrap for the allocating functions. Leaks show in the build with the address
 * sanitizer.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/match.h"
#include "tcbox/policy.h"
#include "tcbox/policy_lint.h"
#include "tests/unit/no_memory.h"

/* fail_each() - Return: how many allocations a complete reading makes */
static unsigned int fail_each(const char *text, int expect)
{
	struct tb_err err;
	struct pol *p;
	unsigned int n;
	int ret;

	for (n = 1; n < 10000; n++) {
		err = (struct tb_err){ 0, "" };
		countdown = n;
		ret = pol_parse("p", text, strlen(text), &p, &err);
		if (countdown) {	/* fewer than n allocations: nothing failed */
			countdown = 0;
			assert_int_equal(ret, expect);
			pol_free(p);
			return n - 1;
		}
		/* a problem that was told already may go before it */
		if (ret != -EINVAL || expect != -EINVAL) {
			assert_int_equal(ret, -ENOMEM);
			assert_int_equal(err.code, ENOMEM);
		}
		assert_null(p);
	}
	fail_msg("never read to the end");
	return 0;
}

static void every_failed_allocation_is_told(void **state)
{
	static const char text[] =
		"{\"tcbox_policy\":1,\"product\":{\"vendor\":\"A\",\"name\":\"B\",\"version\":\"1\"},"
		"\"connections\":[{\"id\":\"a\",\"why\":\"w\",\"process\":\"/x\",\"to\":[\"b.example\",\"*.c\",\"192.0.2.0/24\"],"
		"\"protocol\":\"tcp\",\"ports\":[1,\"2-3\"],\"application\":\"tls\",\"tls\":{\"min_version\":\"1.2\"}}],"
		"\"names\":[\"x\",\"y\"],\"listens\":[{\"id\":\"l\",\"why\":\"w\",\"ports\":[1]}],"
		"\"executes\":[\"/a\"],\"files\":{\"write\":[\"/w\"],\"read\":[\"/r\"]},"
		"\"syscalls\":{\"allow\":[\"@default\"]}}";

	(void)state;
	assert_true(fail_each("{", -EINVAL) > 2);
	assert_true(fail_each(text, 0) > 30);
}

static const char of_all[] =
	"{\"tcbox_policy\":1,\"include\":[{\"tcbox_policy\":1,\"names\":[\"${v}.example\"],"
	"\"groups\":{\"destinations\":{\"d\":[\"@e\"],\"e\":[\"${v}.c.example\"]},"
	"\"ports\":{\"p\":[1,2]}},\"product\":{\"name\":\"x\"}}],"
	"\"variables\":{\"v\":[\"a\",\"b\"],\"unused\":\"c\"},"
	"\"connections\":[{\"id\":\"a\",\"to\":[\"@d\"],\"ports\":[\"@p\"],\"data\":[\"x\"],"
	"\"http\":{\"methods\":[\"GET\"],\"paths\":[\"/${v}\"]},\"until\":\"2020-01-01\"},"
	"{\"id\":\"b\",\"to\":[\"*.co.uk\",\"@d\"]},{\"id\":\"c\",\"to\":[\"*.co.uk\",\"@d\"]}],"
	"\"syscalls\":{\"allow\":[\"read\",\"waitpid\"]}}";

static void what_stands_for_others_is_whole_or_none(void **state)
{
	(void)state;
	assert_true(fail_each(of_all, 0) > 60);
}

static void count_problem(void *arg, const struct pol_problem *problem)
{
	*(size_t *)arg += problem->level != POL_NOTE;
}

static void lint_and_the_end_of_rules_say_when_there_is_no_memory(void **state)
{
	size_t problems = 0, refused = 0;
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;
	unsigned int n;
	int ret = -ENOMEM;

	(void)state;
	assert_int_equal(pol_parse("p", of_all, strlen(of_all), &p, &err), 0);
	for (n = 1; n < 1000 && ret; n++) {
		countdown = n;
		ret = pol_end(p, INT64_C(1796083199) * 1000000000, NULL,
			      &err);
		countdown = 0;
	}
	assert_int_equal(p->nconns, 2);
	assert_int_equal(p->nended, 1);
	for (n = 1, ret = -ENOMEM; n < 1000; n++) {
		problems = 0;
		countdown = n;
		ret = pol_lint(p, count_problem, &problems, &err);
		if (countdown)
			break;
		refused += ret == -ENOMEM;
	}
	countdown = 0;
	assert_int_equal(ret, 0);
	assert_true(refused > 5);
	assert_true(problems > 5);
	pol_free(p);
}

/* parse_many() - a policy of @n rules for one host and different ports */
static struct pol *parse_many(int n)
{
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;
	char text[8192];
	int len = snprintf(text, sizeof(text), "{\"tcbox_policy\":1,\"names\":[\"*.c.example\"],"
			   "\"connections\":[{\"id\":\"any\",\"protocol\":\"udp\"}");

	for (int i = 0; i < n; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len,
				",{\"id\":\"r%d\",\"process\":\"/opt/%d\",\"ports\":[\"%d-%d\"],"
				"\"to\":[\"a.example\",\"192.0.2.%d\"]}",
				i, i % 3, 100 * i + 1, 100 * i + 100, i + 1);
	(void)snprintf(text + len, sizeof(text) - (size_t)len, "]}");
	if (pol_parse("p", text, strlen(text), &p, &err))
		fail_msg("%s", err.msg);
	return p;
}

static void an_index_is_whole_or_none_and_asks_what_it_cannot_remember(void **state)
{
	struct pol *p = parse_many(20);
	struct match_index *m = NULL, *names;
	const char *name = "a.example";
	struct ev_addr remote;
	struct match_flow f = { .exe = "/opt/1", .names = &name, .nnames = 1, .remote = &remote,
				.proto = "tcp" };
	struct match found;
	unsigned int n;

	(void)state;
	assert_int_equal(ev_addr_parse("203.0.113.1:777", &remote), 0);
	for (n = 1; n < 10000 && !m; n++) {
		countdown = n;
		m = match_index_conns(p);
		assert_int_equal(m != NULL, countdown != 0);
		countdown = 0;
	}
	assert_in_range(n, 30, 9999);
	for (n = 1; n < 4; n++) {
		countdown = n;
		assert_true(match_find(m, &f, &found));
		countdown = 0;
		assert_int_equal(found.rule, 1 + 7);
	}
	match_index_free(m);
	for (n = 1, names = NULL; n < 100 && !names; n++) {
		countdown = n;
		names = match_index_names(p);
		assert_int_equal(names != NULL, countdown != 0);
		countdown = 0;
	}
	assert_int_equal(match_find_name(names, "b.c.example"), 0);
	match_index_free(names);
	pol_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_failed_allocation_is_told),
		cmocka_unit_test(what_stands_for_others_is_whole_or_none),
		cmocka_unit_test(lint_and_the_end_of_rules_say_when_there_is_no_memory),
		cmocka_unit_test(an_index_is_whole_or_none_and_asks_what_it_cannot_remember),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
