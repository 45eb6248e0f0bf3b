/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dns.c - name lookups on the wire
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "capture/dns.h"
#include "capture/dns_answer.h"
#include "tests/unit/capture/events.h"
#include "tests/unit/capture/frames.h"

#define BOX "198.19.255.2"
#define SERVER "198.19.255.1"

struct fixture {
	struct events ev;
	struct names *names;
	struct dns *dns;
	struct frame msg;	/* the message being put together */
};

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	events_open(&x->ev);
	x->names = names_new();
	x->dns = dns_new(&x->ev.sink, x->names);
	*state = x;
	return !x->names || !x->dns;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	dns_free(x->dns);
	names_free(x->names);
	events_close(&x->ev);
	free(x);
	return 0;
}

static void put_name(struct frame *f, const char *name)
{
	while (*name) {
		size_t n = strcspn(name, ".");

		fr_u8(f, (unsigned int)n);
		fr_bytes(f, name, n);
		name += n + (name[n] == '.');
	}
	fr_u8(f, 0);
}

static void header(struct fixture *x, uint16_t id, uint16_t flags, uint16_t questions,
		   uint16_t answers)
{
	x->msg.len = 0;
	fr_u16(&x->msg, id);
	fr_u16(&x->msg, flags);
	fr_u16(&x->msg, questions);
	fr_u16(&x->msg, answers);
	fr_u32(&x->msg, 0);
}

static void question(struct fixture *x, const char *name, uint16_t type)
{
	put_name(&x->msg, name);
	fr_u16(&x->msg, type);
	fr_u16(&x->msg, 1);
}

static void record(struct fixture *x, const char *name, uint16_t type, const void *data, size_t len)
{
	put_name(&x->msg, name);
	fr_u16(&x->msg, type);
	fr_u16(&x->msg, 1);
	fr_u32(&x->msg, 60);
	fr_u16(&x->msg, (unsigned int)len);
	fr_bytes(&x->msg, data, len);
}

static void record_a(struct fixture *x, const char *name, const char *addr)
{
	uint8_t ip[4];

	(void)inet_pton(AF_INET, addr, ip);
	record(x, name, 1, ip, 4);
}

static void record_cname(struct fixture *x, const char *name, const char *target)
{
	struct frame f = { .len = 0 };

	put_name(&f, target);
	record(x, name, 5, f.b, f.len);
}

static int pass(struct fixture *x, const struct frame *f, bool from_box, uint64_t flow)
{
	struct pkt p;

	fr_parse(&p, fr_at_end(f->b, f->len), f->len, f->len);
	p.time = 5;
	if (!dns_is(&p))
		return -1;
	return dns_packet(x->dns, &(struct dns_in){ &p, from_box, flow });
}

/* send_udp() - the message as UDP from the box or to it, in flow 1 */
static void send_udp(struct fixture *x, bool from_box)
{
	struct frame f;

	fr_udp(&f, from_box ? BOX : SERVER, from_box ? 4000 : 53, from_box ? SERVER : BOX,
	       from_box ? 53 : 4000, x->msg.b, x->msg.len);
	assert_int_equal(pass(x, &f, from_box, 1), 0);
}

static void ask(struct fixture *x, uint16_t id, const char *name, uint16_t type)
{
	header(x, id, 0x0100, 1, 0);
	question(x, name, type);
	send_udp(x, true);
}

static const struct names_of *names_of(struct fixture *x, const char *addr)
{
	struct ev_addr a;

	assert_int_equal(ev_addr_parse(addr, &a), 0);
	return names_find(x->names, &a);
}

