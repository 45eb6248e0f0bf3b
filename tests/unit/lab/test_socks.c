/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_socks.c - a proxy that leads anywhere, message by message and over a connection
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lab/conn.h"
#include "tests/unit/lab/world.h"

#define LEN(text) (sizeof(text) - 1)
#define BYTES(text) (const uint8_t *)(text), LEN(text)
#define HELLO5 "\5\1\0"
#define ASK5 "\5\1\0\3\tb.example\1\273"	/* port 443 */

static struct socks_step step;

/* next() - as socks_next(), with memory of just this length; and no beginning of it is a message */
static int next(enum socks_state state, enum socks_state then, const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len);
	struct socks s = { state };
	int n;

	for (size_t i = 0; i < len; i++) {
		memcpy(copy, data, i);
		assert_true(socks_next(&s, copy, i, &step) < 1);
		assert_int_equal(s.state, state);
	}
	memcpy(copy, data, len);
	n = socks_next(&s, copy, len, &step);
	assert_int_equal(s.state, then);
	free(copy);
	return n;
}

static void replies(const void *data, size_t len)
{
	assert_int_equal(step.reply_len, len);
	assert_memory_equal(step.reply, data, len);
}

static void version_5_agrees_on_how_to_log_in(void **state)
{
	(void)state;
	assert_int_equal(next(SOCKS_GREETING, SOCKS_REQUEST, BYTES("\5\2\2\0")), 4);
	replies("\5\0", 2);
	assert_int_equal(next(SOCKS_GREETING, SOCKS_PASSWORD, BYTES("\5\2\1\2")), 4);
	replies("\5\2", 2);
	assert_int_equal(next(SOCKS_GREETING, SOCKS_REFUSED, BYTES("\5\1\1")), 3);
	replies("\5\xff", 2);
	assert_int_equal(next(SOCKS_PASSWORD, SOCKS_REQUEST, BYTES("\1\3joe\2pw")), 8);
	replies("\1\0", 2);
	assert_int_equal(next(SOCKS_PASSWORD, SOCKS_PASSWORD, BYTES("\2\3joe\2pw")), -1);
}

static void a_target_is_a_name_or_an_address(void **state)
{
	(void)state;
	assert_int_equal(next(SOCKS_REQUEST, SOCKS_DONE, BYTES(ASK5)), LEN(ASK5));
	assert_string_equal(step.target, "b.example:443");
	replies("\5\0\0\1\0\0\0\0\0\0", 10);
	assert_int_equal(next(SOCKS_REQUEST, SOCKS_DONE, BYTES("\5\1\0\1\313\0\161\7\0\120")), 10);
	assert_string_equal(step.target, "203.0.113.7:80");
	assert_int_equal(next(SOCKS_REQUEST, SOCKS_DONE, BYTES("\5\1\0\4\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1\0\120")), 22);
	assert_string_equal(step.target, "[2001:db8::1]:80");
	assert_int_equal(next(SOCKS_REQUEST, SOCKS_DONE, BYTES("\5\1\0\3\3a\0b\0\120")), 10);
	assert_string_equal(step.target, "a?b:80");
	assert_int_equal(next(SOCKS_REQUEST, SOCKS_REFUSED, BYTES("\5\2\0\3\1a\0\120")), 8);
	assert_string_equal(step.target, "a:80");
	replies("\5\7\0\1\0\0\0\0\0\0", 10);
	assert_int_equal(next(SOCKS_REQUEST, SOCKS_REQUEST, BYTES("\5\1\0\2")), -1);
	assert_int_equal(next(SOCKS_REQUEST, SOCKS_REQUEST, BYTES("\4\1\0\1")), -1);
}

static void version_4_has_one_message(void **state)
{
	(void)state;
	assert_int_equal(next(SOCKS_GREETING, SOCKS_DONE, BYTES("\4\1\0\120\313\0\161\7joe\0")), 12);
	assert_string_equal(step.target, "203.0.113.7:80");
	replies("\0\132\0\0\0\0\0\0", 8);
	assert_int_equal(next(SOCKS_GREETING, SOCKS_DONE, BYTES("\4\1\0\120\0\0\0\1\0b.example\0")), 19);
	assert_string_equal(step.target, "b.example:80");
	assert_int_equal(next(SOCKS_GREETING, SOCKS_REFUSED, BYTES("\4\2\0\120\313\0\161\7\0")), 9);
	replies("\0\133\0\0\0\0\0\0", 8);
}

