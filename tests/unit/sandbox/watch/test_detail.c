/* SPDX-License-Identifier: Apache-2.0 */
/* test_detail.c - arguments of calls in words */
#include <linux/audit.h>
#include <linux/prctl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "sandbox/filter/calls.h"
#include "sandbox/watch/detail.h"
#include "tcbox/own.h"

#define NATIVE AUDIT_ARCH_X86_64
#define HIGH (UINT64_C(1) << 32) /* what the kernel does not look at */

static void plain_values_have_their_names(void **state)
{
	static const struct {
		uint32_t arch;
		int nr;
		uint64_t a[3];
		const char *want; /* NULL: nothing to say */
	} rows[] = {
		{ NATIVE, SYS_clone, { CLONE_NEWUSER | CLONE_NEWNET },
		  "CLONE_NEWUSER|CLONE_NEWNET" },
		{ NATIVE, SYS_clone, { 17 }, NULL },
		{ NATIVE, SYS_unshare, { CLONE_NEWNS | CLONE_FS }, "CLONE_NEWNS|CLONE_FS" },
		{ NATIVE, SYS_setns, { 3, CLONE_NEWPID }, "CLONE_NEWPID" },
		{ NATIVE, SYS_setns, { CLONE_NEWPID, 0 }, NULL },
		{ NATIVE, SYS_socket, { AF_INET, SOCK_RAW | SOCK_CLOEXEC, 1 },
		  "AF_INET SOCK_RAW protocol 1" },
		{ NATIVE, SYS_socketpair, { AF_UNIX, SOCK_STREAM, 0 },
		  "AF_UNIX SOCK_STREAM protocol 0" },
		{ NATIVE, SYS_socket, { 77, 9, 0 }, "family-77 9 protocol 0" },
		{ NATIVE, SYS_ptrace, { PTRACE_SEIZE }, "PTRACE_SEIZE" },
		{ NATIVE, SYS_ptrace, { 99999 }, "99999" },
		{ NATIVE, SYS_prctl, { PR_SET_DUMPABLE | HIGH }, "PR_SET_DUMPABLE" },
		{ NATIVE, SYS_prctl, { 12345 }, "12345" },
		{ NATIVE, SYS_seccomp, { 1, 0 }, "SECCOMP_SET_MODE_FILTER" },
		{ NATIVE, SYS_seccomp, { 1, 8 },
		  "SECCOMP_SET_MODE_FILTER SECCOMP_FILTER_FLAG_NEW_LISTENER" },
		{ NATIVE, SYS_seccomp, { 99, 0 }, "?" },
		{ NATIVE, SYS_ioctl, { 0, 0x5412 }, "TIOCSTI" },
		{ NATIVE, SYS_ioctl, { 0, 0x5412 | HIGH }, "TIOCSTI" },
		{ NATIVE, SYS_ioctl, { 0, 0x541c }, "TIOCLINUX" },
		{ NATIVE, SYS_ioctl, { 0, 0x5401 }, NULL },
		{ NATIVE, SYS_personality, { 0x20008 }, "0x20008" },
		{ NATIVE, SYS_setuid, { 7 }, "7" },
		{ NATIVE, SYS_setgid, { 8 }, "8" },
		{ NATIVE, SYS_setfsuid, { 9 }, "9" },
		{ NATIVE, SYS_setfsgid, { 10 }, "10" },
		{ NATIVE, SYS_setreuid, { (uint64_t)-1, 5 }, "-1 5" },
		{ NATIVE, SYS_setregid, { 4, 5 }, "4 5" },
		{ NATIVE, SYS_setresuid, { 0xffffffff, 5, 6 }, "-1 5 6" },
		{ NATIVE, SYS_setresgid, { 1, 2, 3 }, "1 2 3" },
		{ NATIVE, SYS_bpf, { 5 }, "command 5" },
		{ NATIVE, SYS_keyctl, { 6 }, "command 6" },
		{ NATIVE, SYS_setgroups, { 6 }, NULL },
		{ AUDIT_ARCH_I386, 11, { 0 }, "execve" },
		{ AUDIT_ARCH_I386, 102, { 0 }, "socketcall" },
		{ AUDIT_ARCH_I386, 99999, { 0 }, "syscall-99999" },
		{ NATIVE, (int)(CALL_X32_BIT | 1), { 0 }, "write" },
		{ NATIVE, (int)(CALL_X32_BIT | 99999), { 0 }, "syscall-99999" },
		{ AUDIT_ARCH_ARM, 4, { 0 }, "syscall-4" },
	};
	char buf[160];

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct seccomp_data d = { .arch = rows[i].arch, .nr = rows[i].nr,
					  .args = { rows[i].a[0], rows[i].a[1], rows[i].a[2] } };
		const char *got = detail_of(&d, buf, sizeof(buf));

		assert_string_equal(got ? got : "(nothing)",
				    rows[i].want ? rows[i].want : "(nothing)");
	}
}

static void words_that_do_not_fit_are_cut(void **state)
{
	struct seccomp_data d = { .arch = NATIVE, .nr = SYS_unshare, .args = { UINT32_MAX } };
	char buf[20];

	(void)state;
	assert_ptr_equal(detail_of(&d, buf, sizeof(buf)), buf);
	assert_int_equal(strlen(buf), sizeof(buf) - 1);
}

static void families_have_a_name_or_a_number(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(detail_family(AF_UNIX, buf, sizeof(buf)), "AF_UNIX");
	assert_string_equal(detail_family(AF_ATMPVC, buf, sizeof(buf)), "AF_ATMPVC");
	assert_string_equal(detail_family(0, buf, sizeof(buf)), "family-0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_values_have_their_names),
		cmocka_unit_test(words_that_do_not_fit_are_cut),
		cmocka_unit_test(families_have_a_name_or_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
