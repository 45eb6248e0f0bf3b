/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_bundle.c - tests of bundle/bundle.c: what is made at the start of a run, and what is not
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tcbox/bundle.h"
#include "tcbox/file.h"

static const char *const files[] = {
	RUN_RESERVE_FILE, RUN_CAPTURE_FILE, RUN_STDOUT_FILE, RUN_STDERR_FILE,
};

static char dir[64];
static struct bundle b;
static struct tb_err err;

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/tcbox-test-bundle.XXXXXX");
	err = (struct tb_err){ 0 };
	return !mkdtemp(dir) || chdir(dir);
}

/* forget() - the bundle and all that is in it */
static void forget(void)
{
	for (size_t i = 0; i < 4; i++)
		(void)unlinkat(b.dir, files[i], 0);
	(void)unlinkat(b.dir, "extra", 0);
	assert_int_equal(rmdir(b.path), 0);	/* fails if something else was made */
	bundle_close(&b);
}

static int clean_up(void **state)
{
	(void)state;
	return chdir("/") || rmdir(dir);
}

static void a_new_bundle_has_its_files_and_a_reserve_that_is_given_back(void **state)
{
	char real[128];
	struct stat st;

	(void)state;
	assert_int_equal(bundle_create(&b, "here", "/bin/agent", &err), 0);
	assert_string_equal(b.path, "here");
	(void)snprintf(real, sizeof(real), "%s/here", dir);
	assert_string_equal(b.real, real);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(fstatat(b.dir, files[i], &st, 0), 0);
	assert_int_equal(fstatat(b.dir, RUN_RESERVE_FILE, &st, 0), 0);
	assert_int_equal(st.st_size, 512 << 10);
	assert_true(fcntl(b.capture, F_GETFL) & O_APPEND);
	assert_true(fcntl(b.logs[0], F_GETFL) & O_APPEND);
	assert_true(fcntl(b.logs[1], F_GETFL) & O_APPEND);
	bundle_release(&b);
	assert_int_equal(fstatat(b.dir, RUN_RESERVE_FILE, &st, 0), -1);
	forget();
	assert_null(b.path);
	assert_int_equal(b.dir, -1);
	bundle_close(&b);		/* once more harms nothing */
}

static void what_exists_is_never_overwritten(void **state)
{
	struct bundle other;

	(void)state;
	assert_int_equal(bundle_create(&b, "here", "agent", &err), 0);
	assert_int_equal(bundle_create(&other, "here", "agent", &err), -EEXIST);
	assert_non_null(strstr(err.msg, "here exists already"));
	bundle_close(&other);
	err = (struct tb_err){ 0 };
	assert_int_equal(bundle_create(&other, "no/such/place", "agent", &err), -ENOENT);
	assert_non_null(strstr(err.msg, "no/such/place"));
	bundle_close(&other);
	forget();
}

static void runs_of_one_second_are_numbered(void **state)
{
	struct bundle runs[8];

	(void)state;
	for (size_t i = 0; i < 8; i++) {	/* they take much less than eight seconds */
		assert_int_equal(bundle_create(&runs[i], NULL, "/opt/acme/agent", &err), 0);
		assert_memory_equal(runs[i].path, "agent-2", 7);
		assert_non_null(strstr(runs[i].path, RUN_BUNDLE_SUFFIX));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(runs[i].path, runs[j].path);
	}
	for (size_t i = 0; i < 8; i++) {
		b = runs[i];
		forget();
	}
	assert_int_equal(bundle_create(&b, NULL, "agent", &err), 0);	/* without a directory */
	assert_memory_equal(b.path, "agent-2", 7);
	forget();
}

static void a_file_is_put_whole_or_an_error_names_the_bundle(void **state)
{
	struct tb_buf text = TB_BUF_INIT, got = TB_BUF_INIT, nothing = TB_BUF_INIT;

	(void)state;
	assert_int_equal(bundle_create(&b, "here", "agent", &err), 0);
	tb_buf_adds(&text, "what was written");
	assert_int_equal(bundle_put(&b, "extra", &nothing, &err), 0);
	assert_int_equal(bundle_put(&b, "extra", &text, &err), 0);
	assert_int_equal(tb_read_file(b.dir, "extra", 100, &got, &err), 0);
	assert_string_equal(got.data, "what was written");
	assert_true(bundle_put(&b, "no/such/place", &text, &err) < 0);
	assert_memory_equal(err.msg, "here: ", 6);
	tb_buf_free(&text);
	tb_buf_free(&got);
	forget();
}

/* limited() - bundle_create() with a soft limit of @n of a resource. Return: its status */
static int limited(int resource, rlim_t n)
{
	struct rlimit before, less;
	int ret;

	assert_int_equal(getrlimit((__rlimit_resource_t)resource, &before), 0);
	less = before;
	less.rlim_cur = n;
	assert_int_equal(setrlimit((__rlimit_resource_t)resource, &less), 0);
	err = (struct tb_err){ 0 };
	ret = bundle_create(&b, "here", "agent", &err);
	assert_int_equal(setrlimit((__rlimit_resource_t)resource, &before), 0);
	return ret;
}

/* The directory and three files stay open, the reserve is open for a moment. */
static void without_descriptors_there_is_no_bundle(void **state)
{
	int next = open("/", O_RDONLY | O_CLOEXEC);
	rlim_t room;

	(void)state;
	assert_true(next >= 0);
	assert_int_equal(close(next), 0);
	for (room = 0; room < 4; room++) {
		assert_int_equal(limited(RLIMIT_NOFILE, (rlim_t)next + room), -EMFILE);
		assert_int_equal(err.code, EMFILE);
		assert_non_null(strstr(err.msg, room ? "create here/" : "open the bundle here"));
		assert_int_equal(access("here", F_OK), -1);
		bundle_close(&b);
		assert_int_equal(open("/", O_RDONLY | O_CLOEXEC), next);	/* nothing is left open */
		assert_int_equal(close(next), 0);
	}
	assert_int_equal(limited(RLIMIT_NOFILE, (rlim_t)next + room), 0);
	forget();
}

static void without_room_for_the_last_files_there_is_no_bundle(void **state)
{
	void (*before)(int) = signal(SIGXFSZ, SIG_IGN);

	(void)state;
	assert_int_equal(limited(RLIMIT_FSIZE, (512 << 10) - 1), -EFBIG);
	assert_string_equal(err.msg, "reserve space in here: File too large");
	assert_int_equal(access("here", F_OK), -1);
	bundle_close(&b);
	assert_int_equal(limited(RLIMIT_FSIZE, 512 << 10), 0);
	forget();
	(void)signal(SIGXFSZ, before);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, clean_up)
	const struct CMUnitTest tests[] = {
		TEST(a_new_bundle_has_its_files_and_a_reserve_that_is_given_back),
		TEST(what_exists_is_never_overwritten),
		TEST(runs_of_one_second_are_numbered),
		TEST(without_descriptors_there_is_no_bundle),
		TEST(without_room_for_the_last_files_there_is_no_bundle),
		TEST(a_file_is_put_whole_or_an_error_names_the_bundle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
