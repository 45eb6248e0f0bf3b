/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sha256.c - tests of lib/sha256.c; the values are those of FIPS 180-2, appendix B
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tcbox/sha256.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void bytes_have_the_published_hash(void **state)
{
	struct tb_err err = { 0 };
	char hex[TB_SHA256_HEX];

	(void)state;
	assert_int_equal(tb_sha256("abc", 3, hex, &err), 0);
	assert_string_equal(hex, ABC);
	assert_int_equal(tb_sha256("", 0, hex, &err), 0);
	assert_string_equal(hex, EMPTY);
}

static void a_file_has_the_hash_of_its_bytes_wherever_it_is_read(void **state)
{
	struct tb_err err = { 0 };
	char hex[TB_SHA256_HEX];
	FILE *f = tmpfile();
	uint64_t size = 0;

	(void)state;
	assert_non_null(f);
	assert_int_equal(fwrite("abc", 1, 3, f), 3);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(tb_sha256_fd(fileno(f), hex, &size, &err), 0);
	assert_string_equal(hex, ABC);
	assert_int_equal(size, 3);
	assert_int_equal(fclose(f), 0);
}

static void what_cannot_be_read_is_an_error(void **state)
{
	struct tb_err err = { 0 };
	char hex[TB_SHA256_HEX];

	(void)state;
	assert_true(tb_sha256_fd(-1, hex, NULL, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_have_the_published_hash),
		cmocka_unit_test(a_file_has_the_hash_of_its_bytes_wherever_it_is_read),
		cmocka_unit_test(what_cannot_be_read_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
