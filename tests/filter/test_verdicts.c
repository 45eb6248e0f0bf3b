/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_verdicts.c - what the final seccomp program says to calls, as numbers and arguments
 *
 * The program that the kernel would get is interpreted, so that a mistake of ours and one of
 * libseccomp both show.
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
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "sandbox/filter/calls.h"
#include "sandbox/filter/calls_ioctl.h"
#include "sandbox/filter/filter.h"
#include "tests/filter/bpf_run.h"

#define ALLOW SECCOMP_RET_ALLOW
#define NOTIFY SECCOMP_RET_USER_NOTIF

static struct flt build(const enum pol_sys *sys, bool enforce, bool all)
{
	struct sbx_calls opt = { .sys = sys, .enforce = enforce, .observe_all = all };
	struct tb_err err = { 0 };
	struct flt f;

	if (flt_build(&opt, &f, &err) < 0)
		fail_msg("%s", err.msg);
	return f;
}

static const struct verdict plain_policy[] = {
	{ SYS_read, { 0 }, ALLOW },
	{ SYS_write, { 1, 2, 3 }, ALLOW },
	{ SYS_futex, { 0 }, ALLOW },
	{ SYS_mmap, { 0 }, ALLOW },
	{ SYS_execve, { 0 }, NOTIFY },
	{ SYS_execveat, { 0 }, NOTIFY },
	{ SYS_fork, { 0 }, ALLOW },
	{ SYS_vfork, { 0 }, ALLOW },
	{ SYS_exit_group, { 0 }, NOTIFY },
	{ SYS_exit, { 0 }, NOTIFY },
	{ SYS_clone3, { 0 }, NOTIFY },
	{ SYS_clone, { 17 }, ALLOW },
	{ SYS_clone, { CLONE_VM | CLONE_VFORK | 17 }, ALLOW },
	{ SYS_clone, { CLONE_VM | 17 }, ALLOW },
	{ SYS_clone, { CLONE_FILES | 17 }, NOTIFY },
	{ SYS_clone, { CLONE_THREAD | CLONE_FILES | CLONE_VM | CLONE_SIGHAND }, ALLOW },
	/* descriptors of its own */
	{ SYS_clone, { CLONE_THREAD | CLONE_VM | CLONE_SIGHAND }, NOTIFY },
	{ SYS_clone, { CLONE_THREAD | CLONE_FILES | CLONE_NEWNET }, NOTIFY },
	{ SYS_clone, { CLONE_NEWUSER | 17 }, NOTIFY },
	{ SYS_unshare, { CLONE_FS }, ALLOW },
	{ SYS_unshare, { CLONE_NEWUSER }, NOTIFY },
	{ SYS_unshare, { 0x80 }, NOTIFY },
	{ SYS_unshare, { CLONE_FILES }, NOTIFY },
	{ SYS_close_range, { 3, 9, 4 }, ALLOW },
	{ SYS_close_range, { 3, 9, 2 }, NOTIFY },
	/* Upper bits that the kernel drops must not hide anything. */
	{ SYS_prlimit64, { 1, 7, 0 }, ALLOW },
	{ SYS_prlimit64, { 1, 7, 0x1000 }, NOTIFY },
	{ SYS_prlimit64, { 0, 4, 1ull << 32 }, NOTIFY },
	{ SYS_setrlimit, { 4, 0x1000 }, NOTIFY },
	{ SYS_ioctl, { 0, TIOCSTI }, NOTIFY },
	{ SYS_ioctl, { 0, TIOCLINUX }, NOTIFY },
	{ SYS_ioctl, { 0, TIOCSETD }, NOTIFY },
	{ SYS_ioctl, { 0, TIOCSETD | 1ull << 32 }, NOTIFY },
	{ SYS_ioctl, { 0, TIOCGETD }, ALLOW },
	{ SYS_ioctl, { 0, FIONBIO }, ALLOW },
	{ SYS_ioctl, { 0, FIONREAD }, ALLOW },
	{ SYS_ioctl, { 0, TIOCGWINSZ }, ALLOW },
	{ SYS_ioctl, { 0, TIOCSPGRP ^ 0x100 }, ALLOW },
	{ SYS_ioctl, { 0, TIOCSTI | 1ull << 32 }, NOTIFY },
	{ SYS_ioctl, { 0, TIOCLINUX | 0xffffffffull << 32 }, NOTIFY },
	{ SYS_ioctl, { 0, TCGETS }, ALLOW },
	{ SYS_ioctl, { 0, FIONBIO }, ALLOW },
	{ SYS_ioctl, { 0, 0xffffffff89108910 }, ALLOW },
	{ SYS_openat, { 0, 1, O_RDONLY }, ALLOW },
	{ SYS_openat, { 0, 1, O_RDONLY | O_CLOEXEC | O_DIRECTORY }, ALLOW },
	{ SYS_openat, { 0, 1, O_WRONLY }, NOTIFY },
	{ SYS_openat, { 0, 1, O_RDWR }, NOTIFY },
	{ SYS_openat, { 0, 1, 3 }, NOTIFY },
	{ SYS_openat, { 0, 1, O_CREAT }, NOTIFY },
	{ SYS_openat, { 0, 1, O_TRUNC }, NOTIFY },
	{ SYS_openat, { 0, 1, O_TMPFILE }, NOTIFY },
	{ SYS_openat, { 0, 1, O_WRONLY | 1ull << 40 }, NOTIFY },
	{ SYS_open, { 1, O_RDONLY }, ALLOW },
	{ SYS_open, { 1, O_RDWR }, NOTIFY },
	{ SYS_open, { 1, 0, O_RDWR }, ALLOW },
	{ SYS_openat2, { 0 }, NOTIFY },
	{ SYS_creat, { 0 }, NOTIFY },
	{ SYS_unlink, { 0 }, NOTIFY },
	{ SYS_sendto, { 3, 1, 1, 0, 0, 0 }, ALLOW },
	{ SYS_sendto, { 3, 1, 1, 0, 1, 16 }, NOTIFY },
	{ SYS_sendto, { 3, 1, 1, 0, 1ull << 32, 16 }, NOTIFY },
	{ SYS_sendto, { 3, 1, 1, 0, 1ull << 63, 16 }, NOTIFY },
	{ SYS_connect, { 0 }, NOTIFY },
	{ SYS_bind, { 0 }, NOTIFY },
	{ SYS_sendmsg, { 0 }, NOTIFY },
	{ SYS_sendmmsg, { 0 }, NOTIFY },
	{ SYS_recvfrom, { 0 }, ALLOW },
	{ SYS_socket, { AF_INET }, NOTIFY },
	{ SYS_socket, { 40 }, NOTIFY },
	{ SYS_socketpair, { AF_UNIX }, ALLOW },
	{ SYS_socketpair, { AF_TIPC }, NOTIFY },
	{ SYS_socketpair, { 1ull << 32 | 1 }, ALLOW },
	{ SYS_prctl, { PR_SET_NAME }, ALLOW },
	{ SYS_prctl, { PR_SET_DUMPABLE }, NOTIFY },
	{ SYS_prctl, { PR_SET_SECCOMP }, NOTIFY },
	{ SYS_personality, { 0xffffffff }, ALLOW },
	{ SYS_personality, { 8 }, NOTIFY },
	{ SYS_personality, { 0x40000 }, ALLOW },
	{ SYS_io_uring_setup, { 0 }, NOTIFY },
	{ SYS_io_uring_enter, { 0 }, NOTIFY },
	{ SYS_mount, { 0 }, NOTIFY },
	{ SYS_bpf, { 0 }, NOTIFY },
	{ SYS_ptrace, { 0 }, NOTIFY },
	{ SYS_seccomp, { 0 }, NOTIFY },
	{ SYS_setuid, { 0 }, NOTIFY },
	{ 500, { 0 }, NOTIFY },
	{ 511, { 0 }, NOTIFY },
	{ 512, { 0 }, NOTIFY },
	{ 600, { 0 }, NOTIFY },
	{ -1, { 0 }, NOTIFY },
};

