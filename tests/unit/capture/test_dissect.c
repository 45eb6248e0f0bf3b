/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dissect.c - packets in, events out: from files, from any link type, with any addresses of
 * the box
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "capture/dissect.h"
#include "capture/pcapng_read.h"
#include "tcbox/clock.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tests/unit/capture/events.h"
#include "tests/unit/capture/frames.h"

#define BOX "198.19.255.2"
#define HOST "198.18.0.7"

struct fixture {
	struct events ev;
	struct ev_addr gate[2];
	struct dissect *d;
	struct pkt_frame next;
};

static int open_with(struct fixture *x, struct ev_addrs box)
{
	struct dissect_options opt = { .box = box, .gate = { x->gate, 2 } };

	events_open(&x->ev);
	opt.sink = x->ev.sink;
	x->d = dissect_new(&opt);
	return !x->d;
}

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	*state = x;
	if (!x || ev_addr_parse("2001:db8:ffff::1", &x->gate[0]) ||
	    ev_addr_parse("198.19.255.1", &x->gate[1]))
		return 1;
	return open_with(x, fr_box());
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	dissect_free(x->d);
	events_close(&x->ev);
	free(x);
	return 0;
}

static int feed_frame(void *arg, const struct pkt_frame *f)
{
	return dissect_feed(arg, f);
}

/* feed() - the bytes of @f from the @skip-th on, one second after the frame before */
static void feed(struct fixture *x, const struct frame *f, size_t skip)
{
	x->next.time += TB_NS_PER_S;
	x->next.number++;
	x->next.data = fr_at_end(f->b + skip, f->len - skip);
	x->next.caplen = x->next.origlen = (uint32_t)(f->len - skip);
	assert_int_equal(dissect_feed(x->d, &x->next), 0);
}

static uint64_t counter(const struct fixture *x, const char *name)
{
	const struct ev *last = &x->ev.v[x->ev.n - 1];

	assert_int_equal(last->kind, EV_COUNTERS);
	assert_true(last->u.counters.final);
	for (size_t i = 0; i < last->u.counters.n; i++)
		if (!strcmp(last->u.counters.v[i].name, name))
			return last->u.counters.v[i].value;
	fail_msg("no counter %s", name);
	return 0;
}

/* without_time() - the final counters say when they were written, and that is now */
static void without_time(char *text)
{
	char *last = strstr(text, "{\"k\":\"counters\""), *from, *to;

	from = last ? strstr(last, "\"t\":") : NULL;
	to = from ? strchr(from, ',') : NULL;
	if (to)
		memmove(from, to + 1, strlen(to + 1) + 1);
}

static void a_file_gives_the_events_of_the_decoder_process(const char *name)
{
	static char text[1 << 20];
	struct fixture x = { .next = { 0 } };
	struct tb_buf expect = TB_BUF_INIT;
	struct tb_err err = { 0 };
	char path[64];
	ssize_t len;

	assert_int_equal(ev_addr_parse("2001:db8:ffff::1", &x.gate[0]), 0);
	assert_int_equal(ev_addr_parse("198.19.255.1", &x.gate[1]), 0);
	assert_int_equal(open_with(&x, fr_box()), 0);
	(void)snprintf(path, sizeof(path), "tests/captures/%s.pcapng", name);
	assert_int_equal(capt_read_file(path, feed_frame, x.d, NULL, &err), 0);
	assert_int_equal(dissect_end(x.d), 0);
	assert_int_equal(rec_flush(x.ev.rec), 0);
	len = pread(x.ev.fd, text, sizeof(text) - 1, 0);
	assert_true(len > 0);
	text[len] = '\0';
	without_time(text);
	(void)snprintf(path, sizeof(path), "tests/captures/%s.expect", name);
	assert_int_equal(tb_read_file(AT_FDCWD, path, 1 << 20, &expect, &err), 0);
	assert_string_equal(text, expect.data);
	tb_buf_free(&expect);
	dissect_free(x.d);
	events_close(&x.ev);
}

static void stored_captures_give_the_events_of_the_decoder_process(void **state)
{
	(void)state;
	a_file_gives_the_events_of_the_decoder_process("http");
	a_file_gives_the_events_of_the_decoder_process("tls");
	a_file_gives_the_events_of_the_decoder_process("dns");
	a_file_gives_the_events_of_the_decoder_process("other");
}

