/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_buf.c - the growing buffer and the bounded cursor
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "tcbox/buf.h"
#include "tcbox/own.h"

static void an_empty_buffer_is_taken_as_the_empty_string(void **state)
{
	struct tb_buf b = TB_BUF_INIT;
	TB_AUTOFREE char *s = tb_buf_take(&b);

	(void)state;
	assert_string_equal(s, "");
	assert_null(b.data);
}

static void appending_grows_and_keeps_the_end_marked(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		tb_buf_addf(&b, "%zu,", i % 10);
		assert_int_equal(b.len, 2 * (i + 1));
		assert_int_equal(b.data[b.len], '\0');
	}
	assert_false(b.failed);
	assert_memory_equal(b.data, "0,1,2,3,4,5,6,7,8,9,0,", 22);
}

static void bytes_may_contain_zeros(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	(void)state;
	tb_buf_add(&b, "a\0b", 3);
	tb_buf_addc(&b, '\0');
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "a\0b\0", 5);
}

static void dropping_removes_from_the_front(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	(void)state;
	tb_buf_drop(&b, 5);
	assert_int_equal(b.len, 0);
	tb_buf_adds(&b, "hello world");
	tb_buf_drop(&b, 6);
	assert_string_equal(b.data, "world");
	tb_buf_drop(&b, 0);
	assert_string_equal(b.data, "world");
	tb_buf_drop(&b, 99);
	assert_string_equal(b.data, "");
}

static void a_failure_is_sticky_until_the_reset(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	(void)state;
	tb_buf_adds(&b, "kept");
	tb_buf_add(&b, "", SIZE_MAX - 2);
	assert_true(b.failed);
	tb_buf_adds(&b, "not added");
	assert_int_equal(b.len, 4);
	assert_null(tb_buf_take(&b));
	assert_null(b.data);
	tb_buf_reset(&b);
	assert_false(b.failed);
}

static void the_cursor_reads_what_is_first_as_highest(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 0xff };
	struct tb_rd r = tb_rd_init(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(tb_rd_u8(&r), 0x01);
	assert_int_equal(tb_rd_u16be(&r), 0x0203);
	assert_int_equal(tb_rd_u32be(&r), 0x04050607);
	assert_int_equal(tb_rd_u8(&r), 0xff);
	assert_int_equal(r.left, 0);
	assert_false(r.bad);
}

static void a_read_past_the_end_gives_zero_and_stays_bad(void **state)
{
	static const uint8_t bytes[] = { 0xff, 0xff, 0xff };
	struct tb_rd r = tb_rd_init(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(tb_rd_u32be(&r), 0);
	assert_true(r.bad);
	assert_int_equal(tb_rd_u8(&r), 0);
	assert_null(tb_rd_bytes(&r, 0));
	assert_null(tb_rd_bytes(&r, SIZE_MAX));
}

static void the_cursor_does_not_touch_the_byte_after_the_last(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);
	struct tb_rd r;

	(void)state;
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_return_code(mprotect(map + page, page, PROT_NONE), 0);
	map[page - 1] = 7;
	r = tb_rd_init(map + page - 1, 1);
	assert_int_equal(tb_rd_u16be(&r), 0);
	r = tb_rd_init(map + page - 1, 1);
	assert_int_equal(tb_rd_u8(&r), 7);
	assert_int_equal(tb_rd_u32be(&r), 0);
	assert_return_code(munmap(map, 2 * page), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_is_taken_as_the_empty_string),
		cmocka_unit_test(appending_grows_and_keeps_the_end_marked),
		cmocka_unit_test(bytes_may_contain_zeros),
		cmocka_unit_test(dropping_removes_from_the_front),
		cmocka_unit_test(a_failure_is_sticky_until_the_reset),
		cmocka_unit_test(the_cursor_reads_what_is_first_as_highest),
		cmocka_unit_test(a_read_past_the_end_gives_zero_and_stays_bad),
		cmocka_unit_test(the_cursor_does_not_touch_the_byte_after_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
