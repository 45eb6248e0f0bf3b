/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_app_words.c - what the words for applications say
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tcbox/app_words.h"

static void a_word_is_a_whole_part_of_either(void **state)
{
	(void)state;
	assert_true(tb_app_is("tls", NULL, "tls"));
	assert_true(tb_app_is("quic", "TLS.github", "tls"));
	assert_true(tb_app_is(NULL, "tls.github", "github"));
	assert_false(tb_app_is("tls2", "x.tlsx", "tls"));
	assert_false(tb_app_is("tl", "", "tls"));
	assert_false(tb_app_is(NULL, NULL, "tls"));
}

static void content_is_readable_unless_a_word_says_otherwise(void **state)
{
	(void)state;
	assert_true(tb_app_encrypted("tls", NULL));
	assert_true(tb_app_encrypted("unknown", "quic.youtube"));
	assert_true(tb_app_encrypted("ftps", NULL));
	assert_false(tb_app_encrypted("http", "http.github"));
	assert_false(tb_app_encrypted(NULL, NULL));
}

static void unknown_is_no_application(void **state)
{
	(void)state;
	assert_true(tb_app_known("http"));
	assert_false(tb_app_known("Unknown"));
	assert_false(tb_app_known(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_is_a_whole_part_of_either),
		cmocka_unit_test(content_is_readable_unless_a_word_says_otherwise),
		cmocka_unit_test(unknown_is_no_application),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
