/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socks.h - a proxy that leads anywhere: SOCKS 4, 4a and 5
 */
#ifndef LAB_SOCKS_H
#define LAB_SOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum socks_state {
	SOCKS_GREETING,		/* the first message: it says which version */
	SOCKS_PASSWORD,		/* RFC 1929 */
	SOCKS_REQUEST,
	SOCKS_DONE,		/* what follows goes to the target */
	SOCKS_REFUSED,
};

struct socks {
	enum socks_state state;
};

#define SOCKS_MESSAGE_MAX 600	/* no message is longer */

/* What one message leads to. */
struct socks_step {
	uint8_t reply[10];
	size_t reply_len;
	char target[300];	/* "example.com:443", of the message that asks for it */
};

/**
 * socks_next() - read one message
 * @data:	What the client has said and nobody has used
 *
 * Return: how many bytes the message has; 0: it is not whole; -1: no message is like this
 */
int socks_next(struct socks *s, const uint8_t *data, size_t len, struct socks_step *out);

/* socks_begins() - can a client of SOCKS begin so? */
bool socks_begins(const uint8_t *data, size_t len);

#endif
