/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.h - what the product asked for, as facts of the record
 */
#ifndef LAB_REQUEST_H
#define LAB_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "tcbox/event.h"

struct conn;
struct request_held;

#define REQUEST_NAME_LEN 256
#define REQUEST_TARGET_LEN (REQUEST_NAME_LEN + 8)	/* a name and its port */

/* Requests of one connection that are alike and were counted, not recorded one by one. */
struct request_more {
	uint64_t count, number, status, bytes_in, bytes_out;
	int64_t first, last;
	char method[24];
};

/* What a connection remembers of its requests. */
struct requests {
	uint64_t number;	/* of them, so far */
	uint64_t events;	/* recorded of them */
	int64_t began;		/* when the first byte of the one that is being read came; 0: not
				 * known */
	char name[REQUEST_NAME_LEN];	/* of the last one that was recorded, if it said no more
					 * than one */
	struct request_more more;
	char sni[REQUEST_NAME_LEN];	/* of the TLS that it is in */
	uint64_t inside;	/* bytes that came in this TLS */
	bool ech, odd;		/* of its hello */
	char via[REQUEST_TARGET_LEN];	/* of the tunnel that it is in */
	bool hello;		/* a client hello was read, and no request in its TLS was
				 * recorded */
	struct request_held *held, *held_last;	/* whose answers have not left yet, by time */
	size_t nheld;
};

/* request_begins() - the first byte of a request is there */
void request_begins(struct conn *c);

/**
 * request_record() - a request was answered, or could not be read to its end
 * @r:	What the responder knows: names, method, path, target, status, bytes, cut, unread.
 *	Borrowed; what is too long is cut
 *
 * Beyond REQUEST_EACH of a connection those that ask for the same one name as the one before are
 * counted in one event, those with a body only beyond REQUEST_BODIES; beyond
 * REQUEST_MAX of the run none is recorded: a counter says how many.
 *
 * While the scenario holds the answers of its connection back, a request is recorded when they
 * leave or the connection ends, and then with what was sent. So REQUEST_HELD of them wait; others
 * are recorded at once, without an answer.
 */
#define REQUEST_EACH 256
#define REQUEST_BODIES 4096
#define REQUEST_MAX (1u << 18)
#define REQUEST_HELD 64
void request_record(struct conn *c, const struct ev_request *r);

/* request_release() - the answers that were held back leave, or never will: then requests had none.
 * It records those that waited for that */
void request_release(struct conn *c, bool sent);

/* request_session() - the TLS of a connection, or the connection, ends: what is not yet recorded */
void request_session(struct conn *c);

/* request_enter() - what follows comes through a tunnel to @target; cut if it is too long */
void request_enter(struct conn *c, const char *target);

struct request_hello {
	const uint8_t *name;	/* of the server; NULL: it has none */
	size_t len;
	bool odd;		/* it may say one in another way, which other servers may read */
	bool ech;		/* it has an encrypted one in it, or a pretended one */
};

/* request_hello() - a client hello was read. Borrowed */
void request_hello(struct conn *c, const struct request_hello *h);

#endif
