/* SPDX-License-Identifier: Apache-2.0 */
/* test_star.c - what names of several runs have in common ends with words */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/learn/state.h"
#include "tcbox/own.h"

static const struct {
	const char *name;
	size_t head, tail, want_head, want_tail;
} rows[] = {
	{ "02.in", 1, 3, 0, 3 },	/* 02.in and 03.in */
	{ "82.in", 0, 4, 0, 3 },	/* 82.in and 92.in */
	{ "tmp-a4Xz.log", 5, 5, 4, 4 }, /* tmp-a4Xz.log and tmp-aqBz.log */
	{ "job_17_out", 4, 4, 4, 4 },	/* job_17_out and job_23_out */
	{ "abc", 1, 1, 0, 0 },
	{ "-x-", 1, 1, 1, 1 },
	{ "", 0, 0, 0, 0 },
};

static void what_is_common_ends_with_whole_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		size_t head = rows[i].head, tail = rows[i].tail;

		lrn_star(rows[i].name, strlen(rows[i].name), &head, &tail);
		assert_int_equal(head, rows[i].want_head);
		assert_int_equal(tail, rows[i].want_tail);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_common_ends_with_whole_words),
	};

	return cmocka_run_group_tests_name("learn/star", tests, NULL, NULL);
}
