/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ids.c - which users there are: ranges that are found, and maps that are written
 *
 * The programs of the package uidmap are answers of the test; the maps are the kernel's own.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/box/ids.h"
#include "sandbox/program.h"

int __real_access(const char *path, int mode);
uid_t __real_geteuid(void);
int __wrap_access(const char *path, int mode);
uid_t __wrap_geteuid(void);
int __wrap_program_run(const char *path, char *const argv[], int in, int out, int *status,
		       struct tb_err *err);

static struct {
	const char *users, *groups;	/* what getsubids prints */
	const char *mapper;		/* what newuidmap prints */
	int status;			/* how programs end */
	const char *missing;		/* a program that is not there */
	uid_t euid;
	char called[512];		/* each program in a line, with its arguments */
} fake;

int __wrap_access(const char *path, int mode)
{
	(void)mode;
	return strncmp(path, "/usr/bin/", 9) || !strcmp(path + 9, fake.missing) ? -1 : 0;
}

uid_t __wrap_geteuid(void)
{
	return fake.euid;
}

int __wrap_program_run(const char *path, char *const argv[], int in, int out, int *status,
		       struct tb_err *err)
{
	const char *text = fake.mapper;

	(void)in;
	(void)err;
	assert_string_equal(path, argv[0]);
	for (size_t i = 0; argv[i]; i++)
		(void)snprintf(fake.called + strlen(fake.called),
			       sizeof(fake.called) - strlen(fake.called), "%s%s", i ? " " : "",
			       argv[i]);
	(void)strncat(fake.called, "\n", sizeof(fake.called) - strlen(fake.called) - 1);
	if (strstr(path, "getsubids"))
		text = strcmp(argv[1], "-g") ? fake.users : fake.groups;
	assert_int_equal(write(out, text, strlen(text)), strlen(text));
	*status = fake.status;
	return 0;
}

static int begin(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.users = "0: joe 100000 65536\n";
	fake.groups = "0: joe 200000 65536\n";
	fake.mapper = fake.missing = "";
	fake.euid = 1234;
	return 0;
}

/* found() - for a user whom the machine has no name for */
static struct sbx_ids found(bool any)
{
	struct sbx_ids ids = { .uid = 4000000000u, .gid = 7 };
	const char *why = sbx_ids_find(&ids);

	if (!any != (why != NULL))
		fail_msg("%s", why ? why : "no reason");
	if (why)
		assert_non_null(strstr(why, "/etc/subuid"));
	return ids;
}

static void ranges_are_those_of_users_and_of_groups(void **state)
{
	struct sbx_ids ids = found(true);

	(void)state;
	assert_int_equal(ids.sub_uid, 100000);
	assert_int_equal(ids.sub_gid, 200000);
	assert_int_equal(ids.n, 65535);		/* root is one more */
	assert_string_equal(fake.called, "/usr/bin/getsubids 4000000000\n"
					 "/usr/bin/getsubids -g 4000000000\n");
	fake.groups = "0: joe 300000 500\n1: joe 1 2\n";	/* the first range counts */
	ids = found(true);
	assert_int_equal(ids.sub_gid, 300000);
	assert_int_equal(ids.n, 500);
	fake.users = "0: joe 100000 499";
	assert_int_equal(found(true).n, 499);
}

static void what_is_no_range_is_none(void **state)
{
	static const char *const texts[] = {
		"", "\n", "Error fetching ranges\n", "0: joe 0 65536\n", "0: joe 100000 0\n", "joe",
		"0: joe 4294967295 10\n", "0: joe 4294901761 10\n", "0: joe 100000 x\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		fake.users = texts[i];
		assert_int_equal(found(false).n, 0);
	}
	fake.users = "0: joe 4294901760 10\n";	/* the last that all ids fit behind */
	assert_int_equal(found(true).sub_uid, 4294901760u);
	fake.status = 256;
	assert_int_equal(found(false).n, 0);
}

static void without_the_package_there_are_none(void **state)
{
	static const char *const programs[] = { "getsubids", "newuidmap", "newgidmap" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		fake.missing = programs[i];
		assert_int_equal(found(false).n, 0);
	}
}