static void an_answer_is_one_lookup_with_its_addresses(void **state)
{
	struct fixture *x = *state;
	const struct ev_lookup *l;
	char out[EV_ADDR_STRLEN];

	ask(x, 7, "WWW.Acme.Example", 1);
	header(x, 7, 0x8180, 1, 2);
	question(x, "www.acme.example", 1);
	record_a(x, "www.acme.example", "198.18.0.7");
	record_a(x, "www.acme.example", "198.18.0.8");
	send_udp(x, false);
	events_read(&x->ev);
	assert_int_equal(x->ev.n, 1);
	l = &x->ev.v[0].u.lookup;
	assert_string_equal(l->name, "www.acme.example");
	assert_string_equal(l->type, "A");
	assert_string_equal(l->rcode, "NOERROR");
	assert_int_equal(l->addrs.n, 2);
	ev_addr_format(&l->client, out);
	assert_string_equal(out, BOX ":4000");
	ev_addr_format(&l->server, out);
	assert_string_equal(out, SERVER ":53");
	assert_int_equal(l->flow, 1);
	assert_int_equal(x->ev.v[0].t, 5);
	assert_int_equal(dns_end(x->dns), 0);
	events_read(&x->ev);
	assert_int_equal(x->ev.n, 0);
	assert_int_equal(names_of(x, "198.18.0.8")->n, 1);
}

static void an_unanswered_question_is_recorded_at_the_end_once(void **state)
{
	struct fixture *x = *state;

	ask(x, 7, "www.acme.example", 28);
	ask(x, 7, "www.acme.example", 28);
	assert_int_equal(dns_end(x->dns), 0);
	events_read(&x->ev);
	assert_int_equal(x->ev.n, 1);
	assert_string_equal(x->ev.v[0].u.lookup.type, "AAAA");
	assert_true(!x->ev.v[0].u.lookup.rcode || !*x->ev.v[0].u.lookup.rcode);
}

static void all_names_of_a_chain_of_aliases_name_the_address(void **state)
{
	struct fixture *x = *state;
	const struct names_of *n;

	ask(x, 1, "www.acme.example", 1);
	header(x, 1, 0x8180, 1, 3);
	question(x, "www.acme.example", 1);
	record_a(x, "edge.cdn.example", "198.18.0.9");		/* order does not matter */
	record_cname(x, "acme.cdn.example", "edge.cdn.example");
	record_cname(x, "www.acme.example", "acme.cdn.example");
	send_udp(x, false);
	n = names_of(x, "198.18.0.9");
	assert_int_equal(n->n, 3);
	assert_string_equal(n->v[0], "www.acme.example");
	assert_string_equal(n->v[2], "edge.cdn.example");
	events_read(&x->ev);
	assert_int_equal(x->ev.v[0].u.lookup.values.n, 2);
	assert_string_equal(x->ev.v[0].u.lookup.values.v[0], "edge.cdn.example");
}

static void a_circle_of_aliases_ends(void **state)
{
	struct fixture *x = *state;

	ask(x, 1, "a.example", 1);
	header(x, 1, 0x8180, 1, 3);
	question(x, "a.example", 1);
	record_cname(x, "a.example", "b.example");
	record_cname(x, "b.example", "a.example");
	record_a(x, "c.example", "198.18.0.9");
	send_udp(x, false);
	assert_null(names_of(x, "198.18.0.9"));
}

static void an_address_of_another_name_in_the_answer_names_nothing(void **state)
{
	struct fixture *x = *state;

	ask(x, 1, "a.example", 1);
	header(x, 1, 0x8180, 1, 2);
	question(x, "a.example", 1);
	record_a(x, "a.example", "198.18.0.1");
	record_a(x, "declared.example", "198.18.0.2");
	send_udp(x, false);
	assert_non_null(names_of(x, "198.18.0.1"));
	assert_null(names_of(x, "198.18.0.2"));
}

static void nobody_names_addresses_with_answers_that_were_not_asked_for(void **state)
{
	struct fixture *x = *state;

	header(x, 1, 0x8180, 1, 1);
	question(x, "a.example", 1);
	record_a(x, "a.example", "198.18.0.1");
	send_udp(x, false);
	events_read(&x->ev);
	assert_int_equal(x->ev.n, 1);			/* recorded all the same */
	/* or the comparison would name them */
	assert_int_equal(x->ev.v[0].u.lookup.addrs.n, 0);
	assert_null(names_of(x, "198.18.0.1"));

	ask(x, 2, "a.example", 1);
	header(x, 3, 0x8180, 1, 1);			/* another id */
	question(x, "a.example", 1);
	record_a(x, "a.example", "198.18.0.1");
	send_udp(x, false);
	assert_null(names_of(x, "198.18.0.1"));
}

