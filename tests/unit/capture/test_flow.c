/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_flow.c - packets gathered into conversations
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "capture/flow.h"
#include "tcbox/clock.h"
#include "tests/unit/capture/events.h"
#include "tests/unit/capture/frames.h"

#define BOX "198.19.255.2"
#define GATE "198.19.255.1"
#define HOST "198.18.0.7"
#define S TB_NS_PER_S

struct fixture {
	struct events ev;
	struct names *names;
	struct flow_table *flows;
	struct flow_hit hit;
	uint64_t number;
	int64_t now;
};

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	events_open(&x->ev);
	x->names = names_new();
	x->flows = flow_table_new(&(struct flow_options){ .sink = &x->ev.sink, .names = x->names,
							  .box = fr_box(), .max = 4 });
	x->now = 100 * S;
	*state = x;
	return !x->names || !x->flows;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	flow_table_free(x->flows);
	names_free(x->names);
	events_close(&x->ev);
	free(x);
	return 0;
}

static void feed(struct fixture *x, const struct frame *f)
{
	struct pkt p;

	fr_parse(&p, f->b, f->len, f->len);
	p.time = x->now;
	p.number = ++x->number;
	assert_int_equal(p.kind, PKT_IP);
	assert_int_equal(flow_packet(x->flows, &p, &x->hit), 0);
}

static void tcp(struct fixture *x, bool out, uint8_t flags, uint32_t seq, const char *data)
{
	struct frame f;

	fr_tcp(&f, out ? BOX : HOST, out ? 4000 : 443, out ? HOST : BOX, out ? 443 : 4000, flags,
	       seq, data);
	feed(x, &f);
}

static void udp(struct fixture *x, bool out, uint16_t port)
{
	struct frame f;

	fr_udp(&f, out ? BOX : HOST, out ? port : 53, out ? HOST : BOX, out ? 53 : port, "12345",
	       5);
	feed(x, &f);
}

/* icmp_unreachable() - from the gate, about the box's UDP packet from @port */
static void icmp_unreachable(struct fixture *x, const char *to, uint16_t port)
{
	struct frame inner, f;

	fr_udp(&inner, BOX, port, HOST, 53, "12345", 5);
	fr_ip4(&f, GATE, to, IPPROTO_ICMP, 8 + 28, 0);
	fr_u32(&f, 0x03030000);
	fr_u32(&f, 0);
	fr_bytes(&f, inner.b + 14, 28);
	feed(x, &f);
}

static const struct ev_flow *only_end(struct fixture *x)
{
	const struct ev_flow *found = NULL;
	size_t i;

	for (i = 0; i < x->ev.n; i++) {
		if (!x->ev.v[i].u.flow.end)
			continue;
		assert_null(found);
		found = &x->ev.v[i].u.flow;
	}
	assert_non_null(found);
	return found;
}

static const struct ev_flow *finish(struct fixture *x)
{
	assert_int_equal(flow_end(x->flows), 0);
	events_read(&x->ev);
	return only_end(x);
}

static void a_flow_is_announced_with_its_first_packet(void **state)
{
	struct fixture *x = *state;
	char out[EV_ADDR_STRLEN];

	tcp(x, true, PKT_SYN, 1, "");
	events_read(&x->ev);
	assert_int_equal(x->ev.n, 1);
	assert_int_equal(x->ev.v[0].kind, EV_FLOW);
	assert_false(x->ev.v[0].u.flow.end);
	assert_int_equal(x->ev.v[0].u.flow.id, 1);
	ev_addr_format(&x->ev.v[0].u.flow.remote, out);
	assert_string_equal(out, HOST ":443");
	assert_true(x->hit.from_box);
}

