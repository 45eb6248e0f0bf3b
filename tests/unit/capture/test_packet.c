/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_packet.c - frames taken apart, whole, cut and nonsensical
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "capture/packet.h"
#include "tests/unit/capture/frames.h"

static void parse(struct pkt *p, const struct frame *f)
{
	fr_parse(p, fr_at_end(f->b, f->len), f->len, f->len);
}

static void assert_addr(const struct ev_addr *a, const char *text)
{
	char out[EV_ADDR_STRLEN];

	ev_addr_format(a, out);
	assert_string_equal(out, text);
}

static void tcp_over_ip4_has_addresses_ports_flags_and_payload(void **state)
{
	struct frame f;
	struct pkt p;

	(void)state;
	fr_tcp(&f, "198.19.255.2", 4000, "198.18.0.7", 443, PKT_SYN | PKT_ACK, 77, "hello");
	parse(&p, &f);
	assert_int_equal(p.kind, PKT_IP);
	assert_int_equal(p.proto, IPPROTO_TCP);
	assert_addr(&p.src, "198.19.255.2:4000");
	assert_addr(&p.dst, "198.18.0.7:443");
	assert_int_equal(p.tcp_flags, PKT_SYN | PKT_ACK);
	assert_int_equal(p.tcp_seq, 77);
	assert_int_equal(p.wire, 45);
	assert_int_equal(p.payload_len, 5);
	assert_memory_equal(p.payload, "hello", 5);
	assert_false(p.broken);
}

static void ethernet_padding_is_not_payload(void **state)
{
	struct frame f;
	struct pkt p;

	(void)state;
	fr_tcp(&f, "198.19.255.2", 4000, "198.18.0.7", 443, PKT_ACK, 1, "");
	fr_bytes(&f, "\0\0\0\0\0\0", 6);
	parse(&p, &f);
	assert_int_equal(p.wire, 40);
	assert_int_equal(p.payload_len, 0);
	assert_null(p.payload);
}

static void udp_over_ip6_behind_extension_headers_is_found(void **state)
{
	static const uint8_t hop[8] = { 60, 0, 1, 4 }, dest[16] = { 17, 1, 1, 12 };
	struct frame f;
	struct pkt p;

	(void)state;
	fr_ip6(&f, "2001:db8::1", "2001:db8::2", 0, 8 + 16 + 8 + 3, 64);
	fr_bytes(&f, hop, 8);
	fr_bytes(&f, dest, 16);
	fr_udp_header(&f, 5353, 53, 3);
	fr_bytes(&f, "abc", 3);
	parse(&p, &f);
	assert_int_equal(p.kind, PKT_IP);
	assert_int_equal(p.proto, IPPROTO_UDP);
	assert_addr(&p.src, "[2001:db8::1]:5353");
	assert_addr(&p.dst, "[2001:db8::2]:53");
	assert_int_equal(p.payload_len, 3);
	assert_memory_equal(p.payload, "abc", 3);
}

static void an_endless_chain_of_extension_headers_is_broken_but_has_addresses(void **state)
{
	static const uint8_t hop[8] = { 0, 0, 1, 4 };
	struct frame f;
	struct pkt p;
	int i;

	(void)state;
	fr_ip6(&f, "2001:db8::1", "2001:db8::2", 0, 8 * 40, 64);
	for (i = 0; i < 40; i++)
		fr_bytes(&f, hop, 8);
	parse(&p, &f);
	assert_int_equal(p.kind, PKT_IP);
	assert_true(p.broken);
	assert_addr(&p.dst, "2001:db8::2");
	assert_int_equal(p.payload_len, 8 * 30);
}

static void vlan_tags_are_skipped_up_to_a_limit(void **state)
{
	struct frame inner, f;
	struct pkt p;
	int tags, i;

	(void)state;
	fr_udp(&inner, "198.19.255.2", 1, "198.18.0.7", 2, "x", 1);
	for (tags = 1; tags <= 5; tags++) {
		f.len = 0;
		fr_bytes(&f, inner.b, 12);
		for (i = 0; i < tags; i++) {
			fr_u16(&f, i ? 0x8100 : 0x88a8);
			fr_u16(&f, 100);
		}
		fr_bytes(&f, inner.b + 12, inner.len - 12);
		parse(&p, &f);
		assert_int_equal(p.kind, tags <= 4 ? PKT_IP : PKT_OTHER);
		if (tags <= 4)
			assert_addr(&p.dst, "198.18.0.7:2");
	}
}

