/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_address.c - tests of evidence/address.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "evidence/state.h"
#include "tcbox/own.h"
#include "tests/net.h"

/* addr() - the address that is written so; "" is none */
static struct ev_addr addr(const char *text)
{
	struct ev_addr a = { 0 };

	if (*text)
		assert_int_equal(ev_addr_parse(text, &a), 0);
	return a;
}

enum { LOOPBACK = 1, UNSPECIFIED = 2, RESOLVER = 4, STAYS = 8 };

static void addresses_are_known_for_what_they_are(void **state)
{
	static const struct { const char *text; int is; } cases[] = {
		{ "127.0.0.1:80", LOOPBACK | STAYS }, { "127.255.255.255", LOOPBACK | STAYS },
		{ "128.0.0.1", 0 }, { "126.255.255.255", 0 }, { "[::1]:80", LOOPBACK | STAYS },
		{ "::2", 0 },
		{ "", UNSPECIFIED }, { "0.0.0.0:80", UNSPECIFIED }, { "[::]:80", UNSPECIFIED },
		{ "0.0.0.1", 0 }, { "198.19.255.1:53", RESOLVER }, { "198.19.255.1:54", 0 },
		{ "198.19.255.1", 0 }, { "[2001:db8:ffff::1]:53", RESOLVER },
		{ "198.19.255.2:53", STAYS }, { "2001:db8:ffff::2", STAYS }, { "2001:db8:ffff::3", 0 },
	};

	struct evd *e = evd_new(&test_net);

	(void)state;
	assert_non_null(e);
	for (size_t i = 0; i < TB_ARRAY_SIZE(cases); i++) {
		struct ev_addr a = addr(cases[i].text);
		int is = 0;

		if (evd_is_loopback(&a))
			is |= LOOPBACK;
		if (evd_is_unspecified(&a))
			is |= UNSPECIFIED;
		if (evd_is_resolver(e, &a))
			is |= RESOLVER;
		if (evd_stays(e, &a))
			is |= STAYS;
		if (is != cases[i].is)
			fail_msg("%s is %d, not %d", cases[i].text, is, cases[i].is);
	}
	evd_free(e);
}

static void another_run_has_other_addresses(void **state)
{
	static const char *const own[] = { "10.0.0.7", NULL }, *const resolver[] = { "10.0.0.1", NULL };
	static const char *const none[] = { NULL }, *const wrong[] = { "10.0.0", NULL };
	const struct evd_net net = { own, resolver };
	struct ev_addr box = addr("10.0.0.7:9"), gate = addr("10.0.0.1:53");
	struct ev_addr ours = addr("198.19.255.1:53");
	struct evd *e = evd_new(&net);

	(void)state;
	assert_non_null(e);
	assert_true(evd_stays(e, &box));
	assert_false(evd_stays(e, &gate));
	assert_true(evd_is_resolver(e, &gate));
	assert_false(evd_is_resolver(e, &ours));
	evd_free(e);
	e = evd_new(&(struct evd_net){ none, none });
	assert_non_null(e);
	assert_false(evd_stays(e, &box) || evd_is_resolver(e, &ours));
	evd_free(e);
	assert_null(evd_new(&(struct evd_net){ none, wrong }));
	assert_null(evd_new(&(struct evd_net){ wrong, none }));
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
		cmocka_unit_test(another_run_has_other_addresses),
		cmocka_unit_test(the_text_of_an_address_has_no_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
