/* SPDX-License-Identifier: Apache-2.0 */
/*
 * imap.c - mailboxes that every password opens, and that are empty
 *
 * A message that is appended is counted and forgotten.
 */
#include "lab/imap.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lab/conn.h"
#include "tcbox/own.h"

#define SELECTED                                                                                   \
	"* 0 EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n"  \
	"* OK [UIDVALIDITY 1] Ok\r\n* OK [UIDNEXT 1] Ok\r\n"
#define FOLDER "(\\HasNoChildren) \"/\" INBOX\r\n"

/* A command whose answer is always the same text, and "OK". */
static const struct row {
	const char *word, *text;
	bool recorded;
	bool secret; /* its argument is not for the record */
} rows[] = {
	{ "NOOP", "", false, false },
	{ "CHECK", "", false, false },
	{ "ID", "* ID NIL\r\n", false, false },
	{ "ENABLE", "* ENABLED\r\n", false, false },
	{ "NAMESPACE", "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n", false, false },
	{ "LOGIN", "", true, true },
	{ "SELECT", SELECTED, true, false },
	{ "EXAMINE", SELECTED, true, false },
	{ "LIST", "* LIST " FOLDER, true, false },
	{ "XLIST", "* LIST " FOLDER, true, false },
	{ "LSUB", "* LSUB " FOLDER, true, false },
	{ "SEARCH", "* SEARCH\r\n", true, false },
	{ "UID", "", true, false },
	{ "FETCH", "", true, false },
	{ "STORE", "", true, false },
	{ "COPY", "", true, false },
	{ "MOVE", "", true, false },
	{ "APPEND", "", true, false },
	{ "CREATE", "", true, false },
	{ "DELETE", "", true, false },
	{ "RENAME", "", true, false },
	{ "SUBSCRIBE", "", true, false },
	{ "UNSUBSCRIBE", "", true, false },
	{ "EXPUNGE", "", true, false },
	{ "CLOSE", "", false, false },
	{ "UNSELECT", "", false, false },
};

static void finish(const struct imap *s, struct line_turn *t, const char *how)
{
	tb_buf_adds(t->out, s->tag);
	tb_buf_adds(t->out, how);
}

static void capabilities(struct line_turn *t)
{
	tb_buf_adds(t->out, "* CAPABILITY IMAP4rev1 LITERAL+ IDLE ID NAMESPACE UNSELECT ");
	if (!t->tls)
		tb_buf_adds(t->out, "STARTTLS ");
	tb_buf_adds(t->out, "AUTH=PLAIN AUTH=LOGIN\r\n");
}

/* status() - of a mailbox whose name is given back as it came */
static void status(const struct imap *s, struct line_turn *t)
{
	size_t name = s->argument[0] == '"' ? strcspn(s->argument + 1, "\"") + 2 :
					      strcspn(s->argument, " ");

	tb_buf_adds(t->out, "* STATUS ");
	tb_buf_add(t->out, s->argument, strnlen(s->argument, name));
	tb_buf_adds(t->out, " (MESSAGES 0 RECENT 0 UIDNEXT 1 UIDVALIDITY 1 UNSEEN 0)\r\n");
}

static void simple(const struct imap *s, struct line_turn *t)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];

		if (strcasecmp(s->command, r->word))
			continue;
		if (r->recorded)
			t->method = r->word;
		if (r->recorded && !r->secret)
			t->argument = s->argument;
		tb_buf_adds(t->out, r->text);
		if (!strcmp(r->word, "UID") && line_word(s->argument, "SEARCH"))
			tb_buf_adds(t->out, "* SEARCH\r\n");
		finish(s, t, " OK done\r\n");
		return;
	}
	finish(s, t, " BAD unknown command\r\n");
}

