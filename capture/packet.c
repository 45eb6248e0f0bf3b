/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.c - link layer, VLAN, IPv4, IPv6 and what tells flows apart
 *
 * How it works: one cursor walks the frame and can only move forward, so every loop ends. What
 * lies above the addresses and ports is not looked at here. A packet whose addresses are
 * readable is never thrown away: if its upper part makes no sense it is credited to its
 * addresses without ports, because a product may send nonsense on purpose.
 *
 * Limits: at most MAX_TAGS VLAN tags and MAX_EXT IPv6 extension headers (the rest is "broken");
 * tunnels are not opened, they are flows of their IP protocol number.
 */
#include "capture/packet.h"

#include <string.h>

#include "tcbox/buf.h"

#define MAX_TAGS 4
#define MAX_EXT 10

#define TYPE_IP4 0x0800
#define TYPE_ARP 0x0806
#define TYPE_VLAN 0x8100
#define TYPE_IP6 0x86dd
#define TYPE_QINQ 0x88a8

#define MLD_REPORT_2 143	/* RFC 3810 */
#define IGMP_REPORT_3 0x22	/* RFC 3376 */

/* RFC 792 */
#define ICMP_ERROR(t) ((t) == 3 || (t) == 4 || (t) == 5 || (t) == 11 || (t) == 12)

static void set_addr(struct ev_addr *a, int family, const uint8_t *ip)
{
	memset(a, 0, sizeof(*a));
	a->family = family;
	memcpy(a->ip, ip, family == AF_INET ? 4 : 16);
}

/* take_payload() - what is left under the cursor is payload; @len is how long it was on the wire */
static void take_payload(struct pkt *p, const struct tb_rd *r, uint32_t len)
{
	p->payload_len = len;
	p->payload_cap = r->left < len ? r->left : len;
	p->payload = p->payload_cap ? r->p : NULL;
}

static void parse_tcp(struct pkt *p, struct tb_rd r, uint32_t len)
{
	uint8_t offset;
	struct tb_rd h = r;
	uint32_t header;

	p->src.port = tb_rd_u16be(&h);
	p->dst.port = tb_rd_u16be(&h);
	p->tcp_seq = tb_rd_u32be(&h);
	p->tcp_ack = tb_rd_u32be(&h);
	offset = tb_rd_u8(&h);
	p->tcp_flags = tb_rd_u8(&h);
	header = (uint32_t)(offset >> 4) * 4;
	p->broken = h.bad || header < 20 || header > len;
	if (p->broken) {
		p->tcp_flags = 0;
		take_payload(p, &r, len);
		return;
	}
	/* Options may be cut by the snap length: then there is no payload either. */
	(void)tb_rd_bytes(&r, header);
	if (r.bad)
		r.left = 0;
	take_payload(p, &r, len - header);
}

static void parse_udp(struct pkt *p, struct tb_rd r, uint32_t len)
{
	struct tb_rd h = r;
	uint32_t udp_len;

	p->src.port = tb_rd_u16be(&h);
	p->dst.port = tb_rd_u16be(&h);
	udp_len = tb_rd_u16be(&h);
	(void)tb_rd_u16be(&h);			/* checksum */
	if (h.bad) {
		p->broken = true;
		take_payload(p, &r, len);
		return;
	}
	/* The kernel's segmentation offload leaves super-packets with any length here; a first
	 * fragment is shorter than it says. The IP length counts everything that left, also
	 * bytes hidden behind the datagram. */
	p->broken = udp_len && udp_len < 8;
	p->more = p->first_fragment && udp_len > len ? udp_len - len : 0;
	take_payload(p, &h, len - 8);
}

