/* SPDX-License-Identifier: Apache-2.0 */
/* test_proc.c - what /proc says about processes, and reading another process's memory and paths */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/watch/proc.h"
#include "sandbox/watch/target.h"

static void status_gives_group_parent_and_the_pid_in_the_box(void **state)
{
	static const char text[] =
		"Name:\tPPid:\t7\nUmask:\t0022\nState:\tS "
		"(sleeping)\nTgid:\t4242\nNgid:\t0\nPid:\t4250\nPPid:\t17\n"
		"TracerPid:\t0\nNStgid:\t4242\t31\t5\nNSpid:\t4250\t39\t6\nThreads:\t2\n";
	struct proc_facts f;

	(void)state;
	assert_int_equal(proc_parse_status(text, &f), 0);
	assert_int_equal(f.tgid, 4242);
	assert_int_equal(f.ppid, 17);
	assert_int_equal(f.box_pid, 31); /* 5 is its number in a namespace that the product made */
}

static void status_without_namespaces_uses_the_outer_pid(void **state)
{
	struct proc_facts f;

	(void)state;
	assert_int_equal(proc_parse_status("Name:\tx\nTgid:\t12\nPid:\t12\nPPid:\t1\n", &f), 0);
	assert_int_equal(f.box_pid, 12);
}

static void status_tells_what_is_dead(void **state)
{
	struct proc_facts f;

	(void)state;
	assert_int_equal(proc_parse_status("Name:\tx\nState:\tZ (zombie)\nTgid:\t12\nPPid:\t1\n",
					   &f), 0);
	assert_true(f.dead);
	assert_int_equal(proc_parse_status("Name:\tx\nState:\tR (running)\nTgid:\t12\nPPid:\t1\n",
					   &f), 0);
	assert_false(f.dead);
	assert_int_equal(proc_parse_status("Name:\tState:\tZ\nState:\tS "
					   "(sleeping)\nTgid:\t12\nPPid:\t1\n", &f), 0);
	assert_false(f.dead);
	assert_int_equal(proc_parse_status("Tgid:\t12\nPPid:\t1\nState:\t", &f), 0);
	assert_false(f.dead);
}

static void broken_status_is_refused(void **state)
{
	static const char *const bad[] = {
		"",	      "\n\n",	   "Tgid:", "Tgid:\t0\nPPid:\t1\n", "Tgid:\tx\nPPid:\t1\n",
		"Tgid:\t5\n", "PPid:\t5\n"
	};
	struct proc_facts f;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(proc_parse_status(bad[i], &f), -EBADMSG);
}

static void stat_survives_names_with_parentheses(void **state)
{
	static const char text[] =
		"77 (a) R 1 2) Z 1 77 77 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 0 0 "
		"18446744073709551615 0 0 0 0 0 0 "
		"0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 9\n";
	uint64_t start;
	int status;

	(void)state;
	assert_int_equal(proc_parse_stat(text, &start, &status), 0);
	assert_int_equal(start, 987654);
	assert_int_equal(status, 9);
}

static void broken_stat_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "1", "1 (x", "1 (x)", "1 (x) S 1 2 3",
			"1 (x) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1"
	};
	uint64_t start;
	int status;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(proc_parse_stat(bad[i], &start, &status), -EBADMSG);
}

/* Two pages, the second one not readable. */
static char *page_end(void)
{
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(pages != MAP_FAILED);
	assert_int_equal(mprotect(pages + 4096, 4096, PROT_NONE), 0);
	return pages + 4096;
}

static void a_string_that_ends_with_its_page_is_read(void **state)
{
	char *end = page_end(), buf[PATH_MAX];

	(void)state;
	memcpy(end - 5, "/etc", 5);
	assert_int_equal(tgt_string(getpid(), (uintptr_t)(end - 5), buf, sizeof(buf)), 4);
	assert_string_equal(buf, "/etc");
}

static void a_string_that_runs_into_nothing_is_a_fault(void **state)
{
	char *end = page_end(), buf[PATH_MAX];

	(void)state;
	memcpy(end - 4, "/etc", 4);
	assert_int_equal(tgt_string(getpid(), (uintptr_t)(end - 4), buf, sizeof(buf)), -EFAULT);
	assert_string_equal(buf, "");
	assert_int_equal(tgt_string(getpid(), 0, buf, sizeof(buf)), -EFAULT);
	assert_int_equal(tgt_string(getpid(), UINT64_MAX - 2, buf, sizeof(buf)), -EFAULT);
}

