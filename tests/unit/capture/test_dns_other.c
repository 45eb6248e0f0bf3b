/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dns_other.c - name lookups at ports that are not those of DNS
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "capture/dns_other.h"
#include "tests/unit/capture/events.h"
#include "tests/unit/capture/frames.h"

#define BOX "198.19.255.2"
#define SERVER "198.18.0.9"
#define PORT 9953
#define SEQ 7000

struct fixture {
	struct events ev;
	struct names *names;
	struct dns *dns;
	struct dns_other *other;
	struct frame msg;
};

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	events_open(&x->ev);
	x->names = names_new();
	x->dns = dns_new(&x->ev.sink, x->names);
	x->other = dns_other_new(x->dns);
	*state = x;
	return !x->names || !x->dns || !x->other;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	dns_other_free(x->other);
	dns_free(x->dns);
	names_free(x->names);
	events_close(&x->ev);
	free(x);
	return 0;
}

/* message() - one question for "a.NAME.example" and its flags */
static void message(struct fixture *x, uint16_t flags, const char *name, uint16_t class)
{
	struct frame *f = &x->msg;

	f->len = 0;
	fr_u16(f, 77);
	fr_u16(f, flags);
	fr_u16(f, 1);
	fr_u16(f, 0);
	fr_u32(f, 0);
	fr_u8(f, 1);
	fr_bytes(f, "a", 1);
	fr_u8(f, (unsigned int)strlen(name));
	fr_bytes(f, name, strlen(name));
	fr_u8(f, 7);
	fr_bytes(f, "example", 8);
	fr_u16(f, 1);
	fr_u16(f, class);
}

static void pass(struct fixture *x, const struct frame *f, bool from_box, uint64_t flow, int64_t at)
{
	struct pkt p;

	fr_parse(&p, fr_at_end(f->b, f->len), f->len, f->len);
	assert_false(dns_is(&p));
	assert_int_equal(dns_other_packet(x->other, &(struct dns_in){ &p, from_box, flow }, at), 0);
}

static void send_udp(struct fixture *x, bool from_box)
{
	struct frame f;

	fr_udp(&f, from_box ? BOX : SERVER, from_box ? 4000 : PORT, from_box ? SERVER : BOX,
	       from_box ? PORT : 4000, x->msg.b, x->msg.len);
	pass(x, &f, from_box, 1, from_box ? 0 : -1);
}

/* send_tcp() - bytes of the client, or of the server, from @at on */
static void send_tcp(struct fixture *x, uint64_t flow, bool from_box, size_t at, const void *data,
		     size_t len)
{
	struct frame f;

	fr_ip4(&f, from_box ? BOX : SERVER, from_box ? SERVER : BOX, IPPROTO_TCP, 20 + len, 0);
	fr_tcp_header(&f, from_box ? 4000 : PORT, from_box ? PORT : 4000, PKT_ACK,
		      SEQ + (uint32_t)at);
	fr_bytes(&f, data, len);
	pass(x, &f, from_box, flow, from_box ? (int64_t)at : -1);
}

/* framed() - the message behind its length. Return: bytes */
static size_t framed(struct fixture *x, uint8_t *out)
{
	out[0] = (uint8_t)(x->msg.len >> 8);
	out[1] = (uint8_t)x->msg.len;
	memcpy(out + 2, x->msg.b, x->msg.len);
	return 2 + x->msg.len;
}

/* seen() - lookups that were recorded by the end */
static size_t seen(struct fixture *x)
{
	assert_int_equal(dns_end(x->dns), 0);
	events_read(&x->ev);
	return x->ev.n;
}

static void a_datagram_at_any_port_is_a_lookup_if_it_is_a_query(void **state)
{
	struct fixture *x = *state;

	message(x, 0x0100, "stranger", 1);
	send_udp(x, true);
	assert_int_equal(seen(x), 1);
	assert_string_equal(x->ev.v[0].u.lookup.name, "a.stranger.example");
	assert_int_equal(x->ev.v[0].u.lookup.server.port, PORT);
	assert_int_equal(x->ev.v[0].u.lookup.extra, 0);
}

static void what_comes_behind_the_question_does_not_hide_it(void **state)
{
	struct fixture *x = *state;

	message(x, 0x0100, "stranger", 1);
	fr_bytes(&x->msg, "tail", 4);
	send_udp(x, true);
	assert_int_equal(seen(x), 1);
	assert_string_equal(x->ev.v[0].u.lookup.name, "a.stranger.example");
}

static void what_no_resolver_sends_is_another_protocol(void **state)
{
	struct fixture *x = *state;

	message(x, 0x2900, "stranger", 1);	/* another operation */
	send_udp(x, true);
	message(x, 0x0108, "stranger", 1);	/* a query that failed */
	send_udp(x, true);
	message(x, 0x0100, "stranger", 77);	/* no such class */
	send_udp(x, true);
	message(x, 0x0100, "stranger", 1);
	x->msg.b[5] = 2;			/* two questions */
	send_udp(x, true);
	message(x, 0x0100, "stranger", 1);
	x->msg.b[12] = 64;			/* no label is so long */
	send_udp(x, true);
	message(x, 0x0100, "stranger", 1);
	x->msg.len -= 5;			/* it ends before its end */
	send_udp(x, true);
	message(x, 0x8180, "stranger", 1);	/* an answer to nothing */
	send_udp(x, false);
	send_udp(x, true);
	assert_int_equal(seen(x), 0);
	assert_int_equal(dns_other_lost(x->other), 0);
}

