/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_jsonc.c - what the reader of JSON with comments accepts, and the words and places of what it
 * refuses
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "tcbox/jsonc.h"
#include "tcbox/buf.h"
#include "tcbox/own.h"

static void show(struct tb_buf *b, const struct jsonc_val *v, int depth)
{
	const struct jsonc_val *m;

	assert_true(depth < JSONC_MAX_DEPTH + 1);
	tb_buf_addf(b, "%u:%u", v->pos.line, v->pos.column);
	switch (v->type) {
	case JSONC_NULL:
		tb_buf_adds(b, "null");
		break;
	case JSONC_BOOL:
		tb_buf_adds(b, v->truth ? "true" : "false");
		break;
	case JSONC_INTEGER:
		tb_buf_addf(b, "i%s%llu", v->negative ? "-" : "", (unsigned long long)v->magnitude);
		break;
	case JSONC_NUMBER:
		tb_buf_addf(b, "n%s", v->text);
		break;
	case JSONC_STRING:
		tb_buf_addf(b, "'%s'", v->text);
		break;
	case JSONC_ARRAY:
	case JSONC_OBJECT:
		tb_buf_adds(b, v->type == JSONC_ARRAY ? "[" : "{");
		for (m = v->first; m; m = m->next) {
			if (m->key)
				tb_buf_addf(b, "%u:%u<%s>", m->key_pos.line, m->key_pos.column,
					    m->key);
			show(b, m, depth + 1);
			tb_buf_adds(b, m->next ? " " : "");
		}
		tb_buf_adds(b, v->type == JSONC_ARRAY ? "]" : "}");
		break;
	}
}

/* guarded() - a copy that ends where no page follows, so that one byte too far is a crash */
static char *guarded(const char *text, size_t len, char **map, size_t *size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), body = (len / page + 1) * page;

	*size = body + page;
	*map = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(*map != MAP_FAILED);
	assert_int_equal(mprotect(*map + body, page, PROT_NONE), 0);
	memcpy(*map + body - len, text, len);
	return *map + body - len;
}

typedef int parse_fn(const char *text, size_t len, struct jsonc **out, struct jsonc_syntax *bad);

/* outcome_of() - the values, or the problem as L:C: text */
static char *outcome_of(parse_fn *parse, const char *text, size_t len)
{
	struct tb_buf b = TB_BUF_INIT;
	struct jsonc_syntax bad = { { 0, 0 }, "" };
	struct jsonc *doc = NULL;
	char *map, *copy;
	size_t size;
	int ret;

	copy = guarded(text, len, &map, &size);
	ret = parse(copy, len, &doc, &bad);
	munmap(map, size);
	if (ret == 0)
		show(&b, jsonc_root(doc), 0);
	else
		tb_buf_addf(&b, "%u:%u: %s", bad.pos.line, bad.pos.column, bad.text);
	jsonc_free(doc);
	return tb_buf_take(&b);
}

static char *outcome(const char *text, size_t len)
{
	return outcome_of(jsonc_parse, text, len);
}

struct row {
	const char *text, *expect;
};

static void check_with(parse_fn *parse, const struct row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		TB_AUTOFREE char *got = outcome_of(parse, rows[i].text, strlen(rows[i].text));

		if (strcmp(got, rows[i].expect) != 0)
			print_error("input: %s\n", rows[i].text);
		assert_string_equal(got, rows[i].expect);
	}
}

static void check(const struct row *rows, size_t n)
{
	check_with(jsonc_parse, rows, n);
}

static void jsonc_accepts_what_people_write(void **state)
{
	static const struct row rows[] = {
		{ "{}", "1:1{}" },
		{ "[]", "1:1[]" },
		{ " \t\r\n7", "2:1i7" },
		{ "true", "1:1true" },
		{ "null // end", "1:1null" },
		{ "/**/false/***/", "1:5false" },
		{ "[1,2,]", "1:1[1:2i1 1:4i2]" },
		{ "{\"a\":1,}", "1:1{1:2<a>1:6i1}" },
		{ "{\n  // c\n  \"a\" : [ true , { } ] /* x\n */ , \"b\": null\n}",
		  "1:1{3:3<a>3:9[3:11true 3:18{}] 4:7<b>4:12null}" },
		{ "\xef\xbb\xbf{\"a\":1}", "1:1{1:2<a>1:6i1}" },
		{ "{\r\n\"a\":\r\n\"b\"}\r\n", "1:1{2:1<a>3:1'b'}" },
		{ "[\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\",1]",
		  "1:1[1:2'\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80' 1:8i1]" },
		{ "// only\xc3\xa4\n[\"//\",\"/*\"]", "2:1[2:2'//' 2:7'/*']" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "1:1'\"\\/\b\f\n\r\t'" },
		{ "\"\\u0041\\u00e4\\u20AC\\ud83d\\uDE00\\u202e\"",
		  "1:1'A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xe2\x80\xae'" },
		{ "\"\"", "1:1''" },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows));
}

