/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cgroup.c - where the box's control group is made, and what is written there, in a directory
 * that pretends to be one
 *
 * The wrapped calls are the kernel's part: a new group has its files, one with nothing but files
 * can be removed, and a group with processes in it gives no controllers to those below.
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
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/box/cgroup.h"
#include "tcbox/buf.h"
#include "tcbox/file.h"

static const char *const files[] = { "cgroup.procs", "cgroup.subtree_control", "cgroup.type",
				     "memory.max", "memory.swap.max",
				     "memory.peak", "memory.events", "cpu.max", "pids.max",
					     "cgroup.controllers" };
static char top[64], own[80];		/* a group, and the one below it that tcbox is in */
static const char *missing;		/* a file that new groups do not have */
static bool others;			/* are there other processes in tcbox's own group? */

int __real_mkdirat(int dir, const char *name, mode_t mode);
int __wrap_mkdirat(int dir, const char *name, mode_t mode);
int __real_unlinkat(int dir, const char *name, int flags);
int __wrap_unlinkat(int dir, const char *name, int flags);
ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);

static void file(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(__real_write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

int __wrap_mkdirat(int dir, const char *name, mode_t mode)
{
	int ret = __real_mkdirat(dir, name, mode), fd;

	if (ret)
		return ret;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY);
	for (size_t i = 0; i < TB_ARRAY_SIZE(files); i++)
		if (!missing || strcmp(files[i], missing))
			file(fd, files[i], "");
	(void)close(fd);
	return 0;
}

int __wrap_unlinkat(int dir, const char *name, int flags)
{
	char path[128];

	for (size_t i = 0; flags && i < TB_ARRAY_SIZE(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", name, files[i]);
		(void)__real_unlinkat(dir, path, 0);
	}
	return __real_unlinkat(dir, name, flags);
}

static void put(const char *group, const char *name, const char *text)
{
	int dir = open(group, O_RDONLY | O_DIRECTORY);

	file(dir, name, text);
	(void)close(dir);
}

static void contents(const char *group, const char *name, char out[256])
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", group, name);
	if (tb_read_file(AT_FDCWD, path, 200, &text, NULL))
		(void)snprintf(out, 256, "absent");
	else
		(void)snprintf(out, 256, "%s", text.data ? text.data : "");
}

static void group_name(char out[200], const char *group, const char *end)
{
	(void)snprintf(out, 200, "%s/tcbox-%d%s", group, (int)getpid(), end);
}

/* A process that enters the group aside leaves tcbox's own. */
ssize_t __wrap_write(int fd, const void *data, size_t len)
{
	char link[64], path[256] = "";

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, path, sizeof(path) - 1) > 0 && strstr(path, "-aside/cgroup.procs"))
		put(own, "cgroup.procs", others ? "1\n" : "");
	return __real_write(fd, data, len);
}

static void assert_contents(const char *group, const char *name, const char *text)
{
	char is[256];

	contents(group, name, is);
	assert_string_equal(is, text);
}

/* setup() - tcbox's own group has all controllers and gives none; the one above has none */
static int setup(void **state)
{
	int dir;

	(void)state;
	missing = NULL;
	others = false;
	(void)snprintf(top, sizeof(top), "/tmp/tcbox-cgroup.XXXXXX");
	assert_non_null(mkdtemp(top));
	(void)snprintf(own, sizeof(own), "%s/own", top);
	assert_int_equal(__wrap_mkdirat(AT_FDCWD, own, 0700), 0);
	dir = open(own, O_RDONLY | O_DIRECTORY);
	file(dir, "cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma misc\n");
	file(dir, "cgroup.type", "domain\n");
	file(dir, "cgroup.procs", "1\n");
	(void)close(dir);
	dir = open(top, O_RDONLY | O_DIRECTORY);
	file(dir, "cgroup.procs", "");
	file(dir, "cgroup.subtree_control", "cpuset io\n");
	(void)close(dir);
	return 0;
}

static int teardown(void **state)
{
	char path[128];

	(void)state;
	/* and so nothing was left in it */
	assert_int_equal(__wrap_unlinkat(AT_FDCWD, own, AT_REMOVEDIR), 0);
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", top, files[i]);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(top), 0);
	return 0;
}

static void assert_own(const char *groups, const char *mounts, const char *path)
{
	char out[PATH_MAX];
	int ret = cgroup_parse(groups, mounts, out);

	assert_int_equal(ret, path ? 0 : -ENOENT);
	if (path)
		assert_string_equal(out, path);
}

#define MOUNT(root, at, type) "30 24 0:26 " root " " at " rw,nosuid - " type " cgroup rw\n"