static void ip4_options_are_skipped(void **state)
{
	struct frame f;
	struct pkt p;

	(void)state;
	fr_ip4(&f, "198.19.255.2", "198.18.0.7", IPPROTO_UDP, 4 + 8, 0);
	f.b[14] = 0x46;
	fr_u32(&f, 0x01010101);
	fr_udp_header(&f, 7, 8, 0);
	parse(&p, &f);
	assert_addr(&p.src, "198.19.255.2:7");
	assert_int_equal(p.payload_len, 0);
}

static void fragments_are_told_apart(void **state)
{
	struct frame f;
	struct pkt p;

	(void)state;
	fr_ip4(&f, "198.19.255.2", "198.18.0.7", IPPROTO_UDP, 16, 0x2000);
	fr_udp_header(&f, 7, 8, 1000);
	fr_bytes(&f, "12345678", 8);
	parse(&p, &f);
	assert_true(p.first_fragment);
	assert_addr(&p.dst, "198.18.0.7:8");
	assert_int_equal(p.payload_len, 8);

	fr_ip4(&f, "198.19.255.2", "198.18.0.7", IPPROTO_UDP, 8, 0x0002);
	fr_bytes(&f, "12345678", 8);
	parse(&p, &f);
	assert_true(p.later_fragment);
	assert_false(p.first_fragment);
	assert_addr(&p.dst, "198.18.0.7");
	assert_int_equal(p.payload_len, 8);
	assert_int_equal(p.frag_id, 0x1234);
}

static void an_ip6_fragment_that_is_not_the_first_has_no_ports(void **state)
{
	static const uint8_t frag[8] = { 17, 0, 0x00, 0x08, 0, 0, 0, 9 };
	struct frame f;
	struct pkt p;

	(void)state;
	fr_ip6(&f, "2001:db8::1", "2001:db8::2", 44, 16, 64);
	fr_bytes(&f, frag, 8);
	fr_bytes(&f, "12345678", 8);
	parse(&p, &f);
	assert_true(p.later_fragment);
	assert_int_equal(p.proto, IPPROTO_UDP);
	assert_int_equal(p.dst.port, 0);
	assert_int_equal(p.frag_id, 9);
	assert_int_equal(p.payload_len, 8);
}

static void a_super_packet_counts_as_long_as_it_was(void **state)
{
	struct frame f;
	struct pkt p;

	(void)state;
	fr_tcp(&f, "198.19.255.2", 1, "198.18.0.7", 2, PKT_ACK, 1, "head");
	f.b[16] = f.b[17] = 0;			/* total length 0: more than 64 KiB */
	fr_parse(&p, fr_at_end(f.b, f.len), f.len, 100014);
	assert_int_equal(p.wire, 100000);
	assert_int_equal(p.payload_len, 100000 - 40);
	assert_int_equal(p.payload_cap, 4);
}

static void a_tcp_header_that_lies_about_its_length_is_broken(void **state)
{
	struct frame f;
	struct pkt p;
	int words;

	(void)state;
	for (words = 0; words < 16; words++) {
		fr_tcp(&f, "198.19.255.2", 1, "198.18.0.7", 2, PKT_ACK, 1, "four");
		f.b[14 + 20 + 12] = (uint8_t)(words << 4);
		parse(&p, &f);
		assert_int_equal(p.kind, PKT_IP);
		assert_int_equal(p.broken, words < 5 || words > 6);
		assert_addr(&p.dst, "198.18.0.7:2");
		if (p.broken)
			assert_int_equal(p.payload_len, 24);
	}
}

/* solicitation() - of neighbour discovery, of type @type, with @more bytes behind the address */
static void solicitation(struct pkt *p, uint8_t type, unsigned int hops, const char *more,
			 size_t len)
{
	struct ev_addr a;
	struct frame f;

	fr_ip6(&f, "2001:db8::2", "ff02::1:ff12:3456", IPPROTO_ICMPV6, 24 + len, hops);
	fr_u32(&f, (uint32_t)type << 24);
	fr_u32(&f, 0);
	assert_int_equal(ev_addr_parse("2001:db8::7365:6372", &a), 0);
	fr_bytes(&f, a.ip, 16);
	fr_bytes(&f, more, len);
	parse(p, &f);
}