static void both_directions_are_counted_apart(void **state)
{
	struct fixture *x = *state;
	const struct ev_flow *f;

	tcp(x, true, PKT_SYN, 1, "");
	x->now += 5;
	tcp(x, false, PKT_SYN | PKT_ACK, 9, "");
	tcp(x, true, PKT_ACK, 2, "request");
	x->now += 5;
	tcp(x, false, PKT_ACK, 10, "a longer reply");
	f = finish(x);
	assert_int_equal(f->pkts_out, 2);
	assert_int_equal(f->pkts_in, 2);
	assert_int_equal(f->bytes_out, 7);
	assert_int_equal(f->bytes_in, 14);
	assert_int_equal(f->wire_out, 87);
	assert_int_equal(f->wire_in, 94);
	assert_int_equal(f->first, 100 * S);
	assert_int_equal(f->last, 100 * S + 10);
	assert_int_equal(f->pkt_first, 1);
	assert_int_equal(f->pkt_last, 4);
	assert_false(f->inbound);
	assert_string_equal(f->proto, "tcp");
	assert_string_equal(f->state, "open");
	assert_int_equal(flow_count(x->flows), 1);
}

static void only_acknowledgements_are_counted_apart(void **state)
{
	struct fixture *x = *state;
	const struct ev_flow *e;

	tcp(x, true, PKT_SYN, 1, "");
	tcp(x, false, PKT_SYN | PKT_ACK, 1, "");
	tcp(x, true, PKT_ACK, 2, "");
	tcp(x, true, PKT_ACK, 2, "data");
	tcp(x, true, PKT_ACK, 6, "");
	tcp(x, true, PKT_ACK | PKT_FIN, 6, "");
	tcp(x, true, PKT_RST, 6, "");
	tcp(x, false, PKT_ACK, 2, "");
	e = finish(x);
	assert_int_equal(e->wire_out, 6 * 40 + 4);
	assert_int_equal(e->acks_out, 2 * 40);
	assert_int_equal(e->acks_in, 40);
}

static void a_connection_from_outside_is_inbound_and_the_box_stays_local(void **state)
{
	struct fixture *x = *state;
	const struct ev_flow *f;
	char out[EV_ADDR_STRLEN];

	tcp(x, false, PKT_SYN, 1, "");
	assert_false(x->hit.from_box);
	tcp(x, true, PKT_SYN | PKT_ACK, 1, "");
	f = finish(x);
	assert_true(f->inbound);
	ev_addr_format(&f->local, out);
	assert_string_equal(out, BOX ":4000");
	assert_int_equal(f->pkts_in, 1);
}

static void a_spoofed_source_address_is_still_the_box_by_its_mac(void **state)
{
	struct fixture *x = *state;
	struct frame f;

	udp(x, true, 4000);
	fr_udp(&f, "10.1.1.1", 1, "10.2.2.2", 2, "x", 1);
	feed(x, &f);
	assert_true(x->hit.from_box);
	fr_udp(&f, "10.3.3.3", 1, "10.2.2.2", 2, "x", 1);
	memcpy(f.b, "\2\0\0\0\0\2\2\0\0\0\0\1", 12);	/* to the box's MAC address */
	feed(x, &f);
	assert_false(x->hit.from_box);
}

static void ends_of_tcp_are_told_apart(void **state)
{
	static const struct {
		const char *state;
		const char *steps; /* s S f F r R d D: SYN, FIN, RST, data; lower case out, upper
				    * case in */
	} table[] = {
		{ "timeout", "s" }, { "timeout", "sss" }, { "refused", "sR" }, { "open", "sSd" },
		{ "rst", "sSdR" },  { "rst", "sSr" },	  { "fin", "sSfF" },   { "fin", "sSFf" },
		{ "fin", "sSfFR" }, { "open", "sSf" },	  { "rst", "sr" },     { "refused", "Sr" },
		{ "timeout", "S" }, { "open", "dD" },
	};
	struct fixture *x = *state;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *s;

		for (s = table[i].steps; *s; s++) {
			bool out = *s >= 'a', syn_seen = s != table[i].steps;
			uint8_t flags = PKT_ACK;

			if (*s == 's' || *s == 'S')
				flags = syn_seen && out != (table[i].steps[0] >= 'a') ?
					PKT_SYN | PKT_ACK :
											PKT_SYN;
			else if (*s == 'f' || *s == 'F')
				flags = PKT_FIN | PKT_ACK;
			else if (*s == 'r' || *s == 'R')
				flags = PKT_RST;
			tcp(x, out, flags, 7, *s == 'd' || *s == 'D' ? "data" : "");
		}
		assert_string_equal(finish(x)->state, table[i].state);
	}
}