static void parse_icmp(struct pkt *p, struct tb_rd r, uint32_t len)
{
	bool v6 = p->proto == IPPROTO_ICMPV6, echo;
	struct tb_rd h = r;

	p->icmp_type = tb_rd_u8(&h);
	p->icmp_code = tb_rd_u8(&h);
	(void)tb_rd_u16be(&h);			/* checksum */
	p->icmp_id = tb_rd_u16be(&h);
	(void)tb_rd_u16be(&h);
	if (h.bad) {
		p->broken = true;
		p->icmp_id = 0;
		take_payload(p, &r, len);
		return;
	}
	echo = v6 ? p->icmp_type == 128 || p->icmp_type == 129 :
		    p->icmp_type == 8 || p->icmp_type == 0;
	if (!echo)
		p->icmp_id = 0;
	take_payload(p, &h, len - 8);
	if (v6 ? p->icmp_type >= 1 && p->icmp_type <= 4 : ICMP_ERROR(p->icmp_type)) {
		p->about = p->payload;
		p->about_cap = p->payload_cap;
	}
}

/* parse_ports() - protocols whose header of @header bytes begins with ports */
static void parse_ports(struct pkt *p, struct tb_rd r, uint32_t len, uint32_t header)
{
	p->broken = r.left < header;
	if (p->broken)
		return;
	p->src.port = tb_rd_u16be(&r);
	p->dst.port = tb_rd_u16be(&r);
	(void)tb_rd_bytes(&r, header - 4);
	take_payload(p, &r, len - header);
}

/* parse_transport() - @len is the length on the wire of what the cursor points to */
static void parse_transport(struct pkt *p, struct tb_rd r, uint32_t len)
{
	if (r.left > len)
		r.left = len;			/* Ethernet padding */
	take_payload(p, &r, len);
	if (p->later_fragment)
		return;
	switch (p->proto) {
	case IPPROTO_TCP:
		parse_tcp(p, r, len);
		break;
	case IPPROTO_UDP:
		parse_udp(p, r, len);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		parse_icmp(p, r, len);
		break;
	case IPPROTO_SCTP:
		parse_ports(p, r, len, 12);	/* common header, RFC 9260 3.1 */
		break;
	case IPPROTO_UDPLITE:
		parse_ports(p, r, len, 8);	/* as UDP, RFC 3828 3.1 */
		break;
	case IPPROTO_DCCP:
		parse_ports(p, r, len, 12);	/* generic header, RFC 4340 5.1; options count as
						 * payload */
		break;
	default:
		break;
	}
}

/*
 * skip_ext() - walk the extension headers of RFC 8200, section 4
 *
 * Return: bytes walked over; p->proto is the first header that is no extension. p->broken if the
 * chain makes no sense.
 */
static uint32_t skip_ext(struct pkt *p, struct tb_rd *r)
{
	uint32_t walked = 0, len;
	uint8_t next;
	uint16_t frag;
	int n;

	for (n = 0; n < MAX_EXT && !p->later_fragment; n++) {
		switch (p->proto) {
		case 0:				/* hop by hop */
		case 43:			/* routing */
		case 60:			/* destination options */
		case 135:			/* mobility, RFC 6275 */
			next = tb_rd_u8(r);
			len = (uint32_t)tb_rd_u8(r) * 8 + 8;
			(void)tb_rd_bytes(r, len - 2);
			break;
		case 51:			/* authentication, RFC 4302: in 4-byte words,
						 * minus 2 */
			next = tb_rd_u8(r);
			len = (uint32_t)tb_rd_u8(r) * 4 + 8;
			(void)tb_rd_bytes(r, len - 2);
			break;
		case 44:			/* fragment */
			next = tb_rd_u8(r);
			(void)tb_rd_u8(r);
			frag = tb_rd_u16be(r);
			p->frag_id = tb_rd_u32be(r);
			p->later_fragment = frag & 0xfff8;
			p->first_fragment = !p->later_fragment && (frag & 1);
			len = 8;
			break;
		default:
			return walked;
		}
		if (r->bad) {
			p->broken = true;
			return walked;
		}
		p->ip_extra += p->proto == 44 ? 0 : len;
		p->proto = next;
		walked += len;
	}
	p->broken = n == MAX_EXT;
	return walked;
}