static void root_has_ids_that_nobody_else_has(void **state)
{
	struct sbx_ids ids;

	(void)state;
	fake.euid = 0;
	fake.missing = "newuidmap";		/* which root does not need */
	assert_int_equal(found(true).sub_uid, 100000);
	fake.missing = "getsubids";
	ids = found(true);
	assert_int_equal(ids.sub_uid, 0x70000000);
	assert_int_equal(ids.sub_gid, 0x70000000);
	assert_int_equal(ids.n, 65535);
}

static void subordinate_ids_are_mapped_by_the_packages_programs(void **state)
{
	const struct sbx_ids ids = { .uid = 1000, .gid = 1001, .sub_uid = 100000,
				     .sub_gid = 200000, .n = 65535 };
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(ids_map(77, &ids, &err), 0);
	assert_string_equal(fake.called, "/usr/bin/newgidmap 77 0 1001 1 1 200000 65535\n"
					 "/usr/bin/newuidmap 77 0 1000 1 1 100000 65535\n");
	fake.mapper = "newgidmap: gid range [0-1) is not allowed\nmore\n";
	fake.status = 256;
	assert_int_equal(ids_map(77, &ids, &err), -EIO);
	assert_string_equal(err.msg, "map ids into the user namespace: newgidmap: gid range [0-1) "
				     "is not allowed");
	fake.mapper = "";
	assert_int_equal(ids_map(77, &ids, &err), -EIO);
	assert_non_null(strstr(err.msg, "/usr/bin/newgidmap failed"));
	fake.missing = "newgidmap";
	assert_int_equal(ids_map(77, &ids, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "newgidmap is not there (package uidmap)"));
}

