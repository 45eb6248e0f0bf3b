/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ranges.c - openings become disjoint ranges that mean the same
 */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sandbox/gate/ranges.h"
#include "tcbox/buf.h"

static struct sbx_open range(const char *ip, unsigned int prefix, const char *proto, uint16_t lo,
			     uint16_t hi)
{
	struct sbx_open o = { .prefix = prefix, .protocol = proto, .port_lo = lo, .port_hi = hi };

	o.net.family = strchr(ip, ':') ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(o.net.family, ip, o.net.ip), 1);
	return o;
}

static void expect_ranges(const struct sbx_open *in, size_t n, int left_out, const char *expected)
{
	TB_AUTOFREE struct open_range *out = NULL;
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	size_t nout;

	assert_int_equal(open_ranges(in, n, &out, &nout), left_out);
	tb_buf_adds(&text, "");
	for (size_t i = 0; i < nout; i++) {
		char ip[INET6_ADDRSTRLEN];

		assert_non_null(inet_ntop(out[i].family, out[i].ip, ip, sizeof(ip)));
		tb_buf_addf(&text, "%s/%u %u %u-%u\n", ip, out[i].prefix, out[i].proto,
			    out[i].port_lo, out[i].port_hi);
	}
	assert_string_equal(text.data ? text.data : "", expected);
}

static void nothing_opens_nothing(void **state)
{
	(void)state;
	expect_ranges(NULL, 0, 0, "");
}

static void no_protocol_and_no_port_is_every_protocol_and_every_port(void **state)
{
	const struct sbx_open in[] = { range("192.0.2.1", 32, NULL, 0, 0) };

	(void)state;
	expect_ranges(in, 1, 0,
		      "192.0.2.1/32 1 0-0\n192.0.2.1/32 6 0-65535\n192.0.2.1/32 17 0-65535\n");
}

static void ports_without_a_protocol_do_not_mean_echo_requests(void **state)
{
	const struct sbx_open in[] = { range("192.0.2.1", 32, NULL, 53, 53) };

	(void)state;
	expect_ranges(in, 1, 0, "192.0.2.1/32 6 53-53\n192.0.2.1/32 17 53-53\n");
}

static void overlapping_ports_of_one_address_are_joined(void **state)
{
	const struct sbx_open in[] = {
		range("192.0.2.1", 32, "tcp", 443, 600), range("192.0.2.1", 32, "tcp", 1, 500),
		range("192.0.2.1", 32, "tcp", 601, 601), range("192.0.2.1", 32, "tcp", 443, 443),
		range("192.0.2.1", 32, "tcp", 65535, 65535),
	};

	(void)state;
	expect_ranges(in, 5, 0, "192.0.2.1/32 6 1-601\n192.0.2.1/32 6 65535-65535\n");
}

static void an_address_adds_only_what_its_networks_do_not_have(void **state)
{
	const struct sbx_open in[] = {
		range("10.1.2.3", 32, "tcp", 80, 90), range("10.1.0.0", 16, "tcp", 85, 85),
		range("10.0.0.0", 8, "tcp", 80, 80),
		range("10.1.9.9", 32, "tcp", 85, 85), range("10.2.0.1", 32, "tcp", 85, 85),
		range("11.0.0.1", 32, "tcp", 80, 80), range("10.1.2.3", 32, "udp", 80, 80),
	};

	(void)state;
	expect_ranges(in, 7, 0,
		      "10.0.0.0/8 6 80-80\n"
		      "10.1.0.0/16 6 85-85\n"
		      "10.1.2.3/32 6 81-84\n"
		      "10.1.2.3/32 6 86-90\n"
		      "10.2.0.1/32 6 85-85\n"
		      "11.0.0.1/32 6 80-80\n"
		      "10.1.2.3/32 17 80-80\n");
}

static void the_whole_internet_leaves_nothing_to_add(void **state)
{
	const struct sbx_open in[] = {
		range("::", 0, "tcp", 0, 0), range("2001:db8::1", 128, "tcp", 443, 443),
		range("2001:db8::", 32, "tcp", 0, 0),
		range("0.0.0.0", 0, "tcp", 443, 443), range("192.0.2.1", 32, "tcp", 443, 443),
	};

	(void)state;
	expect_ranges(in, 5, 0, "0.0.0.0/0 6 443-443\n::/0 6 0-65535\n");
}

static void a_network_with_the_address_of_a_smaller_one_contains_it(void **state)
{
	const struct sbx_open in[] = { range("10.0.0.0", 16, "tcp", 443, 443),
				       range("10.0.0.0", 8, "tcp", 443, 444) };

	(void)state;
	expect_ranges(in, 2, 0, "10.0.0.0/8 6 443-444\n");
}

static void bits_after_the_prefix_do_not_count(void **state)
{
	const struct sbx_open in[] = { range("10.255.1.2", 12, "udp", 1, 1),
				       range("2001:db8:ffff::1", 33, "udp", 1, 1) };

	(void)state;
	expect_ranges(in, 2, 0, "10.240.0.0/12 17 1-1\n2001:db8:8000::/33 17 1-1\n");
}

static void echo_requests_have_no_ports(void **state)
{
	const struct sbx_open in[] = { range("2001:db8::1", 128, "icmp", 8, 9),
				       range("2001:db8::", 64, "icmp", 0, 0) };

	(void)state;
	expect_ranges(in, 2, 0, "2001:db8::/64 1 0-0\n");
}

static void what_makes_no_sense_is_left_out_and_counted(void **state)
{
	struct sbx_open in[] = {
		range("192.0.2.1", 33, "tcp", 1, 1), range("::1", 129, "tcp", 1, 1),
		range("192.0.2.1", 32, "sctp", 1, 1),
		range("192.0.2.1", 32, "tcp", 2, 1), range("192.0.2.1", 32, "tcp", 1, 1),
		range("192.0.2.2", 32, "tcp", 1, 1),
	};

	(void)state;
	in[5].net.family = AF_UNIX;
	expect_ranges(in, 6, 5, "192.0.2.1/32 6 1-1\n");
}

static void every_level_of_nesting_is_possible(void **state)
{
	struct sbx_open in[129];
	TB_AUTOFREE struct open_range *out = NULL;
	size_t nout;

	(void)state;
	for (unsigned int i = 0; i <= 128; i++)
		in[i] = range("2001:db8::", i, "tcp", (uint16_t)(i + 1), (uint16_t)(i + 1));
	assert_int_equal(open_ranges(in, 129, &out, &nout), 0);
	assert_int_equal(nout, 129);
	for (unsigned int i = 0; i < nout; i++)
		assert_int_equal(out[i].prefix + 1, out[i].port_lo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_opens_nothing),
		cmocka_unit_test(no_protocol_and_no_port_is_every_protocol_and_every_port),
		cmocka_unit_test(ports_without_a_protocol_do_not_mean_echo_requests),
		cmocka_unit_test(overlapping_ports_of_one_address_are_joined),
		cmocka_unit_test(an_address_adds_only_what_its_networks_do_not_have),
		cmocka_unit_test(the_whole_internet_leaves_nothing_to_add),
		cmocka_unit_test(a_network_with_the_address_of_a_smaller_one_contains_it),
		cmocka_unit_test(bits_after_the_prefix_do_not_count),
		cmocka_unit_test(echo_requests_have_no_ports),
		cmocka_unit_test(what_makes_no_sense_is_left_out_and_counted),
		cmocka_unit_test(every_level_of_nesting_is_possible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
