/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sent.c - bytes are counted once, and other ones in the place of some are noticed
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/sent.h"

struct fixture {
	struct sent s;
	size_t budget;
};

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	if (x)
		x->budget = 1 << 20;
	*state = x;
	return !x;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	sent_free(&x->s, &x->budget);
	assert_int_equal(x->budget, 1 << 20);
	free(x);
	return 0;
}

static void add_cut(struct fixture *x, uint64_t at, const char *text, uint32_t len)
{
	const struct sent_segment g = { at, len, (const uint8_t *)text, strlen(text) };

	sent_add(&x->s, &x->budget, &g);
}

static void add(struct fixture *x, uint64_t at, const char *text)
{
	add_cut(x, at, text, (uint32_t)strlen(text));
}

static void every_byte_counts_once(void **state)
{
	struct fixture *x = *state;

	add(x, 0, "abc");
	add(x, 0, "abc");
	add(x, 2, "cde");
	assert_int_equal(sent_bytes(&x->s), 5);
	add(x, 8, "ij");
	add(x, 12, "mn");
	add(x, 8, "ijkl");
	assert_int_equal(x->s.npieces, 1);
	assert_int_equal(sent_bytes(&x->s), 11);
	add(x, 3, "defghi");
	assert_int_equal(x->s.upto, 14);
	assert_int_equal(sent_bytes(&x->s), 14);
	add(x, 5, "");
	assert_false(x->s.ambiguous);
}

static void other_bytes_in_a_place_are_noticed(void **state)
{
	static const struct { uint64_t at; const char *text; } others[] = {
		{ 0, "x" }, { 2, "x" }, { 1, "bcx" }, { 7, "x" }, { 5, "fgx" }, { 3, "defgx" },
	};
	struct fixture *x = *state;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		add(x, 0, "abc");
		add(x, 7, "h");
		assert_false(x->s.ambiguous);
		add(x, others[i].at, others[i].text);
		assert_int_equal(x->s.ambiguous, others[i].at != 1);
		sent_free(&x->s, &x->budget);
	}
}

static void what_overlaps_is_compared_as_far_as_both_are_known(void **state)
{
	struct fixture *x = *state;

	add_cut(x, 0, "abcd", 100);
	add_cut(x, 2, "cdxx", 98);
	assert_false(x->s.ambiguous);
	add_cut(x, 0, "abcx", 4);
	assert_true(x->s.ambiguous);
	assert_null(x->s.oldest);
	add(x, 100, "more");
	assert_int_equal(sent_bytes(&x->s), 104);
}

static void what_was_acknowledged_is_kept_for_a_while(void **state)
{
	static char text[SENT_ACKED / 2 + 1];
	struct fixture *x = *state;

	memset(text, 'a', sizeof(text) - 1);
	for (size_t i = 0; i < 4; i++)
		add(x, i * (sizeof(text) - 1), text);
	sent_acked(&x->s, &x->budget, 1);
	assert_int_equal(x->s.forgotten, 0);
	sent_acked(&x->s, &x->budget, x->s.upto);
	assert_int_equal(x->s.forgotten, SENT_ACKED);
	add(x, SENT_ACKED, text);
	assert_false(x->s.ambiguous);
	add(x, SENT_ACKED - 1, "a");
	assert_true(x->s.ambiguous);
}

static void without_room_what_comes_twice_is_not_known(void **state)
{
	struct fixture *x = *state;
	size_t all = x->budget;

	x->budget = 0;
	add(x, 0, "abc");
	add(x, 3, "def");
	assert_false(x->s.ambiguous);
	assert_int_equal(sent_bytes(&x->s), 6);
	add(x, 5, "fg");
	assert_true(x->s.ambiguous);
	sent_free(&x->s, &x->budget);
	x->budget = all;
}

static void too_many_segments_and_pieces_are_bounded(void **state)
{
	struct fixture *x = *state;

	for (uint64_t i = 0; i <= SENT_KEPT; i++)
		add(x, i, "a");
	assert_int_equal(x->s.nkept, SENT_KEPT);
	assert_int_equal(x->s.forgotten, 1);
	for (uint64_t i = 0; i < SENT_PIECES; i++)
		add(x, SENT_KEPT + 10 + 2 * i, "a");
	assert_false(x->s.ambiguous);
	add(x, SENT_KEPT + 10 + 2 * SENT_PIECES, "a");
	assert_true(x->s.ambiguous);
}

static void a_place_is_the_nearest_to_what_was_sent(void **state)
{
	struct sent s = { .upto = UINT64_C(5) << 32 };

	(void)state;
	assert_int_equal(sent_place(&s, 7), (INT64_C(5) << 32) + 7);
	assert_int_equal(sent_place(&s, UINT32_MAX), (INT64_C(5) << 32) - 1);
	s.upto = 3;
	assert_int_equal(sent_place(&s, UINT32_MAX), -1);
	assert_int_equal(sent_place(&s, 0), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(every_byte_counts_once),
		T(other_bytes_in_a_place_are_noticed),
		T(what_overlaps_is_compared_as_far_as_both_are_known),
		T(what_was_acknowledged_is_kept_for_a_while),
		T(without_room_what_comes_twice_is_not_known),
		T(too_many_segments_and_pieces_are_bounded),
		cmocka_unit_test(a_place_is_the_nearest_to_what_was_sent),
	};

	return cmocka_run_group_tests_name("sent", tests, NULL, NULL);
}