static void jsonc_keeps_integers_exact(void **state)
{
	static const struct row rows[] = {
		{ "0", "1:1i0" },
		{ "-0", "1:1i-0" },
		{ "-17", "1:1i-17" },
		{ "9007199254740993", "1:1i9007199254740993" },
		{ "18446744073709551615", "1:1i18446744073709551615" },
		{ "18446744073709551616", "1:1n18446744073709551616" },
		{ "99999999999999999999", "1:1n99999999999999999999" },
		{ "1.0", "1:1n1.0" },
		{ "1e3", "1:1n1e3" },
		{ "-1.25E+30", "1:1n-1.25E+30" },
		{ "01", "1:1: 01 is not a JSON number" },
		{ "-", "1:1: - is not a JSON number" },
		{ "+1", "1:1: +1 is not a JSON number" },
		{ ".5", "1:1: .5 is not a JSON number" },
		{ "5.", "1:1: 5. is not a JSON number" },
		{ "1e", "1:1: 1e is not a JSON number" },
		{ "1e+", "1:1: 1e+ is not a JSON number" },
		{ "0x10", "1:1: 0x10 is not a JSON number" },
		{ "1_000", "1:1: 1_000 is not a JSON number" },
		{ "1 000", "1:3: the document is complete here, but '0' follows" },
		{ "-Infinity", "1:1: -Infinity is not a JSON number" },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows));
}

static void jsonc_refuses_broken_structure(void **state)
{
	static const struct row rows[] = {
		{ "", "1:1: the file is empty" },
		{ "\n // nothing\n", "3:1: the file is empty" },
		{ "\xef\xbb\xbf", "1:1: the file is empty" },
		{ "{", "1:1: this '{' is not closed before the end of the file" },
		{ "{\n\"a\": [1,\n", "2:6: this '[' is not closed before the end of the file" },
		{ "[1}", "1:3: ',' or ']' is expected here, not '}'" },
		{ "{\"a\":1]", "1:7: ',' or '}' is expected here, not ']'" },
		{ "[,]", "1:2: a value is expected here, not ','" },
		{ "[1,,2]", "1:4: a value is expected here, not ','" },
		{ "{,}", "1:2: a key in double quotes is expected here, not ','" },
		{ "{\"a\":1,,}", "1:8: a key in double quotes is expected here, not ','" },
		{ "{a:1}", "1:2: a key in double quotes is expected here, not 'a'" },
		{ "{'a':1}", "1:2: a key in double quotes is expected here, not ' (strings are "
			     "written in double quotes)" },
		{ "{\"a\" 1}", "1:6: ':' is expected here, after the key, not '1'" },
		{ "{\"a\":}", "1:6: a value is expected here, not '}'" },
		{ "{\"a\"", "1:5: ':' is expected here, after the key, not the end of the file" },
		{ "{\"a\":", "1:6: a value is expected here, not the end of the file" },
		{ "[1 2]", "1:4: ',' or ']' is expected here, not '2'" },
		{ "{\"a\":1\n\"b\":2}", "2:1: ',' or '}' is expected here, not '\"'" },
		{ "{} {}", "1:4: the document is complete here, but '{' follows" },
		{ "1 /", "1:3: the document is complete here, but '/' follows" },
		{ "[1] # c", "1:5: the document is complete here, but '#' (comments begin with "
			     "//) follows" },
		{ "[1 /* c", "1:4: this comment is not closed by */" },
		{ "[1 /*/", "1:4: this comment is not closed by */" },
		{ "}", "1:1: a value is expected here, not '}'" },
		{ "\xc3\xa4", "1:1: a value is expected here, not '\xc3\xa4'" },
		{ "[1\xef\xbb\xbf]", "1:3: ',' or ']' is expected here, not U+FEFF" },
		{ "[True]", "1:2: unknown word True; write true" },
		{ "NaN", "1:1: unknown word NaN; JSON has no such number" },
		{ "[tcp]", "1:2: unknown word tcp; strings are written in double quotes" },
		{ "truest", "1:1: unknown word truest; strings are written in double quotes" },
		{ "{\"a\":1,\n \"b\":2, \"a\":3}",
		  "2:9: duplicate key \"a\"; it is in line 1, column 2 already" },
		{ "{\"a\":1,\"\\u0061\":2}",
		  "1:8: duplicate key \"a\"; it is in line 1, column 2 already" },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows));
}