static void our_own_group_is_found(void **state)
{
	static const char whole[] = "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n" MOUNT("/",
		"/sys/fs/cgroup", "cgroup2");
	static const char hybrid[] = MOUNT("/", "/sys/fs/cgroup/memory", "cgroup") MOUNT("/",
		"/sys/fs/cgroup/unified", "cgroup2");

	(void)state;
	assert_own("0::/user.slice/a.scope\n", whole, "/sys/fs/cgroup/user.slice/a.scope");
	assert_own("0::/\n", whole, "/sys/fs/cgroup");
	assert_own("4:memory:/x\n0::/y\n", hybrid, "/sys/fs/cgroup/unified/y");
	assert_own("0::/pod/me\n", MOUNT("/pod", "/sys/fs/cgroup", "cgroup2"), "/sys/fs/cgroup/me");
	assert_own("0::/pod\n", MOUNT("/pod", "/sys/fs/cgroup", "cgroup2"), "/sys/fs/cgroup");
}

static void a_group_that_cannot_be_seen_is_none(void **state)
{
	(void)state;
	assert_own("4:memory:/x\n", MOUNT("/", "/sys/fs/cgroup", "cgroup2"), NULL);
	assert_own("", MOUNT("/", "/sys/fs/cgroup", "cgroup2"), NULL);
	assert_own("0::/x\n", "", NULL);
	assert_own("0::/x\n", MOUNT("/", "/sys/fs/cgroup", "cgroup"), NULL);
	assert_own("0::/x\n", "no mount at all - \n- cgroup2 \n", NULL);
	assert_own("0::/pods\n", MOUNT("/pod", "/sys/fs/cgroup", "cgroup2"), NULL);
	assert_own("0::/../x\n", MOUNT("/", "/sys/fs/cgroup", "cgroup2"), NULL);
	assert_own("4:name=0::/x\n", MOUNT("/", "/sys/fs/cgroup", "cgroup2"), NULL);
}

static void limits_are_written_and_watched(void **state)
{
	const struct cgroup_limits want = { (UINT64_C(64) << 20) + 5, 1500, 10 };
	struct cgroup g = CGROUP_NONE;
	struct tb_err err = { 0 };
	char box[200];
	uint64_t n;

	(void)state;
	put(own, "cgroup.subtree_control", "cpu memory pids\n");
	assert_int_equal(cgroup_make(&g, own, &want, &err), 0);
	group_name(box, own, "");
	assert_contents(box, "memory.max", "67108864");		/* whole pages */
	assert_contents(box, "memory.swap.max", "0");
	assert_contents(box, "cpu.max", "150000 100000");
	assert_contents(box, "pids.max", "11");			/* and init */
	assert_true(g.set.memory == UINT64_C(64) << 20 && g.set.cpus_milli == 1500 &&
		    g.set.tasks == 10 && g.swap);
	assert_true(cgroup_holds(&g));
	file(g.box, "cpu.max", "max 100000\n");
	assert_false(cgroup_holds(&g));
	file(g.box, "memory.events", "low 0\nhigh 0\nmax 7\noom 3\noom_kill 2\noom_group_kill 0\n");
	assert_true(cgroup_memory_kills(&g, &n) && n == 2);
	assert_false(cgroup_memory_peak(&g, &n));
	cgroup_end(&g);
	assert_contents(box, "memory.max", "absent");
}

static void controllers_are_given_to_the_groups_below(void **state)
{
	const struct cgroup_limits want = { .memory = 1 << 20 };
	struct cgroup g = CGROUP_NONE;
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(cgroup_make(&g, own, &want, &err), 0);
	assert_contents(own, "cgroup.subtree_control", "+memory +pids");
	cgroup_end(&g);
}

static void tcbox_stays_in_the_root_of_all_groups(void **state)
{
	const struct cgroup_limits want = { .memory = 1 << 20 };
	struct cgroup g = CGROUP_NONE;
	struct tb_err err = { 0 };
	char path[256];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/cgroup.type", own);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(cgroup_make(&g, own, &want, &err), 0);
	assert_false(g.aside);
	assert_contents(own, "cgroup.procs", "1\n");
	cgroup_end(&g);
}

static void tcbox_goes_aside_if_it_is_alone_in_its_group(void **state)
{
	const struct cgroup_limits want = { .cpus_milli = 10 };
	struct cgroup g = CGROUP_NONE;
	struct tb_err err = { 0 };
	char aside[200];

	(void)state;
	assert_int_equal(cgroup_make(&g, own, &want, &err), 0);
	group_name(aside, own, "-aside");
	assert_contents(aside, "cgroup.procs", "0");
	assert_contents(own, "cgroup.subtree_control", "+cpu +pids");
	assert_true(g.set.cpus_milli == 10 && !g.set.memory);
	cgroup_end(&g);
	assert_contents(aside, "cgroup.procs", "absent");
}

static void with_others_in_its_group_nothing_is_made(void **state)
{
	/* of all controllers, the ones that the kernel would allow */
	const struct cgroup_limits want = { .cpus_milli = 1000 };
	struct cgroup g = CGROUP_NONE;
	struct tb_err err = { 0 };

	(void)state;
	others = true;
	assert_int_equal(cgroup_make(&g, own, &want, &err), -EBUSY);
	assert_non_null(strstr(err.msg, "other processes"));
	assert_contents(own, "cgroup.subtree_control", "");
	assert_contents(own, "cgroup.procs", "0\n");		/* tcbox is back */
	assert_false(g.aside || g.keeper || g.set.cpus_milli);
	cgroup_end(&g);
}