static void check_table(const struct flt *f, const struct verdict *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ask(f, AUDIT_ARCH_X86_64, v[i].nr, v[i].args) != v[i].want)
			fail_msg("row %zu: call %d (%s): 0x%x", i, v[i].nr,
				 tb_syscall_name(v[i].nr) ? tb_syscall_name(v[i].nr) : "",
				 ask(f, AUDIT_ARCH_X86_64, v[i].nr, v[i].args));
}

static void without_a_policy_the_interesting_calls_notify(void **state)
{
	struct flt f = build(NULL, false, false);

	(void)state;
	check_table(&f, plain_policy, TB_ARRAY_SIZE(plain_policy));
	flt_free(&f);
}

static void every_flag_combination_of_openat_that_can_change_a_file_notifies(void **state)
{
	struct flt f = build(NULL, false, false);

	(void)state;
	for (uint64_t flags = 0; flags < 1u << 23; flags += flags < 4096 ? 1 : 37) {
		bool changes = (flags & O_ACCMODE) || (flags & (O_CREAT | O_TRUNC)) ||
			       (flags & (O_TMPFILE & ~O_DIRECTORY));
		uint64_t args[6] = { 3, 0x1000, flags, 0644 };

		assert_int_equal(ask(&f, AUDIT_ARCH_X86_64, SYS_openat, args),
				 changes ? NOTIFY : ALLOW);
	}
	flt_free(&f);
}

