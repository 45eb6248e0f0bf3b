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
	bool others;		/* of HTTP: it says more names than this one */
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
 * @at:		Where its payload stands in what the client says; negative: the server said it
 * @out:	Room for OPENING_HEAD_MAX + HELLO_MAX bytes, for what is put together
 *
 * What comes in one packet is not touched. In pieces it is held until it is whole, becomes
 * something else, or the server speaks; then it is one packet with the headers of the first.
 */
struct opening_out opening_packet(struct opening *o, struct opening_budget *b, const struct pkt *p,
				  int64_t at, uint8_t *out);

/* opening_rest() - no more packets will come. Return: bytes of what is still held, put together */
size_t opening_rest(struct opening *o, struct opening_budget *b, uint8_t *out);

/* opening_unread() - did it begin as one of them, and could not be followed to its end? */
bool opening_unread(const struct opening *o);

void opening_free(struct opening *o, struct opening_budget *b);

#endif
