/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_quic.c - hellos over QUIC, in every way in which clients cut them
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/capture/quic_make.h"

static struct opening_budget budget;
static struct quic q;
static uint8_t scratch[HELLO_MAX];

static int set_up(void **state)
{
	(void)state;
	budget.left = 65536;
	memset(&q, 0, sizeof(q));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	quic_free(&q, &budget);
	assert_int_equal(budget.left, 65536);
	return 0;
}

static void is_hex(const uint8_t *data, size_t len, const char *wanted)
{
	char got[100] = "";

	for (size_t i = 0; i < len; i++)
		(void)snprintf(got + 2 * i, 3, "%02x", data[i]);
	assert_string_equal(got, wanted);
}

static void keys_are_those_of_the_standards(void **state)
{
	static const uint8_t id[] = { 0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08 };
	struct quic_keys k;

	(void)state;
	assert_true(quic_keys(QUIC_V1, id, sizeof(id), &k));	/* RFC 9001, A.1 */
	is_hex(k.key, 16, "1f369613dd76d5467730efcbe3b1a22d");
	is_hex(k.iv, 12, "fa044b2f42a3fd3b46fb255c");
	is_hex(k.hp, 16, "9f50449e04a0e810283a1e9933adedd2");
	assert_true(quic_keys(QUIC_V2, id, sizeof(id), &k));	/* RFC 9369, A.1 */
	is_hex(k.key, 16, "8b1a0bc121284290a29e0971b5cd045d");
	is_hex(k.iv, 12, "91f73e2351d8fa91660e909f");
	is_hex(k.hp, 16, "45b95e15235d6f45a6b19cbcb0294ba9");
	assert_false(quic_keys(0, id, sizeof(id), &k));
}

static void say(const struct frame *f)
{
	quic_datagram(&q, &budget, fr_at_end(f->b, f->len), f->len, scratch);
}

/* say_part() - one datagram with one packet of a hello, filled up as clients do */
static void say_part(const struct quic_make *m, const struct frame *hello, size_t at, size_t len)
{
	struct frame frames = { .len = 0 }, f = { .len = 0 };

	fr_u8(&frames, 1);			/* PING */
	qm_crypto(&frames, hello->b, at, len);
	while (frames.len < 1000)
		fr_u8(&frames, 0);
	qm_seal(&f, m, &frames);
	say(&f);
}

static void says(const char *name)
{
	assert_false(quic_unread(&q));
	if (name)
		assert_string_equal(q.name, name);
	else
		assert_null(q.name);
	assert_string_equal(q.alpn, "h3");
}

static void a_hello_of_both_versions_is_read(void **state)
{
	static const uint32_t versions[] = { QUIC_V1, QUIC_V2 };
	struct frame hello;

	for (size_t i = 0; i < 2; i++) {
		struct quic_make m = { versions[i], "12345678", "12345678", 0 };

		qm_hello(&hello, "A.example");
		say_part(&m, &hello, 0, hello.len);
		says("a.example");
		(void)tear_down(state);
		(void)set_up(state);
		qm_hello(&hello, NULL);
		say_part(&m, &hello, 0, hello.len);
		says(NULL);
		(void)tear_down(state);
		(void)set_up(state);
	}
}

static void a_hello_in_any_order_and_several_datagrams_is_read(void **state)
{
	struct quic_make m = { QUIC_V1, "12345678", "12345678", 5 };
	struct frame hello, frames = { .len = 0 }, f = { .len = 0 };

	(void)state;
	qm_hello(&hello, "a.example");
	say_part(&m, &hello, 60, hello.len - 60);
	assert_true(quic_unread(&q));
	m.number = 3;
	for (size_t at = 50; at < 60; at += 10)
		qm_crypto(&frames, hello.b, at, 10);
	for (size_t at = 0; at < 50; at += 10)
		qm_crypto(&frames, hello.b, 40 - at, 10);
	fr_bytes(&frames, "\2\1\0\1\0\0\0", 7);	/* ACK */
	qm_seal(&f, &m, &frames);
	say(&f);
	says("a.example");
	say(&f);				/* once more */
	says("a.example");
}

