/* SPDX-License-Identifier: Apache-2.0 */
/* test_doctor_i386.c - what the doctor makes of the end of a process that made a call of 32-bit
 * x86 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "sandbox/doctor/doctor.h"

static struct doctor_found ended(int status)
{
	struct doctor_found f = { 0 };

	doctor_i386_ended(&f, status);
	return f;
}

static void an_answered_call_works(void **state)
{
	const struct doctor_found f = ended(W_EXITCODE(0, 0));

	(void)state;
	assert_true(f.works);
	assert_string_equal(f.detail, "32-bit programs can be run and examined");
	assert_string_equal(f.fix, "");
}

static void a_kernel_without_them_is_told_by_its_signal(void **state)
{
	const struct doctor_found f = ended(W_EXITCODE(0, SIGSEGV));

	(void)state;
	assert_false(f.works);
	assert_string_equal(f.detail, "not there: 32-bit programs cannot be run or examined");
	assert_non_null(strstr(f.fix, "ia32_emulation=0"));
}

static void a_filter_around_tcbox_is_told_from_the_kernel(void **state)
{
	struct doctor_found f = ended(W_EXITCODE(0, SIGSYS));

	(void)state;
	assert_false(f.works);
	assert_non_null(strstr(f.detail, "kills them with signal 31"));
	assert_non_null(strstr(f.fix, "outside of that container"));
	f = ended(W_EXITCODE(ENOSYS, 0));
	assert_false(f.works);
	assert_non_null(strstr(f.detail, "Function not implemented"));
	assert_non_null(strstr(f.fix, "outside of that container"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answered_call_works),
		cmocka_unit_test(a_kernel_without_them_is_told_by_its_signal),
		cmocka_unit_test(a_filter_around_tcbox_is_told_from_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
