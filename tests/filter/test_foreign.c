/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_foreign.c - no number of any system call table passes that the call table does not let pass
 *
 * Numbers come from the installed kernel headers, and go on beyond them. Program and table are
 * asked both: the final program under several policies, and the verdict that the supervisor gives
 * to what the program notifies.
 */
#include <errno.h>
#include <linux/audit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "sandbox/filter/calls.h"
#include "sandbox/filter/filter.h"
#include "tests/filter/bpf_run.h"

#define NUMBERS 4096 /* all that a table can have, TB_SYSCALL_MAX and the headers' greatest number
		      * included */

struct entry {
	int nr;
	const char *name;
};

static const struct entry i386[] = {
#include "syscall_table_32.h"
};
static const struct entry x32[] = {
#include "syscall_table_x32.h"
};

static enum pol_sys everything[TB_SYSCALL_MAX], little[TB_SYSCALL_MAX];

static const struct {
	const char *name;
	struct sbx_calls opt;
} policies[] = {
	{ "no policy", { 0 } },
	{ "everything declared", { .sys = everything } },
	{ "everything declared, enforced", { .sys = everything, .enforce = true } },
	{ "little declared, enforced", { .sys = little, .enforce = true } },
	{ "everything observed", { .observe_all = true } },
	{ "little declared, everything observed", { .sys = little, .observe_all = true } },
};

static struct flt programs[TB_ARRAY_SIZE(policies)];

static int build_programs(void **state)
{
	struct tb_err err = { 0 };

	(void)state;
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		everything[nr] = POL_SYS_ALLOWED;
	little[SYS_read] = little[SYS_execve] = little[SYS_exit_group] = POL_SYS_ALLOWED;
	for (size_t i = 0; i < TB_ARRAY_SIZE(policies); i++)
		if (flt_build(&policies[i].opt, &programs[i], &err) < 0)
			return -1;
	return 0;
}

static int free_programs(void **state)
{
	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(programs); i++)
		flt_free(&programs[i]);
	return 0;
}

static void assert_refused(uint32_t arch, int nr, const char *name, const char *group)
{
	struct seccomp_data d = { .nr = nr, .arch = arch };
	struct call_verdict v;

	for (size_t i = 0; i < TB_ARRAY_SIZE(policies); i++) {
		if (ask(&programs[i], arch, nr, NULL) != SECCOMP_RET_USER_NOTIF)
			fail_msg("%s: arch 0x%x call %d (%s): 0x%x", policies[i].name, arch, nr,
				 name, ask(&programs[i], arch, nr, NULL));
		v = calls_verdict(&d, policies[i].opt.sys);
		if (v.error != ENOSYS || v.quiet || strcmp(v.group, group) != 0)
			fail_msg("%s: arch 0x%x call %d (%s): error %d, %s", policies[i].name, arch,
				 nr, name, v.error, v.group);
	}
}

static void every_call_of_x32_is_refused(void **state)
{
	(void)state;
	assert_true(TB_ARRAY_SIZE(x32) > 300);
	for (size_t i = 0; i < TB_ARRAY_SIZE(x32); i++) {
		assert_true(x32[i].nr < NUMBERS);
		assert_refused(AUDIT_ARCH_X86_64, (int)(CALL_X32_BIT | (unsigned int)x32[i].nr),
			       x32[i].name, "abi");
	}
	for (unsigned int nr = 0; nr < NUMBERS; nr++)
		assert_refused(AUDIT_ARCH_X86_64, (int)(CALL_X32_BIT | nr), "", "abi");
}

/* Before Linux 5.4 the kernel took 512 to 547 for calls of x32 without the bit, too (commit
 * 6365b842aae4). */
static void numbers_of_x32_without_its_bit_are_refused(void **state)
{
	(void)state;
	for (int nr = 512; nr <= 547; nr++)
		assert_refused(AUDIT_ARCH_X86_64, nr, "", "unknown");
}

