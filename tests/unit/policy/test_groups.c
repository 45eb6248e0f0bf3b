/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_groups.c - the tables of system calls and application protocols against those they are made
 * from
 */
#include <ctype.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ndpi/ndpi_api.h>

#include "policy/read.h"
#include "tcbox/buf.h"
#include "tcbox/file.h"
#include "tcbox/own.h"

#define NEWEST_KNOWN 471	/* calls of later kernels may be in no group yet */

static bool in_group(const char *group, const char *call)
{
	bool set[TB_SYSCALL_MAX] = { false };
	const struct pol_group *g = pol_group_find(group);
	int nr = tb_syscall_number(call);

	assert_non_null(g);
	assert_true(nr >= 0);
	pol_group_mark(g, set);
	return set[nr];
}

static void every_name_in_a_group_is_a_system_call_or_a_group(void **state)
{
	const struct pol_group *g;
	const char *const *call;
	size_t i;

	(void)state;
	for (i = 0; (g = pol_group_at(i)); i++) {
		assert_int_equal(g->name[0], '@');
		assert_true(strlen(g->about) > 0);
		assert_ptr_equal(pol_group_find(g->name), g);	/* no name twice */
		for (call = g->calls; *call; call++) {
			if (**call == '@' ? !pol_group_find(*call) : tb_syscall_number(*call) < 0)
				fail_msg("%s: %s is not known", g->name, *call);
			for (const char *const *again = call + 1; *again; again++)
				if (!strcmp(*call, *again))
					fail_msg("%s: %s is listed twice", g->name, *call);
		}
	}
	assert_true(i > 20);
	assert_null(pol_group_find("@nonsense"));
	assert_null(pol_group_find("read"));
}

/* depth() - how deep a group nests; stops the test if it does so without end */
static size_t depth(const struct pol_group *g, size_t above)
{
	const char *const *call;
	size_t deepest = 0, d;

	if (above > 8)
		fail_msg("%s refers to itself through others", g->name);
	for (call = g->calls; *call; call++) {
		d = **call == '@' ? 1 + depth(pol_group_find(*call), above + 1) : 0;
		deepest = d > deepest ? d : deepest;
	}
	return deepest;
}

static void no_group_refers_to_itself(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; pol_group_at(i); i++)
		assert_true(depth(pol_group_at(i), 0) <= 3);
}

static void every_system_call_is_in_a_group(void **state)
{
	bool set[TB_SYSCALL_MAX] = { false };
	size_t i;
	int nr, known = 0;

	(void)state;
	for (i = 0; pol_group_at(i); i++)
		pol_group_mark(pol_group_at(i), set);
	for (nr = 0; nr <= NEWEST_KNOWN; nr++) {
		if (!tb_syscall_name(nr))
			continue;
		known++;
		if (!set[nr])
			fail_msg("%s is in no group", tb_syscall_name(nr));
	}
	assert_true(known > 350);
}

static void default_group_is_enough_for_ordinary_programs(void **state)
{
	static const char *const needed[] = {
		"execve", "brk", "mmap", "mprotect", "munmap", "madvise", "arch_prctl",
		"set_tid_address",
		"set_robust_list", "rseq", "prlimit64", "getrandom", "openat", "newfstatat",
		"statx", "read", "write",
		"close", "pread64", "lseek", "getdents64", "readlink", "access", "faccessat2",
		"ioctl", "fcntl", "clone",
		"clone3", "vfork", "wait4", "waitid", "exit", "exit_group", "futex", "futex_waitv",
		"sched_yield",
		"sched_getaffinity", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
		"sigaltstack", "tgkill", "kill",
		"clock_gettime", "clock_nanosleep", "nanosleep", "timer_create", "timerfd_create",
		"epoll_create1",
		"epoll_ctl", "epoll_pwait", "epoll_pwait2", "eventfd2", "pipe2", "poll", "ppoll",
		"select", "pselect6",
		"memfd_create", "membarrier", "prctl", "getcpu", "sysinfo", "uname",
		"get_mempolicy", "pidfd_open",
		"pidfd_send_signal", "close_range", "dup3", "socketpair", "inotify_init1",
		"copy_file_range", "fchmodat2",
		"unlinkat", "renameat2", "mkdirat", "ftruncate", "fsync", "fallocate", "umask",
		"getuid", "getgroups",
		"setsid", "setpgid", "restart_syscall", "mremap", "mincore", "sendfile", "splice",
		"shmget", "semtimedop",
		"landlock_create_ruleset", "seccomp", "getrusage", "set_mempolicy", "shutdown",
		"times", "flock", "getcwd", "chdir", "utimensat",
	};
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(needed); i++)
		if (!in_group("@default", needed[i]))
			fail_msg("@default lacks %s", needed[i]);
}