/* end() - what came out, the final counters last */
static void end(struct fixture *x)
{
	assert_int_equal(dissect_end(x->d), 0);
	events_read(&x->ev);
	assert_true(x->ev.n > 0);
}

static void neighbour_solicitation(struct frame *f, const char *target)
{
	fr_ip6(f, "2001:db8:ffff::2", "ff02::1:ff00:1", IPPROTO_ICMPV6, 24, 255);
	fr_u32(f, 0x87000000);
	fr_u32(f, 0);
	fr_ip(f, AF_INET6, target);
}

static void arp(struct frame *f, const char *target)
{
	fr_eth(f, 0x0806);
	fr_u32(f, 0x00010800);
	fr_u32(f, 0x06040001);
	fr_bytes(f, "\2\0\0\0\0\1", 6);
	fr_ip(f, AF_INET, "198.19.255.2");
	fr_bytes(f, "\0\0\0\0\0\0", 6);
	fr_ip(f, AF_INET, target);
}

static void report_of(struct frame *f, const char *group)
{
	fr_ip6(f, "2001:db8:ffff::2", "ff02::16", IPPROTO_ICMPV6, 8 + 20, 1);
	fr_u32(f, 143u << 24);
	fr_u32(f, 1);
	fr_u32(f, 4u << 24);
	fr_ip(f, AF_INET6, group);
}

/* What says the addresses of the link's two ends is counted by kind, all else is a flow. */
static void of_link_traffic_only_the_ends_of_the_link_are_no_flow(void **state)
{
	static const struct {
		void (*make)(struct frame *f, const char *about);
		const char *own, *chosen, *counter;
	} rows[] = {
		{ neighbour_solicitation, "2001:db8:ffff::1", "2001:db8::7365:6372",
		  "packets_link_nd" },
		{ arp, "198.19.255.1", "127.115.101.99", "packets_link_arp" },
		{ report_of, "ff02::1:ff00:2", "ff02::1:ff65:6372", "packets_link_mld" },
	};
	struct fixture *x = *state;
	struct frame f;

	report_of(&f, "ff02::1:ff00:1"); /* the gate's kernel, when the link comes up */
	feed(x, &f, 0);
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		rows[i].make(&f, rows[i].own);
		feed(x, &f, 0);
		rows[i].make(&f, rows[i].chosen);
		feed(x, &f, 0);
	}
	end(x);
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct ev_addr chosen;
		size_t seen = 0;

		assert_int_equal(counter(x, rows[i].counter), rows[i].make == report_of ? 2 : 1);
		assert_int_equal(ev_addr_parse(rows[i].chosen, &chosen), 0);
		for (size_t k = 0; k < x->ev.n; k++)
			seen += x->ev.v[k].kind == EV_FLOW && x->ev.v[k].u.flow.end &&
				ev_addr_eq(&x->ev.v[k].u.flow.remote, &chosen);
		assert_int_equal(seen, 1);
	}
	assert_int_equal(counter(x, "flows"), TB_ARRAY_SIZE(rows));
}

/* ICMPv6 that says more than addresses is no question of the link, whatever it is about. */
static void other_packets_to_an_address_that_is_asked_for_are_a_flow_of_their_own(void **state)
{
	struct fixture *x = *state;
	size_t link = 0, other = 0;
	struct frame f;

	neighbour_solicitation(&f, "2001:db8::7");
	feed(x, &f, 0);
	fr_ip6(&f, "2001:db8:ffff::2", "2001:db8::7", IPPROTO_ICMPV6, 8 + 4, 255);
	fr_u32(&f, 200u << 24);			/* for private experiments, RFC 4443, 2.1 */
	fr_u32(&f, 0);
	fr_bytes(&f, "data", 4);
	feed(x, &f, 0);
	neighbour_solicitation(&f, "2001:db8::7");	/* hidden behind an extension header */
	f.b[14 + 6] = 60;
	memmove(f.b + 14 + 48, f.b + 14 + 40, f.len - 54);
	memcpy(f.b + 14 + 40, "\x3a\0\1\4data", 8);
	f.b[14 + 5] = (uint8_t)(f.b[14 + 5] + 8);
	f.len += 8;
	feed(x, &f, 0);
	end(x);
	for (size_t i = 0; i < x->ev.n; i++) {
		const struct ev_flow *e = &x->ev.v[i].u.flow;

		if (x->ev.v[i].kind != EV_FLOW || !e->end)
			continue;
		link += e->link;
		other += !e->link;
	}
	assert_int_equal(link, 1);
	assert_int_equal(other, 2);
}