static void a_late_packet_of_a_closed_flow_is_counted_in_it(void **state)
{
	struct fixture *x = *state;

	tcp(x, true, PKT_SYN, 1, "");
	tcp(x, false, PKT_SYN | PKT_ACK, 1, "");
	tcp(x, true, PKT_FIN | PKT_ACK, 2, "");
	tcp(x, false, PKT_FIN | PKT_ACK, 2, "");
	tcp(x, true, PKT_ACK, 3, "");
	x->now += S;
	assert_int_equal(flow_expire(x->flows, x->now), 0);
	tcp(x, true, PKT_ACK, 3, "");
	assert_int_equal(finish(x)->pkts_out, 4);
}

static void a_new_connection_on_a_closed_one_is_another_flow(void **state)
{
	struct fixture *x = *state;

	tcp(x, true, PKT_SYN, 1, "");
	tcp(x, false, PKT_RST, 0, "");
	tcp(x, true, PKT_SYN, 1, "");		/* the same sequence number: sent again */
	assert_int_equal(flow_count(x->flows), 1);
	tcp(x, true, PKT_SYN, 500, "");
	assert_int_equal(flow_count(x->flows), 2);
	assert_int_equal(x->hit.id, 2);
	events_read(&x->ev);
	assert_string_equal(only_end(x)->state, "refused");
}

static void silence_ends_a_flow(void **state)
{
	struct fixture *x = *state;

	udp(x, true, 4000);
	udp(x, false, 4000);
	assert_int_equal(flow_expire(x->flows, x->now + 60 * S), 0);
	events_read(&x->ev);
	assert_int_equal(x->ev.n, 1);
	assert_int_equal(flow_expire(x->flows, x->now + 200 * S), 0);
	events_read(&x->ev);
	assert_string_equal(only_end(x)->state, "done");
	assert_string_equal(only_end(x)->proto, "udp");
}

static void a_closed_flow_lingers_for_ten_seconds_and_an_open_one_for_an_hour(void **state)
{
	static const char *const ends[] = { "FIN", "RST", "REFUSED" };
	struct fixture *x = *state;

	for (size_t i = 0; i < 3; i++) {
		tcp(x, true, PKT_SYN, 100, "");
		if (i < 2)
			tcp(x, false, PKT_SYN | PKT_ACK, 500, "");
		if (!strcmp(ends[i], "FIN")) {
			assert_int_equal(flow_expire(x->flows, x->now + 3600 * S), 0);
			tcp(x, true, PKT_FIN | PKT_ACK, 101, "");
			tcp(x, false, PKT_FIN | PKT_ACK, 501, "");
		} else {
			tcp(x, false, PKT_RST | PKT_ACK, 501, "");
		}
		events_read(&x->ev);
		assert_int_equal(flow_expire(x->flows, x->now + 10 * S), 0);
		events_read(&x->ev);
		assert_int_equal(x->ev.n, 0);
		assert_int_equal(flow_expire(x->flows, x->now + 10 * S + 1), 0);
		events_read(&x->ev);
		assert_int_equal(x->ev.n, 1);
		assert_true(x->ev.v[0].u.flow.end);
	}
	tcp(x, true, PKT_SYN, 100, "");
	tcp(x, true, PKT_FIN | PKT_ACK, 101, "");	/* one side only: still open */
	events_read(&x->ev);
	assert_int_equal(flow_expire(x->flows, x->now + 3600 * S), 0);
	events_read(&x->ev);
	assert_int_equal(x->ev.n, 0);
	assert_int_equal(flow_expire(x->flows, x->now + 3600 * S + 1), 0);
	events_read(&x->ev);
	assert_int_equal(x->ev.n, 1);
}

static void only_unreachable_is_a_refusal(void **state)
{
	struct fixture *x = *state;
	struct frame inner, f;

	udp(x, true, 4000);
	fr_udp(&inner, BOX, 4000, HOST, 53, "12345", 5);
	fr_ip4(&f, GATE, BOX, IPPROTO_ICMP, 8 + 28, 0);
	fr_u32(&f, 0x0b000000);			/* time exceeded */
	fr_u32(&f, 0);
	fr_bytes(&f, inner.b + 14, 28);
	feed(x, &f);
	assert_int_equal(x->hit.id, 1);
	assert_false(x->hit.from_box);
	assert_string_equal(finish(x)->state, "timeout");
}

