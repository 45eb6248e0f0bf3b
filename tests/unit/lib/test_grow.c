/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_grow.c - arrays that grow
 */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tcbox/grow.h"

static void there_is_always_room_for_one_more(void **state)
{
	uint64_t *v = NULL, *grown;
	unsigned int moves = 0;
	size_t n, i;

	(void)state;
	for (n = 0; n < 3000; n++) {
		grown = tb_grow(v, n, 1, sizeof(*v));
		assert_non_null(grown);
		assert_true(malloc_usable_size(grown) >= (n + 1) * sizeof(*v));
		moves += n && malloc_usable_size(grown) < 2 * n * sizeof(*v) && n > 4 &&
			(n & (n - 1)) == 0;
		v = grown;
		v[n] = n;
	}
	assert_int_equal(moves, 0);
	for (i = 0; i < n; i++)
		assert_true(v[i] == i);
	free(v);
}

static void an_array_with_room_stays_where_it_is(void **state)
{
	char *v = tb_grow(NULL, 0, 5, 1000);

	(void)state;
	assert_non_null(v);
	assert_true(malloc_usable_size(v) >= 8000);
	assert_ptr_equal(tb_grow(v, 5, 3, 1000), v);
	assert_ptr_equal(tb_grow(v, 7, 1, 1000), v);
	assert_ptr_equal(tb_grow(v, 8, 0, 1000), v);
	v = tb_grow(v, 8, 1, 1000);
	assert_non_null(v);
	assert_true(malloc_usable_size(v) >= 16000);
	free(v);
}

static void no_elements_are_an_array_too(void **state)
{
	void *v = tb_grow(NULL, 0, 0, 8);

	(void)state;
	assert_non_null(v);
	free(v);
}

static void sizes_that_cannot_be_are_refused(void **state)
{
	char *v = tb_grow(NULL, 0, 2, 1);

	(void)state;
	assert_non_null(v);
	assert_null(tb_grow(v, 2, SIZE_MAX, 1));
	assert_null(tb_grow(v, 2, SIZE_MAX - 2, 1));
	assert_null(tb_grow(v, 2, SIZE_MAX / 2 + 1, 1));
	assert_null(tb_grow(v, 2, SIZE_MAX / 8, 64));
	free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_is_always_room_for_one_more),
		cmocka_unit_test(an_array_with_room_stays_where_it_is),
		cmocka_unit_test(no_elements_are_an_array_too),
		cmocka_unit_test(sizes_that_cannot_be_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