static void a_report_of_two_groups_is_two_flows_and_one_packet(void **state)
{
	static const char *const groups[] = { "ff12::2", "ff15::3" };
	struct fixture *x = *state;
	uint64_t packets = 0;
	size_t ended = 0;
	struct frame f;

	fr_ip6(&f, "fe80::2", "ff02::16", IPPROTO_ICMPV6, 8 + 40, 1);
	fr_u32(&f, 143u << 24);
	fr_u32(&f, 2);
	for (size_t i = 0; i < 2; i++) {
		fr_u32(&f, 4u << 24);
		fr_ip(&f, AF_INET6, groups[i]);
	}
	feed(x, &f, 0);
	end(x);
	for (size_t i = 0; i < x->ev.n; i++) {
		const struct ev *ev = &x->ev.v[i];

		if (ev->kind != EV_FLOW || !ev->u.flow.end)
			continue;
		packets += ev->u.flow.pkts_out + ev->u.flow.pkts_in;
		ended++;
	}
	assert_int_equal(ended, 2);
	assert_int_equal(packets, 1);
	assert_int_equal(counter(x, "packets_decoded"), 1);
}

static void what_is_no_ip_is_counted(void **state)
{
	struct fixture *x = *state;
	struct frame f;

	fr_eth(&f, 0x0806);
	feed(x, &f, 0);
	fr_eth(&f, 0x88cc);
	for (int i = 0; i < 4; i++)
		feed(x, &f, 0);
	fr_eth(&f, 0x0800);
	for (int i = 0; i < 5; i++)
		feed(x, &f, 0);
	end(x);
	assert_int_equal(counter(x, "packets_other"), 5);
	assert_int_equal(counter(x, "packets_malformed"), 5);
	assert_int_equal(counter(x, "packets_decoded"), 10);
	assert_int_equal(counter(x, "flows"), 0);
	assert_int_equal(x->ev.n, 1);
}

static void a_packet_with_a_broken_upper_part_is_a_flow_and_counted_as_malformed(void **state)
{
	struct fixture *x = *state;
	struct frame f;

	fr_ip4(&f, BOX, HOST, IPPROTO_UDP, 3, 0);
	fr_bytes(&f, "abc", 3);
	feed(x, &f, 0);
	end(x);
	assert_int_equal(counter(x, "packets_malformed"), 1);
	assert_int_equal(counter(x, "flows"), 1);
}

/* cooked() - a Linux cooked header in the place of the Ethernet one, whose last two bytes are the
 * type */
static void cooked(struct frame *out, const struct frame *f, bool v2)
{
	static const uint8_t arphrd_etc[16] = { 0 };

	out->len = 0;
	if (v2)
		fr_bytes(out, f->b + 12, 2);
	fr_bytes(out, arphrd_etc, v2 ? 16 : 14);
	if (v2)
		fr_u16(out, 0);
	else
		fr_bytes(out, f->b + 12, 2);
	fr_bytes(out, f->b + 14, f->len - 14);
}

static void every_link_type_leads_to_the_same_flow(void **state)
{
	struct fixture *x = *state;
	struct frame f, other;

	fr_udp(&f, BOX, 4000, HOST, 5000, "hello", 5);
	feed(x, &f, 0);
	x->next.link = PKT_LINK_RAW;
	feed(x, &f, 14);
	x->next.link = PKT_LINK_SLL;
	cooked(&other, &f, false);
	feed(x, &other, 0);
	x->next.link = PKT_LINK_SLL2;
	cooked(&other, &f, true);
	feed(x, &other, 0);
	end(x);
	assert_int_equal(counter(x, "flows"), 1);
	assert_int_equal(counter(x, "packets_malformed"), 0);
	assert_int_equal(x->ev.v[x->ev.n - 2].u.flow.pkts_out, 4);
	assert_int_equal(x->ev.v[x->ev.n - 2].u.flow.bytes_out, 20);
}

