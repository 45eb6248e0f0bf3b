/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_pool.c - memory of many pieces
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/pool.h"

static void pieces_do_not_overlap(void **state)
{
	struct tb_pool *pool = tb_pool_new(100);
	unsigned char *piece[2000];
	size_t i, j;

	(void)state;
	assert_non_null(pool);
	for (i = 0; i < 2000; i++) {
		piece[i] = tb_pool_alloc(pool, i);
		assert_non_null(piece[i]);
		assert_int_equal((uintptr_t)piece[i] % _Alignof(max_align_t), 0);
		memset(piece[i], (int)(i % 251), i);
	}
	for (i = 0; i < 2000; i++)
		for (j = 0; j < i; j++)
			assert_int_equal(piece[i][j], i % 251);
	tb_pool_free(pool);
	tb_pool_free(NULL);
}

static void a_large_piece_fits_and_leaves_room_for_small_ones(void **state)
{
	struct tb_pool *pool = tb_pool_new(0);
	char *large, *small;

	(void)state;
	assert_non_null(pool);
	large = tb_pool_alloc(pool, 3000001);
	small = tb_pool_alloc(pool, 1);
	assert_true(large && small);
	memset(large, 'l', 3000001);
	*small = 's';
	assert_int_equal(large[3000000], 'l');
	tb_pool_free(pool);
}

static void the_first_bytes_need_no_further_memory(void **state)
{
	struct tb_pool *pool = tb_pool_new(33);
	char *all, *more;

	(void)state;
	assert_non_null(pool);
	all = tb_pool_alloc(pool, 33);
	more = tb_pool_alloc(pool, 16);
	assert_true(all && more);
	assert_true(all > (char *)pool && all < (char *)pool + 64);
	assert_true(more < all || more >= all + 48);
	tb_pool_free(pool);
}

static void a_size_that_cannot_be_is_refused(void **state)
{
	struct tb_pool *pool = tb_pool_new(64);

	(void)state;
	assert_null(tb_pool_new(SIZE_MAX));
	assert_non_null(pool);
	assert_null(tb_pool_alloc(pool, SIZE_MAX));
	assert_null(tb_pool_alloc(pool, SIZE_MAX - 20));
	assert_null(tb_pool_alloc(pool, PTRDIFF_MAX));
	assert_non_null(tb_pool_alloc(pool, 64));
	tb_pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(a_large_piece_fits_and_leaves_room_for_small_ones),
		cmocka_unit_test(the_first_bytes_need_no_further_memory),
		cmocka_unit_test(a_size_that_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
