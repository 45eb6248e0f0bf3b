/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_places.c - the globs of a policy as places that the kernel can hold a product to
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "run/places.h"

/* is() - the places of this policy, each as "r" or "w", "=" for one file, and the path */
static void is(const char *policy, const char *wanted)
{
	struct places p;
	struct pol *pol = NULL;
	struct tb_err err = { 0 };
	char got[512] = "";
	size_t n = 0;

	if (policy && pol_parse("p.json", policy, strlen(policy), &pol, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(places_prepare(&p, pol, &err), 0);
	n += (size_t)snprintf(got, sizeof(got), "%s%s", p.box.writes ? "writes" : "",
			      p.box.reads ? " reads" : "");
	for (size_t i = 0; i < p.box.n; i++)
		n += (size_t)snprintf(got + n, sizeof(got) - n, " %s%s%s",
				      p.box.list[i].readonly ? "r" : "w",
				      p.box.list[i].exact ? "=" : "", p.box.list[i].path);
	assert_string_equal(got, wanted);
	places_clear(&p);
	assert_null(p.list);
	assert_int_equal(p.box.n, 0);
	places_clear(&p);
	pol_free(pol);
}

static void without_a_policy_files_are_free(void **state)
{
	(void)state;
	is(NULL, "");
}

static void files_that_are_ignored_are_free(void **state)
{
	(void)state;
	is("{\"tcbox_policy\":1}", "");
	is("{\"tcbox_policy\":1,\"files\":{\"write\":[\"/a\"]},\"undeclared\":{\"files\":\"ignore\"}}",
	   "");
}

static void what_may_be_written_becomes_a_place(void **state)
{
	(void)state;
	is("{\"tcbox_policy\":1,\"files\":{\"write\":[\"/a/b\",\"/c/**\",\"/d/*.log\"]}}",
	   "writes w=/a/b w/c w/d");
	is("{\"tcbox_policy\":1,\"files\":{}}", "writes");
}

static void what_is_executed_may_be_read(void **state)
{
	(void)state;
	is("{\"tcbox_policy\":1,\"executes\":[\"/bin/x\"],\"files\":{\"write\":[\"/w\"],"
	   "\"read\":[\"/r/**\"]}}", "writes reads w=/w r/r r=/bin/x");
	is("{\"tcbox_policy\":1,\"executes\":[\"/bin/x\"],\"files\":{\"write\":[\"/w\"]}}",
	   "writes w=/w");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_policy_files_are_free),
		cmocka_unit_test(files_that_are_ignored_are_free),
		cmocka_unit_test(what_may_be_written_becomes_a_place),
		cmocka_unit_test(what_is_executed_may_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
