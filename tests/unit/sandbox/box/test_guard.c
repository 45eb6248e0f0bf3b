/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_guard.c - which mechanism keeps a product from files, and where a place is in the box
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/box/guard.h"
#include "tcbox/own.h"

static const struct sbx_places both = { .writes = true, .reads = true };

static void landlock_is_chosen_from_the_first_that_knows_truncate(void **state)
{
	struct guard g;

	(void)state;
	guard_choose(&g, &both, NULL, 3);
	assert_int_equal(g.writes, GUARD_LANDLOCK);
	assert_int_equal(g.reads, GUARD_LANDLOCK);
	assert_string_equal(g.writes_text, "Landlock ABI 3");
	assert_string_equal(g.reads_text, "Landlock ABI 3");
	assert_null(g.degraded);
}

static void without_landlock_mounts_are_chosen_and_reading_is_missed(void **state)
{
	static const int abis[] = { 2, 1, 0, -ENOSYS, -EOPNOTSUPP };
	const struct sbx_places writes = { .writes = true };
	struct guard g;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(abis); i++) {
		guard_choose(&g, &both, NULL, abis[i]);
		assert_int_equal(g.writes, GUARD_MOUNTS);
		assert_int_equal(g.reads, GUARD_NONE);
		assert_string_equal(g.writes_text, "mounts");
		assert_string_equal(g.reads_text, "");
		assert_non_null(strstr(g.degraded,
				       "files.read was not enforced: it needs Landlock"));
		guard_choose(&g, &writes, NULL, abis[i]);
		assert_int_equal(g.writes, GUARD_MOUNTS);
		assert_null(g.degraded);
	}
}

static void a_product_that_may_mount_is_kept_by_mounts(void **state)
{
	static enum pol_sys sys[TB_SYSCALL_MAX];
	struct guard g;

	(void)state;
	sys[SYS_mount] = POL_SYS_DENIED;
	guard_choose(&g, &both, sys, 7);
	assert_int_equal(g.writes, GUARD_LANDLOCK);
	sys[SYS_umount2] = POL_SYS_ALLOWED;
	guard_choose(&g, &both, sys, 7);
	assert_int_equal(g.writes, GUARD_MOUNTS);
	assert_int_equal(g.reads, GUARD_NONE);
	assert_non_null(strstr(g.degraded, "the mounts that the policy declares"));
}

static void nothing_is_chosen_where_nothing_is_asked_for(void **state)
{
	static const int abis[] = { -ENOSYS, 7 };
	const struct sbx_places nothing = { 0 };
	struct guard g;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(abis); i++) {
		guard_choose(&g, &nothing, NULL, abis[i]);
		assert_int_equal(g.writes, GUARD_NONE);
		assert_int_equal(g.reads, GUARD_NONE);
		assert_null(g.degraded);
	}
}

/* A root with /dir/file, /link to dir, /dir/to-file to file, /dir/loop to itself. */
static char dir[] = "/tmp/test_guard.XXXXXX";

static int make_root(void **state)
{
	TB_AUTOCLOSE int file = -1;

	(void)state;
	if (!mkdtemp(dir) || chdir(dir) || mkdir("dir", 0755) || symlink("/dir", "link") ||
	    symlink("file", "dir/to-file") ||
	    symlink("loop", "dir/loop"))
		return -1;
	file = open("dir/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	return file < 0;
}

static int remove_root(void **state)
{
	(void)state;
	return unlink("dir/file") || unlink("dir/to-file") || unlink("dir/loop") ||
		unlink("link") || rmdir("dir") || rmdir(dir);
}

static void places_are_what_can_be_changed_or_read(void **state)
{
	static char names[][16] = { "/dir", "/dir/file", "/dir/new", "/none/new", "/none", "/link",
				    "/link/file", "/dir/to-file",
				    "/dir/loop", "/", "/dir/file/x" };
	static const struct {
		int name;
		bool exact, readonly;
		const char *at;		/* NULL: nowhere */
		bool is_dir;
	} rows[] = {
		{ 0, false, false, "/dir", true },	{ 0, true, false, NULL, false },
		{ 1, true, false, "/dir/file", false }, { 1, false, false, NULL, false },
		{ 2, true, false, "/dir", true },	{ 2, true, true, NULL, false },
		{ 3, true, false, NULL, false },	{ 4, false, false, NULL, false },
		{ 4, true, false, "/", true },		{ 5, false, false, NULL, false },
		{ 5, false, true, "/link", true },	{ 6, true, false, NULL, false },
		{ 6, true, true, "/link/file", false },	{ 7, true, false, NULL, false },
		{ 7, true, true, "/dir/to-file", false }, { 8, true, false, NULL, false },
		{ 8, true, true, NULL, false },		{ 9, false, false, "/", true },
		{ 10, true, false, NULL, false },
	};
	TB_AUTOCLOSE int root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[PATH_MAX];

	(void)state;
	assert_true(root >= 0);
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		const struct sbx_place place = { .path = names[rows[i].name],
						 .exact = rows[i].exact,
						 .readonly = rows[i].readonly };
		bool is_dir = !rows[i].is_dir;
		TB_AUTOCLOSE int fd = guard_open(root, &place, path, &is_dir);

		if (!rows[i].at && fd != -ENOENT)
			fail_msg("row %zu: %s is somewhere: %d", i, place.path, fd);
		if (!rows[i].at)
			continue;
		if (fd < 0)
			fail_msg("row %zu: %s: %s", i, place.path, strerror(-fd));
		assert_string_equal(path, rows[i].at);
		assert_int_equal(is_dir, rows[i].is_dir);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(landlock_is_chosen_from_the_first_that_knows_truncate),
		cmocka_unit_test(without_landlock_mounts_are_chosen_and_reading_is_missed),
		cmocka_unit_test(a_product_that_may_mount_is_kept_by_mounts),
		cmocka_unit_test(nothing_is_chosen_where_nothing_is_asked_for),
		cmocka_unit_test(places_are_what_can_be_changed_or_read),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
