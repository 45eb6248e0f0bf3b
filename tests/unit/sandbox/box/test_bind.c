/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_bind.c - what a bind says, and which are refused
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tcbox/own.h"
#include "tcbox/sandbox.h"

static void assert_bind(const char *text, const char *from, const char *to, bool readonly)
{
	struct tb_err err = { 0 };
	struct sbx_bind b;

	assert_int_equal(sbx_bind_set(&b, text, &err), 0);
	assert_string_equal(b.from, from);
	assert_string_equal(b.to, to);
	assert_int_equal(b.readonly, readonly);
	sbx_bind_clear(&b);
	assert_null(b.from);
}

static void assert_refused(const char *text, const char *why)
{
	struct tb_err err = { 0 };
	struct sbx_bind b;

	assert_true(sbx_bind_set(&b, text, &err) < 0);
	if (!strstr(err.msg, why))
		fail_msg("%s: \"%s\" does not say \"%s\"", text, err.msg, why);
	sbx_bind_clear(&b);
}

static void source_place_and_mode_are_read(void **state)
{
	(void)state;
	assert_bind("/etc/passwd", "/etc/passwd", "/etc/passwd", false);
	assert_bind("/etc/passwd:ro", "/etc/passwd", "/etc/passwd", true);
	assert_bind("/etc/passwd:/srv/x", "/etc/passwd", "/srv/x", false);
	assert_bind("/etc/passwd:/srv/x:ro", "/etc/passwd", "/srv/x", true);
	assert_bind("/etc:/ro", "/etc", "/ro", false);
}

static void a_place_is_made_plain(void **state)
{
	(void)state;
	assert_bind("/etc:/srv//no/./such/place///", "/etc", "/srv/no/such/place", false);
	assert_bind("/etc:/srv/..no/no../...", "/etc", "/srv/..no/no../...", false);
	assert_bind("/etc:/no-such-top-level", "/etc", "/no-such-top-level", false);
	assert_bind("/usr/../etc/.", "/etc", "/etc", false);
}

static void links_are_resolved(void **state)
{
	char dir[] = "/var/tmp/tcbox-bind.XXXXXX", link[128], text[320], real[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(link, sizeof(link), "%s/link", dir);
	(void)snprintf(real, sizeof(real), "%s/real", dir);
	assert_int_equal(mkdir(real, 0700), 0);
	assert_int_equal(symlink("real", link), 0);
	(void)snprintf(text, sizeof(text), "%s:%s/new/deep", link, link);
	(void)snprintf(link, sizeof(link), "%s/new/deep", real);
	assert_bind(text, real, link, false);
	(void)snprintf(link, sizeof(link), "%s/link", dir);
	(void)unlink(link);
	assert_int_equal(symlink("/proc", link), 0);
	(void)snprintf(text, sizeof(text), "/etc:%s/sys", link);
	assert_refused(text, "cannot be bound");
	(void)unlink(link);
	(void)rmdir(real);
	(void)rmdir(dir);
}

static void what_makes_no_sense_is_refused(void **state)
{
	static const char *const shape[] = { "", ":", ":ro", ":/x", "/etc:", "/etc::ro",
					     "/etc:/x:rw", "/etc:/x:ro:ro", "/a:b:c:d" };
	static const char *const place[] = { "/etc:x", "/etc:./x", "/etc:/..", "/etc:/a/../b",
					     "/etc:/a/..", "/etc:rw" };
	static const char *const forbidden[] = { "/", "/etc:/", "/etc:///", "/etc:/.", "/proc",
						 "/proc/self:/x", "/etc:/proc",
						 "/etc:/dev/shm/x", "/etc:/sys/", "/sys:ro",
							 "/dev/null:/x" };
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(shape); i++)
		assert_refused(shape[i], "is not SRC");
	for (i = 0; i < TB_ARRAY_SIZE(place); i++)
		assert_refused(place[i], "absolute");
	for (i = 0; i < TB_ARRAY_SIZE(forbidden); i++)
		assert_refused(forbidden[i], "cannot be bound");
	assert_refused("/no/such/source:/x", "No such file");
}

static void a_place_that_is_too_long_is_refused(void **state)
{
	static char text[8192];
	size_t n;

	(void)state;
	n = (size_t)snprintf(text, sizeof(text), "/etc:");
	for (; n < sizeof(text) - 1; n++)
		text[n] = n % 2 ? '/' : 'x';
	assert_refused(text, "too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(source_place_and_mode_are_read),
		cmocka_unit_test(a_place_is_made_plain),
		cmocka_unit_test(links_are_resolved),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(a_place_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
