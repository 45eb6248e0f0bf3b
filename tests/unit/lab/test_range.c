/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_range.c - which part of what is found a client asks for
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab/range.h"
#include "tcbox/own.h"

static void parts_are_found(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		enum range_what what;
		size_t from, len;
	} rows[] = {
		{ "bytes=0-0", 6, RANGE_PART, 0, 1 },
		{ "bytes=2-4", 6, RANGE_PART, 2, 3 },
		{ "bytes=2-", 6, RANGE_PART, 2, 4 },
		{ "bytes=2-99", 6, RANGE_PART, 2, 4 },
		{ "bytes=5-5", 6, RANGE_PART, 5, 1 },
		{ "bytes=-2", 6, RANGE_PART, 4, 2 },
		{ "bytes=-99", 6, RANGE_PART, 0, 6 },
		{ "bytes=6-", 6, RANGE_BEYOND, 0, 0 },
		{ "bytes=0-", 0, RANGE_BEYOND, 0, 0 },
		{ "bytes=-0", 6, RANGE_BEYOND, 0, 0 },
		{ "bytes=-1", 0, RANGE_BEYOND, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct range r = { 0, 0 };

		assert_int_equal(range_find(rows[i].text, rows[i].size, &r), rows[i].what);
		assert_int_equal(r.from, rows[i].from);
		assert_int_equal(r.len, rows[i].len);
	}
}

static void what_is_not_understood_is_everything(void **state)
{
	static const char *const texts[] = {
		"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=1", "bytes=4-2", "bytes=1-2,4-5",
		"lines=1-2", "bytes=1-2 ", "bytes= 1-2", "bytes=99999999999999999999-",
		"bytes=1-99999999999999999999",
	};
	struct range r;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(texts); i++)
		assert_int_equal(range_find(texts[i], 6, &r), RANGE_ALL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_found),
		cmocka_unit_test(what_is_not_understood_is_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
