/* SPDX-License-Identifier: Apache-2.0 */
/* test_yaml_text.c - YAML is read strictly, in bounded time and memory, and with places */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/exchange/yaml_text.h"
#include "tcbox/own.h"

static struct draft draft;
static struct tb_err error;

static struct yaml_text *read_text(const char *text, size_t len, int wanted)
{
	struct source s = { .d = &draft, .err = &error };
	struct yaml_text *y = NULL;

	error = (struct tb_err){ 0 };
	assert_int_equal(yaml_text_read(&s, text, len, &y), wanted);
	return y;
}

static const struct jsonc_val *first_document(struct yaml_text *y)
{
	return yaml_text_documents(y)->first;
}

static void refused(const char *text, const char *want)
{
	assert_null(read_text(text, strlen(text), -EINVAL));
	assert_string_equal(error.msg, want);
}

static int begin(void **state)
{
	(void)state;
	return draft_init(&draft, "x", &error);
}

static int end(void **state)
{
	(void)state;
	draft_clear(&draft);
	return 0;
}

static void a_key_can_have_an_anchor(void **state)
{
	static const char text[] = "&x key: 1\nb: *x\nc: {*x : 2}\n";
	struct yaml_text *y = read_text(text, strlen(text), 0);

	(void)state;
	assert_int_equal(jsonc_member(first_document(y), "key")->magnitude, 1);
	assert_string_equal(jsonc_text(first_document(y), "b"), "key");
	assert_int_equal(jsonc_member(jsonc_member(first_document(y), "c"), "key")->magnitude, 2);
	yaml_text_free(y);
}

static void values_have_types_and_places(void **state)
{
	static const char text[] = "a: 1\nb: [x, 'null', ~, true, -5, 007, 1.5, "
				   "99999999999999999999]\n\"c\": \"\\u22ef\"\n---\n- d\n";
	struct yaml_text *y = read_text(text, strlen(text), 0);
	const struct jsonc_val *v = jsonc_member(first_document(y), "b");
	static const enum jsonc_type want[] = { JSONC_STRING, JSONC_STRING, JSONC_NULL, JSONC_BOOL,
						JSONC_INTEGER, JSONC_STRING, JSONC_STRING,
						JSONC_STRING };
	size_t i = 0;

	(void)state;
	assert_int_equal(v->pos.line, 2);
	assert_int_equal(v->pos.column, 4);
	assert_int_equal(v->key_pos.column, 1);
	assert_int_equal(v->count, TB_ARRAY_SIZE(want));
	for (v = v->first; v; v = v->next)
		assert_int_equal(v->type, want[i++]);
	assert_int_equal(jsonc_member(first_document(y), "a")->magnitude, 1);
	assert_string_equal(jsonc_text(first_document(y), "c"), "\xe2\x8b\xaf");
	assert_int_equal(yaml_text_documents(y)->count, 2);
	yaml_text_free(y);
}

static void an_alias_is_a_copy_of_what_it_stands_for(void **state)
{
	static const char text[] = "a: &x {p: [1, 2]}\nb: *x\nc: [*x, &x 3, *x]\n";
	struct yaml_text *y = read_text(text, strlen(text), 0);
	const struct jsonc_val *b = jsonc_member(first_document(y), "b");
	const struct jsonc_val *c = jsonc_member(first_document(y), "c");

	(void)state;
	assert_int_equal(b->pos.line, 2);
	assert_int_equal(jsonc_member(b, "p")->count, 2);
	assert_int_equal(jsonc_member(c->first, "p")->last->magnitude, 2);
	assert_int_equal(c->last->magnitude, 3);
	yaml_text_free(y);
}

static void what_grows_is_refused_at_the_alias_that_goes_too_far(void **state)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	(void)state;
	tb_buf_adds(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 10; i++) {
		tb_buf_addf(&text, "a%d: &a%d [", i, i);
		for (int k = 0; k < 10; k++)
			tb_buf_addf(&text, "%s*a%d", k ? "," : "", i - 1);
		tb_buf_adds(&text, "]\n");
	}
	assert_null(read_text(text.data, text.len, -EINVAL));
	assert_string_equal(error.msg, "x:6:22: more than 524288 values, with what aliases stand "
			    "for");
}