static void raw_packets_are_told_apart_by_their_version(void **state)
{
	struct fixture *x = *state;
	struct frame f;

	x->next.link = PKT_LINK_RAW;
	fr_ip6(&f, "2001:db8:ffff::2", "2001:db8::7", 59, 0, 64);
	feed(x, &f, 14);
	f.b[14] = 0x50;
	feed(x, &f, 14);
	f.len = 14;
	feed(x, &f, 14);
	end(x);
	assert_int_equal(counter(x, "flows"), 1);
	assert_int_equal(counter(x, "packets_other"), 1);
	assert_int_equal(counter(x, "packets_malformed"), 1);
}

static void the_box_is_who_has_its_address_even_if_it_is_another_one(void **state)
{
	struct ev_addr box = { 0 };
	struct fixture x = { .next = { 0 } };
	struct frame f;

	(void)state;
	assert_int_equal(ev_addr_parse(HOST, &box), 0);
	assert_int_equal(open_with(&x, (struct ev_addrs){ &box, 1 }), 0);
	fr_udp(&f, BOX, 4000, HOST, 5000, "hello", 5);
	feed(&x, &f, 0);
	end(&x);
	assert_int_equal(x.ev.v[0].kind, EV_FLOW);
	assert_int_equal(x.ev.v[0].u.flow.local.port, 5000);
	assert_true(x.ev.v[0].u.flow.inbound);
	dissect_free(x.d);
	events_close(&x.ev);
}

static void a_lookup_teaches_the_name_of_the_next_flow(void **state)
{
	static const uint8_t question[] = "\0\7\1\0\0\1\0\0\0\0\0\0\4acme\7example\0\0\1\0";
	static const uint8_t answer[] = "\0\7\x81\x80\0\1\0\1\0\0\0\0\4acme\7example\0\0\1\0\1"
					"\xc0\14\0\1\0\1\0\0\0\74\0\4\306\22\0";
	struct fixture *x = *state;
	struct frame f;

	/* the last byte of each, 1 and 7, is the one that a string does not end with */
	fr_udp(&f, BOX, 4000, HOST, 53, question, sizeof(question));
	f.b[f.len - 1] = 1;
	feed(x, &f, 0);
	fr_udp(&f, HOST, 53, BOX, 4000, answer, sizeof(answer));
	f.b[f.len - 1] = 7;
	feed(x, &f, 0);
	fr_tcp(&f, BOX, 4001, HOST, 443, PKT_SYN, 1, "");
	feed(x, &f, 0);
	end(x);
	assert_int_equal(counter(x, "lookups_malformed"), 0);
	assert_int_equal(x->ev.v[1].kind, EV_LOOKUP);
	assert_int_equal(x->ev.v[1].u.lookup.flow, 1);
	assert_string_equal(x->ev.v[1].u.lookup.name, "acme.example");
	assert_int_equal(x->ev.v[2].kind, EV_FLOW);
	assert_int_equal(x->ev.v[2].u.flow.names.n, 1);
	assert_string_equal(x->ev.v[2].u.flow.names.v[0], "acme.example");
}

static void a_silent_flow_ends_while_nothing_comes_and_by_later_packets(void **state)
{
	struct fixture *x = *state;
	struct frame f;

	fr_udp(&f, BOX, 4000, HOST, 5000, "hello", 5);
	feed(x, &f, 0);
	assert_int_equal(dissect_idle(x->d, 120 * TB_NS_PER_S), 0);
	events_read(&x->ev);
	assert_int_equal(x->ev.n, 1);
	assert_int_equal(dissect_idle(x->d, 120 * TB_NS_PER_S + 1), 0);
	events_read(&x->ev);
	assert_int_equal(x->ev.n, 1);
	assert_true(x->ev.v[0].u.flow.end);

	feed(x, &f, 0);
	events_read(&x->ev);
	fr_udp(&f, BOX, 4001, HOST, 5000, "hello", 5);
	x->next.time += 1000 * TB_NS_PER_S;
	x->next.number = 1022;
	feed(x, &f, 0);
	events_read(&x->ev);
	assert_int_equal(x->ev.n, 1);		/* the flow that began */
	feed(x, &f, 0);
	events_read(&x->ev);
	assert_int_equal(x->ev.n, 1);		/* with packet 1024 the silent one ends */
	assert_true(x->ev.v[0].u.flow.end);
	assert_int_equal(x->ev.v[0].u.flow.local.port, 4000);
}

