/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_clock.c - moments as text
 */
#include <errno.h>
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

static void a_moment_is_read_as_it_was_written_and_not_else(void **state)
{
	static const int64_t times[] = { 0, 1, -1, INT64_C(1700000000123456789), INT64_MAX };
	static const char *const wrong[] = {
		"", "1970-01-01T00:00:00.000000000", "1970-01-01T00:00:00.00000000Z",
		"1970-01-01 00:00:00.000000000Z", "1970-02-30T00:00:00.000000000Z",
		"1970-01-01T24:00:00.000000000Z", "1970-01-01T00:00:60.000000000Z",
		"1970-01-01T00:00:00.000000000Z ", " 1970-01-01T00:00:00.000000000Z",
		"1970-01-01T00:00:00.-00000001Z", "9999-01-01T00:00:00.000000000Z",
		"1970-1-01T00:00:00.000000000Z",
	};
	char text[TB_TIMELEN];
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(times); i++) {
		assert_int_equal(tb_time_format(times[i], text), 0);
		assert_int_equal(tb_time_parse(text, &ns), 0);
		assert_true(ns == times[i]);
	}
	for (size_t i = 0; i < TB_ARRAY_SIZE(wrong); i++)
		assert_int_equal(tb_time_parse(wrong[i], &ns), -EINVAL);
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
		cmocka_unit_test(a_moment_is_read_as_it_was_written_and_not_else),
		cmocka_unit_test(the_clocks_go_forward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