static void neighbours_that_are_asked_for_are_where_it_goes(void **state)
{
	static const struct {
		uint8_t type, hops;
		const char *more;
		size_t len;
		bool neighbour;
	} rows[] = {
		{ 135, 255, "", 0, true },
		{ 135, 255, "\1\1mac.mac", 8, true },
		{ 136, 255, "\2\1mac.mac", 8, true },
		/* what could say something goes where it was sent */
		{ 135, 64, "", 0, false },
		{ 133, 255, "", 0, false },
		{ 135, 255, "secret", 6, false },
		{ 135, 255, "\1\1mac.macsecret!!", 16, false },
		{ 135, 255, "\1\2mac.mac", 8, false },
		{ 135, 255, "\5\1mac.mac", 8, false },
	};
	struct pkt p;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		solicitation(&p, rows[i].type, rows[i].hops, rows[i].more, rows[i].len);
		assert_int_equal(p.kind, PKT_IP);
		assert_int_equal(p.neighbour, rows[i].neighbour);
		assert_addr(&p.dst, rows[i].neighbour ? "2001:db8::7365:6372" :
							"ff02::1:ff12:3456");
	}
}

static void arp_is_a_packet_to_the_address_that_is_asked_for(void **state)
{
	struct frame f;
	struct pkt p;

	(void)state;
	for (size_t cut = 0; cut < 2; cut++) {
		fr_eth(&f, 0x0806);
		fr_u32(&f, 0x00010800);
		fr_u32(&f, 0x06040001);
		fr_bytes(&f, "\2\0\0\0\0\1", 6);
		fr_ip(&f, AF_INET, "198.19.255.2");
		fr_bytes(&f, "\0\0\0\0\0\0", 6);
		fr_ip(&f, AF_INET, "127.115.101.99");
		f.len -= cut;
		parse(&p, &f);
		assert_int_equal(p.kind, cut ? PKT_OTHER : PKT_IP);
	}
	f.len++;
	parse(&p, &f);
	assert_int_equal(p.proto, PKT_PROTO_ARP);
	assert_addr(&p.src, "198.19.255.2");
	assert_addr(&p.dst, "127.115.101.99");
	assert_true(p.neighbour);
	assert_int_equal(p.wire, 28);
	f.b[14 + 5] = 16;	/* addresses of another length */
	parse(&p, &f);
	assert_int_equal(p.kind, PKT_OTHER);
}

/* report() - a multicast listener report of version 2 with two groups; @sources of the second */
static void report(struct pkt *p, const char *one, const char *two, unsigned int sources,
		   size_t len)
{
	struct ev_addr a;
	struct frame f;

	fr_ip6(&f, "fe80::2", "ff02::16", IPPROTO_ICMPV6, 8 + len, 1);
	fr_u32(&f, 143u << 24);
	fr_u32(&f, 2);
	assert_int_equal(ev_addr_parse(one, &a), 0);
	fr_u32(&f, 4u << 24);
	fr_bytes(&f, a.ip, 16);
	assert_int_equal(ev_addr_parse(two, &a), 0);
	fr_u32(&f, 4u << 24 | sources);
	fr_bytes(&f, a.ip, 16);
	parse(p, &f);
}

static void reports_are_flows_to_their_groups(void **state)
{
	struct pkt p;

	(void)state;
	report(&p, "ff02::1:ff12:3456", "ff02::2", 0, 40);
	assert_true(p.report);
	assert_addr(&p.dst, "ff02::1:ff12:3456");
	assert_true(pkt_next_group(&p));
	assert_addr(&p.dst, "ff02::2");
	assert_false(pkt_next_group(&p));
	report(&p, "ff02::2", "ff02::1:ff12:3456", 1, 40);	/* a source that is not there */
	assert_false(p.report);
	assert_addr(&p.dst, "ff02::16");
	assert_false(pkt_next_group(&p));
	report(&p, "ff02::2", "ff02::1:ff12:3456", 0, 30);
	assert_false(p.report);
	assert_addr(&p.dst, "ff02::16");
}

