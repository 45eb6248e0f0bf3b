/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_packets.c - to which conversation each packet belongs
 */
#include "run/packets.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <cmocka.h>

#include "tcbox/own.h"

#define MANY 100000

static struct ev_addr addr(uint8_t last, uint16_t port)
{
	return (struct ev_addr){ .family = AF_INET, .ip = { 198, 18, 0, last }, .port = port };
}

static struct evd_flow flow(uint16_t port, uint64_t first, uint64_t last)
{
	return (struct evd_flow){
		.local = addr(2, port), .remote = addr(9, 443), .proto = "tcp",
		.pkt_first = first, .pkt_last = last, .ended = true,
	};
}

static struct packets *p;

static void begin(const struct evd_flow *const *flows, size_t n)
{
	const struct evd_facts ev = { .flows = flows, .nflows = n };
	static struct evd_facts kept;

	memcpy(&kept, &ev, sizeof(kept));
	p = packets_new(&kept);
	assert_non_null(p);
}

static int end(void **state)
{
	(void)state;
	packets_free(p);
	p = NULL;
	return 0;
}

/* whose() - of a packet from the box to the other end; @back: of one from there */
static size_t whose(uint64_t number, uint8_t proto, uint16_t port, bool back)
{
	struct capt_seen seen = { .number = number, .proto = proto };
	size_t out = 12345;

	seen.src = back ? addr(9, 443) : addr(2, port);
	seen.dst = back ? addr(2, port) : addr(9, 443);
	assert_int_equal(packets_flow(p, &seen, &out), 0);
	return out;
}

static void a_packet_is_of_the_flow_between_its_ends(void **state)
{
	const struct evd_flow a = flow(1, 1, 9), b = flow(2, 2, 8);
	const struct evd_flow *const flows[] = { &a, &b };

	(void)state;
	begin(flows, 2);
	assert_int_equal(whose(1, IPPROTO_TCP, 1, false), 0);
	assert_int_equal(whose(2, IPPROTO_TCP, 2, false), 1);
	assert_int_equal(whose(3, IPPROTO_TCP, 2, true), 1);
	assert_int_equal(whose(4, IPPROTO_UDP, 2, true), SIZE_MAX);
	assert_int_equal(whose(5, IPPROTO_TCP, 3, true), SIZE_MAX);
	assert_int_equal(whose(9, IPPROTO_TCP, 2, false), SIZE_MAX);
	assert_int_equal(whose(9, IPPROTO_TCP, 1, true), 0);
}

static void the_same_ends_again_are_another_flow(void **state)
{
	const struct evd_flow a = flow(1, 1, 4), b = flow(1, 6, 8), c = flow(1, 10, 10);
	const struct evd_flow *const flows[] = { &c, &a, &b };

	(void)state;
	begin(flows, 3);
	assert_int_equal(whose(4, IPPROTO_TCP, 1, false), 1);
	assert_int_equal(whose(5, IPPROTO_TCP, 1, false), SIZE_MAX);
	assert_int_equal(whose(6, IPPROTO_TCP, 1, false), 2);
	assert_int_equal(whose(10, IPPROTO_TCP, 1, true), 0);
}

static void what_overlaps_is_of_the_one_that_began_last(void **state)
{
	const struct evd_flow a = flow(1, 1, 9), b = flow(1, 3, 5);
	const struct evd_flow *const flows[] = { &a, &b };

	(void)state;
	begin(flows, 2);
	assert_int_equal(whose(2, IPPROTO_TCP, 1, false), 0);
	assert_int_equal(whose(4, IPPROTO_TCP, 1, false), 1);
	assert_int_equal(whose(7, IPPROTO_TCP, 1, false), 0);
}

static void a_flow_that_was_cut_short_goes_on_until_the_next(void **state)
{
	const struct evd_flow b = flow(1, 6, 8);
	struct evd_flow a = flow(1, 1, 1);
	const struct evd_flow *const flows[] = { &a, &b };

	(void)state;
	a.ended = false;
	begin(flows, 2);
	assert_int_equal(whose(4, IPPROTO_TCP, 1, true), 0);
	assert_int_equal(whose(7, IPPROTO_TCP, 1, true), 1);
}

/* A walk of all of them for each packet takes a minute. */
static void many_flows_of_the_same_ends_are_no_work(void **state)
{
	struct evd_flow *many = calloc(MANY, sizeof(*many));
	const struct evd_flow **flows = calloc(MANY, sizeof(*flows));
	clock_t start = clock();

	(void)state;
	assert_non_null(many);
	assert_non_null(flows);
	for (size_t i = 0; i < MANY; i++) {
		many[i] = flow(1, MANY + i, MANY + i);
		flows[i] = &many[i];
	}
	many[0].pkt_first = 1;		/* and one around them all */
	many[0].pkt_last = 3 * MANY;
	begin(flows, MANY);
	for (uint64_t i = 1; i < MANY; i++)
		assert_int_equal(whose(MANY + i, IPPROTO_TCP, 1, i % 2), i);
	for (uint64_t i = 0; i < MANY; i++)
		assert_int_equal(whose(2 * MANY + i, IPPROTO_TCP, 1, i % 2), 0);
	assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
	free(flows);
	free(many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_packet_is_of_the_flow_between_its_ends, end),
		cmocka_unit_test_teardown(the_same_ends_again_are_another_flow, end),
		cmocka_unit_test_teardown(what_overlaps_is_of_the_one_that_began_last, end),
		cmocka_unit_test_teardown(a_flow_that_was_cut_short_goes_on_until_the_next, end),
		cmocka_unit_test_teardown(many_flows_of_the_same_ends_are_no_work, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
