/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic.h - what a client says first over QUIC: the TLS hello in its Initial packets
 */
#ifndef CAPTURE_QUIC_H
#define CAPTURE_QUIC_H

#include "capture/opening.h"
#include "capture/stream.h"

#define QUIC_ID_MAX 20			/* of a connection, RFC 9000, 17.2 */
#define QUIC_V1 0x00000001u
#define QUIC_V2 0x6b3343cfu		/* RFC 9369 */

/* What protects the client's Initial packets, RFC 9001, 5.2. */
struct quic_keys {
	uint8_t key[16], iv[12], hp[16];
};

/* quic_keys() - @version: QUIC_V1 or QUIC_V2. Return: false if they cannot be derived */
bool quic_keys(uint32_t version, const uint8_t *id, size_t len, struct quic_keys *out);

/* The connections of one client, that is of one flow. All zero at first; quic_free() */
struct quic {
	bool known;			/* a packet was read, and the keys come from this id: */
	uint8_t id_len, id[QUIC_ID_MAX];
	uint64_t next;			/* packet number */
	struct stream stream;		/* of CRYPTO frames */
	size_t counted;			/* of the budget */
	uint32_t read;			/* bytes of the stream that were hellos */
	uint32_t hellos;
	char *name;			/* server name of the first; heap string, NULL: none */
	char *alpn;			/* "h3,hq"; heap string, NULL: none */
	bool ech;
	bool lost;			/* it could not be kept: nothing more is read */
	bool others;			/* another hello says another name, or one is odd, or could
					 * not be followed */
};

/* quic_begins() - can a datagram of a client begin with an Initial packet that is read here? */
bool quic_begins(const uint8_t *data, size_t len);

/**
 * quic_datagram() - a datagram of the client, in any order
 * @scratch:	HELLO_MAX bytes
 *
 * What no server could decrypt is ignored, as a server does. Packets behind each other are read
 * also where the kernel joined datagrams (UDP_SEGMENT, udp(7)).
 */
void quic_datagram(struct quic *q, struct opening_budget *b, const uint8_t *data, size_t len,
		   uint8_t *scratch);

/* quic_unread() - has it not said a whole hello, or more than is told? */
bool quic_unread(const struct quic *q);

void quic_free(struct quic *q, struct opening_budget *b);

#endif
