/* SPDX-License-Identifier: Apache-2.0 */
/* test_joins.c - socket options that join a multicast group, with the C library's own structures */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sandbox/watch/joins.h"
#include "tcbox/own.h"

/* read_as() - Return: the group as text, "" for none. The value ends where its memory does */
static const char *read_as(int level, int option, const void *value, size_t len)
{
	const __u64 args[6] = { 3, (__u64)level, (__u64)option, 0, len };
	struct joins_option opt = joins_option(args, false);
	static char text[EV_ADDR_STRLEN];
	struct ev_addr group;
	uint8_t *copy;
	bool found;

	if (!opt.size)
		return "";
	assert_true(opt.size <= len && opt.size <= JOINS_MAX);
	copy = malloc(opt.size);
	assert_non_null(copy);
	memcpy(copy, value, opt.size);
	found = joins_read(&opt, copy, opt.size, &group);
	for (size_t cut = 0; cut < opt.size; cut++) {
		uint8_t *less = malloc(cut + 1);
		struct ev_addr none;

		assert_non_null(less);
		memcpy(less + 1, copy, cut);
		(void)joins_read(&opt, less + 1, cut, &none);
		free(less);
	}
	free(copy);
	if (!found) {
		assert_int_equal(group.family, 0);
		return "";
	}
	ev_addr_format(&group, text);
	return text;
}

static void set_group(struct sockaddr_storage *to, const char *text)
{
	struct sockaddr_in *in = (struct sockaddr_in *)to;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;

	to->ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (to->ss_family == AF_INET)
		assert_int_equal(inet_pton(AF_INET, text, &in->sin_addr), 1);
	else
		assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
}

static void each_option_tells_its_group(void **state)
{
	struct ip_mreqn mreqn = { .imr_multiaddr.s_addr = htonl(0xef010203) };
	struct ip_mreq_source source = { .imr_multiaddr.s_addr = htonl(0xef010204),
					 .imr_sourceaddr.s_addr = htonl(0xc6336401) };
	struct group_req req4 = { .gr_interface = 2 }, req6 = { .gr_interface = 2 };
	struct group_source_req both = { .gsr_interface = 2 };
	struct ipv6_mreq mreq6 = { .ipv6mr_interface = 2 };

	(void)state;
	set_group(&req4.gr_group, "239.1.2.5");
	set_group(&req6.gr_group, "ff15::5");
	set_group(&both.gsr_group, "232.1.2.3");
	set_group(&both.gsr_source, "198.51.100.1");
	assert_int_equal(inet_pton(AF_INET6, "ff15::3", &mreq6.ipv6mr_multiaddr), 1);
	assert_string_equal(read_as(0, IP_ADD_MEMBERSHIP, &mreqn, 8), "239.1.2.3");
	assert_string_equal(read_as(0, IP_ADD_MEMBERSHIP, &mreqn, sizeof(mreqn)), "239.1.2.3");
	assert_string_equal(read_as(0, IP_ADD_SOURCE_MEMBERSHIP, &source, sizeof(source)),
			    "239.1.2.4");
	assert_string_equal(read_as(0, MCAST_JOIN_GROUP, &req4, sizeof(req4)), "239.1.2.5");
	assert_string_equal(read_as(0, MCAST_JOIN_SOURCE_GROUP, &both, sizeof(both)), "232.1.2.3");
	assert_string_equal(read_as(41, IPV6_JOIN_GROUP, &mreq6, sizeof(mreq6)), "ff15::3");
	assert_string_equal(read_as(41, MCAST_JOIN_GROUP, &req6, sizeof(req6)), "ff15::5");
	/* a group of the other family is refused by the kernel */
	assert_string_equal(read_as(41, MCAST_JOIN_GROUP, &req4, sizeof(req4)), "");
	assert_string_equal(read_as(0, MCAST_JOIN_GROUP, &req6, sizeof(req6)), "");
}

/* sources_of() - as text, joined by blanks */
static const char *sources_of(int level, int option, const void *value, size_t len)
{
	const __u64 args[6] = { 3, (__u64)level, (__u64)option, 0, len };
	struct joins_option opt = joins_option(args, false);
	struct ev_addr sources[JOINS_SOURCES];
	static char text[256];
	size_t n = joins_sources(&opt, value, opt.size, sources), at = 0;

	assert_string_not_equal(read_as(level, option, value, len), "");
	text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		char one[EV_ADDR_STRLEN];

		ev_addr_format(&sources[i], one);
		at += (size_t)snprintf(text + at, sizeof(text) - at, i ? " %s" : "%s", one);
	}
	return text;
}

