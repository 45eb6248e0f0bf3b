/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_nearest.c - "did you mean", and the names of system calls
 */
#include <asm/unistd_64.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/nearest.h"
#include "tcbox/syscalls.h"

static void distances_count_single_errors(void **state)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} rows[] = {
		{ "", "", 0 }, { "", "abc", 3 }, { "abc", "", 3 }, { "policy", "policy", 0 },
		{ "polcy", "policy", 1 },
		{ "poilcy", "policy", 1 }, { "policyy", "policy", 1 }, { "pelicy", "policy", 1 },
		{ "ab", "ba", 1 },
		{ "kitten", "sitting", 3 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(tb_edit_distance(rows[i].a, rows[i].b), rows[i].distance);
		assert_int_equal(tb_edit_distance(rows[i].b, rows[i].a), rows[i].distance);
	}
}

static void very_long_words_are_far_from_everything(void **state)
{
	char word[200];

	(void)state;
	memset(word, 'a', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(tb_edit_distance(word, word), 64);
	assert_int_equal(tb_edit_distance(word, "a"), 64);
	word[64] = '\0';
	assert_int_equal(tb_edit_distance(word, word), 0);
}

static void only_what_is_near_is_suggested(void **state)
{
	struct tb_nearest n;

	(void)state;
	tb_nearest_init(&n, "conections");
	tb_nearest_try(&n, "names");
	assert_null(n.best);
	tb_nearest_try(&n, "connections");
	tb_nearest_try(&n, "listens");
	assert_string_equal(n.best, "connections");
}

static void every_native_call_has_its_name_and_number(void **state)
{
	(void)state;
	assert_string_equal(tb_syscall_name(__NR_read), "read");
	assert_string_equal(tb_syscall_name(__NR_seccomp), "seccomp");
	assert_int_equal(tb_syscall_number("openat2"), __NR_openat2);
	assert_int_equal(tb_syscall_number("io_uring_setup"), __NR_io_uring_setup);
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		if (tb_syscall_name(nr))
			assert_int_equal(tb_syscall_number(tb_syscall_name(nr)), nr);
}

static void calls_that_do_not_exist_have_none(void **state)
{
	(void)state;
	assert_null(tb_syscall_name(-1));
	assert_null(tb_syscall_name(TB_SYSCALL_MAX));
	assert_null(tb_syscall_name(511));
	assert_int_equal(tb_syscall_number("socketcall"), -1);	/* i386 only */
	assert_int_equal(tb_syscall_number(""), -1);
	assert_string_equal(tb_syscall_nearest("conect"), "connect");
	assert_null(tb_syscall_nearest("entirely_something_else"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances_count_single_errors),
		cmocka_unit_test(very_long_words_are_far_from_everything),
		cmocka_unit_test(only_what_is_near_is_suggested),
		cmocka_unit_test(every_native_call_has_its_name_and_number),
		cmocka_unit_test(calls_that_do_not_exist_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