static void the_group_above_is_a_place_if_it_gives_controllers(void **state)
{
	const struct cgroup_limits want = { .memory = 1 << 20, .cpus_milli = 500 };
	struct cgroup g = CGROUP_NONE;
	struct tb_err err = { 0 };
	char box[200];

	(void)state;
	others = true;
	put(top, "cgroup.subtree_control", "cpuset memory\n");
	missing = "cpu.max";
	assert_int_equal(cgroup_make(&g, own, &want, &err), 0);
	group_name(box, top, "");
	assert_contents(box, "memory.max", "1048576");
	/* not ours to change */
	assert_contents(top, "cgroup.subtree_control", "cpuset memory\n");
	assert_true(g.set.memory && !g.set.cpus_milli && !g.set.tasks);
	cgroup_end(&g);
	assert_contents(box, "memory.max", "absent");
}

static void without_a_controller_there_is_no_group(void **state)
{
	const struct cgroup_limits want = { .memory = 1 << 20 };
	struct cgroup g = CGROUP_NONE;
	struct tb_err err = { 0 };

	(void)state;
	put(own, "cgroup.controllers", "cpu pids memory_other\n");
	assert_int_equal(cgroup_make(&g, own, &want, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "no controller"));
	cgroup_end(&g);
}

static void limits_that_cannot_be_set_are_none(void **state)
{
	const struct cgroup_limits want = { .memory = 1 << 20 };
	struct cgroup g = CGROUP_NONE;
	struct tb_err err = { 0 };

	(void)state;
	missing = "memory.max";
	assert_int_equal(cgroup_make(&g, own, &want, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "memory.max"));
	assert_true(!g.set.memory && !g.keeper);
	cgroup_end(&g);
}

static void stale_groups_are_removed_and_used_ones_are_not(void **state)
{
	const struct cgroup_limits want = { .memory = 1 << 20 };
	struct cgroup g = CGROUP_NONE;
	struct tb_err err = { 0 };
	char stale[200], above[200], used[200], other[200];
	int lock;

	(void)state;
	(void)snprintf(stale, sizeof(stale), "%s/tcbox-1", own);
	(void)snprintf(above, sizeof(above), "%s/tcbox-1-aside", top);
	(void)snprintf(used, sizeof(used), "%s/tcbox-2", own);
	(void)snprintf(other, sizeof(other), "%s/other", own);
	assert_int_equal(__wrap_mkdirat(AT_FDCWD, stale, 0700) | __wrap_mkdirat(AT_FDCWD, above,
		0700) |
			 __wrap_mkdirat(AT_FDCWD, used, 0700) | __wrap_mkdirat(AT_FDCWD, other,
				 0700), 0);
	lock = open(used, O_RDONLY | O_DIRECTORY);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	assert_int_equal(cgroup_make(&g, own, &want, &err), 0);
	assert_int_not_equal(access(stale, F_OK), 0);
	assert_int_not_equal(access(above, F_OK), 0);
	assert_int_equal(access(used, F_OK), 0);
	assert_int_equal(access(other, F_OK), 0);
	cgroup_end(&g);
	(void)close(lock);
	assert_int_equal(__wrap_unlinkat(AT_FDCWD, used, AT_REMOVEDIR), 0);
	assert_int_equal(__wrap_unlinkat(AT_FDCWD, other, AT_REMOVEDIR), 0);
}

static void what_would_be_possible_changes_nothing(void **state)
{
	struct tb_err err = { 0 };
	char pid[32];
	int dir = open(own, O_RDONLY | O_DIRECTORY);

	(void)state;
	(void)snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	file(dir, "cgroup.procs", pid);
	assert_int_equal(cgroup_would(own, &err), CGROUP_MEMORY | CGROUP_CPU | CGROUP_PIDS);
	file(dir, "cgroup.procs", "1\n");
	assert_int_equal(cgroup_would(own, &err), 0);
	assert_non_null(strstr(err.msg, "other processes"));
	put(top, "cgroup.subtree_control", "cpu\n");
	assert_int_equal(cgroup_would(own, &err), CGROUP_CPU);
	assert_int_equal(unlinkat(dir, "cgroup.type", 0), 0);		/* the root of all groups */
	assert_int_equal(cgroup_would(own, &err), CGROUP_MEMORY | CGROUP_CPU | CGROUP_PIDS);
	assert_contents(own, "cgroup.subtree_control", "");
	(void)close(dir);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_group_is_found),
		cmocka_unit_test(a_group_that_cannot_be_seen_is_none),
		T(limits_are_written_and_watched),
		T(controllers_are_given_to_the_groups_below),
		T(tcbox_stays_in_the_root_of_all_groups),
		T(tcbox_goes_aside_if_it_is_alone_in_its_group),
		T(with_others_in_its_group_nothing_is_made),
		T(the_group_above_is_a_place_if_it_gives_controllers),
		T(without_a_controller_there_is_no_group),
		T(limits_that_cannot_be_set_are_none),
		T(stale_groups_are_removed_and_used_ones_are_not),
		T(what_would_be_possible_changes_nothing),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
