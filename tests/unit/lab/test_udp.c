/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_udp.c - small protocols over UDP: one request in, one reply out
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

#include "lab/udp.h"

#define ANSWER(f, client, request) answer(f, client, request, sizeof(request) - 1)
#define STUN "\0\1\0\0\x21\x12\xa4\x42" "abcdefghijkl"
#define PCP "\2\1\0\0\0\0\x0e\x10" "0123456789abcdef"

static struct udp_reply out;

static bool answer(bool (*f)(const struct udp_query *, struct udp_reply *), const char *client,
		   const void *data,
		   size_t len)
{
	struct ev_addr from, to;
	struct udp_query q = { .client = &from, .server = &to, .data = data, .len = len };
	bool known;

	out.len = 0;
	assert_int_equal(ev_addr_parse(client, &from), 0);
	assert_int_equal(ev_addr_parse("198.18.0.7:6881", &to), 0);
	known = f(&q, &out);
	assert_int_equal(known, out.len > 0);
	return known;
}

static void reply_is(const void *data, size_t len)
{
	assert_int_equal(out.len, len);
	assert_memory_equal(out.data, data, len);
}

#define REPLY_IS(text) reply_is(text, sizeof(text) - 1)

static void a_binding_request_gets_its_own_address(void **state)
{
	(void)state;
	/* 198.19.255.2:4000, each byte with the cookie's */
	assert_true(ANSWER(udp_stun, "198.19.255.2:4000", STUN));
	REPLY_IS("\1\1\0\xc\x21\x12\xa4\x42" "abcdefghijkl\0\x20\0\x8\0\1\x2e\xb2\xe7\x01\x5b\x40");
	/* the rest of an IPv6 address with the transaction's */
	assert_true(ANSWER(udp_stun, "[2001:db8::4]:1", STUN));
	REPLY_IS("\1\1\0\x18\x21\x12\xa4\x42" "abcdefghijkl\0\x20\0\x14\0\2\x21\x13"
		 "\x01\x13\xa9\xfa" "abcdefghijk\x68");
	/* with attributes, which say nothing that matters */
	assert_true(ANSWER(udp_stun, "198.19.255.2:4000",
			   "\0\1\0\4\x21\x12\xa4\x42" "abcdefghijkl\x80\x22\0\0"));
}

static void what_is_no_binding_request_gets_nothing(void **state)
{
	(void)state;
	assert_false(ANSWER(udp_stun, "1.2.3.4:5", "\0\1\0\0\x21\x12\xa4\x42" "abcdefghijk"));
	assert_false(ANSWER(udp_stun, "1.2.3.4:5", "\1\1\0\0\x21\x12\xa4\x42" "abcdefghijkl"));
	assert_false(ANSWER(udp_stun, "1.2.3.4:5", "\0\1\0\0\x21\x12\xa4\x43" "abcdefghijkl"));
	assert_false(ANSWER(udp_stun, "1.2.3.4:5", "\0\1\0\4\x21\x12\xa4\x42" "abcdefghijkl"));
	assert_false(ANSWER(udp_stun, "1.2.3.4:5", "\0\1\0\1\x21\x12\xa4\x42" "abcdefghijklm"));
	assert_false(ANSWER(udp_stun, "1.2.3.4:5", ""));
}

static void a_gateway_refuses_to_map_ports(void **state)
{
	(void)state;
	assert_true(ANSWER(udp_natpmp, "1.2.3.4:5", "\0\0"));
	REPLY_IS("\0\x80\0\2\0\0\0\1\0\0\0\0");
	assert_true(ANSWER(udp_natpmp, "1.2.3.4:5", "\0\1\0\0\x12\x34\x56\x78\0\0\x0e\x10"));
	REPLY_IS("\0\x81\0\2\0\0\0\1\x12\x34\0\0\0\0\0\0");
	assert_true(ANSWER(udp_natpmp, "1.2.3.4:5", "\0\2\0\0\x12\x34\x56\x78\0\0\x0e\x10"));
	REPLY_IS("\0\x82\0\2\0\0\0\1\x12\x34\0\0\0\0\0\0");
	assert_true(ANSWER(udp_natpmp, "1.2.3.4:5", "\0\3"));
	REPLY_IS("\0\x83\0\5\0\0\0\1");
	assert_true(ANSWER(udp_natpmp, "1.2.3.4:5", PCP "nonce and so on."));
	REPLY_IS("\2\x81\0\2\0\0\7\x08\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0nonce and so on.");
	assert_true(ANSWER(udp_natpmp, "1.2.3.4:5", "\1" PCP "\0\0\0"));
	assert_int_equal(out.len, 28);
	assert_memory_equal(out.data, "\2\x82\0\1", 4);		/* another version is asked for */
}