static void every_call_of_i386_is_refused(void **state)
{
	(void)state;
	assert_true(TB_ARRAY_SIZE(i386) > 400);
	for (size_t i = 0; i < TB_ARRAY_SIZE(i386); i++) {
		assert_true(i386[i].nr < NUMBERS);
		assert_refused(AUDIT_ARCH_I386, i386[i].nr, i386[i].name, "abi");
	}
	for (int nr = 0; nr < NUMBERS; nr++)
		assert_refused(AUDIT_ARCH_I386, nr, "", "abi");
}

static void numbers_past_the_tables_are_refused(void **state)
{
	static const int strange[] = { -2, INT32_MIN, INT32_MAX, INT32_MIN + 1, -SYS_openat,
				       0x3fffffff, (int)0xc0000000 };

	(void)state;
	for (int nr = TB_SYSCALL_MAX; nr < NUMBERS; nr++)
		assert_refused(AUDIT_ARCH_X86_64, nr, "", "unknown");
	for (size_t i = 0; i < TB_ARRAY_SIZE(strange); i++) {
		bool bit = strange[i] >= 0 && ((unsigned int)strange[i] & CALL_X32_BIT);

		assert_refused(AUDIT_ARCH_X86_64, strange[i], "", bit ? "abi" : "unknown");
		assert_refused(AUDIT_ARCH_I386, strange[i], "", "abi");
	}
	assert_refused(AUDIT_ARCH_I386, CALL_SKIPPED, "", "abi");
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		if (!calls_row(nr))
			assert_refused(AUDIT_ARCH_X86_64, nr, "", "unknown");
}

static void other_machines_calls_are_refused(void **state)
{
	static const uint32_t arches[] = { 0, UINT32_MAX, AUDIT_ARCH_ARM, AUDIT_ARCH_AARCH64,
					   AUDIT_ARCH_RISCV64,
					   AUDIT_ARCH_X86_64 ^ __AUDIT_ARCH_64BIT,
					   AUDIT_ARCH_X86_64 ^ __AUDIT_ARCH_LE,
					   AUDIT_ARCH_I386 ^ __AUDIT_ARCH_LE,
						   AUDIT_ARCH_X86_64 + 1 };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(arches); i++)
		for (int nr = 0; nr < NUMBERS; nr += nr < 600 ? 1 : 101)
			if (arches[i] != AUDIT_ARCH_I386)
				assert_refused(arches[i], nr, "", "abi");
}

/* Of the native table: what passes without being seen is plain, or plain with these arguments, and
 * declared. */
static void nothing_passes_that_the_table_does_not_let_pass(void **state)
{
	static const uint64_t values[] = { 0, 1, 2, 0x10000000, 0x40000000, 0x5412, 0x541c,
	0x40086602, 0x800c6613,
					   UINT32_MAX, UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(policies); i++) {
		const struct sbx_calls *opt = &policies[i].opt;

		for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
			const struct call_row *row = calls_row(nr);
			bool kernels_own = nr == SYS_rt_sigreturn || nr == SYS_restart_syscall;

			for (size_t v = 0; v < TB_ARRAY_SIZE(values); v++) {
				struct seccomp_data d = { .nr = nr, .arch = AUDIT_ARCH_X86_64 };
				bool plain, want;

				for (int a = 0; a < 6; a++)
					d.args[a] = values[v];
				plain = row && (row->class == CALL_PLAIN ||
						calls_passes(row, d.args));
				want = kernels_own || (plain && !opt->observe_all &&
						       (!opt->sys ||
							opt->sys[nr] == POL_SYS_ALLOWED));
				if ((bpf_run(programs[i].insns, programs[i].n,
					     &d) == SECCOMP_RET_ALLOW) != want)
					fail_msg("%s: call %d with 0x%llx", policies[i].name, nr,
						 (unsigned long long)values[v]);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_of_x32_is_refused),
		cmocka_unit_test(numbers_of_x32_without_its_bit_are_refused),
		cmocka_unit_test(every_call_of_i386_is_refused),
		cmocka_unit_test(numbers_past_the_tables_are_refused),
		cmocka_unit_test(other_machines_calls_are_refused),
		cmocka_unit_test(nothing_passes_that_the_table_does_not_let_pass),
	};

	return cmocka_run_group_tests(tests, build_programs, free_programs);
}