static void a_report_of_many_groups_is_one_to_each(void **state)
{
	struct pkt p;

	(void)state;
	report(&p, "ff12::2", "ff15::3", 0, 40);
	assert_addr(&p.dst, "ff12::2");
	assert_false(p.counted);
	assert_true(pkt_next_group(&p));
	assert_true(p.counted);
	assert_addr(&p.dst, "ff15::3");
	assert_false(pkt_next_group(&p));
}

/* igmp() - a packet of IGMP with @n words of 32 bits, to @dst; @ttl */
static void igmp(struct pkt *p, const char *dst, unsigned int ttl, const uint32_t *words, size_t n)
{
	struct frame f;

	fr_ip4(&f, "198.18.0.2", dst, IPPROTO_IGMP, 4 * n, 0);
	f.b[14 + 8] = (uint8_t)ttl;
	for (size_t i = 0; i < n; i++)
		fr_u32(&f, words[i]);
	parse(p, &f);
}

#define IGMP(p, dst, ttl, ...) \
	igmp(p, dst, ttl, (const uint32_t[]){ __VA_ARGS__ }, \
	     sizeof((uint32_t[]){ __VA_ARGS__ }) / 4)

static void reports_of_igmp_are_flows_to_their_groups(void **state)
{
	struct pkt p;

	(void)state;
	IGMP(&p, "224.0.0.22", 1, 0x22000000, 2, 4u << 24, 0xef010203, 4u << 24, 0xef010204);
	assert_addr(&p.dst, "239.1.2.3");
	assert_true(pkt_next_group(&p));
	assert_addr(&p.dst, "239.1.2.4");
	assert_false(pkt_next_group(&p));
	IGMP(&p, "224.0.0.22", 1, 0x22000000, 2, 5u << 24 | 2, 0xef010203, 0xc6336401, 0xc6336402,
	     4u << 24, 0xef010204);	/* sources of the first group */
	assert_addr(&p.dst, "239.1.2.3");
	assert_true(pkt_next_group(&p));
	assert_addr(&p.dst, "198.51.100.1");
	assert_true(pkt_next_group(&p));
	assert_addr(&p.dst, "198.51.100.2");
	assert_true(pkt_next_group(&p));
	assert_addr(&p.dst, "239.1.2.4");
	assert_false(pkt_next_group(&p));
	IGMP(&p, "224.0.0.2", 1, 0x17000000, 0xef010203);	/* a leave of version 2 */
	assert_addr(&p.dst, "239.1.2.3");
	assert_false(pkt_next_group(&p));
}

static void igmp_that_says_more_than_groups_goes_where_it_was_sent(void **state)
{
	struct pkt p;

	(void)state;
	IGMP(&p, "224.0.0.22", 1, 0x22000000, 1, 4u << 24, 0xef010203, 0x73656372);
	assert_addr(&p.dst, "224.0.0.22");		/* bytes behind the record */
	IGMP(&p, "224.0.0.2", 1, 0x17000000, 0xef010203, 0x73656372);
	assert_addr(&p.dst, "224.0.0.2");
	IGMP(&p, "224.0.0.22", 64, 0x22000000, 1, 4u << 24, 0xef010203);
	assert_addr(&p.dst, "224.0.0.22");		/* it can leave the link */
	IGMP(&p, "203.0.113.9", 1, 0x22000000, 1, 4u << 24, 0xef010203);
	assert_addr(&p.dst, "203.0.113.9");
	IGMP(&p, "224.0.0.22", 1, 0x23000000, 1, 4u << 24, 0xef010203);
	assert_addr(&p.dst, "224.0.0.22");
	assert_false(pkt_next_group(&p));
}

/* old_report() - of version 1, with @more bytes behind the group; @seen of its bytes were
 * captured */
static void old_report(struct pkt *p, uint8_t type, const char *group, size_t more, size_t cut)
{
	struct ev_addr a;
	struct frame f;

	fr_ip6(&f, "fe80::2", group, IPPROTO_ICMPV6, 8 + 16 + more, 1);
	fr_u32(&f, (uint32_t)type << 24);
	fr_u32(&f, 0);
	assert_int_equal(ev_addr_parse(group, &a), 0);
	fr_bytes(&f, a.ip, 16);
	fr_bytes(&f, "0123456789", more);
	fr_parse(p, fr_at_end(f.b, f.len - cut), f.len - cut, f.len);
}

