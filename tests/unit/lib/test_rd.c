/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_rd.c - a cursor never goes past the end, and numbers of system calls have names
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "tcbox/buf.h"
#include "tcbox/syscalls.h"

static const uint8_t bytes[] = { 0x80, 1, 2, 3, 4, 5, 6, 7, 0xff };

static void numbers_are_read_in_the_order_of_the_network(void **state)
{
	struct tb_rd r = tb_rd_init(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(tb_rd_u8(&r), 0x80);
	assert_int_equal(tb_rd_u16be(&r), 0x0102);
	assert_int_equal(tb_rd_u32be(&r), 0x03040506);
	assert_ptr_equal(tb_rd_bytes(&r, 2), bytes + 7);
	assert_int_equal(r.left, 0);
	assert_ptr_equal(tb_rd_bytes(&r, 0), bytes + 9);
	assert_false(r.bad);
	r = tb_rd_init(bytes, sizeof(bytes));
	assert_int_equal(tb_rd_u32be(&r), 0x80010203);
}

static void past_the_end_there_is_nothing_and_it_stays_so(void **state)
{
	struct tb_rd r = tb_rd_init(bytes, 3);

	(void)state;
	assert_int_equal(tb_rd_u32be(&r), 0);
	assert_true(r.bad);
	assert_int_equal(tb_rd_u8(&r), 0);		/* although three bytes are left */
	assert_null(tb_rd_bytes(&r, 0));
	r = tb_rd_init(bytes, 1);
	assert_int_equal(tb_rd_u16be(&r), 0);
	assert_true(r.bad);
	r = tb_rd_init(bytes, 3);
	assert_null(tb_rd_bytes(&r, SIZE_MAX));
	r = tb_rd_init(NULL, 0);
	assert_int_equal(tb_rd_u8(&r), 0);
	assert_true(r.bad);
}

static void system_calls_are_found_by_number_and_by_name(void **state)
{
	size_t n = 0;

	(void)state;
	for (int nr = -2; nr < TB_SYSCALL_MAX; nr++) {
		const char *name = tb_syscall_name(nr);

		n += name != NULL;
		if (name)
			assert_int_equal(tb_syscall_number(name), nr);
	}
	assert_in_range(n, 300, TB_SYSCALL_MAX);
	assert_string_equal(tb_syscall_name(SYS_openat), "openat");
	assert_null(tb_syscall_name(-1));
	assert_null(tb_syscall_name(TB_SYSCALL_MAX));
	assert_int_equal(tb_syscall_number("openat"), SYS_openat);
	assert_int_equal(tb_syscall_number("opena"), -1);
	assert_int_equal(tb_syscall_number(""), -1);
	assert_string_equal(tb_syscall_nearest("opennat"), "openat");
	assert_null(tb_syscall_nearest("zzzzzzzzzzzz"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_in_the_order_of_the_network),
		cmocka_unit_test(past_the_end_there_is_nothing_and_it_stays_so),
		cmocka_unit_test(system_calls_are_found_by_number_and_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