static void jsonc_refuses_broken_strings(void **state)
{
	static const struct row rows[] = {
		{ "\"a", "1:1: this string is not closed on its line" },
		{ "[\"a\nb\"]", "1:2: this string is not closed on its line" },
		{ "[\"a\r\nb\"]", "1:2: this string is not closed on its line" },
		{ "\"\\", "1:2: unknown escape; a backslash itself is written \\\\" },
		{ "\"\\x41\"", "1:2: unknown escape; a backslash itself is written \\\\" },
		{ "\"\\\n\"", "1:2: unknown escape; a backslash itself is written \\\\" },
		{ "\"\\u12\"", "1:2: \\u takes four hexadecimal digits" },
		{ "\"\\u", "1:2: \\u takes four hexadecimal digits" },
		{ "\"a\\u0000\"", "1:3: strings do not contain the character NUL" },
		{ "\"\\ud83d\"", "1:2: \\ud83d is the first half of a surrogate pair without the "
				 "second" },
		{ "\"\\ud83d\\u0041\"",
		  "1:2: \\ud83d is the first half of a surrogate pair without the second" },
		{ "\"\\ud83d\\ud83d\"",
		  "1:2: \\ud83d is the first half of a surrogate pair without the second" },
		{ "\"\\ude00\"", "1:2: \\ude00 is the second half of a surrogate pair without the "
				 "first" },
		{ "\"a\tb\"", "1:3: a tab in a string is written \\t" },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows));
}

static void jsonc_refuses_text_that_is_not_what_it_seems(void **state)
{
	static const struct row rows[] = {
		{ "[\"\x01\"]", "1:3: control character U+0001; in a string, write \\u0001" },
		{ "// \x1b[2K\n1", "1:4: control character U+001B; in a string, write \\u001b" },
		{ "1 \x7f", "1:3: control character U+007F; in a string, write \\u007f" },
		{ "\"\xc2\x9b\"", "1:2: control character U+009B; in a string, write \\u009b" },
		{ "1 // a\rb", "1:7: a carriage return without a line feed" },
		{ "/* \xe2\x80\xae */ 1",
		  "1:4: U+202E changes the order in which text is shown; in a string, write "
		  "\\u202e" },
		{ "\"\xe2\x81\xa6\"",
		  "1:2: U+2066 changes the order in which text is shown; in a string, write "
		  "\\u2066" },
		{ "\"\xff\"", "1:2: the byte 0xff is not valid UTF-8" },
		{ "\"\xc0\xaf\"", "1:2: the byte 0xc0 is not valid UTF-8" },
		{ "\"\xed\xa0\x80\"", "1:2: the byte 0xed is not valid UTF-8" },
		{ "\"\xe2\x82", "1:2: the byte 0xe2 is not valid UTF-8" },
		{ "\xff\xfe{\x01}\x01",
		  "1:1: this is not UTF-8 text; UTF-16 must be saved as UTF-8" },
	};
	TB_AUTOFREE char *nul = outcome("[1,\0 2]", 7), *utf16 = outcome("{\0}\0", 4);

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows));
	assert_string_equal(nul, "1:4: control character U+0000; in a string, write \\u0000");
	assert_string_equal(utf16, "1:1: this is not UTF-8 text; UTF-16 must be saved as UTF-8");
}

static void jsonc_bounds_depth(void **state)
{
	char text[2 * JSONC_MAX_DEPTH + 4];
	size_t n = JSONC_MAX_DEPTH;
	char *got;

	(void)state;
	memset(text, '[', n);
	memset(text + n, ']', n);
	got = outcome(text, 2 * n);
	assert_true(!strncmp(got, "1:1[1:2[", 8));
	free(got);
	memset(text, '[', n + 1);
	memset(text + n + 1, ']', n + 1);
	got = outcome(text, 2 * n + 2);
	assert_string_equal(got, "1:33: nested deeper than 32 levels");
	free(got);
}

static void jsonc_bounds_keys_of_one_object(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	int i;

	(void)state;
	tb_buf_addc(&b, '{');
	for (i = 0; i <= JSONC_MAX_KEYS; i++)
		tb_buf_addf(&b, "\"%d\":%d,\n", i, i);
	tb_buf_addc(&b, '}');
	TB_AUTOFREE char *got = outcome(b.data, b.len);

	assert_string_equal(got, "257:1: more than 256 keys in one object");
}