static void a_string_that_is_too_long_is_cut_and_said_so(void **state)
{
	char buf[8];

	(void)state;
	assert_int_equal(tgt_string(getpid(), (uintptr_t) "12345678", buf, sizeof(buf)),
			 -ENAMETOOLONG);
	assert_string_equal(buf, "1234567");
	assert_int_equal(tgt_string(getpid(), (uintptr_t) "1234567", buf, sizeof(buf)), 7);
}

static void reading_less_than_asked_is_a_fault(void **state)
{
	char *end = page_end(), buf[16];

	(void)state;
	assert_int_equal(tgt_read(getpid(), (uintptr_t)(end - 8), buf, 8), 0);
	assert_int_equal(tgt_read(getpid(), (uintptr_t)(end - 8), buf, 16), -EFAULT);
}

static void paths_are_absolute_and_folded(void **state)
{
	static const struct {
		const char *raw, *want;
	} rows[] = {
		{ "/", "/" },
		{ "//", "/" },
		{ "/a/b", "/a/b" },
		{ "//a///b/", "/a/b" },
		{ "/a/./b/.", "/a/b" },
		{ "x", "/tmp/x" },
		{ "./x", "/tmp/x" },
		{ ".", "/tmp" },
		{ "/usr/bin/../lib/x", "/usr/lib/x" },
		{ "/..", "/" },
		{ "..", "/" },
		{ "../etc/passwd", "/etc/passwd" },
		{ "/proc/self/../../etc/x", "/etc/x" },
	};
	char out[TGT_PATH_MAX];

	(void)state;
	assert_int_equal(chdir("/tmp"), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(tgt_path(getpid(), AT_FDCWD, rows[i].raw, out), 0);
		assert_string_equal(out, rows[i].want);
	}
}

static void dotdot_after_a_link_leads_where_the_kernel_says(void **state)
{
	char dir[] = "/tmp/tcbox-test-XXXXXX", link[64], raw[96], out[TGT_PATH_MAX];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(link, sizeof(link), "%s/link", dir);
	assert_int_equal(symlink("/usr/bin", link), 0);
	(void)snprintf(raw, sizeof(raw), "%s/../stolen", link);
	assert_int_equal(tgt_path(getpid(), AT_FDCWD, raw, out), 0);
	assert_string_equal(out, "/usr/stolen");
	assert_int_equal(unlink(link), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void paths_count_from_the_directory_descriptor(void **state)
{
	char out[TGT_PATH_MAX];
	int fd = open("/usr", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(tgt_path(getpid(), fd, "bin/x", out), 0);
	assert_string_equal(out, "/usr/bin/x");
	assert_int_equal(tgt_path(getpid(), fd, "", out), 0);
	assert_string_equal(out, "/usr");
	assert_int_equal(close(fd), 0);
	assert_int_equal(tgt_path(getpid(), fd, "bin/x", out), -ENOENT);
}

static void a_path_of_the_greatest_length_fits(void **state)
{
	static char raw[PATH_MAX];
	char out[TGT_PATH_MAX];

	(void)state;
	memset(raw, 'a', sizeof(raw) - 1);
	assert_int_equal(tgt_path(getpid(), AT_FDCWD, raw, out), 0);
	assert_int_equal(strlen(out), sizeof(raw) - 1 + strlen("/tmp/"));
}

static void opening_follows_links_and_stays_in_the_root(void **state)
{
	char out[TGT_PATH_MAX];
	int fd = tgt_open(getpid(), AT_FDCWD, "/../bin/sh");

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(tgt_fd_path(fd, out), 0);
	assert_non_null(strstr(out, "/bin/"));
	assert_int_equal(close(fd), 0);
	assert_int_equal(tgt_open(getpid(), AT_FDCWD, "/no/such/file"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_gives_group_parent_and_the_pid_in_the_box),
		cmocka_unit_test(status_without_namespaces_uses_the_outer_pid),
		cmocka_unit_test(status_tells_what_is_dead),
		cmocka_unit_test(broken_status_is_refused),
		cmocka_unit_test(stat_survives_names_with_parentheses),
		cmocka_unit_test(broken_stat_is_refused),
		cmocka_unit_test(a_string_that_ends_with_its_page_is_read),
		cmocka_unit_test(a_string_that_runs_into_nothing_is_a_fault),
		cmocka_unit_test(a_string_that_is_too_long_is_cut_and_said_so),
		cmocka_unit_test(reading_less_than_asked_is_a_fault),
		cmocka_unit_test(paths_are_absolute_and_folded),
		cmocka_unit_test(dotdot_after_a_link_leads_where_the_kernel_says),
		cmocka_unit_test(paths_count_from_the_directory_descriptor),
		cmocka_unit_test(a_path_of_the_greatest_length_fits),
		cmocka_unit_test(opening_follows_links_and_stays_in_the_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
