/* SPDX-License-Identifier: Apache-2.0 */
/*
 * telnet.c - a terminal that every password opens (RFC 854)
 *
 * Its prompt takes every command and says nothing to it; users and commands are in the record. All
 * options of the client are refused, so that no negotiation goes round.
 */
#include "lab/telnet.h"

#include <string.h>
#include <strings.h>

#include "lab/conn.h"
#include "lab/line.h"

#define IAC 255
#define DONT 254
#define DO 253
#define WONT 252
#define WILL 251
#define SB 250
#define SE 240
#define ECHO 1
#define SUPPRESS_GO_AHEAD 3
#define CHUNK 4096 /* bytes at a time, before it is seen how much output waits */

/* negotiate() - what the server offered itself needs no answer; all else is refused */
static void negotiate(uint8_t verb, uint8_t option, struct tb_buf *out)
{
	uint8_t answer[3] = { IAC, verb == DO ? WONT : DONT, option };

	if (verb == DO && (option == ECHO || option == SUPPRESS_GO_AHEAD))
		return;
	if (verb == DO || verb == WILL)
		tb_buf_add(out, answer, sizeof(answer));
}

static void complete(struct telnet *s, struct telnet_step *step, struct tb_buf *out)
{
	s->line[s->len] = '\0';
	s->len = 0;
	step->whole = true;
	tb_buf_adds(out, "\r\n");
}

static void text(struct telnet *s, uint8_t byte, struct telnet_step *step, struct tb_buf *out)
{
	bool cr = s->cr;

	s->cr = byte == '\r';
	if (cr && (byte == '\n' || !byte))
		return;
	if (byte == '\r' || byte == '\n') {
		complete(s, step, out);
	} else if (byte == '\b' || byte == 0x7f) {
		if (s->len && s->asks != TELNET_PASSWORD)
			tb_buf_adds(out, "\b \b");
		s->len -= s->len > 0;
	} else if (byte >= ' ' && s->len + 1 < sizeof(s->line)) {
		s->line[s->len++] = (char)byte;
		if (s->asks != TELNET_PASSWORD)
			tb_buf_add(out, &byte, 1);
	}
}

static void after_iac(struct telnet *s, uint8_t byte, struct telnet_step *step, struct tb_buf *out)
{
	s->at = TELNET_TEXT;
	if (byte == IAC)
		text(s, byte, step, out);
	else if (byte == SB)
		s->at = TELNET_SUB;
	else if (byte >= WILL)
		s->at = TELNET_OPTION;
	s->verb = byte;
}

void telnet_byte(struct telnet *s, uint8_t byte, struct telnet_step *step, struct tb_buf *out)
{
	step->whole = false;
	switch (s->at) {
	case TELNET_TEXT:
		if (byte == IAC)
			s->at = TELNET_IAC;
		else
			text(s, byte, step, out);
		break;
	case TELNET_IAC:
		after_iac(s, byte, step, out);
		break;
	case TELNET_OPTION:
		s->at = TELNET_TEXT;
		negotiate(s->verb, byte, out);
		break;
	case TELNET_SUB:
		if (byte == IAC)
			s->at = TELNET_SUB_IAC;
		break;
	case TELNET_SUB_IAC:
		s->at = byte == SE ? TELNET_TEXT : TELNET_SUB;
		break;
	}
}

bool telnet_answer(struct telnet *s, struct tb_buf *out)
{
	if (s->asks == TELNET_USER) {
		s->asks = TELNET_PASSWORD;
		tb_buf_adds(out, "Password: ");
		return true;
	}
	if (s->asks == TELNET_COMMAND &&
	    (line_word(s->line, "exit") || line_word(s->line, "logout")))
		return false;
	s->asks = TELNET_COMMAND;
	tb_buf_adds(out, "$ ");
	return true;
}

bool telnet_half(const struct conn *c)
{
	return c->talk.telnet.len || c->talk.telnet.at != TELNET_TEXT;
}

bool telnet_begin(struct conn *c)
{
	memset(&c->talk.telnet, 0, sizeof(c->talk.telnet));
	return true;
}

void telnet_greet(struct conn *c)
{
	static const uint8_t hello[] = { IAC, WILL, ECHO, IAC, WILL, SUPPRESS_GO_AHEAD, 'l', 'o',
					 'g', 'i',  'n',  ':', ' ' };

	conn_send(c, hello, sizeof(hello));
}

/* note() - a line, for the record */
static void note(struct conn *c)
{
	static const char *const methods[] = {
		[TELNET_USER] = "USER",
		[TELNET_PASSWORD] = "PASS",
		[TELNET_COMMAND] = "COMMAND",
	};
	const struct telnet *s = &c->talk.telnet;
	struct line_turn t = { .method = methods[s->asks] };

	if (s->asks != TELNET_PASSWORD)
		t.argument = s->line;
	if (s->line[0] || s->asks == TELNET_PASSWORD)
		line_note(c, &t);
}

void telnet_input(struct conn *c)
{
	struct telnet *s = &c->talk.telnet;
	const uint8_t *data;
	size_t len;

	while (!c->closing && !conn_full(c) && (len = conn_take(c, &data, CHUNK))) {
		TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
		struct telnet_step step = { false };
		size_t used = 0;

		if (!s->len)
			request_begins(c);
		while (used < len && !step.whole)
			telnet_byte(s, data[used++], &step, &out);
		conn_used(c, data, used);
		if (step.whole) {
			note(c);
			c->closing = !telnet_answer(s, &out);
		}
		if (out.len)
			conn_send(c, out.data, out.len);
	}
}