static void each_option_tells_its_sources(void **state)
{
	struct ip_mreq_source source = { .imr_multiaddr.s_addr = htonl(0xef010204),
					 .imr_sourceaddr.s_addr = htonl(0xc6336401) };
	struct group_source_req both = { .gsr_interface = 2 };
	struct {
		struct ip_msfilter head;
		struct in_addr more[2];
	} filter4 = { .head = { .imsf_multiaddr.s_addr = htonl(0xef010204), .imsf_numsrc = 2 } };
	struct {
		struct group_filter head;
		struct sockaddr_storage more[2];
	} filter = { .head = { .gf_numsrc = 2 } };

	(void)state;
	assert_string_equal(sources_of(0, IP_ADD_SOURCE_MEMBERSHIP, &source, sizeof(source)),
			    "198.51.100.1");
	assert_string_equal(sources_of(0, IP_BLOCK_SOURCE, &source, sizeof(source)),
			    "198.51.100.1");
	set_group(&both.gsr_group, "ff35::1");
	set_group(&both.gsr_source, "2001:db8::1");
	assert_string_equal(sources_of(41, MCAST_JOIN_SOURCE_GROUP, &both, sizeof(both)),
			    "2001:db8::1");
	filter4.head.imsf_slist[0].s_addr = htonl(0xc6336401);
	filter4.more[0].s_addr = htonl(0xc6336402);
	assert_string_equal(sources_of(0, IP_MSFILTER, &filter4, IP_MSFILTER_SIZE(2)),
			    "198.51.100.1 198.51.100.2");
	set_group(&filter.head.gf_group, "ff35::1");
	set_group(&filter.head.gf_slist[0], "2001:db8::1");
	set_group(&filter.more[0], "2001:db8::2");
	assert_string_equal(sources_of(41, MCAST_MSFILTER, &filter, GROUP_FILTER_SIZE(2)),
			    "2001:db8::1 2001:db8::2");
	/* more than are there */
	filter.head.gf_numsrc = UINT32_MAX;
	assert_string_equal(sources_of(41, MCAST_MSFILTER, &filter, GROUP_FILTER_SIZE(2)),
			    "2001:db8::1 2001:db8::2");
	assert_string_equal(sources_of(41, MCAST_MSFILTER, &filter, GROUP_FILTER_SIZE(0)), "");
}

static void what_joins_no_group_tells_none(void **state)
{
	uint8_t value[300] = { 239, 1, 2, 3 };

	(void)state;
	for (int option = 0; option < 128; option++) {
		assert_string_equal(read_as(1, option, value, sizeof(value)), "");
		assert_string_equal(read_as(6, option, value, sizeof(value)), "");
		if (option < IP_ADD_MEMBERSHIP || option > IP_MSFILTER)
			assert_string_equal(read_as(0, option, value, sizeof(value)), "");
	}
	value[0] = 203;		/* no group */
	assert_string_equal(read_as(0, IP_ADD_MEMBERSHIP, value, 8), "");
	assert_string_equal(read_as(41, IPV6_JOIN_GROUP, value, 20), "");
}

static void lengths_that_the_kernel_refuses_are_not_read(void **state)
{
	static const struct {
		int level, option;
		size_t least, narrow;
	} rows[] = {
		{ 0, IP_ADD_MEMBERSHIP, sizeof(struct ip_mreq), 8 },
		{ 0, IP_ADD_SOURCE_MEMBERSHIP, sizeof(struct ip_mreq_source), 12 },
		{ 0, MCAST_JOIN_GROUP, sizeof(struct group_req), 132 },
		{ 0, MCAST_JOIN_SOURCE_GROUP, sizeof(struct group_source_req), 260 },
		{ 41, IPV6_JOIN_GROUP, sizeof(struct ipv6_mreq), 20 },
		{ 41, MCAST_JOIN_GROUP, sizeof(struct group_req), 132 },
		{ 41, MCAST_JOIN_SOURCE_GROUP, sizeof(struct group_source_req), 260 },
	};
	static const __u64 hostile[] = { 0, 1, INT32_MAX + UINT64_C(1), UINT32_MAX, UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		__u64 args[6] = { 3, (__u64)rows[i].level, (__u64)rows[i].option };

		for (size_t h = 0; h < TB_ARRAY_SIZE(hostile); h++) {
			args[4] = hostile[h];
			assert_int_equal(joins_option(args, false).size, 0);
		}
		args[4] = rows[i].least - 1;
		assert_int_equal(joins_option(args, false).size, 0);
		args[4]++;
		assert_in_range(joins_option(args, false).size, 4, rows[i].least);
		args[4] = rows[i].narrow - 1;
		assert_int_equal(joins_option(args, true).size, 0);
		args[4]++;
		assert_in_range(joins_option(args, true).size, 4, rows[i].narrow);
		args[4] |= UINT64_C(1) << 40;	/* the kernel does not look at it */
		assert_true(joins_option(args, true).size > 0);
	}
}

static void structures_of_32_bit_programs_are_packed(void **state)
{
	const __u64 args[6] = { 3, 0, MCAST_JOIN_GROUP, 0, 132 };
	struct joins_option opt = joins_option(args, true);
	uint8_t value[132] = { [4] = AF_INET, [8] = 239, 1, 2, 3 };
	struct ev_addr group;

	(void)state;
	assert_true(joins_read(&opt, value, sizeof(value), &group));
	assert_memory_equal(group.ip, value + 8, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_option_tells_its_group),
		cmocka_unit_test(each_option_tells_its_sources),
		cmocka_unit_test(what_joins_no_group_tells_none),
		cmocka_unit_test(lengths_that_the_kernel_refuses_are_not_read),
		cmocka_unit_test(structures_of_32_bit_programs_are_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