/* has_records() - is the report of a version that has sources? */
static bool has_records(const struct pkt *p)
{
	return p->proto == IPPROTO_IGMP ? p->payload[0] == IGMP_REPORT_3 :
					  p->icmp_type == MLD_REPORT_2;
}

/* first_group() - the first one of the addresses that are left */
static bool first_group(struct pkt *p)
{
	size_t len = p->proto == IPPROTO_IGMP ? 4 : 16;
	struct tb_rd r = tb_rd_init(p->records, p->records_left);
	const uint8_t *ip;

	if (p->sources_left)
		p->sources_left--;
	else if (has_records(p))
		p->sources_left = tb_rd_u32be(&r) & 0xffff;
	ip = tb_rd_bytes(&r, len);
	if (!ip)
		return false;
	p->records = r.p;
	p->records_left = r.left;
	memcpy(p->dst.ip, ip, len);
	return true;
}

bool pkt_next_group(struct pkt *p)
{
	p->counted = true;
	return p->report && first_group(p);
}

/*
 * only_groups() - does a report say groups and sources, and nothing else? @r: its records
 *
 * Auxiliary data and what no report has could carry data that no address tells.
 */
static bool only_groups(const struct pkt *p, struct tb_rd r, bool many)
{
	size_t len = p->proto == IPPROTO_IGMP ? 4 : 16;
	bool plain = p->payload_cap == p->payload_len;

	while (plain && r.left) {
		uint32_t head = many ? tb_rd_u32be(&r) : 0;

		plain = !(head & 0x00ff0000) && tb_rd_bytes(&r, len) &&
			tb_rd_bytes(&r, (head & 0xffff) * len) && (many || !r.left);
	}
	return plain;
}

/* report() - a membership report that says nothing but addresses is one to each of them. @r: its
 * records */
static void report(struct pkt *p, struct tb_rd r)
{
	if (r.bad || !r.left || !only_groups(p, r, has_records(p)))
		return;
	p->records = r.p;
	p->records_left = r.left;
	p->report = p->link = first_group(p);
}

/*
 * igmp() - a membership report is one to its groups, not to the routers whom it is for; reports of
 * versions 1 and 2 and leaves have one group, RFC 2236, 2. They have a time to live of 1
 */
static void igmp(struct pkt *p, uint8_t ttl)
{
	struct tb_rd r = tb_rd_init(p->payload, p->payload_cap);
	uint8_t type = tb_rd_u8(&r);
	bool many = type == IGMP_REPORT_3, multicast = p->dst.ip[0] >> 4 == 14;

	if (p->later_fragment || p->first_fragment || ttl != 1 || !multicast || p->ip_extra > 4 ||
	    (!many && type != 0x12 && type != 0x16 && type != 0x17))
		return;
	(void)tb_rd_bytes(&r, many ? 7 : 3);
	report(p, r);
}

static void parse_ip4(struct pkt *p, struct tb_rd r, uint32_t origlen)
{
	const uint8_t *start = r.p, *src, *dst;
	size_t cap = r.left;
	uint32_t header, total;
	uint16_t frag;
	uint8_t ttl;

	header = (uint32_t)(tb_rd_u8(&r) & 0x0f) * 4;
	(void)tb_rd_u8(&r);			/* type of service */
	total = tb_rd_u16be(&r);
	p->frag_id = tb_rd_u16be(&r);
	frag = tb_rd_u16be(&r);
	ttl = tb_rd_u8(&r);
	p->proto = tb_rd_u8(&r);
	(void)tb_rd_u16be(&r);
	src = tb_rd_bytes(&r, 4);
	dst = tb_rd_bytes(&r, 4);
	if (r.bad || header < 20)
		return;
	if (total == 0 || total > origlen)	/* 0: a super-packet of more than 64 KiB */
		total = origlen;
	if (total < header)
		return;
	p->kind = PKT_IP;
	set_addr(&p->src, AF_INET, src);
	set_addr(&p->dst, AF_INET, dst);
	p->ip = start;
	p->ip_cap = cap < total ? cap : total;
	p->wire = total;
	p->later_fragment = frag & 0x1fff;
	p->first_fragment = !p->later_fragment && (frag & 0x2000);
	p->ip_extra = header - 20;
	(void)tb_rd_bytes(&r, header - 20);	/* options */
	if (r.bad) {
		p->broken = true;
		r.left = 0;
		take_payload(p, &r, total - header);
		return;
	}
	parse_transport(p, r, total - header);
	if (p->proto == IPPROTO_IGMP)
		igmp(p, ttl);
}

