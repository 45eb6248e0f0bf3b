/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.h - one captured frame taken apart as far as flows need it
 */
#ifndef CAPTURE_PACKET_H
#define CAPTURE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/event.h"

enum pkt_kind {
	PKT_IP,			/* belongs to a flow */
	PKT_OTHER,		/* neither IPv4, its ARP, nor IPv6 */
	PKT_MALFORMED,		/* no IP header could be read: it can be credited to nobody */
};

#define PKT_PROTO_ARP 0x0806	/* pkt.proto of ARP: no protocol of IP has this number */

#define PKT_FIN 0x01
#define PKT_SYN 0x02
#define PKT_RST 0x04
#define PKT_ACK 0x10
#define PKT_URG 0x20

/* What is before the IP header, pcap-linktype(7). */
enum pkt_link {
	PKT_LINK_ETHERNET,
	PKT_LINK_RAW,		/* nothing */
	PKT_LINK_SLL,		/* Linux "cooked" capture, as of all interfaces at once, versions
				 * 1 and 2 */
	PKT_LINK_SLL2,
};

/* One frame as it was captured; the data is valid during the call that it is given to. */
struct pkt_frame {
	int64_t time;		/* CLOCK_REALTIME, ns */
	uint64_t number;	/* in the capture, from 1 */
	const uint8_t *data;	/* anybody may have chosen it */
	uint32_t caplen;	/* bytes of data */
	uint32_t origlen;	/* how long the frame was on the wire; at least caplen */
	enum pkt_link link;
};

/* Pointers go into the frame and are valid as long as it is. */
struct pkt {
	enum pkt_kind kind;
	int64_t time;		/* CLOCK_REALTIME, ns */
	uint64_t number;
	uint8_t src_mac[6], dst_mac[6];
	struct ev_addr src, dst;	/* ports for TCP, UDP, SCTP in a packet that has them;
					 * else 0 */
	uint16_t proto;		/* after IPv6 extension headers; PKT_PROTO_ARP */
	bool broken;		/* the transport header could not be read: no ports, but
				 * addresses are good */
	bool first_fragment;	/* more follow, without ports */
	uint32_t more;		/* of UDP in a first fragment: bytes of the datagram that are in
				 * the others */
	uint32_t ip_extra;	/* bytes of IPv4 options, or of IPv6 extension headers but that
				 * of fragments */
	bool later_fragment;
	uint32_t frag_id;
	uint32_t wire;		/* bytes of the IP packet, headers included, as it was on the
				 * wire */
	const uint8_t *ip;	/* the IP header and all captured bytes of the packet */
	size_t ip_cap;
	uint32_t payload_len;	/* transport payload on the wire */
	const uint8_t *payload;	/* what was captured of it; NULL if nothing */
	size_t payload_cap;
	uint8_t tcp_flags;
	uint32_t tcp_seq, tcp_ack;
	uint8_t icmp_type, icmp_code;
	uint16_t icmp_id;	/* of echo requests and replies */
	const uint8_t *about;	/* ICMP errors: the packet that caused it, cut */
	size_t about_cap;
	bool report;		/* of membership: dst is the first address in it */
	const uint8_t *records;	/* and what follows; pkt_next_group() */
	size_t records_left;
	uint32_t sources_left;
	bool link;		/* it is the link's: a report, or as neighbour */
	bool counted;		/* another flow counts the packet */
	bool neighbour;		/* ARP or neighbour discovery: dst is the address that is asked
				 * for. If it is one of the link's own ends, the packet stays
				 * there and says nothing */
};

/* pkt_parse() - take a frame apart */
void pkt_parse(struct pkt *p, const struct pkt_frame *f);

/*
 * pkt_parse_ip() - the same from the IP header on; for the packet quoted in an ICMP error, too.
 * Sets kind, MACs excepted
 */
void pkt_parse_ip(struct pkt *p, const uint8_t *ip, size_t caplen, uint32_t origlen);

/**
 * pkt_next_group() - the next address of a membership report
 *
 * A report of IGMP (RFC 2236, RFC 3376) or MLD (RFC 2710, RFC 3810) that says nothing but groups
 * and their sources is a packet to each of them: pkt_parse() makes dst the first, this the one that
 * follows.
 *
 * Return: false if there is no more
 */
bool pkt_next_group(struct pkt *p);

#endif
