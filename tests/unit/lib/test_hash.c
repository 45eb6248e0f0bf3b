/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_hash.c - the numbers that the authors of FNV give
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/hash.h"

static void a_hash_is_fnv_1a(void **state)
{
	(void)state;
	assert_true(tb_hash("", 0) == UINT64_C(0xcbf29ce484222325));
	assert_true(tb_hash("a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
	assert_true(tb_hash("foobar", 6) == UINT64_C(0x85944171f73967e8));
	assert_true(tb_hash("a\xff", 1) == tb_hash("a", 1));
	assert_true(tb_hash("\xff", 1) == UINT64_C(0xaf64724c8602eb6e));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_hash_is_fnv_1a) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