static void the_product_cannot_name_its_own_destinations(void **state)
{
	struct fixture *x = *state;

	header(x, 1, 0x0100, 1, 0);
	question(x, "good.example", 1);
	send_udp(x, false);
	header(x, 1, 0x8180, 1, 1);
	question(x, "good.example", 1);
	record_a(x, "good.example", "198.18.6.6");
	send_udp(x, true);
	events_read(&x->ev);
	assert_int_equal(x->ev.n, 1);
	assert_null(names_of(x, "198.18.6.6"));
}

/* with_options() - the message to the name server, with IPv4 options and without its last bytes */
static void with_options(struct fixture *x, uint16_t frag, size_t options, size_t missing,
			 struct frame *f)
{
	size_t udp = 8 + x->msg.len;

	f->len = 0;
	fr_ip4(f, BOX, SERVER, 17, options + udp - missing, frag);
	f->b[14] = (uint8_t)(0x45 + options / 4);
	for (size_t i = 0; i < options; i++)
		fr_u8(f, 68);
	fr_u16(f, 4000);
	fr_u16(f, 53);
	fr_u16(f, (unsigned int)udp);
	fr_u16(f, 0);
	fr_bytes(f, x->msg.b, x->msg.len - missing);
}

static void bytes_around_a_query_are_told(void **state)
{
	struct fixture *x = *state;
	struct frame f;

	header(x, 1, 0x0100, 1, 0);
	question(x, "a.example", 1);
	with_options(x, 0, 40, 0, &f);
	assert_int_equal(pass(x, &f, true, 1), 0);
	fr_bytes(&x->msg, "secret", 6);		/* in another fragment */
	with_options(x, 0x2000, 0, 6, &f);
	assert_int_equal(pass(x, &f, true, 2), 0);
	x->msg.len = 0;
	with_options(x, 0, 8, 0, &f);		/* nothing else at all */
	assert_int_equal(pass(x, &f, true, 3), 0);
	assert_int_equal(dns_end(x->dns), 0);
	events_read(&x->ev);
	assert_int_equal(x->ev.n, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct ev_lookup *l = &x->ev.v[i].u.lookup;

		assert_int_equal(l->extra, l->flow == 1 ? 40 : l->flow == 2 ? 6 : 8);
	}
}

static void bytes_in_options_of_tcp_to_a_name_server_are_told(void **state)
{
	struct fixture *x = *state;

	for (int from_box = 0; from_box < 2; from_box++) {
		struct frame f = { .len = 0 };

		fr_ip4(&f, from_box ? BOX : SERVER, from_box ? SERVER : BOX, IPPROTO_TCP, 60, 0);
		f.b[14] = 0x45 + 10;
		for (size_t i = 0; i < 40; i++)
			fr_u8(&f, 68);
		fr_tcp_header(&f, from_box ? 4000 : 53, from_box ? 53 : 4000, PKT_ACK, 1);
		assert_int_equal(pass(x, &f, from_box, 1), 0);
		events_read(&x->ev);
		assert_int_equal(x->ev.n, from_box);
	}
	assert_int_equal(x->ev.v[0].u.lookup.extra, 40);
	assert_string_equal(x->ev.v[0].u.lookup.proto, "tcp");
	assert_null(x->ev.v[0].u.lookup.name);
}

