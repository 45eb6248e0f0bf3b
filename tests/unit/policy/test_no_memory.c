/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_no_memory.c - every single allocation of the reader fails once: it says so, and nothing is
 * leaked or half done
 *
 * Linked with --wrap for the allocating functions. Leaks show in the build with the address
 * sanitizer.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/policy.h"

static unsigned int countdown;	/* 0: nothing fails; 1: the next allocation fails */

static bool fails(void)
{
	return countdown && !--countdown;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

/* fail_each() - Return: how many allocations a complete reading makes */
static unsigned int fail_each(const char *text, int expect)
{
	struct tb_err err;
	struct pol *p;
	unsigned int n;
	int ret;

	for (n = 1; n < 10000; n++) {
		err = (struct tb_err){ 0, "" };
		countdown = n;
		ret = pol_parse("p", text, strlen(text), &p, &err);
		if (countdown) {	/* fewer than n allocations: nothing failed */
			countdown = 0;
			assert_int_equal(ret, expect);
			pol_free(p);
			return n - 1;
		}
		assert_true(ret == -ENOMEM || ret == expect);
		assert_int_equal(p == NULL, ret != 0);
		if (ret == -ENOMEM)
			assert_int_equal(err.code, ENOMEM);
		pol_free(p);
	}
	fail_msg("never read to the end");
	return 0;
}

static void every_failed_allocation_is_told(void **state)
{
	static const char text[] =
		"{\"tcbox_policy\":1,\"product\":{\"vendor\":\"A\",\"name\":\"B\",\"version\":\"1\"},"
		"\"connections\":[{\"id\":\"a\",\"why\":\"w\",\"process\":\"/x\",\"to\":[\"b.example\",\"*.c\",\"192.0.2.0/24\"],"
		"\"protocol\":\"tcp\",\"ports\":[1,\"2-3\"],\"application\":\"tls\",\"tls\":{\"min_version\":\"1.2\"}}],"
		"\"names\":[\"x\",\"y\"],\"listens\":[{\"id\":\"l\",\"why\":\"w\",\"ports\":[1]}],"
		"\"executes\":[\"/a\"],\"files\":{\"write\":[\"/w\"],\"read\":[\"/r\"]},"
		"\"syscalls\":{\"allow\":[\"@default\"]}}";

	(void)state;
	assert_true(fail_each("{", -EINVAL) > 2);
	assert_true(fail_each(text, 0) > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_failed_allocation_is_told) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
