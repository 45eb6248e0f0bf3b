/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_map.c - the hash table against a list that does the same slowly
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/map.h"

#define KEYS 3000

static void what_is_put_is_found(void **state)
{
	struct tb_map *m = tb_map_new(10);
	int one = 1, two = 2;

	(void)state;
	assert_non_null(m);
	assert_null(tb_map_get(m, "a", 1));
	assert_null(tb_map_del(m, "a", 1));
	assert_int_equal(tb_map_put(m, "a", 1, &one), 0);
	assert_int_equal(tb_map_put(m, "ab", 2, &two), 0);
	assert_ptr_equal(tb_map_get(m, "a", 1), &one);
	assert_ptr_equal(tb_map_get(m, "ab", 2), &two);
	assert_null(tb_map_get(m, "a", 0));
	assert_int_equal(tb_map_put(m, "a", 1, &two), 0);
	assert_ptr_equal(tb_map_get(m, "a", 1), &two);
	assert_int_equal(tb_map_count(m), 2);
	assert_ptr_equal(tb_map_del(m, "a", 1), &two);
	assert_null(tb_map_get(m, "a", 1));
	assert_int_equal(tb_map_count(m), 1);
	tb_map_free(m);
	tb_map_free(NULL);
}

static void keys_are_bytes_and_are_copied(void **state)
{
	struct tb_map *m = tb_map_new(10);
	char key[3] = { 'a', '\0', 'b' };
	int v = 1;

	(void)state;
	assert_int_equal(tb_map_put(m, key, sizeof(key), &v), 0);
	assert_int_equal(tb_map_put(m, NULL, 0, &v), 0);	/* the empty key is a key */
	key[2] = 'c';
	assert_null(tb_map_get(m, key, sizeof(key)));
	assert_ptr_equal(tb_map_get(m, "a\0b", 3), &v);
	assert_ptr_equal(tb_map_get(m, "", 0), &v);
	assert_ptr_equal(tb_map_get(m, NULL, 0), &v);
	assert_int_equal(tb_map_put(m, NULL, 0, &v), 0);
	assert_int_equal(tb_map_count(m), 2);
	assert_ptr_equal(tb_map_del(m, NULL, 0), &v);
	assert_null(tb_map_get(m, NULL, 0));
	tb_map_free(m);
}

static void a_full_table_refuses_and_still_replaces(void **state)
{
	struct tb_map *m = tb_map_new(2);
	int v = 1, w = 2;

	(void)state;
	assert_int_equal(tb_map_put(m, "a", 1, &v), 0);
	assert_int_equal(tb_map_put(m, "b", 1, &v), 0);
	assert_int_equal(tb_map_put(m, "c", 1, &v), -ENOSPC);
	assert_int_equal(tb_map_put(m, "b", 1, &w), 0);
	assert_ptr_equal(tb_map_get(m, "b", 1), &w);
	assert_null(tb_map_get(m, "c", 1));
	assert_ptr_equal(tb_map_del(m, "a", 1), &v);
	assert_int_equal(tb_map_put(m, "c", 1, &v), 0);
	tb_map_free(m);
}

/* The same operations in an order that looks random and is not; deletions move entries, so that
 * every state must be right. */
static void a_long_life_matches_a_simple_model(void **state)
{
	static int values[KEYS];
	static bool there[KEYS];
	struct tb_map *m = tb_map_new(KEYS);
	size_t count = 0, i, pos, seen;
	uint32_t x = 12345, key;

	(void)state;
	for (i = 0; i < 60000; i++) {
		x = x * 1664525 + 1013904223;
		key = (x >> 8) % KEYS;
		if (x >> 31) {
			assert_int_equal(tb_map_put(m, &key, sizeof(key), &values[key]), 0);
			count += !there[key];
			there[key] = true;
		} else {
			assert_ptr_equal(tb_map_del(m, &key, sizeof(key)),
					 there[key] ? &values[key] : NULL);
			count -= there[key];
			there[key] = false;
		}
		assert_int_equal(tb_map_count(m), count);
	}
	for (key = 0; key < KEYS; key++)
		assert_ptr_equal(tb_map_get(m, &key, sizeof(key)),
				 there[key] ? &values[key] : NULL);
	for (pos = 0, seen = 0; tb_map_next(m, &pos); seen++)
		;
	assert_int_equal(seen, count);
	tb_map_free(m);
}

/* A table that is nearly full and small has long runs, around its end as well: 12 of 16 slots,
 * whatever the seed. */
static void small_full_tables_match_as_well(void **state)
{
	static int values[24];
	uint32_t x = 1;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct tb_map *m = tb_map_new(11);
		bool there[24] = { false };
		size_t count = 0;

		for (int i = 0; i < 200; i++) {
			unsigned char key;

			x = x * 1664525 + 1013904223;
			key = (unsigned char)((x >> 8) % 24);
			if (x >> 31 && (there[key] || count < 11)) {
				assert_int_equal(tb_map_put(m, &key, 1, &values[key]), 0);
				count += !there[key];
				there[key] = true;
			} else if (x >> 31) {
				assert_int_equal(tb_map_put(m, &key, 1, &values[key]), -ENOSPC);
			} else {
				assert_ptr_equal(tb_map_del(m, &key, 1),
						 there[key] ? &values[key] : NULL);
				count -= there[key];
				there[key] = false;
			}
			for (key = 0; key < 24; key++)
				assert_ptr_equal(tb_map_get(m, &key, 1),
						 there[key] ? &values[key] : NULL);
		}
		tb_map_free(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_found),
		cmocka_unit_test(keys_are_bytes_and_are_copied),
		cmocka_unit_test(a_full_table_refuses_and_still_replaces),
		cmocka_unit_test(a_long_life_matches_a_simple_model),
		cmocka_unit_test(small_full_tables_match_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
