/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_columns.c - tests of tables as columns with one list of strings
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/doc.h"
#include "report/page/columns.h"
#include "tcbox/buf.h"

static const char *const names[] = { "+t", "name", NULL };

static int make(void **state)
{
	*state = columns_new();
	return *state ? 0 : -1;
}

static int drop(void **state)
{
	columns_free(*state);
	return 0;
}

static void add(struct columns *c, int64_t t, const char *name)
{
	assert_true(columns_row(c));
	columns_num(c, t);
	columns_str(c, name);
}

static void equal_strings_are_one_and_times_are_differences(void **state)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT, strings = TB_BUF_INIT;
	struct columns *c = *state;

	columns_begin(c, "things", names);
	add(c, 1000, "a");
	add(c, 1007, "b");
	add(c, 1005, "a");
	add(c, INT64_MIN, NULL);
	columns_end(c, &out);
	columns_strings(c, &strings);
	assert_string_equal(out.data, "\"things\":{\"rows\":4,\"left_out\":0,\"columns\":{"
			    "\"+t\":[1000,7,-2,9223372036854774803]\n,"
			    "\"name\":[0,1,0,2]\n}}\n");
	assert_string_equal(strings.data, "[\"a\",\n\"b\",\n\"\"]");
	assert_false(columns_failed(c));
}

static void a_second_table_begins_anew_and_shares_the_strings(void **state)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT, strings = TB_BUF_INIT;
	struct columns *c = *state;

	columns_begin(c, "one", names);
	add(c, 5, "a");
	columns_end(c, &out);
	tb_buf_reset(&out);
	columns_begin(c, "two", names);
	add(c, 6, "a");
	columns_end(c, &out);
	columns_strings(c, &strings);
	assert_string_equal(out.data, "\"two\":{\"rows\":1,\"left_out\":0,\"columns\":{\"+t\":[6]\n,"
			    "\"name\":[0]\n}}\n");
	assert_string_equal(strings.data, "[\"a\"]");
}

static void a_table_without_rows_has_its_columns(void **state)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct columns *c = *state;

	columns_begin(c, "none", names);
	columns_end(c, &out);
	assert_string_equal(out.data, "\"none\":{\"rows\":0,\"left_out\":0,\"columns\":{\"+t\":[]\n,"
			    "\"name\":[]\n}}\n");
}

static void rows_beyond_the_bound_are_counted(void **state)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct columns *c = *state;

	columns_begin(c, "many", names);
	for (int64_t i = 0; i < COLUMNS_ROWS; i++)
		add(c, i, "x");
	assert_false(columns_row(c));
	assert_false(columns_row(c));
	columns_end(c, &out);
	assert_ptr_equal(strstr(out.data, "\"many\":{\"rows\":200000,\"left_out\":2,"), out.data);
}

static void a_string_cannot_end_the_json(void **state)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT, strings = TB_BUF_INIT;
	struct columns *c = *state;

	columns_begin(c, "things", names);
	add(c, 0, "\"],\xff\n");
	columns_end(c, &out);
	columns_strings(c, &strings);
	assert_string_equal(strings.data, "[\"\\\"],\\\\xff\\n\"]");
}

static void a_long_string_is_cut_and_says_so(void **state)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT, strings = TB_BUF_INIT;
	struct columns *c = *state;
	char text[DOC_TEXT_MAX + 11];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	columns_begin(c, "things", names);
	add(c, 0, text);
	columns_end(c, &out);
	columns_strings(c, &strings);
	assert_non_null(strstr(strings.data, "x [and 10 bytes more]\"]"));
}

#define MADE(test) cmocka_unit_test_setup_teardown(test, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MADE(equal_strings_are_one_and_times_are_differences),
		MADE(a_second_table_begins_anew_and_shares_the_strings),
		MADE(a_table_without_rows_has_its_columns),
		MADE(rows_beyond_the_bound_are_counted),
		MADE(a_string_cannot_end_the_json),
		MADE(a_long_string_is_cut_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