static int refuse(void *arg, struct ev *ev)
{
	(void)ev;
	return --*(int *)arg ? 0 : -ENOSPC;
}

/* in_tcp() - a segment of one connection, which begins with byte 1 of @seq */
static void in_tcp(struct fixture *x, bool out, uint8_t flags, uint32_t seq, const char *data)
{
	struct frame f;

	fr_tcp(&f, out ? BOX : HOST, out ? 4000 : 80, out ? HOST : BOX, out ? 80 : 4000, flags,
	       seq, data);
	if (!out)			/* it has all that came */
		memset(f.b + 14 + 20 + 8, 0x7f, 4);
	feed(x, &f, 0);
}

#define GOOD "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"

static void only_what_the_server_can_read_counts(void **state)
{
	static const struct { uint32_t seq; const char *data; bool acked, unread; } table[] = {
		{ 0xffffffff, GOOD, false, false },	/* said again */
		{ 0xffffffff, "X" GOOD, false, true },	/* with other bytes */
		{ 0xffffffff, "X" GOOD, true, false },	/* too late */
		{ 0xfffffffe, "X", false, false },	/* a keep-alive */
		{ 0xfffffffe, "XG", false, true },	/* begins before, and goes on */
		{ 0x80000010, "X", false, false },
	};
	struct fixture *x = *state;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		bool last = false;

		in_tcp(x, true, PKT_SYN, 0xfffffffe, "");
		in_tcp(x, true, PKT_ACK, 0xffffffff, GOOD);
		if (table[i].acked)
			in_tcp(x, false, PKT_ACK, 1, "");
		in_tcp(x, true, PKT_ACK, table[i].seq, table[i].data);
		end(x);
		for (size_t k = 0; k < x->ev.n; k++)
			last |= x->ev.v[k].kind == EV_FLOW && x->ev.v[k].u.flow.end &&
				x->ev.v[k].u.flow.unread;
		assert_int_equal(last, table[i].unread);
		(void)tear_down(state);
		(void)set_up(state);
		x = *state;
	}
}

static void an_event_that_is_refused_ends_the_dissection(void **state)
{
	struct frame f;

	(void)state;
	fr_udp(&f, BOX, 4000, HOST, 53, "x", 1);
	for (int at = 1; at <= 4; at++) {	/* flow, lookup without a name, flow's end,
						 * counters */
		int left = at;
		struct dissect_options opt = { .sink = { refuse, &left, 0 }, .box = fr_box() };
		struct dissect *d = dissect_new(&opt);
		struct pkt_frame p = { .number = 1, .data = f.b, .caplen = (uint32_t)f.len };

		p.origlen = p.caplen;
		assert_non_null(d);
		assert_int_equal(dissect_feed(d, &p), at <= 2 ? -ENOSPC : 0);
		if (at > 2)
			assert_int_equal(dissect_end(d), -ENOSPC);
		assert_int_equal(left, 0);
		dissect_free(d);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stored_captures_give_the_events_of_the_decoder_process),
		T(of_link_traffic_only_the_ends_of_the_link_are_no_flow),
		T(other_packets_to_an_address_that_is_asked_for_are_a_flow_of_their_own),
		T(a_report_of_two_groups_is_two_flows_and_one_packet),
		T(what_is_no_ip_is_counted),
		T(a_packet_with_a_broken_upper_part_is_a_flow_and_counted_as_malformed),
		T(every_link_type_leads_to_the_same_flow),
		T(raw_packets_are_told_apart_by_their_version),
		cmocka_unit_test(the_box_is_who_has_its_address_even_if_it_is_another_one),
		T(a_lookup_teaches_the_name_of_the_next_flow),
		T(only_what_the_server_can_read_counts),
		T(a_silent_flow_ends_while_nothing_comes_and_by_later_packets),
		cmocka_unit_test(an_event_that_is_refused_ends_the_dissection),
	};

	return cmocka_run_group_tests_name("dissect", tests, NULL, NULL);
}
