/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames.h - packets for the tests of this room, put together byte by byte
 */
#ifndef TESTS_FRAMES_H
#define TESTS_FRAMES_H

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/packet.h"

struct frame {
	uint8_t b[4096];
	size_t len;
};

static inline void fr_u8(struct frame *f, unsigned int v)
{
	f->b[f->len++] = (uint8_t)v;
}

static inline void fr_u16(struct frame *f, unsigned int v)
{
	fr_u8(f, v >> 8);
	fr_u8(f, v & 255);
}

static inline void fr_u32(struct frame *f, uint32_t v)
{
	fr_u16(f, v >> 16);
	fr_u16(f, v & 65535);
}

static inline void fr_bytes(struct frame *f, const void *p, size_t len)
{
	memcpy(f->b + f->len, p, len);
	f->len += len;
}

static inline void fr_ip(struct frame *f, int family, const char *text)
{
	uint8_t a[16];

	if (inet_pton(family, text, a) == 1)
		fr_bytes(f, a, family == AF_INET ? 4 : 16);
}

static inline void fr_eth(struct frame *f, uint16_t type)
{
	static const uint8_t macs[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };

	f->len = 0;
	fr_bytes(f, macs, 12);
	fr_u16(f, type);
}

/* fr_ip4() - header of a packet whose payload has @len bytes; @frag: flags and offset */
static inline void fr_ip4(struct frame *f, const char *src, const char *dst, uint8_t proto,
			  size_t len,
			  uint16_t frag)
{
	fr_eth(f, 0x0800);
	fr_u16(f, 0x4500);
	fr_u16(f, (unsigned int)(20 + len));
	fr_u16(f, 0x1234);
	fr_u16(f, frag);
	fr_u8(f, 64);
	fr_u8(f, proto);
	fr_u16(f, 0);
	fr_ip(f, AF_INET, src);
	fr_ip(f, AF_INET, dst);
}

static inline void fr_ip6(struct frame *f, const char *src, const char *dst, uint8_t next,
			  size_t len,
			  uint8_t hops)
{
	fr_eth(f, 0x86dd);
	fr_u32(f, 0x60000000);
	fr_u16(f, (unsigned int)len);
	fr_u8(f, next);
	fr_u8(f, hops);
	fr_ip(f, AF_INET6, src);
	fr_ip(f, AF_INET6, dst);
}

static inline void fr_tcp_header(struct frame *f, uint16_t sport, uint16_t dport, uint8_t flags,
				 uint32_t seq)
{
	fr_u16(f, sport);
	fr_u16(f, dport);
	fr_u32(f, seq);
	fr_u32(f, 0);
	fr_u8(f, 0x50);
	fr_u8(f, flags);
	fr_u16(f, 1000);
	fr_u32(f, 0);
}

static inline void fr_udp_header(struct frame *f, uint16_t sport, uint16_t dport, size_t len)
{
	fr_u16(f, sport);
	fr_u16(f, dport);
	fr_u16(f, (unsigned int)(8 + len));
	fr_u16(f, 0);
}

static inline void fr_tcp(struct frame *f, const char *src, uint16_t sport, const char *dst,
			  uint16_t dport,
			  uint8_t flags, uint32_t seq, const char *data)
{
	fr_ip4(f, src, dst, IPPROTO_TCP, 20 + strlen(data), 0);
	fr_tcp_header(f, sport, dport, flags, seq);
	fr_bytes(f, data, strlen(data));
}

static inline void fr_udp(struct frame *f, const char *src, uint16_t sport, const char *dst,
			  uint16_t dport,
			  const void *data, size_t len)
{
	fr_ip4(f, src, dst, IPPROTO_UDP, 8 + len, 0);
	fr_udp_header(f, sport, dport, len);
	fr_bytes(f, data, len);
}

/* fr_parse() - as an Ethernet frame, of which @caplen bytes were captured */
static inline void fr_parse(struct pkt *p, const uint8_t *data, size_t caplen, size_t origlen)
{
	struct pkt_frame f = { .data = data, .caplen = (uint32_t)caplen,
			       .origlen = (uint32_t)origlen };

	pkt_parse(p, &f);
}

/* fr_box() - the addresses of the box in these tests */
static inline struct ev_addrs fr_box(void)
{
	static struct ev_addr v[2];

	if (ev_addr_parse("198.19.255.2", &v[0]) || ev_addr_parse("2001:db8:ffff::2", &v[1]))
		_exit(97);
	return (struct ev_addrs){ v, 2 };
}

/* fr_at_end() - a copy that ends where an unreadable page begins: reading past it is a fault. Valid
 * until the next call */
static inline const uint8_t *fr_at_end(const void *data, size_t len)
{
	static uint8_t *pages;
	size_t page = (size_t)sysconf(_SC_PAGESIZE), room = 4 * page;

	if (!pages) {
		pages = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
		if (pages == MAP_FAILED || mprotect(pages + room, page, PROT_NONE))
			_exit(99);
	}
	memcpy(pages + room - len, data, len);
	return pages + room - len;
}

#endif
