/* SPDX-License-Identifier: Apache-2.0 */
/*
 * telnet.h - a terminal that every password opens
 */
#ifndef LAB_TELNET_H
#define LAB_TELNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/buf.h"

#define TELNET_LINE_LEN 512

enum telnet_asks {
	TELNET_USER,
	TELNET_PASSWORD,
	TELNET_COMMAND,
};

/* Where in a command of the protocol the next byte stands, RFC 854, 855. */
enum telnet_at {
	TELNET_TEXT,
	TELNET_IAC,
	TELNET_OPTION, /* behind WILL, WONT, DO, DONT */
	TELNET_SUB, /* in a subnegotiation */
	TELNET_SUB_IAC,
};

struct telnet {
	enum telnet_asks asks;
	enum telnet_at at;
	uint8_t verb; /* WILL ... DONT */
	bool cr; /* the byte before was one: what follows belongs to it */
	char line[TELNET_LINE_LEN];
	size_t len;
};

/* What one byte leads to. */
struct telnet_step {
	bool whole; /* a line: s->line is a string, and s->asks says what it is; then
				 * call telnet_answer() */
};

/* telnet_byte() - read on; replies to negotiations and the echo go to @out */
void telnet_byte(struct telnet *s, uint8_t byte, struct telnet_step *step, struct tb_buf *out);

/*
 * telnet_answer() - what the terminal says to the line, and what it asks for next. Return: false at
 * the end of the session
 */
bool telnet_answer(struct telnet *s, struct tb_buf *out);

#endif
