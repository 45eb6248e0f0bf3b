/* SPDX-License-Identifier: Apache-2.0 */
/* test_shift.c - how much later the machine's clocks are, and a kernel that does not take it */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/box/shift.h"
#include "tcbox/own.h"

static void both_clocks_are_written(void **state)
{
	static const char text[] = "monotonic 2592000 0\nboottime 2592000 0\n";
	TB_AUTOCLOSE int fd = memfd_create("offsets", MFD_CLOEXEC);
	struct tb_err err = { 0 };
	char got[128] = "";

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(shift_offsets(fd, 2592000, &err), 0);
	assert_int_equal(pread(fd, got, sizeof(got) - 1, 0), strlen(text));
	assert_string_equal(got, text);
}

static void a_part_that_was_taken_is_not_enough(void **state)
{
	TB_AUTOCLOSE int fd = memfd_create("offsets", MFD_CLOEXEC);
	struct rlimit before, little;
	struct tb_err err = { 0 };
	int ret;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	little = before;
	little.rlim_cur = 10;
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	errno = 0;
	ret = shift_offsets(fd, 2592000, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(ret, -EFBIG);
	assert_int_equal(err.code, EFBIG);
	assert_non_null(strstr(err.msg, "timens_offsets"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_clocks_are_written),
		cmocka_unit_test(a_part_that_was_taken_is_not_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