/* The options that join a multicast group or change whom a socket hears there. */
static bool notifies(uint64_t level, uint64_t option)
{
	static const uint64_t options[2][12] = {
		{ 35, 37, 38, 39, 41, 42, 43, 44, 46, 48 }, { 20, 42, 43, 44, 46, 48 },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(options[0]); i++)
		if (option && ((level == 0 && option == options[0][i]) ||
			       (level == 41 && option == options[1][i])))
			return true;
	return false;
}

static void of_socket_options_only_joins_notify(void **state)
{
	struct flt f = build(NULL, false, false);

	(void)state;
	for (uint64_t level = 0; level < 64; level++) {
		for (uint64_t option = 0; option < 128; option++) {
			uint64_t args[6] = { 3, level, option, 0x1000, 16 };
			uint64_t high[6] = { 3, 1ull << 32 | level, 1ull << 63 | option };
			uint32_t want = notifies(level, option) ? NOTIFY : ALLOW;

			if (ask(&f, AUDIT_ARCH_X86_64, SYS_setsockopt, args) != want ||
			    ask(&f, AUDIT_ARCH_X86_64, SYS_setsockopt, high) != want)
				fail_msg("level %d, option %d", (int)level, (int)option);
		}
	}
	/* other levels of linux/socket.h, with numbers that are joins elsewhere */
	for (uint64_t level = 255; level < 300; level++)
		assert_int_equal(ask(&f, AUDIT_ARCH_X86_64, SYS_setsockopt,
				     (uint64_t[6]){ 3, level, 35 }), ALLOW);
	flt_free(&f);
}

/* All commands that differ from one that is looked at in one bit, and those themselves. */
static void of_ioctls_only_those_of_the_table_notify(void **state)
{
	struct flt f = build(NULL, false, false);
	const struct call_ioctl *c;
	size_t looks = 0;

	(void)state;
	for (size_t i = 0; (c = calls_ioctl_at(i)); i++) {
		for (unsigned int bit = 0; bit <= 32; bit++) {
			uint32_t command = c->command ^ (bit < 32 ? 1u << bit : 0);
			uint64_t args[6] = { 3, command }, high[6] = { 3, 7ull << 40 | command };
			uint32_t want = calls_ioctl(command) ? NOTIFY : ALLOW;

			assert_int_equal(ask(&f, AUDIT_ARCH_X86_64, SYS_ioctl, args), want);
			assert_int_equal(ask(&f, AUDIT_ARCH_X86_64, SYS_ioctl, high), want);
		}
		assert_true((calls_ioctl(c->command) == c) == (c->does != IOCTL_NOTHING));
		looks += c->does != IOCTL_NOTHING;
	}
	assert_int_equal(looks, CALLS_IOCTLS);
	flt_free(&f);
}

static void the_program_agrees_with_the_table_for_every_number(void **state)
{
	struct flt f = build(NULL, true, false);

	(void)state;
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		const struct call_row *row = calls_row(nr);
		uint64_t none[6] = { 0 };

		if (row && (row->npass || row->ncases))
			continue; /* by arguments: in the table above */
		assert_int_equal(ask(&f, AUDIT_ARCH_X86_64, nr, none),
				 row && row->class == CALL_PLAIN ? ALLOW : NOTIFY);
	}
	flt_free(&f);
}