static void what_stands_in_itself_is_refused(void **state)
{
	(void)state;
	refused("a: &x [1, *x]\n", "x:1:11: \"x\" stands in itself");
	refused("a: *x\n", "x:1:4: no anchor is called \"x\"");
	refused("a: &x 1\n---\nb: *x\n", "x:3:4: no anchor is called \"x\"");
}

static void keys_are_words_and_occur_once(void **state)
{
	(void)state;
	refused("a: 1\nb: 2\na: 3\n",
		"x:3:1: duplicate key \"a\"; it is in line 1, column 1 already");
	refused("? [a]\n: 1\n", "x:1:3: a key has to be a word");
	refused("a: &x 1\n*x : 2\n", "x:2:1: a key has to be a word");
	refused("\"a\\0b\": 1\n", "x:1:1: the character NUL in a string");
}

static void what_is_too_deep_or_too_much_is_refused(void **state)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	(void)state;
	for (int i = 0; i < 10000; i++)
		tb_buf_addc(&text, '[');
	assert_null(read_text(text.data, text.len, -EINVAL));
	assert_string_equal(error.msg, "x:1:65: nested deeper than 64 levels");
	tb_buf_reset(&text);
	tb_buf_adds(&text, "a: &a [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n"
		    "b: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n");
	assert_null(read_text(text.data, text.len, -EINVAL));
	assert_string_equal(error.msg, "x:2:43: nested deeper than 64 levels");
	tb_buf_reset(&text);
	for (int i = 0; i < 600000; i++)
		tb_buf_adds(&text, "- a\n");
	assert_null(read_text(text.data, text.len, -EINVAL));
	assert_string_equal(error.msg, "x:524288:3: more than 524288 values, with what aliases "
			    "stand for");
	tb_buf_reset(&text);
	for (int i = 0; i < 600; i++)
		tb_buf_addf(&text, "k%d: 1\n", i);
	assert_null(read_text(text.data, text.len, -EINVAL));
	assert_string_equal(error.msg, "x:513:1: more than 512 keys in one object");
	tb_buf_reset(&text);
	for (int i = 0; i < 100000; i++)
		tb_buf_addf(&text, "%%TAG !a%d! tag:x\n", i);
	assert_null(read_text(text.data, text.len, -EINVAL));
	assert_string_equal(error.msg, "x:65:1: more than 64 directives");
}

static void what_is_no_yaml_is_refused_with_its_place(void **state)
{
	(void)state;
	refused("a: [1\nb: 2\n", "x:2:2: while parsing a flow sequence: did not find expected ',' "
		"or ']'");
	refused("a: \"\xff\"\n", "x:1:1: invalid leading UTF-8 octet");
	refused("a: \"\\ud800\"\n", "x:1:7: while parsing a quoted scalar: found invalid Unicode "
		"character escape code");
	refused("a: \x07\n", "x:1:1: control characters are not allowed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(values_have_types_and_places, begin, end),
		cmocka_unit_test_setup_teardown(a_key_can_have_an_anchor, begin, end),
		cmocka_unit_test_setup_teardown(an_alias_is_a_copy_of_what_it_stands_for, begin,
						end),
		cmocka_unit_test_setup_teardown(
			what_grows_is_refused_at_the_alias_that_goes_too_far, begin, end),
		cmocka_unit_test_setup_teardown(what_stands_in_itself_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(keys_are_words_and_occur_once, begin, end),
		cmocka_unit_test_setup_teardown(what_is_too_deep_or_too_much_is_refused, begin,
						end),
		cmocka_unit_test_setup_teardown(what_is_no_yaml_is_refused_with_its_place, begin,
						end),
	};

	return cmocka_run_group_tests_name("exchange/yaml_text", tests, NULL, NULL);
}