static void an_answer_from_the_box_has_no_addresses(void **state)
{
	static const unsigned int ports[][2] = { { 4000, 5353 }, { 5353, 4000 }, { 5353, 5353 } };
	struct fixture *x = *state;
	struct frame f;

	header(x, 1, 0x8400, 0, 1);
	record_a(x, "good.example", "198.18.6.6");
	for (size_t i = 0; i < 3; i++) {
		fr_udp(&f, BOX, ports[i][0], SERVER, ports[i][1], x->msg.b, x->msg.len);
		assert_int_equal(pass(x, &f, true, 1), 0);
		events_read(&x->ev);
		assert_int_equal(x->ev.n, 1);
		assert_string_equal(x->ev.v[0].u.lookup.name, "good.example");
		assert_int_equal(x->ev.v[0].u.lookup.addrs.n, 0);
		assert_null(names_of(x, "198.18.6.6"));
	}
}

static void failures_have_their_code(void **state)
{
	static const char *const words[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
					     "NOTIMP",	"REFUSED", "RCODE6" };
	struct fixture *x = *state;
	unsigned int i;

	for (i = 0; i < 7; i++) {
		ask(x, 1, "a.example", 1);
		header(x, 1, (uint16_t)(0x8180 | i), 1, 0);
		question(x, "a.example", 1);
		send_udp(x, false);
		events_read(&x->ev);
		assert_int_equal(x->ev.n, 1);
		assert_string_equal(x->ev.v[0].u.lookup.rcode, words[i]);
	}
}

static void texts_and_unknown_types_are_values(void **state)
{
	struct fixture *x = *state;

	ask(x, 1, "a.example", 4711);
	header(x, 1, 0x8180, 1, 2);
	question(x, "a.example", 4711);
	record(x, "a.example", 16, "\3abc\3def", 8);
	record(x, "a.example", 4711, "12345", 5);
	send_udp(x, false);
	events_read(&x->ev);
	assert_string_equal(x->ev.v[0].u.lookup.type, "TYPE4711");
	assert_string_equal(x->ev.v[0].u.lookup.values.v[0], "abcdef");
	assert_string_equal(x->ev.v[0].u.lookup.values.v[1], "TYPE4711 (5 bytes)");
}

static void a_text_with_a_nul_says_how_long_it_is(void **state)
{
	struct fixture *x = *state;

	ask(x, 1, "a.example", 16);
	header(x, 1, 0x8180, 1, 3);
	question(x, "a.example", 16);
	record(x, "a.example", 16, "\3a\0c", 4);
	record(x, "a.example", 16, "\11cut", 4);
	record(x, "a.example", 16, "", 0);
	send_udp(x, false);
	events_read(&x->ev);
	assert_int_equal(x->ev.v[0].u.lookup.values.n, 3);
	assert_string_equal(x->ev.v[0].u.lookup.values.v[0], "(3 bytes)");
	assert_string_equal(x->ev.v[0].u.lookup.values.v[1], "");
	assert_string_equal(x->ev.v[0].u.lookup.values.v[2], "");
}

static void targets_are_behind_the_fixed_fields_of_their_records(void **state)
{
	static const struct {
		uint16_t type;
		size_t skip;
	} table[] = { { 2, 0 }, { 12, 0 }, { 39, 0 }, { 15, 2 }, { 33, 6 } };
	struct fixture *x = *state;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct frame f = { .len = 0 };

		ask(x, 1, "a.example", table[i].type);
		header(x, 1, 0x8180, 1, 3);
		question(x, "a.example", table[i].type);
		/* Without a name: the next record's is none of it. */
		record(x, "a.example", table[i].type, "\1\2\3\4\5\6", table[i].skip);
		fr_bytes(&f, "\1\2\3\4\5\6", table[i].skip);
		put_name(&f, "Target.Example");
		record(x, "a.example", table[i].type, f.b, f.len);
		/* A pointer to itself is no name. */
		record(x, "a.example", table[i].type, "\xc1\xff\xc1\xff\xc1\xff\xc1\xff",
		       table[i].skip + 2);
		send_udp(x, false);
		events_read(&x->ev);
		assert_int_equal(x->ev.n, 1);
		assert_int_equal(x->ev.v[0].u.lookup.values.n, 1);
		assert_string_equal(x->ev.v[0].u.lookup.values.v[0], "target.example");
	}
	assert_int_equal(dns_malformed(x->dns), 0);
}

