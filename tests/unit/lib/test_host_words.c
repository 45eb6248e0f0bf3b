/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_host_words.c - the hosts that stand in other headers than Host
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/host_words.h"

/* are() - the hosts in a value, of which no byte behind its end may be read */
static void are(enum tb_host_kind kind, const char *value, const char *wanted)
{
	size_t size = strlen(value), len;
	char *copy = malloc(size ? size : 1), got[300] = "";
	struct tb_host_list l = { kind, copy, size };
	const char *name;

	memcpy(copy, value, size);
	while (tb_host_next(&l, &name, &len)) {
		strncat(got, name, len);
		strcat(got, "|");
	}
	free(copy);
	assert_string_equal(got, wanted);
}

static void headers_are_known_in_any_case(void **state)
{
	(void)state;
	assert_int_equal(tb_host_kind("X-Forwarded-HOST", 16), TB_HOST_LIST);
	assert_int_equal(tb_host_kind("X-Forwarded-HOSTS", 17), TB_HOST_NONE);
	assert_int_equal(tb_host_kind("X-Forwarded-HOSTS", 16), TB_HOST_LIST);
	assert_int_equal(tb_host_kind("forwarded", 9), TB_HOST_FORWARDED);
	assert_int_equal(tb_host_kind("X-Original-URL", 14), TB_HOST_URL);
	assert_int_equal(tb_host_kind("host", 4), TB_HOST_NONE);
	assert_int_equal(tb_host_kind("", 0), TB_HOST_NONE);
}

static void a_list_has_each_of_its_names(void **state)
{
	(void)state;
	are(TB_HOST_LIST, "a.example", "a.example|");
	are(TB_HOST_LIST, " a:80 ,\tB, ,\"c\"", "a:80|B|c|");
	are(TB_HOST_LIST, "", "");
	are(TB_HOST_LIST, ",,", "");
	are(TB_HOST_NONE, "a", "");
}

static void a_url_has_a_host_if_it_is_absolute(void **state)
{
	(void)state;
	are(TB_HOST_URL, "http://u@a.example:8080/b@c", "a.example:8080|");
	are(TB_HOST_URL, "https://a?b", "a|");
	are(TB_HOST_URL, "/path", "");
	are(TB_HOST_URL, "http://", "");
	are(TB_HOST_URL, "http://@/", "");
}

static void of_forwarded_only_hosts_count(void **state)
{
	(void)state;
	are(TB_HOST_FORWARDED, "for=192.0.2.1;host=a.example;proto=https, for=b;Host=\"c:80\"", "a.example|c:80|");
	are(TB_HOST_FORWARDED, "for=\"x;host=no\"; host=a", "a|");
	are(TB_HOST_FORWARDED, "host=", "");
	are(TB_HOST_FORWARDED, "for=host", "");
	are(TB_HOST_FORWARDED, "host=\"a", "\"a|");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_known_in_any_case),
		cmocka_unit_test(a_list_has_each_of_its_names),
		cmocka_unit_test(a_url_has_a_host_if_it_is_absolute),
		cmocka_unit_test(of_forwarded_only_hosts_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
