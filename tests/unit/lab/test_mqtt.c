/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_mqtt.c - packets of MQTT, in one piece and in bytes, and STUN over TCP
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lab/conn.h"
#include "tests/unit/lab/world.h"

#define CONNECT "\x10\x10\0\4MQTT\4\2\0\x3c\0\4dev1"
#define CONNECT5 "\x10\x11\0\4MQTT\5\2\0\x3c\0\0\4dev1"
#define OLD "\x10\x12\0\6MQIsdp\3\2\0\x3c\0\4dev1"
#define BYTES(text) text, sizeof(text) - 1

struct fixture {
	struct world w;
	int fd;
	char heard[4096];
	size_t len;
	bool open;
};

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	*state = x;
	if (!x || world_open(&x->w))
		return 1;
	x->fd = world_connect(&x->w, 4321);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	(void)close(x->fd);
	world_close(&x->w);
	free(x);
	return 0;
}

/* say() - and hear the answer */
static void say(struct fixture *x, const char *data, size_t len)
{
	ssize_t n;

	world_say(&x->w, x->fd, data, len);
	world_run(&x->w);
	x->len = 0;
	while ((n = recv(x->fd, x->heard + x->len, sizeof(x->heard) - x->len, 0)) > 0)
		x->len += (size_t)n;
	x->open = n < 0 && errno == EAGAIN;
}

static void answers(struct fixture *x, const char *data, size_t len, const char *wanted,
		    size_t wanted_len)
{
	say(x, data, len);
	assert_int_equal(x->len, wanted_len);
	assert_memory_equal(x->heard, wanted, wanted_len);
	assert_true(x->open);
}

static void a_device_connects_publishes_and_subscribes(void **state)
{
	struct fixture *x = *state;
	const struct ev *v = x->w.asked;

	answers(x, BYTES(CONNECT), BYTES("\x20\2\0\0"));
	answers(x, BYTES("\x30\7\0\3a/bxy"), "", 0);
	answers(x, BYTES("\x32\x09\0\3a/b\0\7xy"), BYTES("\x40\2\0\7"));
	answers(x, BYTES("\x34\x09\0\3a/b\0\x08xy"), BYTES("\x50\2\0\x08"));
	answers(x, BYTES("\x62\2\0\x08"), BYTES("\x70\2\0\x08"));
	answers(x, BYTES("\x82\x0c\0\x09\0\1#\1\0\3c/d\0"), BYTES("\x90\4\0\x09\0\0"));
	answers(x, BYTES("\xa2\5\0\x0a\0\1#"), BYTES("\xb0\2\0\x0a"));
	answers(x, BYTES("\xc0\0"), BYTES("\xd0\0"));
	say(x, BYTES("\xe0\0"));
	assert_false(x->open);
	world_events(&x->w);
	assert_int_equal(x->w.nasked, 7);
	assert_string_equal(v[0].u.request.service, "mqtt");
	assert_string_equal(v[0].u.request.method, "CONNECT");
	assert_string_equal(v[0].u.request.path, "dev1");
	assert_string_equal(v[1].u.request.method, "PUBLISH");
	assert_string_equal(v[1].u.request.path, "a/b");
	assert_int_equal(v[1].u.request.bytes_in, 2);
	assert_int_equal(v[3].u.request.bytes_in, 2);
	assert_string_equal(v[4].u.request.method, "SUBSCRIBE");
	assert_string_equal(v[4].u.request.path, "#");
	assert_string_equal(v[5].u.request.method, "SUBSCRIBE");
	assert_string_equal(v[5].u.request.path, "c/d");
	assert_string_equal(v[6].u.request.method, "UNSUBSCRIBE");
	assert_false(v[6].u.request.unread);
}

static void newer_and_older_versions_are_spoken(void **state)
{
	struct fixture *x = *state;

	answers(x, BYTES(CONNECT5), BYTES("\x20\3\0\0\0"));
	answers(x, BYTES("\x32\x0a\0\3a/b\0\7\0xy"), BYTES("\x40\2\0\7"));
	answers(x, BYTES("\x82\7\0\x09\0\0\1#\1"), BYTES("\x90\4\0\x09\0\0"));
	answers(x, BYTES("\xa2\6\0\x0a\0\0\1#"), BYTES("\xb0\4\0\x0a\0\0"));
	(void)close(x->fd);
	x->fd = world_connect(&x->w, 1883);
	answers(x, BYTES(OLD), BYTES("\x20\2\0\0"));
}

static void packets_may_come_in_bytes(void **state)
{
	static const char all[] = CONNECT "\x32\x09\0\3a/b\0\7xy\xc0\0";
	struct fixture *x = *state;
	size_t heard = 0;

	for (size_t i = 0; i + 1 < sizeof(all); i++) {
		say(x, all + i, 1);
		heard += x->len;
		assert_true(x->open);
	}
	assert_int_equal(heard, 4 + 4 + 2);
	world_events(&x->w);
	assert_int_equal(x->w.nasked, 2);
	assert_int_equal(x->w.asked[1].u.request.bytes_in, 2);
}