static void addresses_of_another_length_are_none(void **state)
{
	struct fixture *x = *state;

	ask(x, 1, "a.example", 1);
	header(x, 1, 0x8180, 1, 4);
	question(x, "a.example", 1);
	record(x, "a.example", 1, "\1\2\3", 3);
	record(x, "a.example", 28, "\1\2\3\4", 4);
	record(x, "a.example", 1, "\1\2\3\4", 4);
	record(x, "a.example", 28, "0123456789abcdef", 16);
	send_udp(x, false);
	events_read(&x->ev);
	assert_int_equal(x->ev.v[0].u.lookup.addrs.n, 2);
	assert_int_equal(x->ev.v[0].u.lookup.addrs.v[0].family, AF_INET);
	assert_int_equal(x->ev.v[0].u.lookup.addrs.v[0].ip[3], 4);
	assert_int_equal(x->ev.v[0].u.lookup.addrs.v[1].family, AF_INET6);
	assert_memory_equal(x->ev.v[0].u.lookup.addrs.v[1].ip, "0123456789abcdef", 16);
}

static void tidy_names_are_in_lower_case_without_the_last_dot(void **state)
{
	char out[NS_MAXDNAME];

	(void)state;
	dns_tidy(out, "Www.Acme.Example.");
	assert_string_equal(out, "www.acme.example");
	dns_tidy(out, ".");
	assert_string_equal(out, ".");
	dns_tidy(out, "");
	assert_string_equal(out, "");
	dns_tidy(out, "a\\.");	/* the dot is in the name */
	assert_string_equal(out, "a\\.");
	dns_tidy(out, "a.");
	assert_string_equal(out, "a");
}

static void odd_bytes_in_names_are_escaped(void **state)
{
	struct fixture *x = *state;

	ask(x, 1, "a\033b c.example", 1);
	assert_int_equal(dns_end(x->dns), 0);
	events_read(&x->ev);
	assert_string_equal(x->ev.v[0].u.lookup.name, "a\\027b\\032c.example");
}

static void several_messages_in_one_tcp_segment_are_all_read(void **state)
{
	struct fixture *x = *state;
	struct frame f, one;

	header(x, 1, 0x0100, 1, 0);
	question(x, "a.example", 1);
	one = x->msg;
	header(x, 2, 0x0100, 1, 0);
	question(x, "bb.example", 28);
	fr_ip4(&f, BOX, SERVER, IPPROTO_TCP, 20 + 4 + one.len + x->msg.len, 0);
	fr_tcp_header(&f, 4000, 53, PKT_ACK, 1);
	fr_u16(&f, (unsigned int)one.len);
	fr_bytes(&f, one.b, one.len);
	fr_u16(&f, (unsigned int)x->msg.len);
	fr_bytes(&f, x->msg.b, x->msg.len);
	assert_int_equal(pass(x, &f, true, 1), 0);
	assert_int_equal(dns_end(x->dns), 0);
	events_read(&x->ev);
	assert_int_equal(x->ev.n, 2);
	assert_string_equal(x->ev.v[1].u.lookup.name, "bb.example");
	assert_string_equal(x->ev.v[1].u.lookup.proto, "tcp");
}

static uint32_t tcp_from;	/* where a stream of tcp_part() begins */

/* tcp_part() - some bytes of the message with its length before it, in a segment from the box */
static void tcp_part(struct fixture *x, uint64_t flow, uint32_t at, size_t len)
{
	struct frame stream = { .len = 0 }, f;

	fr_u16(&stream, (unsigned int)x->msg.len);
	fr_bytes(&stream, x->msg.b, x->msg.len);
	fr_ip4(&f, BOX, SERVER, IPPROTO_TCP, 20 + len, 0);
	/* the numbers wrap around within it */
	fr_tcp_header(&f, 4000, 53, PKT_ACK, UINT32_MAX - 3 + tcp_from + at);
	fr_bytes(&f, stream.b + at, len);
	assert_int_equal(pass(x, &f, true, flow), 0);
}