static void an_answer_belongs_to_its_question(void **state)
{
	struct fixture *x = *state;

	message(x, 0x0100, "stranger", 1);
	send_udp(x, true);
	message(x, 0x8183, "stranger", 1);
	send_udp(x, false);
	assert_int_equal(seen(x), 1);
	assert_string_equal(x->ev.v[0].u.lookup.rcode, "NXDOMAIN");
}

static void a_query_in_a_fragment_is_lost_evidence(void **state)
{
	struct fixture *x = *state;
	struct frame f;

	message(x, 0x0100, "stranger", 1);
	fr_ip4(&f, BOX, SERVER, IPPROTO_UDP, 8 + x->msg.len - 8, 0x2000);
	fr_udp_header(&f, 4000, PORT, x->msg.len);
	fr_bytes(&f, x->msg.b, x->msg.len - 8);
	pass(x, &f, true, 1, 0);
	assert_int_equal(seen(x), 0);
	assert_int_equal(dns_other_lost(x->other), 1);
}

static void queries_over_tcp_are_read_however_they_are_cut(void **state)
{
	struct fixture *x = *state;
	uint8_t bytes[512];
	size_t len, i;

	for (size_t piece = 1; piece < 60; piece++) {
		message(x, 0x0100, "first", 1);
		len = framed(x, bytes);
		message(x, 0x0100, "second", 1);
		len += framed(x, bytes + len);
		for (i = 0; i < len; i += piece)
			send_tcp(x, piece, true, i, bytes + i, len - i < piece ? len - i : piece);
		assert_int_equal(seen(x), 2);
		assert_string_equal(x->ev.v[0].u.lookup.name, "a.first.example");
		assert_string_equal(x->ev.v[1].u.lookup.name, "a.second.example");
		assert_string_equal(x->ev.v[0].u.lookup.proto, "tcp");
	}
	assert_int_equal(dns_other_lost(x->other), 0);
}

static void an_answer_over_tcp_is_read_too(void **state)
{
	struct fixture *x = *state;
	uint8_t bytes[512];
	size_t len;

	message(x, 0x0100, "stranger", 1);
	len = framed(x, bytes);
	send_tcp(x, 1, true, 0, bytes, len);
	message(x, 0x8183, "stranger", 1);
	len = framed(x, bytes);
	send_tcp(x, 1, false, 0, bytes, 5);
	send_tcp(x, 1, false, 5, bytes + 5, len - 5);
	assert_int_equal(seen(x), 1);
	assert_string_equal(x->ev.v[0].u.lookup.rcode, "NXDOMAIN");
}

static void a_stream_ends_with_what_is_no_message(void **state)
{
	struct fixture *x = *state;
	uint8_t bytes[512];
	size_t len;

	message(x, 0x0100, "stranger", 1);
	len = framed(x, bytes);
	send_tcp(x, 1, true, 0, bytes, len);
	send_tcp(x, 1, true, len, "GET / HTTP/1.1\r\n", 16);
	send_tcp(x, 1, true, len + 16, bytes, len);
	send_tcp(x, 2, true, 0, "GET / HTTP/1.1\r\n", 16);
	send_tcp(x, 2, true, 16, bytes, len);		/* not the first that is said */
	assert_int_equal(seen(x), 1);
}

static void more_connections_than_are_followed_are_counted(void **state)
{
	struct fixture *x = *state;
	uint8_t bytes[512];
	uint64_t flow = 0;

	message(x, 0x0100, "stranger", 1);
	(void)framed(x, bytes);
	while (++flow <= 512)
		send_tcp(x, flow, true, 0, bytes, 20);
	assert_int_equal(dns_other_lost(x->other), 0);
	send_tcp(x, flow, true, 0, bytes, 20);
	assert_int_equal(dns_other_lost(x->other), 1);
}

static void closed_connections_make_room(void **state)
{
	struct fixture *x = *state;
	uint8_t bytes[512];
	struct frame f;

	message(x, 0x0100, "stranger", 1);
	(void)framed(x, bytes);
	for (uint64_t flow = 1; flow < 1500; flow++) {
		send_tcp(x, flow, true, 0, bytes, 20);
		fr_tcp(&f, BOX, 4000, SERVER, PORT, PKT_ACK | PKT_FIN, SEQ + 20, "");
		pass(x, &f, true, flow, -1);
	}
	assert_int_equal(dns_other_lost(x->other), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_datagram_at_any_port_is_a_lookup_if_it_is_a_query),
		TEST(what_comes_behind_the_question_does_not_hide_it),
		TEST(what_no_resolver_sends_is_another_protocol),
		TEST(an_answer_belongs_to_its_question),
		TEST(a_query_in_a_fragment_is_lost_evidence),
		TEST(queries_over_tcp_are_read_however_they_are_cut),
		TEST(an_answer_over_tcp_is_read_too),
		TEST(a_stream_ends_with_what_is_no_message),
		TEST(more_connections_than_are_followed_are_counted),
		TEST(closed_connections_make_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