static void a_long_payload_is_counted(void **state)
{
	/* 1 MiB behind a topic: 0x100000 + 5 in seven bits each */
	static const char head[] = "\x30\x85\x80\x40\0\3a/b";
	static char megabyte[1 << 20];
	struct fixture *x = *state;

	answers(x, BYTES(CONNECT), BYTES("\x20\2\0\0"));
	say(x, head, sizeof(head) - 1);
	for (size_t i = 0; i < sizeof(megabyte); i += 65536)
		say(x, megabyte + i, 65536);
	answers(x, BYTES("\xc0\0"), BYTES("\xd0\0"));
	world_events(&x->w);
	assert_int_equal(x->w.nasked, 2);
	assert_int_equal(x->w.asked[1].u.request.bytes_in, 1 << 20);
}

static void each_topic_is_recorded_and_a_long_one_is_cut(void **state)
{
	/* 212 bytes of seventy topics; 605 bytes of one */
	static char many[5 + 70 * 3] = "\xa2\xd4\1\0\x0a";
	static char longer[608] = "\x82\xdd\4\0\x0b\2\x58";
	struct fixture *x = *state;

	answers(x, BYTES(CONNECT), BYTES("\x20\2\0\0"));
	world_events(&x->w);
	for (size_t i = 5; i < sizeof(many); i += 3)
		memcpy(many + i, "\0\1a", 3);
	answers(x, many, sizeof(many), BYTES("\xb0\2\0\x0a"));
	world_events(&x->w);
	assert_int_equal(x->w.nasked, 70);
	assert_false(x->w.asked[69].u.request.cut);
	memset(longer + 7, 'b', 600);
	answers(x, longer, sizeof(longer), BYTES("\x90\3\0\x0b\0"));
	world_events(&x->w);
	assert_int_equal(x->w.nasked, 1);
	assert_true(x->w.asked[0].u.request.cut);
	assert_int_equal(strlen(x->w.asked[0].u.request.path), 511);
}

static void what_is_none_ends_it_and_is_told(void **state)
{
	static const struct { const char *data; size_t len; } rows[] = {
		{ BYTES("\x30\xff\xff\xff\xff\1") },	/* a length of five bytes */
		{ BYTES(CONNECT) },			/* twice */
		{ BYTES("\x82\2\0\1") },		/* nothing to subscribe to */
		{ BYTES("\x30\3\0\x09x") },		/* a topic beyond its packet */
		{ BYTES("\x82\xff\x7f") },		/* too long for one without a payload */
		{ BYTES("\xf0\0") },
	};
	struct fixture *x = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)close(x->fd);
		x->fd = world_connect(&x->w, 1883);
		answers(x, BYTES(CONNECT), BYTES("\x20\2\0\0"));
		say(x, rows[i].data, rows[i].len);
		assert_false(x->open);
		world_events(&x->w);
		assert_true(x->w.nasked && x->w.asked[x->w.nasked - 1].u.request.unread);
	}
}

static void other_bytes_are_no_device(void **state)
{
	struct fixture *x = *state;

	say(x, BYTES("\x10\x10\0\4HTTP"));
	assert_int_equal(x->len, 0);
	world_events(&x->w);
	assert_int_equal(x->w.nasked, 0);
}

static void a_binding_is_answered_over_tcp(void **state)
{
	static const char request[] = "\0\1\0\0\x21\x12\xa4\x42" "0123456789ab";
	struct fixture *x = *state;

	say(x, request, 8);
	assert_int_equal(x->len, 0);
	say(x, request + 8, 12);
	assert_int_equal(x->len, 32);
	assert_memory_equal(x->heard, "\1\1\0\x0c\x21\x12\xa4\x42" "0123456789ab", 20);
	/* two at once */
	world_say(&x->w, x->fd, request, 20);
	say(x, request, 20);
	assert_int_equal(x->len, 64);
	say(x, BYTES("\0\1\xff\xfc\x21\x12\xa4\x42" "0123456789ab"));
	assert_int_equal(x->len, 0);
	(void)close(x->fd);
	world_run(&x->w);
	x->fd = world_connect(&x->w, 3478);
	world_events(&x->w);
	assert_string_equal(x->w.v[0].u.served.service, "stun");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_connects_publishes_and_subscribes),
		TEST(newer_and_older_versions_are_spoken),
		TEST(packets_may_come_in_bytes),
		TEST(a_long_payload_is_counted),
		TEST(each_topic_is_recorded_and_a_long_one_is_cut),
		TEST(what_is_none_ends_it_and_is_told),
		TEST(other_bytes_are_no_device),
		TEST(a_binding_is_answered_over_tcp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