static void what_is_sent_again_with_other_bytes_is_told(void **state)
{
	struct fixture *x = *state;

	header(x, 1, 0x0100, 1, 0);
	question(x, "a.example", 1);
	tcp_part(x, 1, 0, 2 + x->msg.len);
	tcp_part(x, 1, 5, 3);			/* as it was */
	memcpy(x->msg.b + 4, "secret", 6);
	tcp_part(x, 1, 0, 2 + x->msg.len);
	assert_int_equal(dns_end(x->dns), 0);
	events_read(&x->ev);
	assert_int_equal(x->ev.n, 2);
	assert_null(x->ev.v[0].u.lookup.name);
	assert_int_equal(x->ev.v[0].u.lookup.extra, 6);
	assert_string_equal(x->ev.v[1].u.lookup.name, "a.example");
	assert_int_equal(x->ev.v[1].u.lookup.extra, 0);
}

/* Numbers are modulo 2^32: up to the half of it is ahead, and the other half is behind. */
static void what_is_far_ahead_begins_anew_and_what_is_behind_was_read(void **state)
{
	static const uint32_t steps[] = { 1, UINT32_C(1) << 30, (UINT32_C(1) << 31) - 1,
					  UINT32_C(1) << 31, UINT32_MAX - 4000 };
	struct fixture *x = *state;

	for (uint64_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		header(x, 1, 0x0100, 1, 0);
		question(x, "a.example", 1);
		tcp_part(x, i + 1, 0, 2 + x->msg.len);
		/* where the next message would begin, and so much further */
		tcp_from = (uint32_t)(2 + x->msg.len) + steps[i];
		header(x, 2, 0x0100, 1, 0);
		question(x, "b.example", 1);
		tcp_part(x, i + 1, 0, 2 + x->msg.len);
		tcp_from = 0;
		assert_int_equal(dns_end(x->dns), 0);
		events_read(&x->ev);
		assert_int_equal(x->ev.n, steps[i] >> 31 ? 1 : 2);
		assert_string_equal(x->ev.v[0].u.lookup.name, "a.example");
	}
}

static void a_message_in_several_tcp_segments_is_read(void **state)
{
	struct fixture *x = *state;

	header(x, 1, 0x0100, 1, 0);
	question(x, "a.example", 1);
	tcp_part(x, 1, 0, 1);
	tcp_part(x, 1, 1, 4);
	tcp_part(x, 1, 0, 9);		/* sent again, and more */
	tcp_part(x, 1, 9, 2 + x->msg.len - 9);
	assert_int_equal(dns_end(x->dns), 0);
	events_read(&x->ev);
	assert_int_equal(x->ev.n, 1);
	assert_string_equal(x->ev.v[0].u.lookup.name, "a.example");
	assert_int_equal(x->ev.v[0].u.lookup.extra, 0);
	assert_int_equal(dns_malformed(x->dns), 0);
}

static void bytes_that_never_become_a_message_are_counted(void **state)
{
	struct fixture *x = *state;
	uint64_t bytes = 0, flow;

	header(x, 1, 0x0100, 1, 0);
	question(x, "a.example", 1);
	for (flow = 1; flow <= 300; flow++)	/* more than are remembered */
		tcp_part(x, flow, 0, 5);
	for (size_t n = 1; n; n = x->ev.n) {
		events_read(&x->ev);
		for (size_t i = 0; i < x->ev.n; i++)
			bytes += x->ev.v[i].u.lookup.extra;
	}
	assert_int_equal(bytes, (300 - 256) * 5);
	assert_int_equal(dns_end(x->dns), 0);
	assert_int_equal(dns_malformed(x->dns), 300);
}

