/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hello.h - what nDPI does not say about a TLS client hello
 */
#ifndef CAPTURE_HELLO_H
#define CAPTURE_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hello {
	char name[256];		/* server name, lower case; empty: none, or an odd one */
	char alpn[128];		/* application protocols, "h3,hq"; cut */
	bool ech;		/* has the extension for an encrypted hello */
	bool odd;		/* it may say a name in a way that readers differ in: cut, twice, of
				 * another type, with a NUL, of no or too many bytes */
};

#define HELLO_MAX (5 + 16384)	/* of a hello in one record: RFC 8446, 5.1 */

enum hello_state {
	HELLO_NONE,		/* no hello begins so */
	HELLO_MORE,		/* one does, and goes on */
	HELLO_WHOLE,
	HELLO_BROKEN,		/* one does, and what follows is not its rest, or too long */
};

/**
 * hello_join() - a client hello that may be cut over several records, as one record
 * @out:	Receives it, with its header; HELLO_MAX bytes
 * @size:	Receives its length, for HELLO_WHOLE only
 */
enum hello_state hello_join(const uint8_t *data, size_t len, uint8_t *out, size_t *size);

/**
 * hello_read() - read the client hello at the beginning of a stream
 *
 * A hello that is cut, or goes on in another record, is read up to there, and is odd. Return: false
 * if it is none
 */
bool hello_read(struct hello *h, const uint8_t *data, size_t len);

#endif
