/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_text.c - bytes that anybody may have chosen, for JSON and for people
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/buf.h"

struct row {
	const char *in;
	const char *out;
};

static void expect_json(const char *in, size_t len, const char *out)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	tb_buf_add_json(&b, in, len);
	assert_string_equal(b.data, out);
}

static void expect_shown(const char *in, const char *out)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	tb_buf_add_shown(&b, in, strlen(in));
	assert_string_equal(b.data ? b.data : "", out);
}

static void json_strings_keep_every_byte(void **state)
{
	static const struct row rows[] = {
		{ "", "\"\"" },
		{ "plain", "\"plain\"" },
		{ "say \"hi\"", "\"say \\\"hi\\\"\"" },
		{ "a\\b", "\"a\\\\\\\\b\"" },			/* a backslash is doubled, then escaped for JSON */
		{ "\xff", "\"\\\\xff\"" },			/* a byte that is no UTF-8 */
		{ "\\xff", "\"\\\\\\\\xff\"" },			/* the same as four characters is something else */
		{ "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"" },
		{ "\xc3", "\"\\\\xc3\"" },			/* cut */
		{ "\xc0\xaf", "\"\\\\xc0\\\\xaf\"" },		/* overlong '/', RFC 3629 section 10 */
		{ "\xe0\x80\xaf", "\"\\\\xe0\\\\x80\\\\xaf\"" },
		{ "\xed\xa0\x80", "\"\\\\xed\\\\xa0\\\\x80\"" },	/* surrogate */
		{ "\xf4\x90\x80\x80", "\"\\\\xf4\\\\x90\\\\x80\\\\x80\"" },	/* past U+10FFFF */
		{ "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
		{ "a\nb\tc\x1b[31m\x7f", "\"a\\nb\\tc\\u001b[31m\\u007f\"" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_json(rows[i].in, strlen(rows[i].in), rows[i].out);
	expect_json("a\0b", 3, "\"a\\u0000b\"");
}

static void no_two_different_inputs_have_the_same_json(void **state)
{
	TB_AUTOBUF struct tb_buf one = TB_BUF_INIT, two = TB_BUF_INIT;
	unsigned int i, j;
	char a, b;

	(void)state;
	for (i = 0; i < 256; i++) {
		for (j = 0; j < i; j++) {
			a = (char)i;
			b = (char)j;
			tb_buf_reset(&one);
			tb_buf_reset(&two);
			tb_buf_add_json(&one, &a, 1);
			tb_buf_add_json(&two, &b, 1);
			assert_string_not_equal(one.data, two.data);
		}
	}
}

static void nothing_that_is_shown_can_move_a_terminal(void **state)
{
	static const struct row rows[] = {
		{ "", "" },
		{ "plain gr\xc3\xbc\xc3\x9f", "plain gr\xc3\xbc\xc3\x9f" },
		{ "\x1b]0;title\a", "\\x1b]0;title\\x07" },
		{ "a\r\nb", "a\\x0d\\nb" },
		{ "\xc2\x9b" "31m", "\\u009b31m" },		/* CSI of the C1 controls */
		{ "file\xe2\x80\xaegpj.exe", "file\\u202egpj.exe" },	/* right-to-left override */
		{ "a\xe2\x80\x8b" "b", "a\\u200bb" },		/* zero width space */
		{ "\xef\xbb\xbf", "\\ufeff" },
		{ "\xff\xfe", "\\xff\\xfe" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_shown(rows[i].in, rows[i].out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_strings_keep_every_byte),
		cmocka_unit_test(no_two_different_inputs_have_the_same_json),
		cmocka_unit_test(nothing_that_is_shown_can_move_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
