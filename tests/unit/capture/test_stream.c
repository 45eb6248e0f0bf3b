/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_stream.c - segments in any order, twice, and in contradiction
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/stream.h"

static bool add(struct stream *s, uint32_t at, const char *text)
{
	return stream_add(s, at, (const uint8_t *)text, strlen(text));
}

static void has(struct stream *s, const char *text)
{
	assert_int_equal(s->len, strlen(text));
	assert_memory_equal(s->data, text, s->len);
	stream_free(s);
}

static void segments_come_in_any_order(void **state)
{
	struct stream s = { 0 };

	(void)state;
	assert_true(add(&s, 0, "ab") && add(&s, 2, "cd"));
	has(&s, "abcd");
	assert_true(add(&s, 4, "ef") && add(&s, 2, "cd"));
	assert_int_equal(s.len, 0);
	assert_true(add(&s, 8, "i"));
	assert_true(add(&s, 0, "ab"));
	assert_int_equal(s.len, 6);
	assert_true(add(&s, 5, "fgh"));
	assert_int_equal(s.npieces, 0);
	has(&s, "abcdefghi");
}

static void segments_may_come_twice_and_overlap(void **state)
{
	struct stream s = { 0 };

	(void)state;
	assert_true(add(&s, 0, "abc") && add(&s, 0, "abc") && add(&s, 1, "bcd"));
	assert_true(add(&s, 6, "gh") && add(&s, 6, "gh") && add(&s, 5, "fghi"));
	assert_int_equal(s.npieces, 1);
	assert_true(add(&s, 3, "def"));
	has(&s, "abcdefghi");
	assert_true(add(&s, 3, ""));
	assert_int_equal(s.npieces, 0);
	stream_free(&s);
}

static void two_segments_that_say_different_things_are_refused(void **state)
{
	struct stream s = { 0 };

	(void)state;
	assert_true(add(&s, 0, "abc"));
	assert_false(add(&s, 2, "xd"));
	assert_true(add(&s, 2, "cd"));
	assert_true(add(&s, 8, "ij"));
	assert_false(add(&s, 7, "hx"));
	assert_false(add(&s, 9, "xk"));
	has(&s, "abcd");
}

static void so_many_pieces_are_kept(void **state)
{
	struct stream s = { 0 };

	(void)state;
	for (uint32_t i = 1; i <= STREAM_PIECES; i++)
		assert_true(add(&s, 2 * i, "x"));
	assert_true(add(&s, 3, "y"));		/* joins two of them */
	assert_true(add(&s, 2 * STREAM_PIECES + 2, "x"));
	assert_false(add(&s, 2 * STREAM_PIECES + 4, "x"));
	stream_free(&s);
}

static void so_many_bytes_are_kept(void **state)
{
	struct stream s = { 0 };

	(void)state;
	assert_true(add(&s, STREAM_MAX, "x"));
	assert_null(s.data);
	assert_true(add(&s, STREAM_MAX - 1, "xyz"));
	for (uint32_t i = 0; i < STREAM_MAX - 1; i++)
		assert_true(add(&s, i, "a"));
	assert_int_equal(s.len, STREAM_MAX);
	assert_int_equal(s.cap, STREAM_MAX);
	assert_int_equal(s.data[STREAM_MAX - 1], 'x');
	stream_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_come_in_any_order),
		cmocka_unit_test(segments_may_come_twice_and_overlap),
		cmocka_unit_test(two_segments_that_say_different_things_are_refused),
		cmocka_unit_test(so_many_pieces_are_kept),
		cmocka_unit_test(so_many_bytes_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