static void protocols_have_their_names(void **state)
{
	static const struct {
		uint8_t number;
		const char *name;
	} table[] = { { IPPROTO_SCTP, "sctp" }, { IPPROTO_DCCP, "dccp" },
		      { IPPROTO_UDPLITE, "udplite" },
		      { IPPROTO_ICMPV6, "icmpv6" }, { 253, "ip-253" } };
	struct fixture *x = *state;
	struct frame f;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		fr_ip4(&f, BOX, HOST, table[i].number, 16, 0);
		fr_u32(&f, 0x0fa00035);
		fr_bytes(&f, "123456789012", 12);
		feed(x, &f);
		fr_ip4(&f, HOST, BOX, table[i].number, 16, 0);
		fr_u32(&f, 0x00350fa0);
		fr_bytes(&f, "123456789012", 12);
		feed(x, &f);
		assert_int_equal(flow_end(x->flows), 0);
		events_read(&x->ev);
		assert_string_equal(x->ev.v[0].u.flow.proto, table[i].name);
		/* connections of the first two could still be open */
		assert_string_equal(x->ev.v[x->ev.n - 1].u.flow.state, i < 2 ? "open" : "done");
	}
}

static void udp_without_an_answer_is_a_timeout(void **state)
{
	struct fixture *x = *state;

	udp(x, true, 4000);
	assert_string_equal(finish(x)->state, "timeout");
}

static void an_icmp_error_belongs_to_the_flow_it_is_about(void **state)
{
	struct fixture *x = *state;
	const struct ev_flow *f;

	udp(x, true, 4000);
	icmp_unreachable(x, BOX, 4000);
	f = finish(x);
	assert_string_equal(f->state, "refused");
	assert_int_equal(f->pkts_in, 1);
	assert_int_equal(f->bytes_in, 0);
	assert_int_equal(f->wire_in, 56);
	assert_int_equal(flow_count(x->flows), 1);
}

static void an_icmp_error_about_nothing_known_is_a_flow_of_its_own(void **state)
{
	struct fixture *x = *state;

	udp(x, true, 4000);
	icmp_unreachable(x, BOX, 4001);
	icmp_unreachable(x, "198.18.9.9", 4000);	/* not to the sender of what it quotes */
	assert_int_equal(flow_count(x->flows), 3);
}

static void an_icmp_error_after_an_answer_changes_no_state(void **state)
{
	struct fixture *x = *state;

	udp(x, true, 4000);
	udp(x, false, 4000);
	icmp_unreachable(x, BOX, 4000);
	assert_string_equal(finish(x)->state, "done");
}

static void ping_is_one_flow_for_each_run_without_ports(void **state)
{
	struct fixture *x = *state;
	struct frame f;
	int id;

	for (id = 1; id <= 2; id++) {
		fr_ip4(&f, BOX, HOST, IPPROTO_ICMP, 12, 0);
		fr_u32(&f, 0x08000000);
		fr_u16(&f, (unsigned int)id);
		fr_u16(&f, 1);
		fr_bytes(&f, "ping", 4);
		feed(x, &f);
	}
	fr_ip4(&f, HOST, BOX, IPPROTO_ICMP, 12, 0);
	fr_u32(&f, 0);
	fr_u16(&f, 2);
	fr_u16(&f, 1);
	fr_bytes(&f, "ping", 4);
	feed(x, &f);
	assert_int_equal(x->hit.id, 2);
	assert_int_equal(flow_count(x->flows), 2);
	assert_int_equal(flow_end(x->flows), 0);
	events_read(&x->ev);
	assert_int_equal(x->ev.v[0].u.flow.remote.port, 0);
	assert_string_equal(x->ev.v[2].u.flow.state, "timeout");
	assert_string_equal(x->ev.v[3].u.flow.state, "done");
	assert_string_equal(x->ev.v[3].u.flow.app, "icmp");
}

