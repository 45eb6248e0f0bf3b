/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opening.h - what a client says first over TCP, followed to its end: a TLS hello, an HTTP head
 */
#ifndef CAPTURE_OPENING_H
#define CAPTURE_OPENING_H

#include "capture/hello.h"
#include "capture/packet.h"

enum opening_state {
	OPENING_MORE,		/* it goes on, or what it is cannot be told yet */
	OPENING_TLS,
	OPENING_HTTP,
	OPENING_OTHER,		/* neither: nothing more is looked for */
	OPENING_LOST,		/* one of them, perhaps, that could not be followed */
};

/* Where a payload stands, if it is not at a byte of what the client says. */
#define OPENING_SERVER (-1)	/* the server said it, or that is not known */
#define OPENING_BEFORE (-2)	/* it begins before the first byte, and reaches into what follows */

#define OPENING_HEAD_MAX 128	/* of the headers of a packet */

struct opening_held;		/* a client's packets that are put together */

struct opening {
	enum opening_state state;
	bool begun;		/* it is one of them: not to know the rest is a loss */
	bool begins;		/* packets were given */
	bool given;		/* what was held has been given on */
	struct opening_held *held;	/* NULL: nothing is */
	char *name;		/* server name of TLS, host of HTTP; heap string, NULL: none */
	char *request;		/* of HTTP: "GET /path"; heap string */
	bool ech;
	bool others;		/* it says more names than this one, or an odd one, or other bytes
				 * were sent in its place */
};

/* Bytes that all openings together may hold. */
struct opening_budget {
	size_t left;
};

#define OPENING_BUDGET ((size_t)64 << 20)

/* What to look at in the place of a packet that was given. */
struct opening_out {
	const struct pkt *packet;	/* this one; NULL: none */
	size_t len;		/* before it a packet that was put together, of so many bytes, at
				 * @out; 0: none */
};

/**
 * opening_packet() - a packet with payload
 * @at:		Where its payload stands in what the client says, or OPENING_...
 * @out:	Room for OPENING_HEAD_MAX + HELLO_MAX bytes, for what is put together
 *
 * What comes in one packet is not touched. In pieces it is held until it is whole, becomes
 * something else, or the server speaks; then it is one packet with the headers of the first.
 *
 * What it was is known then. Until the server has acknowledged these bytes, another packet with
 * others in their place may be the one that it reads: so they are kept for that long, and the
 * opening is unread if one comes.
 */
struct opening_out opening_packet(struct opening *o, struct opening_budget *b, const struct pkt *p,
				  int64_t at, uint8_t *out);

/* opening_acked() - the server has so many bytes of what the client says */
void opening_acked(struct opening *o, struct opening_budget *b, uint32_t upto);

/* opening_lost() - a packet of the client could not be looked at */
void opening_lost(struct opening *o);

/* opening_rest() - no more packets will come. Return: bytes of what is still held, put together */
size_t opening_rest(struct opening *o, struct opening_budget *b, uint8_t *out);

/* opening_unread() - did it begin as one of them, and could not be followed to its end, or not be
 * read as every receiver would? */
bool opening_unread(const struct opening *o);

void opening_free(struct opening *o, struct opening_budget *b);

#endif