static void reports_of_version_1_have_one_group_and_nothing_else(void **state)
{
	struct pkt p;

	(void)state;
	old_report(&p, 131, "ff02::1:ff12:3456", 0, 0);
	assert_true(p.report);
	old_report(&p, 132, "ff02::77", 0, 0);
	assert_true(p.report);
	assert_addr(&p.dst, "ff02::77");
	assert_false(pkt_next_group(&p));
	/* a byte that could say something, or ten that were not captured */
	old_report(&p, 131, "ff02::1:ff12:3456", 1, 0);
	assert_false(p.report);
	assert_addr(&p.dst, "ff02::1:ff12:3456");
	old_report(&p, 131, "ff02::1:ff12:3456", 10, 10);
	assert_false(p.report);
	old_report(&p, 130, "ff02::1", 4, 0);			/* what routers ask */
	assert_false(p.report);
}

/* RFC 792 and RFC 4443: errors quote the packet that they are about, echoes have a number. */
static void icmp_types_say_what_is_in_them(void **state)
{
	static const char errors4[] = "\3\4\5\13\14", errors6[] = "\1\2\3\4";
	static const char echoes4[] = "\10", echoes6[] = "\x80\x81";
	struct frame f;
	struct pkt p;

	(void)state;
	for (int i = 0; i < 512; i++) {
		bool v6 = i > 255, error, echo;
		char type = (char)i;

		if (v6)
			fr_ip6(&f, "2001:db8::2", "2001:db8::9", IPPROTO_ICMPV6, 8 + 9, 64);
		else
			fr_ip4(&f, "198.19.255.2", "198.18.0.7", IPPROTO_ICMP, 8 + 9, 0);
		fr_u8(&f, i & 255);
		fr_u8(&f, 7);
		fr_u16(&f, 0);
		fr_u32(&f, 0x12345678);
		fr_bytes(&f, "its quote", 9);
		fr_parse(&p, fr_at_end(f.b, f.len), f.len, f.len);
		error = type && strchr(v6 ? errors6 : errors4, type);
		echo = (!v6 && !type) || (type && strchr(v6 ? echoes6 : echoes4, type));
		assert_int_equal(p.icmp_type, i & 255);
		assert_int_equal(p.icmp_code, 7);
		assert_int_equal(p.icmp_id, echo ? 0x1234 : 0);
		if (!error != !p.about)
			fail_msg("type %d of version %d", i & 255, v6 ? 6 : 4);
		assert_int_equal(p.about_cap, error ? 9 : 0);
		if (error)
			assert_memory_equal(p.about, "its quote", 9);
	}
	f.len -= 10;				/* its header is not whole */
	f.b[18 + 1] = 7;
	fr_parse(&p, fr_at_end(f.b, f.len), f.len, f.len);
	assert_true(p.broken);
	assert_int_equal(p.icmp_id, 0);
}

static void headers_with_ports_have_their_length(void **state)
{
	static const struct {
		uint8_t proto;
		size_t header;
	} table[] = { { IPPROTO_SCTP, 12 }, { IPPROTO_UDPLITE, 8 }, { IPPROTO_DCCP, 12 } };
	struct frame f;
	struct pkt p;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		for (size_t len = table[i].header - 1; len <= table[i].header + 3; len++) {
			bool whole = len >= table[i].header;

			fr_ip4(&f, "198.19.255.2", "198.18.0.7", table[i].proto, len, 0);
			fr_u32(&f, 0x00010002);
			fr_bytes(&f, "0123456789abcdef", len - 4);
			parse(&p, &f);
			assert_int_equal(p.broken, !whole);
			assert_int_equal(p.src.port, whole ? 1 : 0);
			assert_int_equal(p.dst.port, whole ? 2 : 0);
			assert_int_equal(p.payload_len, whole ? len - table[i].header : len);
		}
	}
}

