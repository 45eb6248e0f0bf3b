/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dns_extra.c - bytes of a query that a plain resolver would not have sent
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/dns_extra.h"

#define QUESTION "\1a\7example\0\0\1\0\1"	/* 15 bytes */
#define PLAIN "\0\1\1\x20\0\1\0\0\0\0\0\0" QUESTION
#define WITH_OPT "\0\1\1\x20\0\1\0\0\0\0\0\1" QUESTION
#define OPT "\0\0\x29\x04\xd0\0\0\x80\0"	/* DNSSEC answers are welcome; then length and
						 * options */
#define EXTRA(bytes) extra(bytes, sizeof(bytes) - 1)

/* extra() - of a copy that ends where its memory ends */
static size_t extra(const char *bytes, size_t len)
{
	uint8_t *copy = calloc(1, len ? len : 1);
	size_t n;

	memcpy(copy, bytes, len);
	n = dns_extra(copy, len);
	free(copy);
	return n;
}

static void plain_queries_have_nothing_extra(void **state)
{
	(void)state;
	assert_int_equal(EXTRA(PLAIN), 0);
	assert_int_equal(EXTRA(WITH_OPT OPT "\0\0"), 0);
	/* a client cookie */
	assert_int_equal(EXTRA(WITH_OPT OPT "\0\x0c\0\x0a\0\x08" "12345678"), 0);
	/* padding */
	assert_int_equal(EXTRA(WITH_OPT OPT "\0\x06\0\x0c\0\2\0\0"), 0);
	/* NSID, keepalive */
	assert_int_equal(EXTRA(WITH_OPT OPT "\0\x08\0\3\0\0\0\x0b\0\0"), 0);
	/* 192.0.2.0/24 */
	assert_int_equal(EXTRA(WITH_OPT OPT "\0\x0b\0\x08\0\7\0\1\x18\0" "\xc0\0\2"), 0);
}

static void options_with_contents_are_extra(void **state)
{
	(void)state;
	/* an unknown one */
	assert_int_equal(EXTRA(WITH_OPT OPT "\0\6\xfd\xe9\0\2ab"), 6);
	/* its number says something, too */
	assert_int_equal(EXTRA(WITH_OPT OPT "\0\4\xfd\xe9\0\0"), 4);
	/* padding */
	assert_int_equal(EXTRA(WITH_OPT OPT "\0\7\0\x0c\0\3\0\0a"), 3);
	/* a cookie of nobody */
	assert_int_equal(EXTRA(WITH_OPT OPT "\0\x0e\0\x0a\0\x0a" "1234567890"), 2);
	assert_int_equal(EXTRA(WITH_OPT OPT "\0\5\0\3\0\1a"), 1);			/* NSID */
	/* more than the prefix */
	assert_int_equal(EXTRA(WITH_OPT OPT "\0\x0c\0\x08\0\x08\0\1\x18\0" "\xc0\0\2a"), 8);
	assert_int_equal(EXTRA(WITH_OPT OPT "\0\7\0\x08\0\3\0\1\x18"), 3);
	assert_int_equal(EXTRA(WITH_OPT OPT "\0\x08\0\x0c\0\0\0\x0c\0\0"), 4);		/* twice */
	/* no option */
	assert_int_equal(EXTRA(WITH_OPT OPT "\0\3abc"), 3);
	/* longer than there is */
	assert_int_equal(EXTRA(WITH_OPT OPT "\0\6\0\x0c\0\7ab"), 6);
	/* extended code, flags */
	assert_int_equal(EXTRA(WITH_OPT "\0\0\x29\x04\xd0\1\0\0\1\0\0"), 4);
}

static void whatever_else_is_in_the_message_is_extra(void **state)
{
	(void)state;
	assert_int_equal(EXTRA(PLAIN "abc"), 3);
	assert_int_equal(EXTRA(WITH_OPT OPT "\0\0" "abc"), 3);
	assert_int_equal(EXTRA("\0\1\1\x20\0\2\0\0\0\0\0\0" QUESTION QUESTION), 15);
	assert_int_equal(EXTRA("\0\1\1\x20\0\1\0\0\0\0\0\1" QUESTION "\0\0\x10\0\1\0\0\0\0\0\2ab"),
			 13);
	assert_int_equal(EXTRA("\0\1\1\x20\0\1\0\0\0\1\0\1" QUESTION OPT "\0\0"), 11);
	/* an update */
	assert_int_equal(EXTRA("\0\1\x29\x20\0\1\0\0\0\0\0\0" QUESTION), 2);
	assert_int_equal(EXTRA("\0\1\1\x20\0\1\0\0\0\0\0\0\1a\7example\0\0\1zz"), 2);	/* class */
}

static void what_is_no_query_is_extra_as_a_whole(void **state)
{
	(void)state;
	assert_int_equal(EXTRA(""), 0);
	assert_int_equal(EXTRA("abc"), 3);
	assert_int_equal(EXTRA("\0\1\1\x20\0\0\0\0\0\0\0\0abc"), 15);
	assert_int_equal(EXTRA("\0\1\1\x20\0\1\0\0\0\0\0\0\x3f" "abc"), 16);
}

static void messages_cut_anywhere_are_harmless(void **state)
{
	static const char whole[] = WITH_OPT OPT "\0\x0c\0\x0a\0\x08" "12345678";

	(void)state;
	for (size_t len = 0; len < sizeof(whole) - 1; len++)
		assert_true(extra(whole, len) <= len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_queries_have_nothing_extra),
		cmocka_unit_test(options_with_contents_are_extra),
		cmocka_unit_test(whatever_else_is_in_the_message_is_extra),
		cmocka_unit_test(what_is_no_query_is_extra_as_a_whole),
		cmocka_unit_test(messages_cut_anywhere_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