static void default_group_leaves_out_what_matters(void **state)
{
	static const char *const left_out[] = {
		"socket", "connect", "bind", "listen", "accept4", "sendto", "sendmsg", "sendmmsg",
		"io_uring_setup",
		"ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "perf_event_open",
		"userfaultfd", "bpf",
		"setuid", "setresgid", "setgroups", "capset", "unshare", "setns", "mount",
		"umount2", "pivot_root",
		"chroot", "open_tree", "move_mount", "keyctl", "add_key", "init_module",
		"finit_module", "kexec_load",
		"reboot", "iopl", "personality", "clock_settime", "open_by_handle_at",
		"fanotify_init", "io_submit",
		"quotactl", "sethostname", "swapon", "acct", "uselib", "vhangup", "process_madvise",
	};
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(left_out); i++)
		if (in_group("@default", left_out[i]))
			fail_msg("@default contains %s", left_out[i]);
}

static void network_group_has_every_way_to_send(void **state)
{
	static const char *const calls[] = { "socket", "connect", "sendto", "sendmsg", "sendmmsg",
					     "accept", "accept4" };
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(calls); i++)
		assert_true(in_group("@network", calls[i]));
	assert_false(in_group("@network", "write"));
	assert_true(in_group("@privileged", "init_module"));	/* through @kernel and @module */
}

static bool known_app(const char *name)
{
	size_t i;

	for (i = 0; pol_app_at(i); i++)
		if (!strcmp(pol_app_at(i), name))
			return true;
	return false;
}

static void applications_are_those_that_the_decoder_can_name(void **state)
{
	struct ndpi_detection_module_struct *ndpi = ndpi_init_detection_module(0);
	char name[64];
	size_t i, n;
	char *c;

	(void)state;
	assert_non_null(ndpi);
	ndpi_finalize_initialization(ndpi);
	n = ndpi_get_num_supported_protocols(ndpi);
	for (i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "%s", ndpi_get_proto_name(ndpi, (uint16_t)i));
		for (c = name; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		if (!known_app(name))
			fail_msg("a policy cannot name %s", name);
	}
	ndpi_exit_detection_module(ndpi);
	for (i = 1; pol_app_at(i); i++)
		/* in order, none twice */
		assert_true(strcmp(pol_app_at(i - 1), pol_app_at(i)) < 0);
	assert_true(n > 200);
}

/* listed() - is @word in the text, with no letter, digit or word sign on either side? */
static bool listed(const char *text, const char *word)
{
	static const char sign[] = "abcdefghijklmnopqrstuvwxyz0123456789_@-()";
	size_t len = strlen(word);
	const char *at;

	for (at = strstr(text, word); at; at = strstr(at + 1, word))
		if (at > text && !strchr(sign, at[-1]) && (!at[len] || !strchr(sign, at[len])))
			return true;
	return false;
}

static void manual_lists_every_group_call_and_application(void **state)
{
	TB_AUTOBUF struct tb_buf page = TB_BUF_INIT;
	struct tb_err err = { 0, "" };
	const char *const *call;
	size_t i;

	(void)state;
	if (tb_read_file(AT_FDCWD, "man/tcbox-policy.5", 1 << 20, &page, &err) != 0)
		fail_msg("%s", err.msg);
	for (i = 0; pol_group_at(i); i++) {
		const char *entry, *end;
		char title[64];

		(void)snprintf(title, sizeof(title), ".It Li %s\n", pol_group_at(i)->name);
		entry = strstr(page.data, title);
		if (!entry)
			fail_msg("%s is not in the manual", pol_group_at(i)->name);
		entry += strlen(title);
		end = strstr(entry, "\n.It");
		TB_AUTOFREE char *body = strndup(entry,
						 end ? (size_t)(end - entry) : strlen(entry));

		for (call = pol_group_at(i)->calls; *call; call++)
			if (!listed(body, *call))
				fail_msg("%s lacks %s in the manual", pol_group_at(i)->name, *call);
	}
	for (i = 0; pol_app_at(i); i++)
		if (!listed(page.data, pol_app_at(i)))
			fail_msg("%s is not in the manual", pol_app_at(i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_in_a_group_is_a_system_call_or_a_group),
		cmocka_unit_test(no_group_refers_to_itself),
		cmocka_unit_test(every_system_call_is_in_a_group),
		cmocka_unit_test(default_group_is_enough_for_ordinary_programs),
		cmocka_unit_test(default_group_leaves_out_what_matters),
		cmocka_unit_test(network_group_has_every_way_to_send),
		cmocka_unit_test(applications_are_those_that_the_decoder_can_name),
		cmocka_unit_test(manual_lists_every_group_call_and_application),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