static void multicast_answers_are_lookups_of_their_first_record(void **state)
{
	struct fixture *x = *state;
	struct frame f;

	header(x, 0, 0x8400, 0, 1);
	record_a(x, "printer.local", "198.19.255.1");
	fr_udp(&f, SERVER, 5353, "224.0.0.251", 5353, x->msg.b, x->msg.len);
	assert_int_equal(pass(x, &f, false, 3), 0);
	events_read(&x->ev);
	assert_string_equal(x->ev.v[0].u.lookup.name, "printer.local");
	assert_string_equal(names_of(x, "198.19.255.1")->v[0], "printer.local");
}

static void messages_cut_anywhere_are_harmless(void **state)
{
	struct fixture *x = *state;
	struct frame whole, f;
	size_t n;

	header(x, 1, 0x8180, 1, 3);
	question(x, "www.acme.example", 1);
	record_cname(x, "www.acme.example", "x.example");
	record(x, "www.acme.example", 16, "\3abc\200def", 8);
	record_a(x, "x.example", "198.18.0.9");
	whole = x->msg;
	for (n = 1; n < whole.len; n++) {
		uint64_t before = dns_malformed(x->dns);

		fr_udp(&f, SERVER, 53, BOX, 4000, whole.b, n);
		assert_int_equal(pass(x, &f, false, 1), 0);
		assert_int_equal(dns_malformed(x->dns), before + 1);
		fr_ip4(&f, SERVER, BOX, IPPROTO_TCP, 22 + n, 0);
		fr_tcp_header(&f, 53, 4000, PKT_ACK, 1);
		fr_u16(&f, (unsigned int)whole.len);
		fr_bytes(&f, whole.b, n);
		assert_int_equal(pass(x, &f, false, 1 + n), 0);
	}
	n = dns_malformed(x->dns);
	assert_int_equal(dns_end(x->dns), 0);
	assert_int_equal(dns_malformed(x->dns) - n, whole.len - 1);
}

static void a_flood_of_questions_is_bounded_and_none_is_lost(void **state)
{
	struct fixture *x = *state;
	unsigned int i, seen = 0;
	char name[32];

	for (i = 0; i < 20000; i++) {
		(void)snprintf(name, sizeof(name), "n%u.example", i);
		ask(x, (uint16_t)i, name, 1);
		if (i % 50 == 0) {
			events_read(&x->ev);
			seen += (unsigned int)x->ev.n;
		}
	}
	events_read(&x->ev);
	seen += (unsigned int)x->ev.n;
	assert_int_equal(seen, 20000 - 16384);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_answer_is_one_lookup_with_its_addresses),
		T(an_unanswered_question_is_recorded_at_the_end_once),
		T(all_names_of_a_chain_of_aliases_name_the_address),
		T(a_circle_of_aliases_ends),
		T(an_address_of_another_name_in_the_answer_names_nothing),
		T(nobody_names_addresses_with_answers_that_were_not_asked_for),
		T(the_product_cannot_name_its_own_destinations),
		T(an_answer_from_the_box_has_no_addresses),
		T(bytes_around_a_query_are_told),
		T(bytes_in_options_of_tcp_to_a_name_server_are_told),
		T(failures_have_their_code),
		T(texts_and_unknown_types_are_values),
		T(a_text_with_a_nul_says_how_long_it_is),
		T(targets_are_behind_the_fixed_fields_of_their_records),
		T(addresses_of_another_length_are_none),
		T(tidy_names_are_in_lower_case_without_the_last_dot),
		T(odd_bytes_in_names_are_escaped),
		T(several_messages_in_one_tcp_segment_are_all_read),
		T(what_is_far_ahead_begins_anew_and_what_is_behind_was_read),
		T(a_message_in_several_tcp_segments_is_read),
		T(what_is_sent_again_with_other_bytes_is_told),
		T(bytes_that_never_become_a_message_are_counted),
		T(multicast_answers_are_lookups_of_their_first_record),
		T(messages_cut_anywhere_are_harmless),
		T(a_flood_of_questions_is_bounded_and_none_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
