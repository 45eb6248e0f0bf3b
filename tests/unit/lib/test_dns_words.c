/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dns_words.c - what DNS calls its numbers
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tcbox/dns_words.h"

static void known_types_have_their_names(void **state)
{
	char out[TB_DNS_WORD];

	(void)state;
	assert_string_equal(tb_dns_type(1, out), "A");
	assert_string_equal(tb_dns_type(28, out), "AAAA");
	assert_string_equal(tb_dns_type(16, out), "TXT");
	assert_string_equal(tb_dns_type(65, out), "HTTPS");
	assert_string_equal(tb_dns_type(257, out), "CAA");
}

static void other_types_have_their_number(void **state)
{
	char out[TB_DNS_WORD];

	(void)state;
	assert_string_equal(tb_dns_type(0, out), "TYPE0");
	assert_string_equal(tb_dns_type(3, out), "TYPE3");
	assert_string_equal(tb_dns_type(65535, out), "TYPE65535");
}

static void response_codes_have_names_or_numbers(void **state)
{
	char out[TB_DNS_WORD];

	(void)state;
	assert_string_equal(tb_dns_rcode(0, out), "NOERROR");
	assert_string_equal(tb_dns_rcode(3, out), "NXDOMAIN");
	assert_string_equal(tb_dns_rcode(5, out), "REFUSED");
	assert_string_equal(tb_dns_rcode(16, out), "BADVERS");
	assert_string_equal(tb_dns_rcode(6, out), "RCODE6");
	assert_string_equal(tb_dns_rcode(4294967295u, out), "RCODE4294967295");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_types_have_their_names),
		cmocka_unit_test(other_types_have_their_number),
		cmocka_unit_test(response_codes_have_names_or_numbers),
	};

	return cmocka_run_group_tests_name("dns_words", tests, NULL, NULL);
}
