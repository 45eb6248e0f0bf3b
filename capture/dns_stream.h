/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_stream.h - DNS messages out of TCP segments
 */
#ifndef CAPTURE_DNS_STREAM_H
#define CAPTURE_DNS_STREAM_H

#include "capture/packet.h"
#include "tcbox/buf.h"

#define DNS_STREAMS 256
#define DNS_STREAM_SENT 2048	/* the last bytes of each, to compare with what is sent again; a
				 * power of two */

/* One direction of a connection. */
struct dns_stream {
	uint64_t flow;		/* 0: not in use */
	bool from_box;
	uint32_t next;		/* sequence number of the byte that must come next */
	int64_t t;		/* of the last segment */
	struct ev_addr src, dst;
	struct tb_buf rest;	/* no whole message yet */
	uint8_t sent[DNS_STREAM_SENT];	/* by sequence number */
	uint32_t nsent;		/* how many of them there are before next */
	bool given;		/* a message was read */
};

struct dns_streams {
	struct dns_stream v[DNS_STREAMS];
	size_t n;	/* of them were ever in use: the memory of the others is never touched */
	size_t victim;
};

/*
 * dns_stream_slot() - the stream's, or the one that it takes over: then the caller empties that
 * first, see dns_stream_begin()
 */
struct dns_stream *dns_stream_slot(struct dns_streams *s, uint64_t flow, bool from_box);

/* dns_stream_begin() - the slot is this stream's from now on */
void dns_stream_begin(struct dns_stream *st, const struct pkt *p, uint64_t flow, bool from_box);

/*
 * dns_stream_add() - append a segment. What was sent again is left out; @changed: bytes of it
 * that were others the first time, which a product can bring about: pages that it gave to the
 * socket are still its own, sendfile(2). Return: 0 or -ENOMEM
 */
int dns_stream_add(struct dns_stream *st, const struct pkt *p, size_t *changed);

/*
 * dns_stream_whole() - bytes of the first message and of the length before it; 0: it is not
 * whole
 */
size_t dns_stream_whole(const struct dns_stream *st);

#endif
