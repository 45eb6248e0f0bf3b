/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_i386.c - what the final program says to calls of 32-bit x86 where they are declared, and
 * that it says the same as before to all others
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/prctl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "sandbox/filter/calls_i386.h"
#include "sandbox/filter/filter.h"
#include "tests/filter/bpf_run.h"

#define ALLOW SECCOMP_RET_ALLOW
#define NOTIFY SECCOMP_RET_USER_NOTIF
#define HIGH UINT64_C(0xabcdef0100000000)

static const struct {
	int nr;
	const char *name;
} headers[] = {
#include "syscall_table_32.h"
};

static enum pol_sys everything[TB_SYSCALL_MAX], little[TB_SYSCALL_MAX];

/* Without and with the declaration; the same policies as in test_foreign.c. */
static const struct {
	const char *name;
	struct sbx_calls opt;
} policies[] = {
	{ "everything declared", { .sys = everything, .i386 = true } },
	{ "little declared, enforced", { .sys = little, .enforce = true, .i386 = true } },
	{ "everything observed", { .sys = everything, .observe_all = true, .i386 = true } },
};

static struct flt before[TB_ARRAY_SIZE(policies)], programs[TB_ARRAY_SIZE(policies)];

static int build_programs(void **state)
{
	struct tb_err err = { 0 };

	(void)state;
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		everything[nr] = POL_SYS_ALLOWED;
	little[SYS_read] = little[SYS_sendto] = little[SYS_shmget] = little[SYS_openat] =
		POL_SYS_ALLOWED;
	for (size_t i = 0; i < TB_ARRAY_SIZE(policies); i++) {
		struct sbx_calls without = policies[i].opt;

		without.i386 = false;
		if (flt_build(&policies[i].opt, &programs[i], &err) < 0 ||
		    flt_build(&without, &before[i], &err) < 0)
			return -1;
	}
	return 0;
}

static int free_programs(void **state)
{
	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(policies); i++) {
		flt_free(&programs[i]);
		flt_free(&before[i]);
	}
	return 0;
}

