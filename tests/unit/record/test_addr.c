/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_addr.c - addresses as text and back
 */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/event.h"
#include "tcbox/own.h"

static struct ev_addr addr(const char *ip, uint16_t port)
{
	struct ev_addr a = { .family = strchr(ip, ':') ? AF_INET6 : AF_INET, .port = port };

	assert_int_equal(inet_pton(a.family, ip, a.ip), 1);
	return a;
}

static void addresses_read_back_as_they_were_written(void **state)
{
	static const struct {
		const char *ip;
		uint16_t port;
		const char *text;
	} rows[] = {
		{ "192.0.2.1", 443, "192.0.2.1:443" },
		{ "192.0.2.1", 0, "192.0.2.1" },
		{ "0.0.0.0", 65535, "0.0.0.0:65535" },
		{ "255.255.255.255", 1, "255.255.255.255:1" },
		{ "2001:db8::1", 443, "[2001:db8::1]:443" },
		{ "2001:db8::1", 0, "2001:db8::1" },
		{ "::", 0, "::" },
		{ "::", 53, "[::]:53" },
		{ "::ffff:192.0.2.1", 80, "[::ffff:192.0.2.1]:80" },
		{ "::ffff:192.0.2.1", 0, "::ffff:192.0.2.1" },
		{ "1111:2222:3333:4444:5555:6666:7777:8888", 65535,
		  "[1111:2222:3333:4444:5555:6666:7777:8888]:65535" },
		{ "::ffff:255.255.255.255", 65535, "[::ffff:255.255.255.255]:65535" },
	};
	char text[EV_ADDR_STRLEN];
	struct ev_addr a, back;
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		a = addr(rows[i].ip, rows[i].port);
		ev_addr_format(&a, text);
		assert_string_equal(text, rows[i].text);
		memset(&back, 0xff, sizeof(back));
		assert_int_equal(ev_addr_parse(text, &back), 0);
		assert_true(ev_addr_eq(&a, &back));
		assert_memory_equal(a.ip, back.ip, sizeof(a.ip));
		assert_int_equal(a.family, back.family);
	}
}

static void no_address_is_the_empty_string(void **state)
{
	struct ev_addr none = { 0 }, odd = { .family = AF_UNIX, .port = 7 };
	char text[EV_ADDR_STRLEN] = "x";

	(void)state;
	ev_addr_format(&none, text);
	assert_string_equal(text, "");
	ev_addr_format(&odd, text);
	assert_string_equal(text, "");
	assert_true(ev_addr_eq(&none, &none));
}

static void what_is_no_address_is_refused_and_nothing_changes(void **state)
{
	static const char *const bad[] = {
		"", " ", ":", "::1:", ":443", "a", "localhost:80", "1.2.3", "1.2.3.4.5",
		"1.2.3.256", "1.2.3.4:", "1.2.3.4:0",
		"1.2.3.4:65536",
		"1.2.3.4:-1", "1.2.3.4:+1", "1.2.3.4: 1", "1.2.3.4:1 ", "1.2.3.4:0443",
		"1.2.3.4:99999999999999999999",
		"1.2.3.4:80:80", " 1.2.3.4",
		"1.2.3.4/24", "01.2.3.4", "[", "]", "[]", "[]:80", "[:80", "]:80", "[::1]", "[::1",
		"[::1]80", "[::1]:",
		"[::1]:0", "[::1]:65536",
		"[1.2.3.4]:80", "[[::1]]:80", "::1%lo", "[fe80::1%eth0]:80", "12345::",
		"1:2:3:4:5:6:7:8:9", ":::", "::ffff:1.2.3.4.5",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd",
		"[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb]:1",
	};
	struct ev_addr a = addr("192.0.2.1", 7), was = a;
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(bad); i++) {
		if (ev_addr_parse(bad[i], &a) != -EINVAL)
			fail_msg("accepted: \"%s\"", bad[i]);
		assert_memory_equal(&a, &was, sizeof(a));
	}
}

static void a_mapped_address_is_its_ipv4_address(void **state)
{
	struct ev_addr v4 = addr("192.0.2.1", 443), mapped = addr("::ffff:192.0.2.1", 443),
		compatible = addr("::192.0.2.1", 443);
	struct ev_addr other = addr("::ffff:192.0.2.2", 443), port = addr("::ffff:192.0.2.1", 444);
	struct ev_addr any4 = addr("0.0.0.0", 1), any6 = addr("::", 1);

	(void)state;
	assert_true(ev_addr_eq(&v4, &mapped));
	assert_true(ev_addr_eq(&mapped, &v4));
	assert_true(ev_addr_eq(&mapped, &mapped));
	assert_false(ev_addr_eq(&v4, &compatible));	/* deprecated, RFC 4291, 2.5.5.1: another
							 * thing */
	assert_false(ev_addr_eq(&v4, &other));
	assert_false(ev_addr_eq(&v4, &port));
	assert_false(ev_addr_eq(&any4, &any6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_read_back_as_they_were_written),
		cmocka_unit_test(no_address_is_the_empty_string),
		cmocka_unit_test(what_is_no_address_is_refused_and_nothing_changes),
		cmocka_unit_test(a_mapped_address_is_its_ipv4_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
