/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.h - protocols of text lines: one line of the client, and what becomes of it
 */
#ifndef LAB_LINE_H
#define LAB_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/buf.h"

struct conn;

#define LINE_MAX_LEN 4096 /* longer lines are cut into pieces of this length */

/* One line, and the answer to it. */
struct line_turn {
	const char *line; /* without its end */
	bool tls; /* it came in TLS */
	struct tb_buf *out; /* the reply, with the ends of its lines; empty: none */
	const char *method; /* what the record calls it; NULL: it is not recorded */
	const char *argument; /* for the record; NULL: none, or a secret */
	uint64_t bytes_in, bytes_out; /* of a body that came with it, of one in the reply */
	unsigned int status; /* of the reply, where the protocol has numbers; 0: it has none */
	bool starttls; /* TLS begins behind the reply */
	bool quit; /* the connection ends behind the reply */
};

/* line_word() - is the first word of the line @word, in any case? */
bool line_word(const char *line, const char *word);
/* line_rest() - what follows the first word and blanks; "" if nothing does */
const char *line_rest(const char *line);

/*
 * line_next() - take the next line out of the input, as a string. Return: false if there is none,
 * or none may be answered now
 */
bool line_next(struct conn *c, char line[LINE_MAX_LEN + 1]);

/* line_done() - record a turn, send its reply, and do what it leads to */
void line_done(struct conn *c, struct line_turn *t);

/*
 * line_note() - for the record: "RETR /pub/file", as a request and in the detail of its connection.
 * @t->method is not NULL
 */
void line_note(struct conn *c, const struct line_turn *t);

/**
 * line_one() - read one line and answer it; line_input() - all that are there
 * @turn:	Reads t->line and t->tls, fills in the rest
 *
 * Return: false if line_next() says so
 */
bool line_one(struct conn *c, void (*turn)(struct conn *c, struct line_turn *t));
void line_input(struct conn *c, void (*turn)(struct conn *c, struct line_turn *t));

#endif