static const struct verdict verdicts[] = {
	{ 0, { 0 }, ALLOW }, /* restart_syscall */
	{ 119, { 0 }, ALLOW }, /* sigreturn */
	{ 173, { 0 }, ALLOW }, /* rt_sigreturn */
	{ 3, { 0 }, ALLOW }, /* read */
	{ 1, { 0 }, NOTIFY }, /* exit */
	{ 252, { 0 }, NOTIFY }, /* exit_group */
	{ 11, { 0 }, NOTIFY }, /* execve */
	{ 59, { 0 }, ALLOW }, /* oldolduname; natively execve */
	{ 41, { 0 }, ALLOW }, /* dup; natively socket */
	{ 42, { 0 }, ALLOW }, /* pipe; natively connect */
	{ 165, { 0 }, ALLOW }, /* getresuid; natively mount */
	{ 21, { 0 }, NOTIFY }, /* mount; natively access */
	{ 26, { 0 }, NOTIFY }, /* ptrace; natively msync */
	{ 5, { 0, O_RDONLY }, ALLOW }, /* open */
	{ 5, { 0, O_WRONLY }, NOTIFY },
	{ 5, { 0, HIGH | O_RDONLY }, ALLOW },
	{ 5, { 0, HIGH | O_RDWR }, NOTIFY },
	{ 295, { 0, 1, O_RDONLY }, ALLOW }, /* openat */
	{ 295, { 0, 1, HIGH | O_CREAT }, NOTIFY },
	{ 437, { 0 }, NOTIFY }, /* openat2 */
	{ 120, { 17 }, ALLOW }, /* clone */
	{ 120, { HIGH | CLONE_NEWUSER | 17 }, NOTIFY },
	{ 120, { CLONE_THREAD | CLONE_FILES | CLONE_VM | CLONE_SIGHAND }, ALLOW },
	{ 120, { CLONE_THREAD | CLONE_VM | CLONE_SIGHAND }, NOTIFY },
	{ 435, { 0 }, NOTIFY }, /* clone3 */
	{ 310, { CLONE_FS }, ALLOW }, /* unshare */
	{ 310, { HIGH | CLONE_NEWNET }, NOTIFY },
	{ 54, { 0, TCGETS }, ALLOW }, /* ioctl */
	{ 54, { 0, TIOCSTI }, NOTIFY },
	{ 54, { 0, HIGH | TIOCSTI }, NOTIFY },
	{ 54, { 0, HIGH | TIOCLINUX }, NOTIFY },
	{ 54, { 0, HIGH | TCGETS }, ALLOW },
	{ 54, { 0, HIGH | 0x40046602 }, NOTIFY }, /* FS_IOC32_SETFLAGS */
	{ 54, { 0, 0x80046601 }, ALLOW }, /* FS_IOC32_GETFLAGS */
	{ 172, { PR_SET_NAME }, ALLOW }, /* prctl */
	{ 172, { HIGH | PR_SET_SECCOMP }, NOTIFY },
	{ 340, { 1, 7, 0 }, ALLOW }, /* prlimit64 */
	{ 340, { 1, 7, HIGH }, ALLOW }, /* the kernel sees a null pointer */
	{ 340, { 1, 7, HIGH | 1 }, NOTIFY },
	{ 75, { 4, 0 }, NOTIFY }, /* setrlimit */
	{ 136, { UINT32_MAX }, ALLOW }, /* personality */
	{ 136, { 8 }, NOTIFY },
	{ 359, { AF_INET }, NOTIFY }, /* socket */
	{ 360, { HIGH | AF_UNIX }, ALLOW }, /* socketpair */
	{ 360, { AF_TIPC }, NOTIFY },
	{ 362, { 0 }, NOTIFY }, /* connect */
	{ 369, { 3, 1, 1, 0, 0, 0 }, ALLOW }, /* sendto */
	{ 369, { 3, 1, 1, 0, 0xfffff000, 16 }, NOTIFY },
	{ 370, { 0 }, NOTIFY }, /* sendmsg */
	{ 345, { 0 }, NOTIFY }, /* sendmmsg */
	{ 371, { 0 }, ALLOW }, /* recvfrom */
	{ 102, { 0 }, NOTIFY }, /* socketcall */
	{ 102, { 1 }, NOTIFY }, /* socket */
	{ 102, { 2 }, NOTIFY }, /* bind */
	{ 102, { 3 }, NOTIFY }, /* connect */
	{ 102, { 4 }, NOTIFY }, /* listen */
	{ 102, { 5 }, NOTIFY }, /* accept */
	{ 102, { 6 }, ALLOW }, /* getsockname */
	{ 102, { 8 }, NOTIFY }, /* socketpair */
	{ 102, { 9 }, ALLOW }, /* send: connected */
	{ 102, { 10 }, ALLOW }, /* recv */
	{ 102, { 11 }, NOTIFY }, /* sendto */
	{ 102, { 14 }, NOTIFY }, /* setsockopt: which option, is in memory */
	{ 366, { 3, 1, 2 }, ALLOW }, /* setsockopt: SO_REUSEADDR */
	{ 366, { 3, 6, 1 }, ALLOW }, /* TCP_NODELAY */
	{ 366, { 3, 0, 35 }, NOTIFY }, /* IP_ADD_MEMBERSHIP */
	{ 366, { 3, HIGH | 41, HIGH | 20 }, NOTIFY }, /* IPV6_ADD_MEMBERSHIP */
	{ 102, { 16 }, NOTIFY }, /* sendmsg */
	{ 102, { 18 }, NOTIFY }, /* accept4 */
	{ 102, { 20 }, NOTIFY }, /* sendmmsg */
	{ 102, { 21 }, NOTIFY },
	{ 102, { UINT32_MAX }, NOTIFY },
	{ 102, { HIGH | 1 }, NOTIFY },
	{ 102, { HIGH | 3 }, NOTIFY },
	{ 102, { HIGH | 6 }, ALLOW },
	{ 117, { 1 }, ALLOW }, /* ipc */
	{ 117, { 1 << 16 | 23 }, ALLOW },
	{ 117, { 5 }, NOTIFY },
	{ 425, { 0 }, NOTIFY }, /* io_uring_setup */
	{ 357, { 0 }, NOTIFY }, /* bpf */
	{ 123, { 0 }, NOTIFY }, /* modify_ldt */
	{ 243, { 0 }, ALLOW }, /* set_thread_area */
	{ 113, { 0 }, NOTIFY }, /* vm86old */
	{ 166, { 0 }, NOTIFY }, /* vm86 */
	{ 17, { 0 }, NOTIFY }, /* break */
	{ 25, { 0 }, NOTIFY }, /* stime */
	{ 404, { 0 }, NOTIFY }, /* clock_settime64 */
	{ 213, { 0 }, NOTIFY }, /* setuid32 */
	{ 222, { 0 }, NOTIFY }, /* nobody's */
	{ 511, { 0 }, NOTIFY },
	{ 512, { 0 }, NOTIFY },
	{ INT32_MAX, { 0 }, NOTIFY },
	{ -1, { 0 }, NOTIFY },
	{ INT32_MIN, { 0 }, NOTIFY },
	{ 0x40000003, { 0 }, NOTIFY },
};

