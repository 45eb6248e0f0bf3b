/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pop3.c - a mailbox that every password opens, and that is empty
 */
#include "lab/pop3.h"

#include <string.h>
#include <strings.h>

#include "lab/conn.h"
#include "tcbox/own.h"

static const struct reply {
	const char *word, *text;
	bool recorded;
	bool secret; /* its argument is not for the record */
} replies[] = {
	{ "USER", "+OK\r\n", true, false },
	{ "PASS", "+OK logged in\r\n", true, true },
	{ "APOP", "+OK logged in\r\n", true, true },
	{ "STAT", "+OK 0 0\r\n", true, false },
	{ "LIST", "+OK 0 messages\r\n.\r\n", true, false },
	{ "UIDL", "+OK\r\n.\r\n", true, false },
	{ "RETR", "-ERR no such message\r\n", true, false },
	{ "DELE", "-ERR no such message\r\n", true, false },
	{ "TOP", "-ERR no such message\r\n", true, false },
	{ "NOOP", "+OK\r\n", false, false },
	{ "RSET", "+OK\r\n", false, false },
	{ "UTF8", "+OK\r\n", false, false },
	{ "LANG", "+OK\r\n", false, false },
	{ "QUIT", "+OK bye\r\n", false, false },
};

static void auth(struct pop3 *s, struct line_turn *t)
{
	const char *mechanism = line_rest(t->line);
	bool initial = *line_rest(mechanism);

	if (!*mechanism) {
		tb_buf_adds(t->out, "+OK\r\nPLAIN\r\nLOGIN\r\n.\r\n");
		return;
	}
	t->method = "AUTH";
	s->secrets = line_word(mechanism, "LOGIN") ? 2 : 1;
	s->secrets -= initial;
	tb_buf_adds(t->out, s->secrets ? "+ \r\n" : "+OK logged in\r\n");
}

static void capabilities(struct line_turn *t)
{
	tb_buf_adds(t->out, "+OK\r\nUSER\r\nUIDL\r\nTOP\r\nSASL PLAIN LOGIN\r\n");
	if (!t->tls)
		tb_buf_adds(t->out, "STLS\r\n");
	tb_buf_adds(t->out, ".\r\n");
}

/* other() - the words of the table */
static void other(struct line_turn *t)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(replies); i++) {
		const struct reply *r = &replies[i];

		if (!line_word(t->line, r->word))
			continue;
		tb_buf_adds(t->out, r->text);
		t->quit = !strcmp(r->word, "QUIT");
		if (r->recorded)
			t->method = r->word;
		if (r->recorded && !r->secret)
			t->argument = line_rest(t->line);
		return;
	}
	tb_buf_adds(t->out, "-ERR unknown command\r\n");
}

void pop3_turn(struct pop3 *s, struct line_turn *t)
{
	if (s->secrets) {
		tb_buf_adds(t->out, --s->secrets ? "+ \r\n" : "+OK logged in\r\n");
	} else if (line_word(t->line, "CAPA")) {
		capabilities(t);
	} else if (line_word(t->line, "AUTH")) {
		auth(s, t);
	} else if (line_word(t->line, "STLS") && !t->tls) {
		tb_buf_adds(t->out, "+OK begin TLS\r\n");
		t->method = "STARTTLS";
		t->starttls = true;
	} else {
		other(t);
	}
}

bool pop3_begin(struct conn *c)
{
	memset(&c->talk.pop3, 0, sizeof(c->talk.pop3));
	return true;
}

static void turn(struct conn *c, struct line_turn *t)
{
	pop3_turn(&c->talk.pop3, t);
}

void pop3_input(struct conn *c)
{
	line_input(c, turn);
}