static void later_fragments_join_the_flow_of_the_first(void **state)
{
	struct fixture *x = *state;
	struct frame f;
	const struct ev_flow *e;

	fr_ip4(&f, BOX, HOST, IPPROTO_UDP, 16, 0x2000);
	fr_udp_header(&f, 7, 8, 1000);
	fr_bytes(&f, "12345678", 8);
	feed(x, &f);
	fr_ip4(&f, BOX, HOST, IPPROTO_UDP, 8, 0x0002);
	fr_bytes(&f, "12345678", 8);
	feed(x, &f);
	assert_int_equal(x->hit.id, 1);
	e = finish(x);
	assert_int_equal(e->bytes_out, 16);
	assert_int_equal(e->remote.port, 8);
}

static void a_fragment_without_its_first_is_a_flow_without_ports(void **state)
{
	struct fixture *x = *state;
	struct frame f;

	udp(x, true, 4000);
	fr_ip4(&f, BOX, HOST, IPPROTO_UDP, 8, 0x0002);
	fr_bytes(&f, "12345678", 8);
	feed(x, &f);
	assert_int_equal(flow_count(x->flows), 2);
	events_read(&x->ev);
	assert_int_equal(x->ev.v[1].u.flow.remote.port, 0);
	assert_int_equal(x->ev.v[1].u.flow.bytes_out, 8);
}

static void unknown_protocols_have_a_number(void **state)
{
	struct fixture *x = *state;
	struct frame f;

	fr_ip4(&f, BOX, HOST, 47, 8, 0);
	fr_bytes(&f, "12345678", 8);
	feed(x, &f);
	assert_string_equal(finish(x)->proto, "ip-47");
}

static void a_full_table_ends_the_oldest_flow_and_counts_it(void **state)
{
	struct fixture *x = *state;
	uint16_t port;

	for (port = 1; port <= 4; port++, x->now++)
		udp(x, true, port);
	udp(x, true, 1);		/* now 2 has been silent longest */
	udp(x, true, 5);
	assert_int_equal(flow_evicted(x->flows), 1);
	events_read(&x->ev);
	assert_int_equal(only_end(x)->local.port, 2);
	udp(x, true, 1);
	assert_int_equal(flow_count(x->flows), 5);
}

static void names_are_those_known_when_the_flow_began(void **state)
{
	struct fixture *x = *state;
	struct ev_addr host;
	const struct ev_flow *f;

	assert_int_equal(ev_addr_parse(HOST, &host), 0);
	assert_int_equal(names_learn(x->names, &host, "www.acme.example"), 0);
	assert_int_equal(names_learn(x->names, &host, "cdn.acme.example"), 0);
	assert_int_equal(names_learn(x->names, &host, "www.acme.example"), 0);
	udp(x, true, 4000);
	assert_int_equal(names_learn(x->names, &host, "late.example"), 0);
	f = finish(x);
	assert_int_equal(f->names.n, 2);
	assert_string_equal(f->names.v[0], "www.acme.example");
	assert_string_equal(f->names.v[1], "cdn.acme.example");
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_flow_is_announced_with_its_first_packet),
		T(both_directions_are_counted_apart),
		T(only_acknowledgements_are_counted_apart),
		T(a_connection_from_outside_is_inbound_and_the_box_stays_local),
		T(a_spoofed_source_address_is_still_the_box_by_its_mac),
		T(ends_of_tcp_are_told_apart),
		T(a_late_packet_of_a_closed_flow_is_counted_in_it),
		T(a_new_connection_on_a_closed_one_is_another_flow),
		T(silence_ends_a_flow),
		T(a_closed_flow_lingers_for_ten_seconds_and_an_open_one_for_an_hour),
		T(only_unreachable_is_a_refusal),
		T(protocols_have_their_names),
		T(udp_without_an_answer_is_a_timeout),
		T(an_icmp_error_belongs_to_the_flow_it_is_about),
		T(an_icmp_error_about_nothing_known_is_a_flow_of_its_own),
		T(an_icmp_error_after_an_answer_changes_no_state),
		T(ping_is_one_flow_for_each_run_without_ports),
		T(later_fragments_join_the_flow_of_the_first),
		T(a_fragment_without_its_first_is_a_flow_without_ports),
		T(unknown_protocols_have_a_number),
		T(a_full_table_ends_the_oldest_flow_and_counts_it),
		T(names_are_those_known_when_the_flow_began),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
