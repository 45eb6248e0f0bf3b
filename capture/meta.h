/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta.h - what application protocol a flow speaks, and what that says in the clear
 */
#ifndef CAPTURE_META_H
#define CAPTURE_META_H

#include "capture/packet.h"

/* As in struct ev_flow; NULL where there is none. One block of memory, released by free(). */
struct meta_info {
	const char *app, *app_detail, *sni, *alpn, *tls_version, *ja3, *http_host, *http_request;
	bool ech;
	bool unread;		/* a hello or a request that could not be followed to its end, or
				 * that says more names than are here */
};

struct meta;
struct meta_flow;

/*
 * meta_new() - prepare nDPI
 *
 * nDPI itself starts, in some ten milliseconds, with the first flow that is not plain DNS. All
 * system calls that it makes then and later are for memory.
 */
struct meta *meta_new(void);
void meta_free(struct meta *m);

/*
 * meta_open() - begin to look at a flow. Return: NULL without memory. There are never more than
 * META_MAX: the oldest is concluded
 */
#define META_MAX 65536u
struct meta_flow *meta_open(struct meta *m);

/*
 * meta_packet() - look at a packet of the flow that has payload
 * @at:	Where its payload stands in what the client says over TCP, 0 if it says it over UDP, or
 *	META_...
 */
#define META_SERVER (-1)	/* the server said it, or that is not known */
#define META_BEFORE (-2)	/* it begins before the client's first byte, and reaches behind it;
				 * or nothing says where it stands */
#define META_OLD (-3)		/* it is all before the client's first byte: nobody reads it */
void meta_packet(struct meta *m, struct meta_flow *f, const struct pkt *p, int64_t at);

/* meta_acked() - the server has so many bytes of what the client says over TCP */
void meta_acked(struct meta *m, struct meta_flow *f, uint32_t upto);

/* meta_conclude() - no more packets will come. Return: what was found, valid until meta_close() */
const struct meta_info *meta_conclude(struct meta *m, struct meta_flow *f);
void meta_close(struct meta *m, struct meta_flow *f);

#endif
