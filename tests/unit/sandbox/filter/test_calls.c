/* SPDX-License-Identifier: Apache-2.0 */
/* test_calls.c - the call table is complete, and decides by number and plain arguments */
#include <errno.h>
#include <linux/audit.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <linux/fsverity.h>
#include <linux/if_tun.h>
#include <linux/msdos_fs.h>
#include <linux/prctl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "sandbox/filter/calls.h"
#include "sandbox/filter/calls_ioctl.h"
#include "tcbox/own.h"

#define SOMEWHERE 0x7f0000001000 /* third argument of each question: an address, where it is one */

static enum pol_sys everything[TB_SYSCALL_MAX];

static int declare_everything(void **state)
{
	(void)state;
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		everything[nr] = POL_SYS_ALLOWED;
	return 0;
}

static struct call_verdict ask(int nr, uint64_t a0, uint64_t a1, bool declared)
{
	struct seccomp_data d = { .nr = nr, .arch = AUDIT_ARCH_X86_64,
				  .args = { a0, a1, SOMEWHERE } };

	return calls_verdict(&d, declared ? everything : NULL);
}

static void every_call_of_the_kernel_headers_has_a_row(void **state)
{
	(void)state;
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		const char *name = tb_syscall_name(nr);

		if (name && !calls_row(nr))
			fail_msg("%s (%d) has no row", name, nr);
		if (name)
			assert_string_equal(calls_row(nr)->name, name);
	}
}

static void every_row_is_complete(void **state)
{
	(void)state;
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		const struct call_row *row = calls_row(nr);

		if (!row)
			continue;
		assert_non_null(row->group);
		assert_true((row->class == CALL_DANGEROUS) == (row->error != 0));
		if (row->class != CALL_PLAIN && !row->why)
			fail_msg("%s does not say why", row->name);
		for (size_t i = 0; i < row->npass; i++)
			assert_true(row->pass[i].arg < 6 &&
				    (row->pass[i].value & ~row->pass[i].mask) == 0);
	}
}

static void numbers_outside_the_table_are_unknown(void **state)
{
	(void)state;
	assert_null(calls_row(-1));
	assert_null(calls_row(TB_SYSCALL_MAX));
	assert_null(calls_row(TB_SYSCALL_MAX - 1));
	assert_int_equal(ask(-2, 0, 0, true).error, ENOSYS);
	assert_int_equal(ask(500, 0, 0, true).error, ENOSYS);
	assert_string_equal(ask(500, 0, 0, true).group, "unknown");
}

static void a_call_that_a_tracer_skips_keeps_the_tracers_answer(void **state)
{
	struct seccomp_data i386 = { .nr = CALL_SKIPPED, .arch = AUDIT_ARCH_I386 };

	(void)state;
	assert_int_equal(ask(CALL_SKIPPED, 0, 0, false).error, 0);
	assert_int_equal(calls_verdict(&i386, everything).error, ENOSYS);
}

static void foreign_abis_fail_whatever_the_policy_says(void **state)
{
	struct seccomp_data i386 = { .nr = 1, .arch = AUDIT_ARCH_I386 };

	(void)state;
	assert_int_equal(calls_verdict(&i386, everything).error, ENOSYS);
	assert_int_equal(ask((int)(CALL_X32_BIT | SYS_getpid), 0, 0, true).error, ENOSYS);
	assert_string_equal(ask((int)(CALL_X32_BIT | SYS_getpid), 0, 0, true).group, "abi");
}

static void io_uring_fails_as_if_the_kernel_had_none_unless_declared(void **state)
{
	(void)state;
	assert_int_equal(ask(SYS_io_uring_setup, 1, 0, false).error, ENOSYS);
	assert_int_equal(ask(SYS_io_uring_setup, 1, 0, true).error, 0);
}

