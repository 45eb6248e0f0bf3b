/* SPDX-License-Identifier: Apache-2.0 */
/*
 * later.h - a second protocol behind what a client says first
 */
#ifndef CAPTURE_LATER_H
#define CAPTURE_LATER_H

#include "capture/packet.h"

#define LATER_TAIL 20		/* one byte less than the longest sign, that of DNS */

/* What is remembered of one conversation: all zero in the beginning. */
struct later {
	int64_t next;		/* where the client goes on over TCP */
	uint8_t tail[LATER_TAIL];	/* what it said last */
	uint8_t ntail;
	bool found;
	bool dns;		/* over TCP: it begins with a query */
	bool begun, own;	/* of UDP: a datagram came; the first was DTLS, which nDPI reads */
};

/*
 * later_tcp() - look at a segment of the client for the beginning of TLS, HTTP, SOCKS or DNS
 * @at:		Where its payload stands in what the client says, not negative
 *
 * Signs are looked for at every byte, also over the ends of segments, and are so long that other
 * bytes do not have them by chance. later.found is set, and stays.
 */
void later_tcp(struct later *l, const struct pkt *p, int64_t at);

/* later_udp() - the same of a datagram, for DTLS with the name of a server */
void later_udp(struct later *l, const struct pkt *p);

#endif
