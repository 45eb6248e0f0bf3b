/* SPDX-License-Identifier: Apache-2.0 */
/*
 * irc.c - a chat server on which nobody else is
 */
#include "lab/irc.h"

#include <ctype.h>
#include <string.h>

#include "lab/conn.h"
#include "tcbox/own.h"

#define HERE ":irc.internal "

/* numeric() - ":irc.internal 422 nick :text"; @word, if there is one, stands before the text */
static void numeric(const struct irc *s, struct line_turn *t, const char *code, const char *word,
		    const char *text)
{
	tb_buf_addf(t->out, HERE "%s %s ", code, s->nick[0] ? s->nick : "*");
	if (*word)
		tb_buf_addf(t->out, "%s ", word);
	tb_buf_addf(t->out, ":%s\r\n", text);
}

/* first_word() - of what follows the command, without a colon; cut at @size */
static void first_word(const char *line, char *out, size_t size)
{
	const char *p = line_rest(line);
	size_t len;

	p += *p == ':';
	len = strcspn(p, " ");
	if (len >= size)
		len = size - 1;
	memcpy(out, p, len);
	out[len] = '\0';
}

static void welcome(struct irc *s, struct line_turn *t)
{
	if (s->welcome || !s->nick[0] || !s->user || s->waits)
		return;
	s->welcome = true;
	numeric(s, t, "001", "", "Welcome");
	numeric(s, t, "002", "", "Your host is irc.internal");
	numeric(s, t, "003", "", "This server was created today");
	tb_buf_addf(t->out, HERE "004 %s irc.internal 1.0 i nt\r\n", s->nick);
	numeric(s, t, "422", "", "No message of the day");
}

static void nick(struct irc *s, struct line_turn *t)
{
	first_word(t->line, s->nick, sizeof(s->nick));
	for (char *p = s->nick; *p; p++)
		if (!isgraph((unsigned char)*p))
			*p = '_';
	welcome(s, t);
}

static void cap(struct irc *s, struct line_turn *t)
{
	const char *what = line_rest(t->line);

	s->waits = !s->welcome && !line_word(what, "END");
	if (line_word(what, "LS") || line_word(what, "LIST"))
		tb_buf_addf(t->out, HERE "CAP * %.2s :\r\n", what);
	else if (line_word(what, "REQ"))
		tb_buf_addf(t->out, HERE "CAP * NAK %s\r\n", line_rest(what));
	welcome(s, t);
}

/* join() - the client is in the channel, alone */
static void join(const struct irc *s, struct line_turn *t)
{
	char channel[LINE_MAX_LEN + 1];

	first_word(t->line, channel, sizeof(channel));
	channel[strcspn(channel, ",")] = '\0';
	tb_buf_addf(t->out, ":%s!user@internal JOIN %s\r\n", s->nick, channel);
	tb_buf_addf(t->out, HERE "353 %s = %s :%s\r\n", s->nick, channel, s->nick);
	numeric(s, t, "366", channel, "End of names");
}

/* Commands that are recorded, and those whose answer is one number. */
static const struct row {
	const char *word;
	bool recorded;
	bool secret; /* its argument is not for the record */
	const char *code, *text; /* NULL: no answer, or one that has a function */
} rows[] = {
	{ "PASS", true, true, NULL, NULL },
	{ "NICK", true, false, NULL, NULL },
	{ "USER", true, false, NULL, NULL },
	{ "JOIN", true, false, NULL, NULL },
	{ "PRIVMSG", true, false, NULL, NULL },
	{ "NOTICE", true, false, NULL, NULL },
	{ "TOPIC", true, false, NULL, NULL },
	{ "PART", true, false, NULL, NULL },
	{ "PONG", false, false, NULL, NULL },
	{ "AWAY", false, false, "306", "You are away" },
	{ "MODE", false, false, "221", "+i" },
	{ "WHO", false, false, "315", "End of WHO" },
	{ "WHOIS", false, false, "318", "End of WHOIS" },
	{ "LIST", false, false, "323", "End of LIST" },
	{ "MOTD", false, false, "422", "No message of the day" },
};

static void other(const struct irc *s, struct line_turn *t)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];

		if (!line_word(t->line, r->word))
			continue;
		if (r->recorded)
			t->method = r->word;
		if (r->recorded && !r->secret)
			t->argument = line_rest(t->line);
		if (r->code)
			numeric(s, t, r->code, "", r->text);
		return;
	}
	if (t->line[0])
		numeric(s, t, "421", "", "Unknown command");
}

void irc_turn(struct irc *s, struct line_turn *t)
{
	if (line_word(t->line, "PING")) {
		const char *token = line_rest(t->line);

		tb_buf_addf(t->out, HERE "PONG irc.internal :%s\r\n", token + (*token == ':'));
		return;
	}
	if (line_word(t->line, "CAP")) {
		cap(s, t);
		return;
	}
	if (line_word(t->line, "QUIT")) {
		t->method = "QUIT";
		t->argument = line_rest(t->line);
		t->quit = true;
		tb_buf_adds(t->out, "ERROR :Closing link\r\n");
		return;
	}
	other(s, t);
	if (line_word(t->line, "NICK")) {
		nick(s, t);
	} else if (line_word(t->line, "USER")) {
		s->user = true;
		welcome(s, t);
	} else if (line_word(t->line, "JOIN") && s->welcome) {
		join(s, t);
	}
}

bool irc_begin(struct conn *c)
{
	memset(&c->talk.irc, 0, sizeof(c->talk.irc));
	return true;
}

static void turn(struct conn *c, struct line_turn *t)
{
	irc_turn(&c->talk.irc, t);
}

void irc_input(struct conn *c)
{
	line_input(c, turn);
}