static void what_has_no_end_is_no_message(void **state)
{
	static uint8_t data[SOCKS_MESSAGE_MAX] = { 4, 1, 0, 80, 1, 2, 3, 4 };
	struct socks s = { SOCKS_GREETING };

	(void)state;
	memset(data + 8, 'u', sizeof(data) - 8);
	assert_int_equal(socks_next(&s, data, sizeof(data) - 1, &step), 0);
	assert_int_equal(socks_next(&s, data, sizeof(data), &step), -1);
	data[0] = 6;
	assert_int_equal(socks_next(&s, data, 10, &step), -1);
	assert_int_equal(socks_next(&s, data, 0, &step), 0);
}

static void other_protocols_begin_otherwise(void **state)
{
	(void)state;
	assert_true(socks_begins(BYTES("\5")));
	assert_true(socks_begins(BYTES("\5\1\0")));
	assert_true(socks_begins(BYTES("\5\20x")));
	assert_true(socks_begins(BYTES("\4\1\0")));
	assert_true(socks_begins(BYTES("\4\2\0")));
	assert_false(socks_begins(BYTES("\5\0\13")));	/* DCE/RPC */
	assert_false(socks_begins(BYTES("\5\21x")));
	assert_false(socks_begins(BYTES("\4\3\0")));
	assert_false(socks_begins(BYTES("GET")));
	assert_false(socks_begins(NULL, 0));
}

static void say(struct world *w, int fd, const void *data, size_t len, size_t size)
{
	for (size_t at = 0; at < len; at += size)
		world_say(w, fd, (const char *)data + at, len - at < size ? len - at : size);
}

static void what_comes_through_the_proxy_is_answered_and_recorded(void **state)
{
	static const char get[] = "GET /in HTTP/1.1\r\nHost: c.example\r\n\r\n";
	static char heard[4096];
	struct world w;

	(void)state;
	assert_int_equal(world_open(&w), 0);
	for (size_t size = 1; size < 100; size += 98) {
		int fd = world_connect(&w, 1080);
		const struct ev_request *r;

		say(&w, fd, HELLO5 ASK5, LEN(HELLO5 ASK5), size);
		(void)world_hear(fd, heard, sizeof(heard));
		assert_memory_equal(heard, "\5\0\5\0\0\1\0\0\0\0\0\0", 12);
		say(&w, fd, get, LEN(get), size);
		(void)world_hear(fd, heard, sizeof(heard));
		assert_ptr_equal(strstr(heard, "HTTP/1.1 200 OK"), heard);
		(void)close(fd);
		world_run(&w);
		world_events(&w);
		assert_int_equal(w.nasked, 2);
		r = &w.asked[0].u.request;
		assert_string_equal(r->service, "socks");
		assert_string_equal(r->method, "CONNECT");
		assert_string_equal(r->target, "b.example:443");
		r = &w.asked[1].u.request;
		assert_string_equal(r->via, "b.example:443");
		assert_string_equal(r->names.v[0], "c.example");
		assert_string_equal(w.v[0].u.served.detail, "CONNECT b.example:443, GET /in 200");
	}
	world_close(&w);
}

static void what_is_no_socks_after_all_is_swallowed(void **state)
{
	static char heard[4096];
	struct world w;
	int fd;

	(void)state;
	assert_int_equal(world_open(&w), 0);
	fd = world_connect(&w, 1080);
	say(&w, fd, HELLO5 "\7\7\7\7\7", 8, 8);
	(void)world_hear(fd, heard, sizeof(heard));
	assert_memory_equal(heard, "\5\0\0", 3);
	(void)close(fd);
	world_run(&w);
	world_events(&w);
	assert_int_equal(w.nasked, 0);
	assert_int_equal(w.v[0].u.served.bytes_in, 8);
	fd = world_connect(&w, 1080);
	say(&w, fd, "\5\1\1", 3, 3);	/* it is refused, and the lab hangs up */
	assert_false(world_hear(fd, heard, sizeof(heard)));
	assert_memory_equal(heard, "\5\xff", 2);
	(void)close(fd);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_5_agrees_on_how_to_log_in),
		cmocka_unit_test(a_target_is_a_name_or_an_address),
		cmocka_unit_test(version_4_has_one_message),
		cmocka_unit_test(what_has_no_end_is_no_message),
		cmocka_unit_test(other_protocols_begin_otherwise),
		cmocka_unit_test(what_comes_through_the_proxy_is_answered_and_recorded),
		cmocka_unit_test(what_is_no_socks_after_all_is_swallowed),
	};

	return cmocka_run_group_tests_name("socks", tests, NULL, NULL);
}
