/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_address.c - tests of evidence/address.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tcbox/evidence.h"
#include "tcbox/own.h"

/* addr() - the address that is written so; "" is none */
static struct ev_addr addr(const char *text)
{
	struct ev_addr a = { 0 };

	if (*text)
		assert_int_equal(ev_addr_parse(text, &a), 0);
	return a;
}

enum { LOOPBACK = 1, UNSPECIFIED = 2, RESOLVER = 4, OWN = 8 };

static void addresses_are_known_for_what_they_are(void **state)
{
	static const struct { const char *text; int is; } cases[] = {
		{ "127.0.0.1:80", LOOPBACK }, { "127.255.255.255", LOOPBACK }, { "128.0.0.1", 0 },
		{ "126.255.255.255", 0 }, { "[::1]:80", LOOPBACK }, { "::2", 0 },
		{ "", UNSPECIFIED }, { "0.0.0.0:80", UNSPECIFIED }, { "[::]:80", UNSPECIFIED },
		{ "0.0.0.1", 0 }, { "198.19.255.1:53", RESOLVER }, { "198.19.255.1:54", 0 },
		{ "198.19.255.1", 0 }, { "[2001:db8:ffff::1]:53", RESOLVER },
		{ "198.19.255.2:53", OWN }, { "2001:db8:ffff::2", OWN }, { "2001:db8:ffff::3", 0 },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(cases); i++) {
		struct ev_addr a = addr(cases[i].text);
		int is = 0;

		if (evd_is_loopback(&a))
			is |= LOOPBACK;
		if (evd_is_unspecified(&a))
			is |= UNSPECIFIED;
		if (evd_is_resolver(&a))
			is |= RESOLVER;
		if (evd_is_own(&a))
			is |= OWN;
		if (is != cases[i].is)
			fail_msg("%s is %d, not %d", cases[i].text, is, cases[i].is);
	}
}

static void the_text_of_an_address_has_no_port(void **state)
{
	struct ev_addr a = addr("[2001:db8::1]:443");
	char out[EV_ADDR_STRLEN];

	(void)state;
	assert_string_equal(evd_addr_text(&a, out), "2001:db8::1");
	assert_int_equal(a.port, 443);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_known_for_what_they_are),
		cmocka_unit_test(the_text_of_an_address_has_no_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
