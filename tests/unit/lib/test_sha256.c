/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sha256.c - tests of lib/sha256.c; the values are those of FIPS 180-2, appendix B
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

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

static void pieces_have_the_hash_of_the_whole(void **state)
{
	static char bytes[300000];
	struct tb_sha256_job *job = NULL;
	char whole[TB_SHA256_HEX], hex[TB_SHA256_HEX] = "";
	FILE *f = tmpfile();
	int more = 1, steps = 0;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, sizeof(bytes), f), sizeof(bytes));
	assert_int_equal(fflush(f), 0);
	assert_int_equal(tb_sha256(bytes, sizeof(bytes), whole, NULL), 0);
	assert_int_equal(tb_sha256_begin(fileno(f), &job, NULL), 0);
	for (; more > 0; steps++)
		more = tb_sha256_step(job, 100000, hex, NULL);
	assert_int_equal(more, 0);
	assert_in_range(steps, 3, 4);
	assert_string_equal(hex, whole);
	tb_sha256_end(job);
	assert_int_equal(fclose(f), 0);
}

static void a_file_that_grows_all_the_time_is_given_up(void **state)
{
	static char bytes[1 << 20];
	struct tb_sha256_job *job = NULL;
	char hex[TB_SHA256_HEX];
	FILE *f = tmpfile();
	int more = 1;

	(void)state;
	assert_non_null(f);
	assert_int_equal(tb_sha256_begin(fileno(f), &job, NULL), 0);
	for (int i = 0; i < 8 && more > 0; i++) {
		assert_int_equal(fwrite(bytes, 1, sizeof(bytes), f), sizeof(bytes));
		assert_int_equal(fflush(f), 0);
		more = tb_sha256_step(job, sizeof(bytes) / 2, hex, NULL);
	}
	assert_int_equal(more, -EFBIG);
	tb_sha256_end(job);
	tb_sha256_end(NULL);
	assert_int_equal(fclose(f), 0);
}

static void what_cannot_be_read_is_an_error(void **state)
{
	struct tb_err err = { 0 };
	char hex[TB_SHA256_HEX];

	(void)state;
	assert_int_equal(tb_sha256_fd(-1, hex, NULL, &err), -EBADF);
}

static void bytes_that_come_in_parts_have_the_same_hash(void **state)
{
	struct tb_sha256 *h = tb_sha256_new();
	struct tb_err err = { 0 };
	char hex[TB_SHA256_HEX];

	(void)state;
	assert_non_null(h);
	assert_int_equal(tb_sha256_result(h, hex, &err), 0);
	assert_string_equal(hex, EMPTY);
	for (int i = 0; i < 3; i++) {
		tb_sha256_add(h, "a", 1);
		tb_sha256_add(h, "", 0);
		tb_sha256_add(h, "bc", 2);
		assert_int_equal(tb_sha256_so_far(h, hex, &err), 0);
		assert_string_equal(hex, ABC);
		assert_int_equal(tb_sha256_result(h, hex, &err), 0);
		assert_string_equal(hex, ABC);
	}
	assert_int_equal(tb_sha256_so_far(h, hex, &err), 0);
	assert_string_equal(hex, EMPTY);
	tb_sha256_free(h);
	tb_sha256_free(NULL);
}

static void a_hash_is_64_lower_case_digits(void **state)
{
	(void)state;
	assert_true(tb_sha256_is_hex(ABC));
	assert_false(tb_sha256_is_hex(ABC "0"));
	assert_false(tb_sha256_is_hex(&ABC[1]));
	assert_false(tb_sha256_is_hex(""));
	assert_false(tb_sha256_is_hex("B" "a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_have_the_published_hash),
		cmocka_unit_test(a_file_has_the_hash_of_its_bytes_wherever_it_is_read),
		cmocka_unit_test(pieces_have_the_hash_of_the_whole),
		cmocka_unit_test(a_file_that_grows_all_the_time_is_given_up),
		cmocka_unit_test(what_cannot_be_read_is_an_error),
		cmocka_unit_test(bytes_that_come_in_parts_have_the_same_hash),
		cmocka_unit_test(a_hash_is_64_lower_case_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