static void arp_and_strangers_have_no_addresses(void **state)
{
	struct frame f;
	struct pkt p;

	(void)state;
	fr_eth(&f, 0x0806);
	parse(&p, &f);
	assert_int_equal(p.kind, PKT_OTHER);
	fr_eth(&f, 0x88cc);
	parse(&p, &f);
	assert_int_equal(p.kind, PKT_OTHER);
	fr_eth(&f, 0x0800);
	parse(&p, &f);
	assert_int_equal(p.kind, PKT_MALFORMED);
	fr_u8(&f, 0x65); /* version 6 under the type of version 4 is still an IP packet, if there
			  * were more */
	parse(&p, &f);
	assert_int_equal(p.kind, PKT_MALFORMED);
}

/* Every kind of packet, cut at every length: nothing is read past the end, nothing makes no
 * sense. */
static void packets_cut_anywhere_never_read_past_their_end(void **state)
{
	static const uint8_t hop[8] = { 44, 0, 1, 4 }, frag[8] = { 6, 0, 0, 1, 0, 0, 0, 9 };
	struct frame f[5];
	struct pkt p;
	size_t i, n;

	(void)state;
	fr_tcp(&f[0], "198.19.255.2", 1, "198.18.0.7", 2, PKT_ACK, 1, "payload");
	fr_udp(&f[1], "198.19.255.2", 1, "198.18.0.7", 2, "payload", 7);
	fr_ip4(&f[2], "198.19.255.2", "198.18.0.7", IPPROTO_ICMP, 36, 0);
	fr_u32(&f[2], 0x03010000);
	fr_u32(&f[2], 0);
	fr_bytes(&f[2], f[1].b + 14, 28);
	fr_ip6(&f[3], "2001:db8::1", "2001:db8::2", 0, 36, 64);
	fr_bytes(&f[3], hop, 8);
	fr_bytes(&f[3], frag, 8);
	fr_tcp_header(&f[3], 1, 2, PKT_SYN, 3);
	fr_ip4(&f[4], "198.19.255.2", "198.18.0.7", IPPROTO_SCTP, 12, 0);
	fr_u32(&f[4], 0x00010002);
	fr_u32(&f[4], 0);
	fr_u32(&f[4], 0);
	for (i = 0; i < 5; i++) {
		for (n = 0; n <= f[i].len; n++) {
			fr_parse(&p, fr_at_end(f[i].b, n), n, f[i].len);
			assert_true(p.payload_cap <= n);
			assert_true(p.payload_cap <= p.payload_len);
			assert_int_equal(p.kind == PKT_IP, n >= (size_t)(i == 3 ? 54 : 34));
			fr_parse(&p, fr_at_end(f[i].b, n), n, n);
			assert_true(p.payload_len <= n);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_over_ip4_has_addresses_ports_flags_and_payload),
		cmocka_unit_test(ethernet_padding_is_not_payload),
		cmocka_unit_test(udp_over_ip6_behind_extension_headers_is_found),
		cmocka_unit_test(an_endless_chain_of_extension_headers_is_broken_but_has_addresses),
		cmocka_unit_test(vlan_tags_are_skipped_up_to_a_limit),
		cmocka_unit_test(ip4_options_are_skipped),
		cmocka_unit_test(fragments_are_told_apart),
		cmocka_unit_test(an_ip6_fragment_that_is_not_the_first_has_no_ports),
		cmocka_unit_test(a_super_packet_counts_as_long_as_it_was),
		cmocka_unit_test(a_tcp_header_that_lies_about_its_length_is_broken),
		cmocka_unit_test(neighbours_that_are_asked_for_are_where_it_goes),
		cmocka_unit_test(arp_is_a_packet_to_the_address_that_is_asked_for),
		cmocka_unit_test(reports_are_flows_to_their_groups),
		cmocka_unit_test(a_report_of_many_groups_is_one_to_each),
		cmocka_unit_test(reports_of_igmp_are_flows_to_their_groups),
		cmocka_unit_test(igmp_that_says_more_than_groups_goes_where_it_was_sent),
		cmocka_unit_test(reports_of_version_1_have_one_group_and_nothing_else),
		cmocka_unit_test(icmp_types_say_what_is_in_them),
		cmocka_unit_test(headers_with_ports_have_their_length),
		cmocka_unit_test(arp_and_strangers_have_no_addresses),
		cmocka_unit_test(packets_cut_anywhere_never_read_past_their_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
