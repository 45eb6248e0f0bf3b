/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_size.c - sizes as people write them
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcbox/own.h"
#include "tcbox/size.h"

static void sizes_have_a_unit(void **state)
{
	static const struct {
		const char *text;
		uint64_t size;
	} good[] = { { "0B", 0 }, { "1 B", 1 }, { "007kB", 7000 }, { "64KiB", 65536 },
		     { "10MB", 10000000 },
		     { "2 GiB", UINT64_C(2) << 30 }, { "16777215TiB", UINT64_C(16777215) << 40 },
		     { "18446744073709551615B", UINT64_MAX } };
	uint64_t size;
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(good); i++) {
		assert_int_equal(tb_size_parse(good[i].text, &size), 0);
		assert_true(size == good[i].size);
	}
}

static void what_is_no_size_is_refused(void **state)
{
	static const char *const bad[] = { "", "1", "B", "-1B", "+1B", " 1B", "1.5GiB", "1gib",
					   "1 KiB ", "0x1B", "1KiBs" };
	uint64_t size;
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(bad); i++)
		assert_int_equal(tb_size_parse(bad[i], &size), -EINVAL);
	assert_int_equal(tb_size_parse("18446744073709551616B", &size), -ERANGE);
	assert_int_equal(tb_size_parse("16777216TiB", &size), -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_have_a_unit), cmocka_unit_test(what_is_no_size_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
