/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_values.c - what people write after an option
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/values.h"

struct row {
	const char *text;
	uint64_t value;
};

typedef int (*read_fn)(const char *value, uint64_t *out, struct tb_err *err);

static int size_to_100(const char *value, uint64_t *out, struct tb_err *err)
{
	return value_size(value, 10, 100, out, err);
}

static int number_to_9(const char *value, uint64_t *out, struct tb_err *err)
{
	static const uint64_t bounds[] = { 2, 9 };

	return value_number(value, "cats", bounds, out, err);
}

static int number_to_max(const char *value, uint64_t *out, struct tb_err *err)
{
	static const uint64_t bounds[] = { 1, UINT64_MAX };

	return value_number(value, "cats", bounds, out, err);
}

static void expect_good(read_fn fn, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct tb_err err = { 0 };
		uint64_t out = 77;

		if (fn(rows[i].text, &out, &err))
			fail_msg("%s: %s", rows[i].text, err.msg);
		if (out != rows[i].value)
			fail_msg("%s: %llu", rows[i].text, (unsigned long long)out);
	}
}

/* expect_bad() - refused, nothing stored, and the sentence says @says and what was written */
static void expect_bad(read_fn fn, const char *says, const char *const *texts)
{
	for (; *texts; texts++) {
		struct tb_err err = { 0 };
		uint64_t out = 77;

		if (fn(*texts, &out, &err) != -EINVAL || out != 77)
			fail_msg("\"%s\" was read as %llu", *texts, (unsigned long long)out);
		if (!strstr(err.msg, says) || !strstr(err.msg, *texts))
			fail_msg("\"%s\": %s", *texts, err.msg);
	}
}

static void a_time_has_a_unit_or_is_in_seconds(void **state)
{
	static const struct row good[] = {
		{ "30", 30000 }, { "30s", 30000 }, { "500ms", 500 }, { "1ms", 1 },
		{ "10m", 600000 },
		{ "2h", 7200000 }, { "0.5", 500 }, { "1.5h", 5400000 }, { ".001", 1 },
		{ "1000000000", UINT64_C(1000000000000) },
		{ "1000000000000ms", UINT64_C(1000000000000) },
	};
	static const char *const bad[] = {
		"", "0", "0ms", "0.9ms", "soon", "-1", "+1", " 1", "1 ", "1 s", "1S", "1sm", "1d",
		"inf",
		"nan", "0x10", "1e3", "1..5", ".", "1,5", "ms", "1000000001", "1000000000001ms",
		NULL,
	};

	(void)state;
	expect_good(value_time, good, TB_ARRAY_SIZE(good));
	expect_bad(value_time, "is no time", bad);
}

static void a_size_has_bounds(void **state)
{
	static const struct row good[] = { { "10B", 10 }, { "100B", 100 } };
	static const char *const far[] = { "9B", "101B", "1GiB", NULL },
		*const bad[] = { "", "x", "-1B", NULL };

	(void)state;
	expect_good(size_to_100, good, TB_ARRAY_SIZE(good));
	expect_bad(size_to_100, "out of range: from 10 to 100 bytes", far);
	expect_bad(size_to_100, "is not a size", bad);
}

static void a_number_is_decimal_digits(void **state)
{
	static const struct row good[] = { { "2", 2 }, { "9", 9 }, { "007", 7 } };
	static const struct row great[] = { { "1", 1 },
		{ "9999999999999999999", UINT64_C(9999999999999999999) } };
	static const char *const bad[] = { "", "1", "10", "0", "-3", "+3", " 3", "3 ", "3x", "0x3",
		"3.0", "x",
					   "18446744073709551619", NULL };
	static const char *const long_ones[] = { "99999999999999999999", "0", NULL };

	(void)state;
	expect_good(number_to_9, good, TB_ARRAY_SIZE(good));
	expect_bad(number_to_9, "is not a number of cats from 2 to 9", bad);
	expect_good(number_to_max, great, TB_ARRAY_SIZE(great));
	expect_bad(number_to_max, "is not a number of cats", long_ones);
}

static void processors_have_thousandths(void **state)
{
	static const struct row good[] = {
		{ "2", 2000 }, { "1.5", 1500 }, { "0.01", 10 }, { "0.010", 10 }, { "1.234", 1234 },
		{ "10000", 10000000 }, { "00001", 1000 }, { "9999.999", 9999999 },
	};
	static const char *const bad[] = { "", "0", "0.009", "0.00", "10000.001", "10001", "000001",
		"1.2345", "1.",
					   ".5", "1,5", "0x1p3", "inf", "-1", "1.5x", "1x", "1.-5",
					   " 1", NULL };

	(void)state;
	expect_good(value_cpus, good, TB_ARRAY_SIZE(good));
	expect_bad(value_cpus, "is not a number of processors from 0.01 to 10000", bad);
}

#define L62 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define L63 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789a"

static void a_host_name_has_labels(void **state)
{
	static const char *const good[] = { "a", "till-7", "a.b", "7", "a-b.c-d", L63, L62 ".b",
		NULL };
	static const char *const bad[] = { "", "-a", "a-", "a.-b", "a-.b", ".a", "a.", "a..b",
		"a_b", "a b", "\xc3\xa4",
					   L63 "b", L63 "b.c", "a." L63 "b", NULL };
	struct tb_err err = { 0 };

	(void)state;
	for (size_t i = 0; good[i]; i++)
		assert_int_equal(value_hostname(good[i], &err), 0);
	for (size_t i = 0; bad[i]; i++)
		assert_int_equal(value_hostname(bad[i], &err), -EINVAL);
	assert_non_null(strstr(err.msg, "is no host name"));
	/* HOST_NAME_MAX is 64, gethostname(2) */
	assert_int_equal(value_hostname("a." L63, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "is longer than 64 characters"));
}

static void a_word_is_one_of_those_that_there_are(void **state)
{
	static const char *const words[] = { "sim", "none", "live" };
	struct tb_err err = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(value_word(words[i], words, 3, &err), i);
	assert_int_equal(value_word("live", words, 2, &err), -EINVAL);
	assert_string_equal(err.msg, "\"live\" is neither \"sim\" nor \"none\"");
	assert_int_equal(value_word("", words, 3, &err), -EINVAL);
	assert_string_equal(err.msg, "\"\" is neither \"sim\", \"none\" nor \"live\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_has_a_unit_or_is_in_seconds),
		cmocka_unit_test(a_size_has_bounds),
		cmocka_unit_test(a_number_is_decimal_digits),
		cmocka_unit_test(processors_have_thousandths),
		cmocka_unit_test(a_host_name_has_labels),
		cmocka_unit_test(a_word_is_one_of_those_that_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
