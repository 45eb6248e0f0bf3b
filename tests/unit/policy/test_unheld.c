/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_unheld.c - tests of what a policy says that enforcement cannot hold
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/policy.h"

/* unheld() - of these members, with ' for "; lives until the next call */
static const char *unheld(const char *members)
{
	static char said[512];
	struct tb_buf b = TB_BUF_INIT;
	struct tb_err err = { 0 };
	char text[1024];
	struct pol *p;
	int n = snprintf(text, sizeof(text), "{'tcbox_policy':1%s}", members);

	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	if (pol_parse("policy", text, (size_t)n, &p, &err))
		fail_msg("%s", err.msg);
	pol_unheld(p, &b);
	(void)snprintf(said, sizeof(said), "%s", b.len ? b.data : "");
	tb_buf_free(&b);
	pol_free(p);
	return said;
}

#define IGNORED ",'undeclared':{'executes':'ignore','listens':'ignore'}"

static void what_is_judged_and_not_held_is_said(void **state)
{
	(void)state;
	assert_string_equal(unheld(""), "programs that are started, listeners");
	assert_string_equal(unheld(",'undeclared':{'executes':'ignore'}"), "listeners");
}

static void what_is_ignored_need_not_be_held(void **state)
{
	(void)state;
	assert_string_equal(unheld(IGNORED), "");
	assert_string_equal(unheld(IGNORED ",'connections':[{'id':'a','to':['a.example'],"
				   "'protocol':'tcp','ports':[443]}]"), "");
}

static void rules_are_counted_by_what_the_gate_does_not_know(void **state)
{
	(void)state;
	assert_string_equal(unheld(IGNORED ",'connections':[{'id':'a','process':'/x'},"
				   "{'id':'b','application':'tls','process':'/y'},"
				   "{'id':'c','to':['c.example'],'tls':{'min_version':'1.2'}},"
				   "{'id':'d','to':['d.example'],'limits':{'bytes_out':5}}]"),
			    "\"process\" of 2 rules, \"application\" of 1 rule, \"tls\" of 1 rule, "
			    "\"limits\" of 1 rule");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_judged_and_not_held_is_said),
		cmocka_unit_test(what_is_ignored_need_not_be_held),
		cmocka_unit_test(rules_are_counted_by_what_the_gate_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