/* execute() - a command that is there with all its literals */
static void execute(struct imap *s, struct line_turn *t)
{
	t->bytes_in = s->body;
	if (!strcasecmp(s->command, "CAPABILITY")) {
		capabilities(t);
		finish(s, t, " OK done\r\n");
	} else if (!strcasecmp(s->command, "STATUS")) {
		t->method = "STATUS";
		t->argument = s->argument;
		status(s, t);
		finish(s, t, " OK done\r\n");
	} else if (!strcasecmp(s->command, "AUTHENTICATE")) {
		t->method = "AUTH";
		s->secrets = line_word(s->argument, "LOGIN") ? 2 : 1;
		s->secrets -= *line_rest(s->argument) != '\0';
		if (s->secrets)
			tb_buf_adds(t->out, "+ \r\n");
		else
			finish(s, t, " OK logged in\r\n");
	} else if (!strcasecmp(s->command, "IDLE")) {
		s->idle = true;
		tb_buf_adds(t->out, "+ idling\r\n");
	} else if (!strcasecmp(s->command, "STARTTLS") && !t->tls) {
		t->method = "STARTTLS";
		t->starttls = true;
		finish(s, t, " OK begin TLS\r\n");
	} else if (!strcasecmp(s->command, "LOGOUT")) {
		t->quit = true;
		tb_buf_adds(t->out, "* BYE\r\n");
		finish(s, t, " OK done\r\n");
	} else {
		simple(s, t);
	}
}

/* read_literal() - does the line end in "{12}" or "{12+}"? Its bytes follow */
static bool read_literal(struct imap *s, struct line_turn *t)
{
	size_t len = strlen(t->line);
	const char *open = strrchr(t->line, '{');
	uint64_t n = 0;

	if (!open || t->line[len - 1] != '}')
		return false;
	for (open++; isdigit((unsigned char)*open); open++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*open - '0'), &n))
			return false;
	if (*open != '+' && *open != '}')
		return false;
	if (*open == '}')
		tb_buf_adds(t->out, "+ go on\r\n");
	s->literal = n;
	s->body = s->body + n < n ? UINT64_MAX : s->body + n;
	return true;
}

static void copy(char *out, size_t size, const char *from, size_t len)
{
	if (len >= size)
		len = size - 1;
	memcpy(out, from, len);
	out[len] = '\0';
}

/* begin() - tag and command of a line. Return: false if it has none */
static bool begin(struct imap *s, const char *line)
{
	const char *command = line_rest(line), *argument = line_rest(command);
	size_t tag = strcspn(line, " ");

	s->body = 0;
	for (size_t i = 0; i < tag; i++)
		if (!isgraph((unsigned char)line[i]) || line[i] == '+' || line[i] == '*')
			return false;
	if (!tag || tag >= sizeof(s->tag) || !*command)
		return false;
	copy(s->tag, sizeof(s->tag), line, tag);
	copy(s->command, sizeof(s->command), command, strcspn(command, " "));
	copy(s->argument, sizeof(s->argument), argument, strlen(argument));
	return true;
}

void imap_turn(struct imap *s, struct line_turn *t)
{
	if (s->idle) {
		s->idle = !line_word(t->line, "DONE");
		if (!s->idle)
			finish(s, t, " OK done\r\n");
	} else if (s->secrets) {
		if (--s->secrets)
			tb_buf_adds(t->out, "+ \r\n");
		else
			finish(s, t, " OK logged in\r\n");
	} else if (!s->command[0] && !begin(s, t->line)) {
		tb_buf_adds(t->out, "* BAD no command\r\n");
	} else if (!read_literal(s, t)) {
		execute(s, t);
		s->command[0] = '\0';
	}
}

bool imap_half(const struct conn *c)
{
	const struct imap *s = &c->talk.imap;

	return s->literal || (s->command[0] && !s->idle);
}

bool imap_begin(struct conn *c)
{
	memset(&c->talk.imap, 0, sizeof(c->talk.imap));
	return true;
}

static void turn(struct conn *c, struct line_turn *t)
{
	imap_turn(&c->talk.imap, t);
}

void imap_input(struct conn *c)
{
	struct imap *s = &c->talk.imap;
	const uint8_t *data;

	while (c->state == CONN_TALKING) {
		size_t n;

		if (!s->literal) {
			if (!line_one(c, turn))
				return;
			continue;
		}
		n = conn_take(c, &data, s->literal < SIZE_MAX ? (size_t)s->literal : SIZE_MAX);
		if (!n)
			return;
		s->literal -= n;
		conn_used(c, data, n);
	}
}