static void what_is_no_request_to_a_gateway_gets_nothing(void **state)
{
	static char big[UDP_REPLY_MAX + 4] = "\2\1";

	(void)state;
	assert_false(ANSWER(udp_natpmp, "1.2.3.4:5", ""));
	assert_false(ANSWER(udp_natpmp, "1.2.3.4:5", "\0"));
	assert_false(ANSWER(udp_natpmp, "1.2.3.4:5", "\0\x80"));
	assert_false(ANSWER(udp_natpmp, "1.2.3.4:5", "\0\1\0\0\x12\x34\x56\x78\0\0\x0e"));
	assert_false(ANSWER(udp_natpmp, "1.2.3.4:5", "\2\x81\0\0\0\0\x0e\x10" "0123456789abcdef"));
	assert_false(ANSWER(udp_natpmp, "1.2.3.4:5", PCP "1"));
	assert_false(answer(udp_natpmp, "1.2.3.4:5", PCP, 20));
	assert_true(answer(udp_natpmp, "1.2.3.4:5", big, UDP_REPLY_MAX));
	assert_int_equal(out.len, UDP_REPLY_MAX);
	assert_false(answer(udp_natpmp, "1.2.3.4:5", big, sizeof(big)));
}

static void a_node_answers_a_ping(void **state)
{
	uint8_t id[20];

	(void)state;
	assert_true(ANSWER(udp_dht, "1.2.3.4:5",
			   "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe"));
	assert_int_equal(out.len, 12 + 20 + 4 + 4 + 7);
	assert_memory_equal(out.data, "d1:rd2:id20:", 12);
	assert_memory_equal(out.data + 32, "e1:t2:aa1:y1:re", 15);
	memcpy(id, out.data + 12, sizeof(id));
	assert_memory_not_equal(id, id + 1, 19);
	assert_true(ANSWER(udp_dht, "1.2.3.4:5",
			   "d1:ad2:id20:abcdefghij01234567896:target20:abcdefghij0123456789e1:q9:find_node"
			   "1:t12:abcdefghijkl1:v4:LT011:y1:qe"));
	assert_memory_equal(out.data + 12, id, 20);		/* the same node */
	assert_memory_equal(out.data + 32, "5:nodes0:e1:t12:abcdefghijkl1:y1:re", 35);
	assert_int_equal(out.len, 32 + 35);
	assert_true(ANSWER(udp_dht, "1.2.3.4:5", "d1:alli-1ei22eed1:x0:ee1:q4:ping1:t1:z1:y1:qe"));
	assert_memory_equal(out.data + 32, "e1:t1:z1:y1:re", 14);
}

static void what_is_no_query_to_a_node_gets_nothing(void **state)
{
	static const char *const texts[] = {
		"", "d", "de", "e", "l1:qe", "d1:q4:ping1:t2:aa1:y1:q", "d1:q4:ping1:t2:aa1:y1:re",
		"d1:q4:ping1:y1:qe",
		"d1:q4:ping1:t2:aae", "d1:t2:aa1:y1:qe", "d1:q4:pong1:t2:aa1:y1:qe",
		"d1:q9999:ping1:t2:aa1:y1:qe",
		"d1:q4ping1:t2:aa1:y1:qe", "d1:ax1:q4:ping1:t2:aa1:y1:qe",
		"d1:ai51:q4:ping1:t2:aa1:y1:q",
		"d1:ald1:q4:ping1:t2:aa1:y1:qe",
		"d1:q4:ping1:t33:0123456789012345678901234567890121:y1:qe",
		"d1:allllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll",
		"d:q4:ping1:t2:aa1:y1:qe", "di1e4:ping1:t2:aa1:y1:qe",
		"d1:ae1:q4:ping1:t2:aa1:y1:qe",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(answer(udp_dht, "1.2.3.4:5", texts[i], strlen(texts[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_binding_request_gets_its_own_address),
		cmocka_unit_test(what_is_no_binding_request_gets_nothing),
		cmocka_unit_test(a_gateway_refuses_to_map_ports),
		cmocka_unit_test(what_is_no_request_to_a_gateway_gets_nothing),
		cmocka_unit_test(a_node_answers_a_ping),
		cmocka_unit_test(what_is_no_query_to_a_node_gets_nothing),
	};

	return cmocka_run_group_tests_name("udp", tests, NULL, NULL);
}