static void foreign_architectures_never_pass(void **state)
{
	static const uint32_t foreign[] = { AUDIT_ARCH_I386, AUDIT_ARCH_ARM, AUDIT_ARCH_AARCH64, 0,
					    0xffffffff };
	struct flt f = build(NULL, false, false);

	(void)state;
	for (int nr = 0; nr < 1024; nr++) {
		for (size_t i = 0; i < TB_ARRAY_SIZE(foreign); i++)
			assert_int_equal(ask(&f, foreign[i], nr, NULL), NOTIFY);
		assert_int_equal(ask(&f, AUDIT_ARCH_X86_64, (int)(CALL_X32_BIT | (unsigned int)nr),
				     NULL),
				 NOTIFY);
		assert_int_equal(ask(&f, AUDIT_ARCH_X86_64, (int)(0x80000000u | (unsigned int)nr),
				     NULL),
				 NOTIFY);
	}
	flt_free(&f);
}

static void an_undeclared_plain_call_notifies(void **state)
{
	static enum pol_sys sys[TB_SYSCALL_MAX];
	struct flt f;

	(void)state;
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		sys[nr] = POL_SYS_ALLOWED;
	sys[SYS_getpid] = POL_SYS_UNDECLARED;
	sys[SYS_kill] = POL_SYS_DENIED;
	sys[SYS_openat] = POL_SYS_UNDECLARED;
	f = build(sys, true, false);
	assert_int_equal(ask(&f, AUDIT_ARCH_X86_64, SYS_getpid, NULL), NOTIFY);
	assert_int_equal(ask(&f, AUDIT_ARCH_X86_64, SYS_kill, NULL), NOTIFY);
	assert_int_equal(ask(&f, AUDIT_ARCH_X86_64, SYS_openat, (uint64_t[6]){ 0 }),
			 NOTIFY); /* read-only too */
	assert_int_equal(ask(&f, AUDIT_ARCH_X86_64, SYS_read, NULL), ALLOW);
	assert_int_equal(ask(&f, AUDIT_ARCH_X86_64, SYS_mount, NULL),
			 NOTIFY); /* declared, dangerous all the same */
	flt_free(&f);
}

static void observing_all_notifies_all_but_the_kernels_return_paths(void **state)
{
	struct flt f = build(NULL, false, true);

	(void)state;
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		assert_int_equal(ask(&f, AUDIT_ARCH_X86_64, nr, NULL),
				 nr == SYS_rt_sigreturn || nr == SYS_restart_syscall ? ALLOW :
					 NOTIFY);
	flt_free(&f);
}

static void the_interpreter_refuses_what_the_kernel_refuses(void **state)
{
	struct sock_filter off_end[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0) };
	struct sock_filter outside[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64),
					 BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_filter jump[] = { BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 5),
				      BPF_STMT(BPF_RET | BPF_K, ALLOW) };
	struct seccomp_data d = { 0 };

	(void)state;
	assert_int_equal(bpf_run(off_end, 1, &d), BPF_RUN_BAD);
	assert_int_equal(bpf_run(outside, 2, &d), BPF_RUN_BAD);
	assert_int_equal(bpf_run(jump, 2, &d), ALLOW);
	d.nr = 1;
	jump[0].code = BPF_LD | BPF_IMM;
	assert_int_equal(bpf_run(jump, 2, &d), BPF_RUN_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_policy_the_interesting_calls_notify),
		cmocka_unit_test(every_flag_combination_of_openat_that_can_change_a_file_notifies),
		cmocka_unit_test(of_socket_options_only_joins_notify),
		cmocka_unit_test(of_ioctls_only_those_of_the_table_notify),
		cmocka_unit_test(the_program_agrees_with_the_table_for_every_number),
		cmocka_unit_test(foreign_architectures_never_pass),
		cmocka_unit_test(an_undeclared_plain_call_notifies),
		cmocka_unit_test(observing_all_notifies_all_but_the_kernels_return_paths),
		cmocka_unit_test(the_interpreter_refuses_what_the_kernel_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
