/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_names.c - the address that belongs to a name
 */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lab/names.h"
#include "tcbox/lab.h"

static int set_up(void **state)
{
	*state = lab_names_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	lab_names_free(*state);
	return 0;
}

static struct ev_addr addr(struct lab_names *n, const char *name, int family)
{
	struct ev_addr a;

	assert_int_equal(lab_name_addr(n, name, family, &a), 0);
	assert_int_equal(a.family, family);
	assert_int_equal(a.port, 0);
	return a;
}

static void a_name_keeps_its_address(void **state)
{
	struct lab_names *other = lab_names_new();
	struct ev_addr a = addr(*state, "updates.acme.example", AF_INET);
	struct ev_addr b;

	(void)addr(other, "somebody.else.example", AF_INET);
	b = addr(other, "updates.acme.example", AF_INET);
	assert_memory_equal(a.ip, b.ip, 4);
	/* The very address: a change of the hash changes every record that users keep. */
	assert_memory_equal(a.ip, ((const uint8_t[]){ 198, 19, 229, 141 }), 4);
	lab_names_free(other);
}

static void case_and_a_trailing_dot_do_not_matter(void **state)
{
	struct ev_addr a = addr(*state, "www.example", AF_INET);
	struct ev_addr b = addr(*state, "WwW.ExAmPlE.", AF_INET);

	assert_memory_equal(a.ip, b.ip, 4);
	assert_string_equal(lab_addr_name(*state, &b), "www.example");
	/* but an escaped dot at the end belongs to the name */
	b = addr(*state, "www.example\\.", AF_INET);
	assert_memory_not_equal(a.ip, b.ip, 4);
}

static void both_families_name_the_same_owner(void **state)
{
	struct ev_addr a = addr(*state, "www.example", AF_INET);
	struct ev_addr b = addr(*state, "www.example", AF_INET6);
	static const uint8_t prefix[12] = { 0x20, 0x01, 0x0d, 0xb8 };

	assert_memory_equal(b.ip, prefix, 12);
	assert_memory_equal(b.ip + 12, a.ip, 4);
	assert_string_equal(lab_addr_name(*state, &a), "www.example");
	assert_string_equal(lab_addr_name(*state, &b), "www.example");
}

static void localhost_is_the_loopback(void **state)
{
	struct ev_addr a = addr(*state, "LOCALHOST", AF_INET);
	struct ev_addr b = addr(*state, "db.localhost.", AF_INET6);

	assert_int_equal(ntohl(*(const uint32_t *)(const void *)a.ip), INADDR_LOOPBACK);
	assert_int_equal(b.ip[15], 1);
	assert_string_equal(lab_addr_name(*state, &b), "localhost");
	a = addr(*state, "notlocalhost", AF_INET);
	assert_int_equal(a.ip[0], 198);
}

static void addresses_of_nobody_have_no_name(void **state)
{
	static const char *const none[] = { "198.18.0.0",	"198.18.0.255",	  "198.19.255.1",
					    "198.20.0.1",	"198.17.255.254", "8.8.8.8",
					    "2001:db8:ffff::1", "2001:db8::1",	  "fe80::1",
					    "198.18.0.1" };

	(void)addr(*state, "www.example", AF_INET);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		struct ev_addr a = { .family = strchr(none[i], ':') ? AF_INET6 : AF_INET };

		assert_int_equal(inet_pton(a.family, none[i], a.ip), 1);
		assert_null(lab_addr_name(*state, &a));
	}
}

static void what_is_no_name_is_refused(void **state)
{
	struct ev_addr a;
	char *longest = calloc(1, 2000);

	memset(longest, 'a', 1999);
	assert_int_equal(lab_name_addr(*state, "", AF_INET, &a), -EINVAL);
	assert_int_equal(lab_name_addr(*state, longest, AF_INET, &a), -EINVAL);
	assert_int_equal(lab_name_addr(*state, "www.example", AF_UNIX, &a), -EINVAL);
	free(longest);
}

static void names_have_own_addresses_until_the_table_is_full(void **state)
{
	char *seen = calloc(1, 1 << 17);
	struct ev_addr a;
	char name[32];

	for (unsigned int i = 0; i < LAB_NAMES_MAX; i++) {
		unsigned int low;

		(void)snprintf(name, sizeof(name), "n%u.example", i);
		a = addr(*state, name, AF_INET);
		low = (unsigned int)(a.ip[1] & 1) << 16 | (unsigned int)a.ip[2] << 8 | a.ip[3];
		assert_false(seen[low]);
		seen[low] = 1;
		assert_int_not_equal(a.ip[3], 0);
		assert_int_not_equal(a.ip[3], 255);
		assert_false(a.ip[1] == 19 && a.ip[2] == 255);
		assert_string_equal(lab_addr_name(*state, &a), name);
	}
	assert_int_equal(lab_name_addr(*state, "one.too.many", AF_INET, &a), -ENOSPC);
	(void)addr(*state, "n7.example", AF_INET6);
	free(seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_name_keeps_its_address, set_up, tear_down),
		cmocka_unit_test_setup_teardown(case_and_a_trailing_dot_do_not_matter, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(both_families_name_the_same_owner, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(localhost_is_the_loopback, set_up, tear_down),
		cmocka_unit_test_setup_teardown(addresses_of_nobody_have_no_name, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_name_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_have_own_addresses_until_the_table_is_full,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