static void namespaces_and_mounts_fail_unless_declared(void **state)
{
	static enum pol_sys all_but_unshare[TB_SYSCALL_MAX];
	struct seccomp_data d = { .nr = SYS_clone, .arch = AUDIT_ARCH_X86_64,
				  .args = { CLONE_NEWUSER | 17 } };

	(void)state;
	for (int declared = 0; declared < 2; declared++) {
		assert_int_equal(ask(SYS_mount, 0, 0, declared).error, declared ? 0 : EPERM);
		assert_int_equal(ask(SYS_setns, 3, 0, declared).error, declared ? 0 : EPERM);
		assert_int_equal(ask(SYS_clone, CLONE_NEWNET | 17, 0, declared).error,
				 declared ? 0 : EPERM);
		assert_int_equal(ask(SYS_unshare, CLONE_NEWUSER, 0, declared).error,
				 declared ? 0 : EPERM);
		assert_string_equal(ask(SYS_unshare, CLONE_NEWUSER, 0, declared).group,
				    "namespace");
		assert_int_equal(ask(SYS_unshare, CLONE_NEWUSER | CLONE_NEWCGROUP, 0,
				     declared).error, EPERM);
		assert_int_equal(ask(SYS_clone, CLONE_NEWCGROUP | 17, 0, declared).error, EPERM);
		assert_int_equal(ask(SYS_keyctl, 0, 0, declared).error, EPERM);
		assert_int_equal(ask(SYS_request_key, 0, 0, declared).error, EPERM);
		assert_int_equal(ask(SYS_open_by_handle_at, 0, 0, declared).error, EPERM);
	}
	memcpy(all_but_unshare, everything, sizeof(everything));
	all_but_unshare[SYS_unshare] = POL_SYS_UNDECLARED;
	assert_int_equal(calls_verdict(&d, all_but_unshare).error, EPERM);
	all_but_unshare[SYS_unshare] = POL_SYS_DENIED;
	assert_int_equal(calls_verdict(&d, all_but_unshare).error, EPERM);
	assert_int_equal(ask(SYS_unshare, CLONE_FILES, 0, true).error, 0);
	assert_int_equal(ask(SYS_clone, 17, 0, false).error, 0);
}

