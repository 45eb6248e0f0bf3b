/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mysql.h - a database that every password opens, and that is empty
 */
#ifndef LAB_MYSQL_H
#define LAB_MYSQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/buf.h"

#define MYSQL_HEADER 4 /* of a packet: three bytes of length, one of sequence */
#define MYSQL_KEPT 1024 /* of a packet's body; the rest is skipped */
#define MYSQL_TEXT_LEN 512 /* kept of a user's name or a query, for the record */

struct mysql {
	bool open; /* the client has logged in */
	uint32_t skip; /* bytes of a packet that are still to come */
};

/* What one packet leads to. */
struct mysql_turn {
	const char *method; /* for the record; NULL: nothing */
	char argument[MYSQL_TEXT_LEN];
	bool starttls, quit;
};

/* mysql_hello() - the server's first packet, with which it begins */
void mysql_hello(struct tb_buf *out);

/**
 * mysql_turn() - answer a packet
 * @body:	Its first bytes, behind the header: all, or MYSQL_KEPT
 * @seq:	Its sequence number
 * @out:	The reply
 */
void mysql_turn(struct mysql *s, const uint8_t *body, size_t len, uint8_t seq, struct mysql_turn *t,
		struct tb_buf *out);

#endif
