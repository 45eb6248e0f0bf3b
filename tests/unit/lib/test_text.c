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
		/* a backslash is doubled, then escaped for JSON */
		{ "a\\b", "\"a\\\\\\\\b\"" },
		{ "\xff", "\"\\\\xff\"" },			/* a byte that is no UTF-8 */
		/* the same as four characters is something else */
		{ "\\xff", "\"\\\\\\\\xff\"" },
		{ "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"" },
		{ "\xc3", "\"\\\\xc3\"" },			/* cut */
		/* overlong '/', RFC 3629 section 10 */
		{ "\xc0\xaf", "\"\\\\xc0\\\\xaf\"" },
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
		{ "a\xc2\xad" "b", "a\\u00adb" },		/* soft hyphen */
		{ "\xe2\x81\xa6x\xe2\x81\xa9", "\\u2066x\\u2069" },	/* isolates */
		/* Hangul filler: a blank that is a letter */
		{ "a\xe3\x85\xa4", "a\\u3164" },
		{ "a\xef\xb8\x8f", "a\\ufe0f" },		/* variation selector */
		{ "\xf3\xa0\x81\x81", "\\ue0041" },		/* tag: invisible ASCII */
		{ "\xf3\xa0\x84\x80", "\\ue0100" },
		/* these are seen */
		{ "\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd",
		  "\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_shown(rows[i].in, rows[i].out);
}

/* Whatever bytes: what comes out is UTF-8 without controls, and shown again it stays as it is. */
static void any_bytes_become_text_that_stays(void **state)
{
	TB_AUTOBUF struct tb_buf once = TB_BUF_INIT, twice = TB_BUF_INIT, json = TB_BUF_INIT;
	uint32_t x = 7, cp;
	char bytes[64];
	size_t n, at;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		for (size_t i = 0; i < sizeof(bytes); i++) {
			x = x * 1664525 + 1013904223;
			bytes[i] = (char)(x >> 24 | (round & 1 ? 0x80 : 0));
		}
		tb_buf_reset(&once);
		tb_buf_reset(&twice);
		tb_buf_reset(&json);
		tb_buf_add_shown(&once, bytes, sizeof(bytes));
		tb_buf_add_shown(&twice, once.data, once.len);
		assert_string_equal(once.data, twice.data);
		assert_int_equal(strlen(once.data), once.len);
		tb_buf_add_json(&json, bytes, sizeof(bytes));
		for (at = 0; at < json.len; at += n) {
			n = tb_utf8_next((unsigned char *)json.data + at, json.len - at, &cp);
			assert_true(n && cp >= 0x20 && cp != 0x7f);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_strings_keep_every_byte),
		cmocka_unit_test(no_two_different_inputs_have_the_same_json),
		cmocka_unit_test(nothing_that_is_shown_can_move_a_terminal),
		cmocka_unit_test(any_bytes_become_text_that_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