static void only_families_of_the_box_are_families(void **state)
{
	static const int inside[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };
	int passed = 0;

	(void)state;
	for (int family = 0; family < 100; family++)
		passed += ask(SYS_socket, (uint64_t)family, SOCK_STREAM, true).error == 0;
	assert_int_equal(passed, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(ask(SYS_socket, (uint64_t)inside[i], 0, false).error, 0);
	assert_int_equal(ask(SYS_socket, AF_VSOCK, SOCK_STREAM, true).error, EAFNOSUPPORT);
	assert_int_equal(ask(SYS_socket, 1ull << 32 | AF_VSOCK, 0, false).error, EAFNOSUPPORT);
	assert_string_equal(ask(SYS_socket, AF_PACKET, 0, false).group, "family");
	assert_int_equal(ask(SYS_socketpair, AF_TIPC, 0, false).error, EAFNOSUPPORT);
}

static struct call_verdict ask_prlimit(uint64_t pid, int resource, uint64_t new_limit)
{
	struct seccomp_data d = { .nr = SYS_prlimit64, .arch = AUDIT_ARCH_X86_64,
				  .args = { pid, (uint64_t)resource, new_limit } };

	return calls_verdict(&d, everything);
}

static void limits_of_process_1_and_of_core_dumps_stay(void **state)
{
	(void)state;
	assert_int_equal(ask_prlimit(1, RLIMIT_NOFILE, 0x1000).error, EPERM);
	assert_int_equal(ask_prlimit(1ull << 32 | 1, RLIMIT_CORE, 0x1000).error, EPERM);
	assert_int_equal(ask_prlimit(1, RLIMIT_NOFILE, 0).error, 0);
	assert_int_equal(ask_prlimit(2, RLIMIT_NOFILE, 0x1000).error, 0);
	assert_false(ask_prlimit(0, RLIMIT_NOFILE, 0x1000).pretend);
	assert_true(ask_prlimit(0, RLIMIT_CORE, 0x1000).pretend);
	assert_false(ask_prlimit(0, RLIMIT_CORE, 0).pretend);
	assert_true(ask(SYS_setrlimit, RLIMIT_CORE, 0x1000, false).pretend);
	assert_true(ask(SYS_setrlimit, 1ull << 32 | RLIMIT_CORE, 0x1000, false).pretend);
	assert_false(ask(SYS_setrlimit, 1, 0x1000, false).pretend);
}

static void typing_into_the_terminal_fails_and_other_ioctls_do_not(void **state)
{
	(void)state;
	assert_int_equal(ask(SYS_ioctl, 0, TIOCSTI, true).error, EPERM);
	assert_int_equal(ask(SYS_ioctl, 0, 1ull << 32 | TIOCLINUX, false).error, EPERM);
	assert_int_equal(ask(SYS_ioctl, 0, TIOCSETD, true).error, EPERM);
	assert_int_equal(ask(SYS_ioctl, 0, TIOCGWINSZ, false).error, 0);
	assert_int_equal(ask(SYS_ioctl, 0, FIONREAD, false).error, 0);
	assert_int_equal(ask(SYS_ioctl, 0, TCGETS, false).error, 0);
}

#define ROW(c) { c, #c }
static void ioctls_have_the_numbers_of_the_kernel_headers(void **state)
{
	static const struct {
		uint32_t command;
		const char *name;
	} rows[] = {
		ROW(TIOCSTI), ROW(TIOCLINUX), ROW(TIOCSETD), ROW(FS_IOC_SETFLAGS),
		ROW(FS_IOC32_SETFLAGS), ROW(FS_IOC_FSSETXATTR), ROW(FS_IOC_SETVERSION),
		ROW(FS_IOC32_SETVERSION), ROW(FS_IOC_SET_ENCRYPTION_POLICY),
		ROW(FS_IOC_ENABLE_VERITY), ROW(FAT_IOCTL_SET_ATTRIBUTES),
		ROW(BTRFS_IOC_SNAP_CREATE), ROW(BTRFS_IOC_SUBVOL_CREATE),
		ROW(BTRFS_IOC_SNAP_DESTROY), ROW(BTRFS_IOC_SNAP_CREATE_V2),
		ROW(BTRFS_IOC_SUBVOL_CREATE_V2), ROW(BTRFS_IOC_SUBVOL_SETFLAGS),
		ROW(BTRFS_IOC_SET_RECEIVED_SUBVOL), ROW(BTRFS_IOC_SNAP_DESTROY_V2),
		ROW(FS_IOC_ADD_ENCRYPTION_KEY), ROW(FS_IOC_REMOVE_ENCRYPTION_KEY),
		ROW(FS_IOC_REMOVE_ENCRYPTION_KEY_ALL_USERS), ROW(SIOCADDRT), ROW(SIOCDELRT),
		ROW(SIOCSIFFLAGS), ROW(SIOCSIFADDR), ROW(SIOCSIFDSTADDR), ROW(SIOCSIFBRDADDR),
		ROW(SIOCSIFNETMASK), ROW(SIOCSIFMTU), ROW(SIOCSIFNAME), ROW(SIOCSIFHWADDR),
		ROW(SIOCADDMULTI), ROW(SIOCDELMULTI), ROW(SIOCDIFADDR), ROW(SIOCSIFHWBROADCAST),
		ROW(SIOCDARP), ROW(SIOCSARP), ROW(SIOCSIFVLAN), ROW(SIOCBRADDBR),
		ROW(FICLONE), ROW(FICLONERANGE), ROW(FIDEDUPERANGE), ROW(TUNSETIFF), ROW(FIONBIO),
		ROW(FIOCLEX),
	};
	size_t known = 0;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		const struct call_ioctl *c;

		for (size_t k = 0; (c = calls_ioctl_at(k)); k++)
			known += c->command == rows[i].command && !strcmp(c->name, rows[i].name);
	}
	assert_int_equal(known, TB_ARRAY_SIZE(rows));
}

