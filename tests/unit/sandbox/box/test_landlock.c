/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_landlock.c - a product is held to the places that it may change and read, by Landlock or by
 * mounts
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "sandbox/box/guard.h"
#include "sandbox/box/landlock.h"
#include "tcbox/syscalls.h"
#include "tests/unit/sandbox/whole.h"

static struct whole w;
static enum pol_sys calls[TB_SYSCALL_MAX];

static int clear(void **state)
{
	(void)state;
	whole_end(&w);
	return 0;
}

#define TRY(act, name) "(" act ") 2>/dev/null && echo " name "; "
static char ours[] = "/var/tmp", file[] = "/home/one", missing[] = "/no/such/place",
	passwd[] = "/etc/passwd";

/* writes() - a box that may write below /var/tmp, and one file in /home: its directory, as long as
 * it is not there */
static void writes(const struct sbx_place *places, size_t n, const char *script)
{
	whole_init(&w, script);
	w.opt.places = (struct sbx_places){ .writes = true, .list = places, .n = n };
}

static const struct sbx_place writable[] = {
	{ .path = ours }, { .path = file, .exact = true }, { .path = missing },
};

#define WRITES TRY("echo x >/var/tmp/a", "below") TRY("mkdir /var/tmp/d", "directory") \
	TRY("echo x >/home/one", "file") TRY("echo x >/tmp/a", "tmp") \
	TRY("echo x >/dev/null", "null") TRY("mkdir /home/d", "beside") \
	TRY("cat /etc/passwd >/dev/null", "reads") TRY("rm /var/tmp/a", "remove") "exit 0"

static void changes_are_for_the_places_only(void **state)
{
	(void)state;
	writes(writable, TB_ARRAY_SIZE(writable), WRITES);
	whole_run(&w);
	whole_good(&w, 0);
	if (landlock_abi() < GUARD_ABI)
		assert_string_equal(sbx_writes_by(w.sbx), "mounts");
	else
		assert_int_equal(strncmp(sbx_writes_by(w.sbx), "Landlock ABI ", 13), 0);
	assert_null(sbx_reads_by(w.sbx));
	whole_says(&w, "below\ndirectory\nfile\nnull\nbeside\nreads\nremove\n");
}

/* A policy that allows mount(2) excludes Landlock, under which it would fail. */
static void mounts_do_the_same_where_landlock_cannot(void **state)
{
	char *const *sentences;

	(void)state;
	for (int i = 0; i < TB_SYSCALL_MAX; i++)
		calls[i] = POL_SYS_ALLOWED;
	writes(writable, TB_ARRAY_SIZE(writable), WRITES);
	w.opt.calls.sys = calls;
	whole_run(&w);
	whole_good(&w, 0);
	assert_string_equal(sbx_writes_by(w.sbx), "mounts");
	whole_says(&w, "below\ndirectory\nfile\nnull\nbeside\nreads\nremove\n");
	assert_int_equal(sbx_degraded(w.sbx, &sentences), 0);
	whole_end(&w);

	writes(writable, TB_ARRAY_SIZE(writable), "cat /etc/passwd >/dev/null");
	w.opt.places.reads = true;
	w.opt.calls.sys = calls;
	whole_run(&w);
	whole_good(&w, 0);
	assert_null(sbx_reads_by(w.sbx));
	assert_int_equal(sbx_degraded(w.sbx, &sentences), 1);
	assert_non_null(strstr(sentences[0], "files.read was not enforced"));
}

static void reading_is_for_the_places_only(void **state)
{
	static const struct sbx_place readable[] = {
		{ .path = ours }, { .path = passwd, .exact = true, .readonly = true },
	};

	(void)state;
	if (landlock_abi() < GUARD_ABI)
		skip();
	writes(readable, TB_ARRAY_SIZE(readable),
	       TRY("cat /etc/passwd >/dev/null", "passwd") TRY("cat /etc/group >/dev/null", "group")
	       TRY("cat /proc/version >/dev/null", "proc") TRY("echo x >/var/tmp/a && cat /var/tmp/a >/dev/null", "own")
	       TRY("echo x >/etc/passwd", "write") TRY("/bin/true", "execute") "exit 0");
	w.opt.places.reads = true;
	whole_run(&w);
	whole_good(&w, 0);
	assert_int_equal(strncmp(sbx_reads_by(w.sbx), "Landlock ABI ", 13), 0);
	whole_says(&w, "passwd\nproc\nown\nexecute\n");
}

#define TEST(name) cmocka_unit_test_teardown(name, clear)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(changes_are_for_the_places_only),
		TEST(mounts_do_the_same_where_landlock_cannot),
		TEST(reading_is_for_the_places_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
