/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_err.c - the error object and the log line
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tcbox/err.h"
#include "tcbox/log.h"

static void a_failing_site_is_one_line(void **state)
{
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(tb_err_set(&err, ENOENT, "open %s", "/x"), -ENOENT);
	assert_int_equal(err.code, ENOENT);
	assert_string_equal(err.msg, "open /x: No such file or directory");
}

static void a_message_stands_alone(void **state)
{
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(tb_err_msg(&err, EINVAL, "%d is too much", 7), -EINVAL);
	assert_string_equal(err.msg, "7 is too much");
}

static void wrapping_puts_context_in_front(void **state)
{
	struct tb_err err = { 0 };

	(void)state;
	(void)tb_err_msg(&err, EPERM, "inner");
	assert_int_equal(tb_err_wrap(&err, "outer %d", 1), -EPERM);
	assert_int_equal(tb_err_wrap(&err, "outermost"), -EPERM);
	assert_string_equal(err.msg, "outermost: outer 1: inner");
}

static void a_failure_never_reads_as_success(void **state)
{
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(tb_err_set(&err, 0, "forgot errno"), -EIO);
	assert_int_equal(err.code, EIO);
	assert_int_equal(tb_err_set(&err, -EPERM, "negative"), -EIO);
	memset(&err, 0, sizeof(err));
	assert_int_equal(tb_err_wrap(&err, "nothing inside"), -EIO);
}

static void nobody_to_tell_is_no_crash(void **state)
{
	(void)state;
	assert_int_equal(tb_err_set(NULL, EPERM, "x"), -EPERM);
	assert_int_equal(tb_err_msg(NULL, EPERM, "x"), -EPERM);
	assert_int_equal(tb_err_wrap(NULL, "x"), -EIO);
}

static void a_long_text_is_cut_visibly(void **state)
{
	struct tb_err err = { 0 };
	char longer[2 * sizeof(err.msg)];
	size_t len;

	(void)state;
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	(void)tb_err_set(&err, EPERM, "%s", longer);
	len = strlen(err.msg);
	assert_int_equal(len, sizeof(err.msg) - 1);
	assert_string_equal(err.msg + len - 4, "x...");
	(void)tb_err_wrap(&err, "outer");
	assert_memory_equal(err.msg, "outer: xxx", 10);
	assert_string_equal(err.msg + strlen(err.msg) - 3, "...");
}

/* logged() - what tb_log() writes to standard error for this text */
static void logged(enum tb_log_level level, const char *text, char *out, size_t size)
{
	int old = dup(STDERR_FILENO), ends[2];
	ssize_t n;

	assert_return_code(pipe(ends), errno);
	assert_return_code(dup2(ends[1], STDERR_FILENO), errno);
	close(ends[1]);
	tb_log(level, "room", "%s", text);
	assert_return_code(dup2(old, STDERR_FILENO), errno);
	close(old);
	n = read(ends[0], out, size - 1);
	close(ends[0]);
	assert_return_code(n, errno);
	out[n] = '\0';
}

static void a_log_line_is_one_harmless_line(void **state)
{
	char out[256];

	(void)state;
	logged(TB_LOG_WARN, "first\nsecond \x1b[2J", out, sizeof(out));
	assert_string_equal(out, "tcbox: room: first\\nsecond \\x1b[2J\n");
}

static void messages_above_the_level_are_not_printed(void **state)
{
	char out[256];

	(void)state;
	logged(TB_LOG_INFO, "hidden", out, sizeof(out));
	assert_string_equal(out, "");
	tb_log_set_level(TB_LOG_INFO);
	logged(TB_LOG_INFO, "shown", out, sizeof(out));
	assert_string_equal(out, "tcbox: room: shown\n");
	tb_log_set_level(TB_LOG_WARN);
}

static void logging_keeps_errno(void **state)
{
	char out[256];

	(void)state;
	errno = E2BIG;
	logged(TB_LOG_WARN, "x", out, sizeof(out));
	tb_log(TB_LOG_DEBUG, "room", "not printed");
	errno = E2BIG;
	tb_log(TB_LOG_ERROR, "test", "this line belongs to the test of errno");
	assert_int_equal(errno, E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failing_site_is_one_line),
		cmocka_unit_test(a_message_stands_alone),
		cmocka_unit_test(wrapping_puts_context_in_front),
		cmocka_unit_test(a_failure_never_reads_as_success),
		cmocka_unit_test(nobody_to_tell_is_no_crash),
		cmocka_unit_test(a_long_text_is_cut_visibly),
		cmocka_unit_test(a_log_line_is_one_harmless_line),
		cmocka_unit_test(messages_above_the_level_are_not_printed),
		cmocka_unit_test(logging_keeps_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