/* neighbour() - a solicitation or advertisement, RFC 4861 4.3 and 4.4: the address, and that of the
 * link layer */
static void neighbour(struct pkt *p)
{
	struct tb_rd r = tb_rd_init(p->payload, p->payload_cap);
	const uint8_t *target = tb_rd_bytes(&r, 16);
	uint16_t option = r.left ? tb_rd_u16be(&r) : 0;

	(void)tb_rd_bytes(&r, option ? 6 : 0);
	if (r.bad || r.left || p->payload_len != p->payload_cap ||
	    (option && option != 0x0101 && option != 0x0201))
		return;
	memcpy(p->dst.ip, target, 16);
	p->neighbour = p->link = true;
}

/*
 * link_local() - neighbour discovery and listener reports, which cannot leave the link
 *
 * A hop limit of 255 cannot have been forwarded (RFC 4861, 7.1.1), listener reports have 1 (RFC
 * 3810, 5). Each says addresses that the product may have chosen: it is a packet to these. Anything
 * else of these types is an ordinary flow: it could carry data.
 */
static void link_local(struct pkt *p, uint8_t hops)
{
	bool multicast = p->dst.ip[0] == 0xff && p->dst.ip[1] == 0x02;

	if (p->proto != IPPROTO_ICMPV6 || p->later_fragment || p->first_fragment || p->broken)
		return;
	if (hops == 1 && multicast && p->ip_extra <= 8 &&	/* router alert: RFC 3810, 5 */
	    (p->icmp_type == 131 || p->icmp_type == 132 || p->icmp_type == MLD_REPORT_2))
		report(p, tb_rd_init(p->payload, p->payload_cap));
	if (hops == 255 && !p->ip_extra && (p->icmp_type == 135 || p->icmp_type == 136))
		neighbour(p);
}

/* parse_arp() - of IPv4 over Ethernet, RFC 826: a packet to the address that is asked for */
static void parse_arp(struct pkt *p, struct tb_rd r)
{
	bool ip4 = tb_rd_u32be(&r) == 0x00010800 && tb_rd_u16be(&r) == 0x0604;
	const uint8_t *src, *dst;

	p->kind = PKT_OTHER;
	(void)tb_rd_bytes(&r, 2 + 6);		/* request or reply; hardware address */
	src = tb_rd_bytes(&r, 4);
	(void)tb_rd_bytes(&r, 6);
	dst = tb_rd_bytes(&r, 4);
	if (r.bad || !ip4)
		return;
	p->kind = PKT_IP;
	p->proto = PKT_PROTO_ARP;
	p->neighbour = p->link = true;
	p->wire = 28;
	set_addr(&p->src, AF_INET, src);
	set_addr(&p->dst, AF_INET, dst);
}

static void parse_ip6(struct pkt *p, struct tb_rd r, uint32_t origlen)
{
	const uint8_t *start = r.p, *src, *dst;
	size_t cap = r.left;
	uint32_t plen, ext;
	uint8_t hops;

	(void)tb_rd_u32be(&r);			/* version, class, flow label */
	plen = tb_rd_u16be(&r);
	p->proto = tb_rd_u8(&r);
	hops = tb_rd_u8(&r);
	src = tb_rd_bytes(&r, 16);
	dst = tb_rd_bytes(&r, 16);
	if (r.bad || origlen < 40)
		return;
	/* 0: jumbogram, RFC 2675, and super-packets of more than 64 KiB */
	if (plen == 0 || plen > origlen - 40)
		plen = origlen - 40;
	p->kind = PKT_IP;
	set_addr(&p->src, AF_INET6, src);
	set_addr(&p->dst, AF_INET6, dst);
	p->ip = start;
	p->ip_cap = cap < plen + 40 ? cap : plen + 40;
	p->wire = plen + 40;
	if (r.left > plen)
		r.left = plen;
	ext = skip_ext(p, &r);
	if (p->broken) {
		r.left = 0;
		take_payload(p, &r, plen - ext);
		return;
	}
	parse_transport(p, r, plen - ext);
	link_local(p, hops);
}

