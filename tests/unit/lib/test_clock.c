/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_clock.c - moments as text
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcbox/clock.h"
#include "tcbox/own.h"

static void a_moment_is_text_in_utc(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00.000000000Z" },
		{ 1, "1970-01-01T00:00:00.000000001Z" },
		{ -1, "1969-12-31T23:59:59.999999999Z" },
		{ -TB_NS_PER_S, "1969-12-31T23:59:59.000000000Z" },
		{ INT64_C(1700000000123456789), "2023-11-14T22:13:20.123456789Z" },
		{ INT64_MAX, "2262-04-11T23:47:16.854775807Z" },
		{ INT64_MIN, "1677-09-21T00:12:43.145224192Z" },
	};
	char text[TB_TIMELEN];

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		assert_int_equal(tb_time_format(rows[i].ns, text), 0);
		assert_string_equal(text, rows[i].text);
	}
}

static void the_clocks_go_forward(void **state)
{
	int64_t real = tb_realtime_ns(), steady = tb_monotonic_ns();

	(void)state;
	assert_true(real > INT64_C(1700000000) * TB_NS_PER_S);
	assert_true(tb_monotonic_ns() >= steady);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moment_is_text_in_utc),
		cmocka_unit_test(the_clocks_go_forward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