static void ioctls_that_no_product_needs_fail(void **state)
{
	const struct call_ioctl *c;

	(void)state;
	for (size_t i = 0; (c = calls_ioctl_at(i)); i++) {
		struct call_verdict v = ask(SYS_ioctl, 3, c->command, true);

		assert_int_equal(v.error, c->error);
		assert_true(c->does == IOCTL_NOTABLE || !c->error);
		assert_string_equal(v.group, c->group);
		assert_non_null(c->why);
	}
}

static void a_second_listener_is_busy_and_other_filters_are_not(void **state)
{
	(void)state;
	assert_int_equal(
		ask(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
		    true).error,
		EBUSY);
	assert_int_equal(ask(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC,
			     true).error, 0);
	assert_int_equal(
		ask(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, SECCOMP_FILTER_FLAG_NEW_LISTENER,
		    true).error, 0);
}

static void whether_there_are_listeners_is_answered_by_the_kernel(void **state)
{
	struct seccomp_data d = { .nr = SYS_seccomp, .arch = AUDIT_ARCH_X86_64,
				  .args = { SECCOMP_SET_MODE_FILTER,
					    SECCOMP_FILTER_FLAG_NEW_LISTENER, 0 } };

	(void)state;
	assert_int_equal(calls_verdict(&d, everything).error, 0);
	d.args[2] = 1;
	assert_int_equal(calls_verdict(&d, everything).error, EBUSY);
}

static void clone3_is_refused_quietly(void **state)
{
	(void)state;
	assert_int_equal(ask(SYS_clone3, 0, 0, true).error, ENOSYS);
	assert_true(ask(SYS_clone3, 0, 0, true).quiet);
	assert_false(ask(SYS_bpf, 0, 0, false).quiet);
}

static void who_a_process_is_cannot_be_painted_over(void **state)
{
	(void)state;
	assert_int_equal(ask(SYS_prctl, PR_SET_MM, 0, true).error, EPERM);
	assert_int_equal(ask(SYS_prctl, PR_SET_MM | 1ull << 32, 0, true).error, EPERM);
	assert_true(ask(SYS_prctl, PR_SET_MM, 0, true).quiet);
	assert_int_equal(ask(SYS_prctl, PR_SET_DUMPABLE, 0, true).error, 0);
}

static void everyday_personalities_pass(void **state)
{
	(void)state;
	assert_int_equal(ask(SYS_personality, 0, 0, false).error, 0);
	assert_int_equal(ask(SYS_personality, 0xffffffff, 0, false).error, 0);
	assert_int_equal(ask(SYS_personality, 0x0040000, 0, false).error, 0);
	assert_int_equal(ask(SYS_personality, 8, 0, false).error, EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_of_the_kernel_headers_has_a_row),
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(numbers_outside_the_table_are_unknown),
		cmocka_unit_test(a_call_that_a_tracer_skips_keeps_the_tracers_answer),
		cmocka_unit_test(foreign_abis_fail_whatever_the_policy_says),
		cmocka_unit_test(io_uring_fails_as_if_the_kernel_had_none_unless_declared),
		cmocka_unit_test(namespaces_and_mounts_fail_unless_declared),
		cmocka_unit_test(only_families_of_the_box_are_families),
		cmocka_unit_test(limits_of_process_1_and_of_core_dumps_stay),
		cmocka_unit_test(typing_into_the_terminal_fails_and_other_ioctls_do_not),
		cmocka_unit_test(ioctls_have_the_numbers_of_the_kernel_headers),
		cmocka_unit_test(ioctls_that_no_product_needs_fail),
		cmocka_unit_test(a_second_listener_is_busy_and_other_filters_are_not),
		cmocka_unit_test(whether_there_are_listeners_is_answered_by_the_kernel),
		cmocka_unit_test(clone3_is_refused_quietly),
		cmocka_unit_test(who_a_process_is_cannot_be_painted_over),
		cmocka_unit_test(everyday_personalities_pass),
	};

	return cmocka_run_group_tests(tests, declare_everything, NULL);
}