void pkt_parse_ip(struct pkt *p, const uint8_t *ip, size_t caplen, uint32_t origlen)
{
	struct tb_rd r = tb_rd_init(ip, caplen);

	p->kind = PKT_MALFORMED;
	if (caplen && ip[0] >> 4 == 4)
		parse_ip4(p, r, origlen);
	else if (caplen && ip[0] >> 4 == 6)
		parse_ip6(p, r, origlen);
}

/* tagged() - Return: the type behind all VLAN tags, IEEE 802.1Q; the cursor moves behind them */
static uint16_t tagged(struct tb_rd *r, uint16_t type)
{
	for (int n = 0; n < MAX_TAGS && (type == TYPE_VLAN || type == TYPE_QINQ); n++) {
		(void)tb_rd_u16be(r);		/* priority and VLAN id */
		type = tb_rd_u16be(r);
	}
	return type;
}

static uint16_t parse_ethernet(struct pkt *p, struct tb_rd *r)
{
	const uint8_t *dst = tb_rd_bytes(r, 6), *src = tb_rd_bytes(r, 6);
	uint16_t type = tagged(r, tb_rd_u16be(r));

	if (r->bad)
		return 0;
	memcpy(p->dst_mac, dst, 6);
	memcpy(p->src_mac, src, 6);
	return type;
}

/*
 * parse_cooked() - LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2: the sender's address only, with
 * any length
 */
static uint16_t parse_cooked(struct tb_rd *r, bool v2)
{
	uint16_t type = 0;

	if (v2)
		type = tb_rd_u16be(r);
	(void)tb_rd_bytes(r, v2 ? 18 : 14);	/* direction, interface, link-layer address */
	if (!v2)
		type = tb_rd_u16be(r);
	return tagged(r, type);
}

/* parse_raw() - nothing says what it is, but the IP version itself */
static uint16_t parse_raw(struct tb_rd *r)
{
	struct tb_rd first = *r;
	uint8_t version = tb_rd_u8(&first) >> 4;

	r->bad = first.bad;
	if (version == 6)
		return TYPE_IP6;
	return version == 4 ? TYPE_IP4 : 0;
}

/* parse_link() - Return: the EtherType of what the cursor points to then */
static uint16_t parse_link(struct pkt *p, struct tb_rd *r, enum pkt_link link)
{
	switch (link) {
	case PKT_LINK_ETHERNET:
		return parse_ethernet(p, r);
	case PKT_LINK_SLL:
	case PKT_LINK_SLL2:
		return parse_cooked(r, link == PKT_LINK_SLL2);
	case PKT_LINK_RAW:
		return parse_raw(r);
	}
	return 0;
}

void pkt_parse(struct pkt *p, const struct pkt_frame *f)
{
	struct tb_rd r = tb_rd_init(f->data, f->caplen);
	uint16_t type;

	memset(p, 0, sizeof(*p));
	p->time = f->time;
	p->number = f->number;
	p->kind = PKT_MALFORMED;
	type = parse_link(p, &r, f->link);
	if (r.bad || f->origlen < f->caplen)
		return;
	if (type == TYPE_ARP)
		parse_arp(p, r);
	else if (type == TYPE_IP4 || type == TYPE_IP6)
		pkt_parse_ip(p, r.p, r.left, f->origlen - (uint32_t)(r.p - f->data));
	else
		p->kind = PKT_OTHER;
}