static void after_an_answer_the_client_uses_another_id_and_the_same_keys(void **state)
{
	struct quic_make m = { QUIC_V1, "12345678", "12345678", 0 };
	struct frame hello;

	(void)state;
	qm_hello(&hello, "a.example");
	say_part(&m, &hello, 0, 50);
	m.to = "server";
	m.number = 300;
	say_part(&m, &hello, 50, hello.len - 50);
	says("a.example");
	assert_int_equal(q.next, 301);
}

static void after_a_retry_the_keys_are_others(void **state)
{
	struct quic_make m = { QUIC_V1, "12345678", "12345678", 0 };
	struct frame hello;

	(void)state;
	qm_hello(&hello, "a.example");
	say_part(&m, &hello, 0, hello.len);
	m.to = m.keys = "retried";
	m.number = 1;
	say_part(&m, &hello, 0, hello.len);
	says("a.example");
	assert_int_equal(q.hellos, 2);
}

static void another_name_over_the_same_ports_is_told(void **state)
{
	struct quic_make m = { QUIC_V1, "12345678", "12345678", 0 };
	struct frame hello;

	(void)state;
	qm_hello(&hello, "a.example");
	say_part(&m, &hello, 0, hello.len);
	says("a.example");
	qm_hello(&hello, "b.example");
	m.to = m.keys = "other";
	say_part(&m, &hello, 0, hello.len);
	assert_true(quic_unread(&q));
	assert_string_equal(q.name, "a.example");
}

static void a_second_hello_of_one_connection_is_read_too(void **state)
{
	struct quic_make m = { QUIC_V1, "12345678", "12345678", 0 };
	struct frame hello, second;

	for (int i = 0; i < 2; i++) {
		qm_hello(&hello, "a.example");
		qm_hello(&second, i ? "b.example" : "a.example");
		fr_bytes(&hello, second.b, second.len);
		say_part(&m, &hello, 0, hello.len);
		assert_int_equal(q.hellos, 2);
		assert_int_equal(quic_unread(&q), i);
		(void)tear_down(state);
		(void)set_up(state);
	}
}

static void datagrams_that_the_kernel_joined_are_all_read(void **state)
{
	struct quic_make m = { QUIC_V2, "12345678", "12345678", 0 };
	struct frame hello, one = { .len = 0 }, two = { .len = 0 }, f = { .len = 0 };

	(void)state;
	qm_hello(&hello, "a.example");
	qm_crypto(&one, hello.b, 0, 50);
	qm_crypto(&two, hello.b, 50, hello.len - 50);
	qm_seal(&f, &m, &one);
	for (int i = 0; i < 100; i++)
		fr_u8(&f, 0);
	m.number = 1;
	qm_seal(&f, &m, &two);
	say(&f);
	says("a.example");
}

static void what_contradicts_itself_or_is_cut_is_unread(void **state)
{
	struct quic_make m = { QUIC_V1, "12345678", "12345678", 0 };
	struct frame hello, other, frames = { .len = 0 }, f = { .len = 0 };

	qm_hello(&hello, "a.example");
	qm_hello(&other, "b.example");
	say_part(&m, &hello, 0, hello.len);
	m.number = 1;
	say_part(&m, &other, 0, other.len);
	assert_true(quic_unread(&q));
	(void)tear_down(state);
	(void)set_up(state);
	qm_crypto(&frames, hello.b, 0, hello.len);
	qm_seal(&f, &m, &frames);
	f.len--;
	say(&f);
	assert_true(quic_unread(&q));
	assert_true(q.others);
}