/* A process in a user namespace of its own, which waits. */
static pid_t apart(int go[2])
{
	char byte;
	int ready[2];
	pid_t pid;

	assert_true(!pipe2(go, O_CLOEXEC) && !pipe2(ready, O_CLOEXEC));
	pid = fork();
	if (pid == 0) {
		(void)close(go[1]);
		byte = unshare(CLONE_NEWUSER) ? 'n' : 'y';
		(void)!write(ready[1], &byte, 1);
		(void)!read(go[0], &byte, 1);
		_exit(0);
	}
	(void)close(go[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	if (byte == 'y')
		return pid;
	(void)close(go[1]);
	(void)waitpid(pid, NULL, 0);
	print_message("this kernel gives no user namespace\n");
	skip();
	return -1;
}

/* is() - a file of the process, its blanks made one */
static void is(pid_t pid, const char *name, const char *wanted)
{
	char path[64], text[256], squeezed[256] = "";
	size_t n = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	f = fopen(path, "re");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	(void)fclose(f);
	for (const char *c = text; *c; c++)
		if (*c != ' ' || (n && squeezed[n - 1] != ' ' && squeezed[n - 1] != '\n'))
			squeezed[n++] = *c;
	squeezed[n] = '\0';
	assert_string_equal(squeezed, wanted);
}

static void a_map_of_one_user_is_written(void **state)
{
	const struct sbx_ids ids = { .uid = __real_geteuid(), .gid = getegid() };
	struct tb_err err = { 0 };
	char wanted[64];
	int go[2];
	pid_t pid = apart(go);

	(void)state;
	fake.euid = __real_geteuid();
	if (ids_map(pid, &ids, &err))
		fail_msg("%s", err.msg);
	(void)snprintf(wanted, sizeof(wanted), "0 %u 1\n", ids.uid);
	is(pid, "uid_map", wanted);
	(void)snprintf(wanted, sizeof(wanted), "0 %u 1\n", ids.gid);
	is(pid, "gid_map", wanted);
	is(pid, "setgroups", fake.euid ? "deny\n" : "allow\n");
	assert_int_equal(ids_map(pid, &ids, &err), -EPERM);	/* once only */
	assert_non_null(strstr(err.msg, "map ids into the user namespace: write \""));
	(void)close(go[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(ids_map(pid, &ids, &err), -ENOENT);
}

/* in_box() - the maps of a namespace below one of a single user, written from there. Exits */
static void in_box(bool as_root, bool more)
{
	const struct sbx_identity who = { .ids = { .uid = 1000, .gid = 1001, .n = more ? 5 : 0 },
					  .as_root = as_root };
	struct tb_err err = { 0 };
	char number[16];
	int go[2];
	pid_t pid = apart(go);
	int ret;

	(void)snprintf(number, sizeof(number), "%d", (int)pid);
	ret = ids_map_product(number, &who, &err);
	if (more && as_root) {
		assert_true(ret < 0);	/* the one above has no more users */
		_exit(0);
	}
	assert_int_equal(ret, 0);
	is(pid, "uid_map", as_root ? "0 0 1\n" : "1000 0 1\n");
	is(pid, "gid_map", as_root ? "0 0 1\n" : "1001 0 1\n");
	is(pid, "setgroups", "deny\n");
	_exit(0);
}

static void the_product_is_its_own_user_or_root_of_nothing(void **state)
{
	int probe[2];
	pid_t first = apart(probe);

	(void)state;
	(void)close(probe[1]);
	(void)waitpid(first, NULL, 0);
	for (int i = 0; i < 4; i++) {
		const struct sbx_ids ids = { .uid = __real_geteuid(), .gid = getegid() };
		struct tb_err err = { 0 };
		int go[2], status;
		char byte;
		pid_t pid;

		fake.euid = __real_geteuid();
		assert_int_equal(pipe2(go, O_CLOEXEC), 0);
		pid = fork();
		if (pid == 0) {
			if (unshare(CLONE_NEWUSER) || kill(getpid(), SIGSTOP) ||
			    read(go[0], &byte, 1) != 1)
				_exit(1);
			in_box(i & 1, i & 2);
		}
		assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
		assert_true(WIFSTOPPED(status));
		if (ids_map(pid, &ids, &err))
			fail_msg("%s", err.msg);
		assert_int_equal(kill(pid, SIGCONT), 0);
		assert_int_equal(write(go[1], "g", 1), 1);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		(void)close(go[0]);
		(void)close(go[1]);
	}
}

static void a_program_runs_as_root_of_a_namespace(void **state)
{
	const struct sbx_ids ids = { .uid = __real_geteuid(), .gid = getegid() };
	char sh[] = "/bin/sh", c[] = "-c", good[] = "test \"$(id -u)/$(id -g)\" = 0/0", bad[] = "exit 3";
	char *argv[] = { sh, c, good, NULL }, none[] = "/no/such", *nothing[] = { none, NULL };
	struct tb_err err = { 0 };
	int go[2];
	pid_t pid = apart(go);

	(void)state;
	(void)close(go[1]);
	(void)waitpid(pid, NULL, 0);
	fake.euid = __real_geteuid();
	if (sbx_ids_run(&ids, argv, &err))
		fail_msg("%s", err.msg);
	argv[2] = bad;
	assert_int_equal(sbx_ids_run(&ids, argv, &err), -EIO);
	assert_string_equal(err.msg, "/bin/sh failed");
	assert_int_equal(sbx_ids_run(&ids, nothing, &err), -EIO);
	assert_string_equal(fake.called, "");
	/* without ids it is run as it is */
	assert_int_equal(sbx_ids_run(NULL, argv, &err), 0);
	assert_string_equal(fake.called, "/bin/sh -c exit 3\n");
	fake.status = 256;
	assert_int_equal(sbx_ids_run(NULL, argv, &err), -EIO);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(ranges_are_those_of_users_and_of_groups),
		TEST(what_is_no_range_is_none),
		TEST(without_the_package_there_are_none),
		TEST(root_has_ids_that_nobody_else_has),
		TEST(subordinate_ids_are_mapped_by_the_packages_programs),
		TEST(a_map_of_one_user_is_written),
		TEST(the_product_is_its_own_user_or_root_of_nothing),
		TEST(a_program_runs_as_root_of_a_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
