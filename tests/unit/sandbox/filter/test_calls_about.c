/* SPDX-License-Identifier: Apache-2.0 */
/* test_calls_about.c - what people are told of a call is what is done with it */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "sandbox/filter/calls.h"
#include "sandbox/filter/calls_i386.h"
#include "sandbox/filter/calls_ioctl.h"
#include "tcbox/own.h"
#include "tcbox/sandbox.h"

static bool says(const struct sbx_call *c, const char *words)
{
	return strstr(c->verdict, words);
}

/* begins() - the verdict begins with the name of an error, or without one */
static bool begins(const struct sbx_call *c, int error)
{
	const char *name = error ? strerrorname_np(error) : "";

	return !strncmp(c->verdict, name, strlen(name)) &&
	       (error || !strncmp(c->verdict, "passes", 6) || !strncmp(c->verdict, "recorded", 8));
}

static void every_call_is_told_as_it_is_done(void **state)
{
	struct sbx_call c;
	size_t told = 0;

	(void)state;
	for (int nr = -1; nr < TB_SYSCALL_MAX; nr++) {
		const struct call_row *row = calls_row(nr);

		if (sbx_call_about(nr, &c) != (row != NULL))
			fail_msg("number %d", nr);
		if (!row)
			continue;
		told++;
		if (strcmp(c.name, row->name) != 0 || !begins(&c, row->error) ||
		    c.why != row->why ||
		    says(&c, "passes with harmless arguments") != (row->pass || row->cases) ||
		    says(&c, "goes on if declared") != row->declarable ||
		    says(&c, "not recorded") != row->quiet ||
		    says(&c, "recorded") != (row->class != CALL_PLAIN))
			fail_msg("%s: %s", c.name, c.verdict);
	}
	assert_in_range(told, 330, TB_SYSCALL_MAX);
}

static void some_are_told_in_these_words(void **state)
{
	static const struct {
		int nr;
		const char *verdict;
	} table[] = {
		{ SYS_read, "passes" }, { SYS_ptrace, "recorded" },
		{ SYS_openat, "recorded, passes with harmless arguments" },
		{ SYS_keyctl, "EPERM, recorded" },
		{ SYS_io_uring_setup, "ENOSYS, recorded, goes on if declared" },
	};
	struct sbx_call c;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(table); i++) {
		assert_true(sbx_call_about(table[i].nr, &c));
		assert_string_equal(c.verdict, table[i].verdict);
	}
}

static void whole_tables_of_calls_are_told(void **state)
{
	struct sbx_call c;

	(void)state;
	for (size_t i = 0; i < CALL_ABI_OTHER - 1; i++) {
		enum call_abi abi = (enum call_abi)(CALL_ABI_NATIVE + 1 + i);
		const struct call_abi_row *row = calls_abi_row(abi);

		assert_true(sbx_call_table_about(i, &c));
		assert_memory_equal(c.name, "all of ", 7);
		assert_string_equal(c.name + 7, row->name);
		assert_true(begins(&c, row->error) && says(&c, ", recorded"));
		assert_int_equal(says(&c, "goes on if declared"), row->declarable);
		assert_ptr_equal(c.why, row->why);
	}
	assert_false(sbx_call_table_about(CALL_ABI_OTHER - 1, &c));
}

static void every_command_of_ioctl_is_told_as_it_is_done(void **state)
{
	const struct call_ioctl *row;
	struct sbx_call c;
	size_t i;

	(void)state;
	for (i = 0; (row = calls_ioctl_at(i)); i++) {
		assert_true(sbx_call_ioctl_about(i, &c));
		assert_memory_equal(c.name, "ioctl ", 6);
		assert_string_equal(c.name + 6, row->name);
		assert_ptr_equal(c.why, row->why);
		if (!begins(&c, row->error) || says(&c, "recorded") == (row->does == IOCTL_NOTHING))
			fail_msg("%s: %s", c.name, c.verdict);
		if (!row->error)
			assert_string_equal(c.verdict, row->does == IOCTL_NOTHING ? "passes" :
											   "recorded");
	}
	assert_true(i > 40);
	assert_false(sbx_call_ioctl_about(i, &c));
}

/* i386_told() - how a call that only 32-bit x86 has is told; "" if it is not */
static const char *i386_told(const char *name)
{
	static struct sbx_call c;
	char full[sizeof(c.name)];

	(void)snprintf(full, sizeof(full), "i386 %s", name);
	for (size_t i = 0; i < SBX_CALLS_I386; i++)
		if (sbx_call_i386_about(i, &c) && !strcmp(c.name, full))
			return c.verdict;
	return "";
}

static void calls_that_only_32_bit_x86_has_are_told_as_native_ones(void **state)
{
	static const struct { const char *name, *verdict; } table[] = {
		{ "waitpid", "as wait4" }, { "mmap2", "as mmap" },
		{ "sched_rr_get_interval_time64", "as sched_rr_get_interval" },
		{ "break", "ENOSYS, not recorded" }, { "vm86old", "ENOSYS, recorded" },
		{ "socketcall socket", "as socket" }, { "socketcall sendmmsg", "as sendmmsg" },
		{ "socketcall recv", "as recvfrom" },
		{ "ipc semop", "as semop" }, { "ipc shmctl", "as shmctl" },
		{ "read", "" }, { "openat", "" }, { "socketcall", "" }, { "ipc", "" },
	};
	struct sbx_call c;
	size_t told = 0, behalf = 0;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(table); i++)
		assert_string_equal(i386_told(table[i].name), table[i].verdict);
	for (size_t i = 0; i < SBX_CALLS_I386; i++) {
		if (!sbx_call_i386_about(i, &c))
			continue;
		told++;
		behalf += c.why && strstr(c.why, "made by tcbox");
		/* which calls those are can be looked up */
		if (says(&c, "as ") ? tb_syscall_number(c.verdict + 3) < 0 : !c.why)
			fail_msg("%s: %s", c.name, c.verdict);
	}
	assert_int_equal(told, 117);
	assert_int_equal(behalf, 2);		/* socket and socketpair */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_is_told_as_it_is_done),
		cmocka_unit_test(some_are_told_in_these_words),
		cmocka_unit_test(whole_tables_of_calls_are_told),
		cmocka_unit_test(every_command_of_ioctl_is_told_as_it_is_done),
		cmocka_unit_test(calls_that_only_32_bit_x86_has_are_told_as_native_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
