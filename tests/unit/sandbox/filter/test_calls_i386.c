/* SPDX-License-Identifier: Apache-2.0 */
/* test_calls_i386.c - every call of 32-bit x86 has a statement, and is read as the native one */
#include <errno.h>
#include <linux/audit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "sandbox/filter/calls_i386.h"
#include "tcbox/own.h"

static const struct {
	int nr;
	const char *name;
} headers[] = {
#include "syscall_table_32.h"
};

static struct seccomp_data native(int nr, uint64_t a0, uint64_t a1, uint64_t a2,
				  const uint32_t block[6])
{
	struct seccomp_data d = { .nr = nr, .arch = AUDIT_ARCH_I386, .args = { a0, a1, a2 } };
	struct i386_call c = i386_call(nr, d.args);

	i386_as_native(&c, block, &d);
	return d;
}

static void every_call_of_the_kernel_headers_has_a_row(void **state)
{
	(void)state;
	assert_true(TB_ARRAY_SIZE(headers) > 400);
	for (size_t i = 0; i < TB_ARRAY_SIZE(headers); i++) {
		if (!i386_row(headers[i].nr))
			fail_msg("%s (%d) has no row", headers[i].name, headers[i].nr);
		assert_string_equal(i386_row(headers[i].nr)->name, headers[i].name);
	}
}

static void a_call_with_a_native_name_is_that_call(void **state)
{
	(void)state;
	for (int nr = 0; nr < I386_MAX; nr++) {
		const struct i386_row *row = i386_row(nr);
		int same = row ? tb_syscall_number(row->name) : -1;

		if (same >= 0 && row->native != same)
			fail_msg("%s (%d) is read as another call", row->name, nr);
		if (row && row->native >= 0)
			assert_non_null(calls_row(row->native));
	}
}

static void calls_inside_socketcall_and_ipc_are_told_by_their_number(void **state)
{
	static const struct { uint64_t sub; int nr; } sockets[] = {
		{ 1, SYS_socket }, { 3, SYS_connect }, { 8, SYS_socketpair }, { 9, SYS_sendto },
		{ 16, SYS_sendmsg },
		{ 18, SYS_accept4 }, { 20, SYS_sendmmsg }, { 0, -1 }, { 21, -1 },
		{ UINT32_MAX, -1 },
		{ 3 | UINT64_C(7) << 32, SYS_connect },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(sockets); i++)
		assert_int_equal(i386_call(102, (__u64[6]){ sockets[i].sub }).native,
				 sockets[i].nr);
	assert_int_equal(i386_call(117, (__u64[6]){ 24 }).native, SYS_shmctl);
	assert_int_equal(i386_call(117, (__u64[6]){ 1 | 1 << 16 }).native, SYS_semop);
	assert_int_equal(i386_call(117, (__u64[6]){ 5 }).native, -1);
	/* only these two are decided by what is in memory */
	for (uint32_t sub = 0; sub < I386_SUBS; sub++)
		assert_int_equal(i386_sub(I386_SOCKETCALL, sub).behalf, sub == 1 || sub == 8);
}

static void what_the_kernel_drops_is_dropped(void **state)
{
	uint64_t garbage = UINT64_C(0xdeadbeef00000000);
	struct seccomp_data d = native(295, garbage | 7, garbage | 0x1000, garbage | 1, NULL);

	(void)state;
	assert_int_equal(d.nr, SYS_openat);
	assert_int_equal(d.arch, AUDIT_ARCH_X86_64);
	assert_int_equal(d.args[0], 7);
	assert_int_equal(d.args[1], 0x1000);
	assert_int_equal(d.args[2], 1);
}

static void arguments_in_memory_take_the_place_of_plain_ones(void **state)
{
	const uint32_t block[6] = { 3, 0xfffff000, 16, 4, 5, 6 };
	struct seccomp_data d = native(102, 3, 0x2000, 99, block),
		sent = native(102, 9, 0x2000, 0, block);

	(void)state;
	assert_int_equal(d.nr, SYS_connect);
	assert_int_equal(d.args[0], 3);
	assert_int_equal(d.args[1], 0xfffff000);
	assert_int_equal(d.args[2], 16);
	assert_int_equal(d.args[3], 0); /* connect has three */
	assert_int_equal(sent.nr, SYS_sendto);
	assert_int_equal(sent.args[3], 4);
	assert_int_equal(sent.args[4], 0); /* send has no address, whatever follows in memory */
}

static void ids_of_16_bits_are_told_as_the_kernel_reads_them(void **state)
{
	struct seccomp_data d = native(164, 0xffff, 0x1000a, UINT32_MAX, NULL);

	(void)state;
	assert_int_equal(d.nr, SYS_setresuid);
	assert_int_equal((int)d.args[0], -1);
	assert_int_equal(d.args[1], 10);
	assert_int_equal((int)d.args[2], -1);
	assert_int_equal(native(208, 0xffff, 0, 0, NULL).args[0], 0xffff);
}

static void calls_without_a_native_one_fail_as_in_the_kernel(void **state)
{
	static const struct { int nr; const char *group; bool quiet; } none[] = {
		{ 17, "obsolete", true }, { 134, "obsolete", true }, { 166, "privilege", false },
		{ 113, "privilege", false },
		{ 222, "unknown", false }, { 511, "unknown", false }, { -1, "unknown", false },
		{ 512, "unknown", false },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(none); i++) {
		struct i386_call c = i386_call(none[i].nr, (__u64[6]){ 0 });
		struct seccomp_data d = native(none[i].nr, 1, 2, 3, NULL);

		assert_int_equal(c.native, -1);
		assert_int_equal(i386_refusal(&c).error, ENOSYS);
		assert_string_equal(i386_refusal(&c).group, none[i].group);
		assert_int_equal(i386_refusal(&c).quiet, none[i].quiet);
		assert_int_equal(d.arch, AUDIT_ARCH_I386);
		assert_int_equal(d.nr, none[i].nr);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_of_the_kernel_headers_has_a_row),
		cmocka_unit_test(a_call_with_a_native_name_is_that_call),
		cmocka_unit_test(calls_inside_socketcall_and_ipc_are_told_by_their_number),
		cmocka_unit_test(what_the_kernel_drops_is_dropped),
		cmocka_unit_test(arguments_in_memory_take_the_place_of_plain_ones),
		cmocka_unit_test(ids_of_16_bits_are_told_as_the_kernel_reads_them),
		cmocka_unit_test(calls_without_a_native_one_fail_as_in_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