static void what_no_server_can_decrypt_is_ignored(void **state)
{
	struct quic_make m = { QUIC_V1, "12345678", "12345678", 0 };
	struct frame hello, frames = { .len = 0 }, f = { .len = 0 };

	(void)state;
	qm_hello(&hello, "b.example");
	qm_crypto(&frames, hello.b, 0, hello.len);
	qm_seal(&f, &m, &frames);
	f.b[f.len - 1] ^= 1;
	say(&f);
	assert_false(q.known);
	assert_true(quic_unread(&q));
	qm_hello(&hello, "a.example");
	say_part(&m, &hello, 0, hello.len);
	says("a.example");
}

/* A server may read what is longer than is read here, or of a version that is not known here. */
static void what_is_too_long_or_of_another_version_is_unread(void **state)
{
	static const uint8_t draft[] = { 0xc3, 0xff, 0, 0, 29, 1, '1', 0 };
	static const uint8_t head[] = {
		0xc0, 0, 0, 0, 1, 1, '1', 0, 0, 0x40 | 5000 >> 8, 5000 & 0xff,
	};
	uint8_t *large = calloc(1, sizeof(head) + 5000);
	struct quic_make m = { QUIC_V1, "12345678", "12345678", 0 };
	struct frame hello;

	assert_non_null(large);
	memcpy(large, head, sizeof(head));
	for (int i = 0; i < 2; i++) {
		qm_hello(&hello, "a.example");
		say_part(&m, &hello, 0, hello.len);
		says("a.example");
		assert_false(quic_unread(&q));
		if (i)
			quic_datagram(&q, &budget, draft, sizeof(draft), scratch);
		else
			quic_datagram(&q, &budget, large, sizeof(head) + 5000, scratch);
		assert_true(quic_unread(&q));
		(void)tear_down(state);
		(void)set_up(state);
	}
	free(large);
}

static void without_room_it_is_unread(void **state)
{
	struct quic_make m = { QUIC_V1, "12345678", "12345678", 0 };
	struct frame hello;

	(void)state;
	budget.left = 100;
	qm_hello(&hello, "a.example");
	say_part(&m, &hello, 0, hello.len);
	assert_true(quic_unread(&q));
	assert_int_equal(q.stream.cap, 0);	/* what is not counted is not held */
	assert_int_equal(budget.left, 100);
	budget.left = 65536;
	m.number = 1;
	say_part(&m, &hello, 0, hello.len);
	assert_int_equal(q.stream.cap, 0);
	assert_true(quic_unread(&q));
}

static void packets_cut_or_lying_anywhere_are_harmless(void **state)
{
	struct quic_make m = { QUIC_V1, "12345678", "12345678", 0 };
	struct frame hello, frames = { .len = 0 }, f = { .len = 0 }, g;

	qm_hello(&hello, "a.example");
	qm_crypto(&frames, hello.b, 0, hello.len);
	qm_seal(&f, &m, &frames);
	for (size_t n = 0; n < f.len; n++) {
		quic_datagram(&q, &budget, fr_at_end(f.b, n), n, scratch);
		g = f;
		g.b[n] ^= 0x55;
		say(&g);
		(void)tear_down(state);
		(void)set_up(state);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(keys_are_those_of_the_standards),
		T(a_hello_of_both_versions_is_read),
		T(a_hello_in_any_order_and_several_datagrams_is_read),
		T(after_an_answer_the_client_uses_another_id_and_the_same_keys),
		T(after_a_retry_the_keys_are_others),
		T(what_is_too_long_or_of_another_version_is_unread),
		T(another_name_over_the_same_ports_is_told),
		T(a_second_hello_of_one_connection_is_read_too),
		T(datagrams_that_the_kernel_joined_are_all_read),
		T(what_contradicts_itself_or_is_cut_is_unread),
		T(what_no_server_can_decrypt_is_ignored),
		T(without_room_it_is_unread),
		T(packets_cut_or_lying_anywhere_are_harmless),
	};

	(void)gcry_check_version(NULL);
	(void)gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