static void interesting_calls_notify_by_their_own_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(verdicts); i++)
		if (ask(&programs[0], AUDIT_ARCH_I386, verdicts[i].nr,
			verdicts[i].args) != verdicts[i].want)
			fail_msg("row %zu: call %d: 0x%x", i, verdicts[i].nr,
				 ask(&programs[0], AUDIT_ARCH_I386, verdicts[i].nr,
				     verdicts[i].args));
}

static void only_what_is_declared_passes(void **state)
{
	static const struct verdict few[] = {
		{ 3, { 0 }, ALLOW }, { 4, { 0 }, NOTIFY }, { 102, { 9 }, ALLOW },
		{ 102, { 6 }, NOTIFY }, { 102, { 11 }, NOTIFY },
		{ 117, { 23 }, ALLOW }, { 117, { 24 }, NOTIFY }, { 5, { 0 }, NOTIFY },
		{ 295, { 0 }, ALLOW }, { 119, { 0 }, ALLOW },
		{ 369, { 0 }, ALLOW }, { 369, { 0, 0, 0, 0, 1 }, NOTIFY }, { 395, { 0 }, ALLOW },
		{ 67, { 0 }, NOTIFY },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(few); i++)
		assert_int_equal(ask(&programs[1], AUDIT_ARCH_I386, few[i].nr, few[i].args),
				 few[i].want);
	for (int nr = -1; nr < 4096; nr++)
		for (uint64_t sub = 0; sub < 30; sub++)
			assert_int_equal(ask(&programs[2], AUDIT_ARCH_I386, nr,
					     (uint64_t[6]){ sub }),
					 nr == 0 || nr == 119 || nr == 173 ? ALLOW : NOTIFY);
}

/* Not by the tables that the program is made of: of each call that passes, its native name passes
 * with the same arguments. */
static void what_passes_would_pass_natively(void **state)
{
	static const uint64_t values[] = { 0, 1, 2, 17, 0x10000000, 0x40000000, 0x5412, 0x541c,
	0x40046602,
					   0x8902, UINT32_MAX, HIGH,
					   HIGH | 0x5412, HIGH | 1 };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(headers); i++) {
		int same = tb_syscall_number(headers[i].name);

		for (size_t v = 0; same >= 0 && v < TB_ARRAY_SIZE(values); v++) {
			uint64_t args[6], low[6];

			for (int a = 0; a < 6; a++) {
				args[a] = values[v];
				low[a] = (uint32_t)values[v];
			}
			for (size_t p = 0; p < TB_ARRAY_SIZE(policies); p++)
				if (ask(&programs[p], AUDIT_ARCH_I386, headers[i].nr, args) !=
				    ask(&programs[p], AUDIT_ARCH_X86_64, same, low))
					fail_msg("%s: %s with 0x%llx", policies[p].name,
						 headers[i].name,
						 (unsigned long long)values[v]);
		}
	}
}

static void the_program_for_all_other_tables_is_the_same_as_without(void **state)
{
	(void)state;
	for (size_t p = 0; p < TB_ARRAY_SIZE(policies); p++) {
		const struct flt *with = &programs[p], *without = &before[p];
		size_t front = (size_t)(with->n - without->n);

		assert_true(with->n > without->n);
		assert_memory_equal(with->insns + front, without->insns,
				    without->n * sizeof(*without->insns));
		for (int nr = -2; nr < 2048; nr++) {
			int foreign = (int)(CALL_X32_BIT | (unsigned int)nr);

			assert_int_equal(ask(with, AUDIT_ARCH_X86_64, nr, NULL),
					 ask(without, AUDIT_ARCH_X86_64, nr, NULL));
			assert_int_equal(ask(with, AUDIT_ARCH_X86_64, foreign, NULL), NOTIFY);
			assert_int_equal(ask(with, AUDIT_ARCH_ARM, nr, NULL), NOTIFY);
			assert_int_equal(ask(with, AUDIT_ARCH_I386 ^ __AUDIT_ARCH_LE, nr, NULL),
					 NOTIFY);
			assert_int_equal(ask(without, AUDIT_ARCH_I386, nr, NULL), NOTIFY);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interesting_calls_notify_by_their_own_numbers),
		cmocka_unit_test(only_what_is_declared_passes),
		cmocka_unit_test(what_passes_would_pass_natively),
		cmocka_unit_test(the_program_for_all_other_tables_is_the_same_as_without),
	};

	return cmocka_run_group_tests(tests, build_programs, free_programs);
}