static void jsonc_bounds_values(void **state)
{
	struct jsonc_syntax bad = { { 0, 0 }, "" };
	struct jsonc *doc = NULL;
	size_t len = 2 * JSONC_MAX_VALUES + 4, i;
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', len);
	text[0] = '[';
	for (i = 1; i + 2 < len; i += 2) {
		text[i] = '1';
		text[i + 1] = ',';
	}
	assert_int_equal(jsonc_parse(text, len - 1, &doc, &bad), -EINVAL);
	assert_string_equal(bad.text, "more than 1048576 values");
	assert_null(doc);
	free(text);
}

static void jsonc_reads_every_truncation_without_harm(void **state)
{
	static const char text[] =
		"{ /* c */ \"k\\u00e4\": [1, -2.5e3, \"\\ud83d\\ude00x\", true, null], // e\n "
		"\"z\": {} }";
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(text) - 1; i++) {
		TB_AUTOFREE char *got = outcome(text, i);

		assert_non_null(strstr(got, ": "));	/* every prefix is refused */
	}
}

static void bytes_are_read_as_they_were_written(void **state)
{
	static const struct row rows[] = {
		{ "{}", "1:1{}" },
		{ " [ ]\r\n\t", "1:2[]" },
		{ "{\n\t\"a\" : [ true , null, -1, 1e3 ] }",
		  "1:1{2:2<a>2:8[2:10true 2:17null 2:23i-1 2:27n1e3]}" },
		{ "\"\\\\\\\\\"", "1:1'\\'" },
		{ "\"\\\\xff\\\\\\\\x41\"", "1:1'\xff\\x41'" },
		{ "\"a\\\\x80b\\\\xc3c\"", "1:1'a\x80" "b\xc3" "c'" },
		{ "\"\\u005c\\u005c\"", "1:1'\\'" },
		{ "\"\\u0001\\n\\/\x7f\xc2\x9b\xe2\x80\xae\"",
		  "1:1'\x01\n/\x7f\xc2\x9b\xe2\x80\xae'" },
		{ "{\"\\\\xff\":1,\"\\\\xfe\":2}", "1:1{1:2<\xff>1:10i1 1:12<\xfe>1:20i2}" },
		{ "18446744073709551615", "1:1i18446744073709551615" },
		{ "-9223372036854775808", "1:1i-9223372036854775808" },
		{ "99999999999999999999.0", "1:1n99999999999999999999.0" },
	};

	(void)state;
	check_with(jsonc_parse_bytes, rows, TB_ARRAY_SIZE(rows));
}

static void bytes_are_refused_unless_they_are_written_so(void **state)
{
	static const struct row rows[] = {
		{ "", "1:1: the file is empty" },
		{ "\xef\xbb\xbf{}", "1:1: a value is expected here, not U+FEFF" },
		{ "[1] // c", "1:5: the document is complete here, but '/' follows" },
		{ "[1/**/]", "1:3: ',' or ']' is expected here, not '/'" },
		{ "[1,]", "1:4: a value is expected here, not ']'" },
		{ "{\"a\":1,}", "1:8: a key in double quotes is expected here, not '}'" },
		{ "[,]", "1:2: a value is expected here, not ','" },
		{ "[\x01]", "1:2: a value is expected here, not U+0001" },
		{ "[\x7f]", "1:2: a value is expected here, not U+007F" },
		{ "[\xc2\x9b]", "1:2: a value is expected here, not U+009B" },
		{ "[\xff]", "1:2: a value is expected here, not the byte 0xff" },
		{ "[1\xc3]", "1:3: ',' or ']' is expected here, not the byte 0xc3" },
		{ "[\xe2\x80\xae]", "1:2: a value is expected here, not U+202E" },
		{ "[\"a\xc3\"]", "1:4: the byte 0xc3 is not valid UTF-8" },
		{ "[\"\xc3\xa4\x1f\"]",
		  "1:4: control character U+001F; in a string, write \\u001f" },
		{ "[\"a\nb\"]", "1:2: this string is not closed on its line" },
		{ "[\"\\u0000\"]", "1:3: strings do not contain the character NUL" },
		{ "[\"\\\\\"]", "1:2: this string has a backslash that stands for nothing" },
		{ "[\"\\\\x41\"]", "1:2: this string has a backslash that stands for nothing" },
		{ "[\"\\\\xFF\"]", "1:2: this string has a backslash that stands for nothing" },
		{ "[\"\\\\xf\"]", "1:2: this string has a backslash that stands for nothing" },
		{ "[\"\\\\yff\"]", "1:2: this string has a backslash that stands for nothing" },
		{ "{\"\\\\q\":1}", "1:2: this string has a backslash that stands for nothing" },
		{ "{\"a\\n\":1,\"a\\u000a\":2}",
		  "1:10: duplicate key \"a\\n\"; it is in line 1, column 2 already" },
		{ "{\"a\":{\"b\":1,\"b\":1}}",
		  "1:13: duplicate key \"b\"; it is in line 1, column 7 already" },
		{ "[18446744073709551616]", "1:2: 18446744073709551616 does not fit 64 bits" },
		{ "[-9223372036854775809]", "1:2: -9223372036854775809 does not fit 64 bits" },
		{ "[NaN]", "1:2: unknown word NaN; JSON has no such number" },
	};
	TB_AUTOFREE char *nul = outcome_of(jsonc_parse_bytes, "[\0]", 3);

	(void)state;
	check_with(jsonc_parse_bytes, rows, TB_ARRAY_SIZE(rows));
	assert_string_equal(nul, "1:2: a value is expected here, not U+0000");
}

static void every_byte_comes_back_through_a_string(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct jsonc_syntax bad;
	struct jsonc *doc;
	char text[3] = "";

	(void)state;
	for (unsigned int i = 1; i < 65536; i++) {
		text[0] = (char)i;
		text[1] = (char)(i >> 8);
		if (!text[0])
			continue;
		tb_buf_reset(&b);
		tb_buf_add_json(&b, text, strlen(text));
		assert_int_equal(jsonc_parse_bytes(b.data, b.len, &doc, &bad), 0);
		assert_string_equal(jsonc_root(doc)->text, text);
		jsonc_free(doc);
	}
}

static void members_are_found_and_typed(void **state)
{
	static const char text[] =
		"{\"s\":\"x\",\"u\":18446744073709551615,\"i\":-9223372036854775808,"
				   "\"m\":9223372036854775807,\"z\":-0,\"f\":1.0,\"n\":-1,\"h\":9223372036854775808,\"a\":[\"s\"]}";
	const struct jsonc_val *o, *a;
	struct jsonc_syntax bad;
	struct jsonc *doc;
	uint64_t u = 7;
	int64_t i = 7;

	(void)state;
	assert_int_equal(jsonc_parse_bytes(text, strlen(text), &doc, &bad), 0);
	o = jsonc_root(doc);
	assert_string_equal(jsonc_text(o, "s"), "x");
	assert_null(jsonc_text(o, "u"));
	assert_null(jsonc_text(o, "none"));
	assert_null(jsonc_member(o, "none"));
	a = jsonc_member(o, "a");
	assert_int_equal(a->count, 1);
	assert_null(jsonc_member(a, "s"));
	assert_null(jsonc_text(a, "s"));
	assert_false(jsonc_uint(jsonc_member(o, "n"), &u) || jsonc_uint(jsonc_member(o, "f"), &u) ||
		     jsonc_uint(a, &u) ||
		     jsonc_uint(jsonc_member(o, "s"), &u));
	assert_false(jsonc_int(jsonc_member(o, "u"), &i) || jsonc_int(jsonc_member(o, "f"), &i) ||
		     jsonc_int(jsonc_member(o, "h"), &i) || jsonc_int(jsonc_member(o, "s"), &i));
	assert_true(u == 7 && i == 7);
	assert_true(jsonc_uint(jsonc_member(o, "u"), &u) && u == UINT64_MAX);
	assert_true(jsonc_uint(jsonc_member(o, "z"), &u) && u == 0);
	assert_true(jsonc_int(jsonc_member(o, "i"), &i) && i == INT64_MIN);
	assert_true(jsonc_int(jsonc_member(o, "m"), &i) && i == INT64_MAX);
	assert_true(jsonc_int(jsonc_member(o, "n"), &i) && i == -1);
	jsonc_free(doc);
	jsonc_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jsonc_accepts_what_people_write),
		cmocka_unit_test(jsonc_keeps_integers_exact),
		cmocka_unit_test(jsonc_refuses_broken_structure),
		cmocka_unit_test(jsonc_refuses_broken_strings),
		cmocka_unit_test(jsonc_refuses_text_that_is_not_what_it_seems),
		cmocka_unit_test(jsonc_bounds_depth),
		cmocka_unit_test(jsonc_bounds_keys_of_one_object),
		cmocka_unit_test(jsonc_bounds_values),
		cmocka_unit_test(bytes_are_read_as_they_were_written),
		cmocka_unit_test(bytes_are_refused_unless_they_are_written_so),
		cmocka_unit_test(every_byte_comes_back_through_a_string),
		cmocka_unit_test(members_are_found_and_typed),
		cmocka_unit_test(jsonc_reads_every_truncation_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
