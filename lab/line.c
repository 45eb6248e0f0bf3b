/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.c - protocols of text lines: one line of the client, and what becomes of it
 */
#include "lab/line.h"

#include <event2/buffer.h>
#include <string.h>
#include <strings.h>

#include "lab/conn.h"

#define ARGUMENT_SHOWN 200 /* of each, in the detail of the connection */

bool line_word(const char *line, const char *word)
{
	size_t n = strlen(word);

	return !strncasecmp(line, word, n) && (!line[n] || line[n] == ' ');
}

const char *line_rest(const char *line)
{
	line += strcspn(line, " ");
	return line + strspn(line, " ");
}

/* next_len() - the length of the first line with its end, or of a piece of it; 0: not there yet */
static size_t next_len(struct evbuffer *in, size_t *end_len)
{
	struct evbuffer_ptr eol = evbuffer_search_eol(in, NULL, end_len, EVBUFFER_EOL_CRLF);

	if (eol.pos < 0)
		*end_len = 0;
	if (eol.pos >= 0 && eol.pos <= LINE_MAX_LEN)
		return (size_t)eol.pos + *end_len;
	*end_len = 0;
	return evbuffer_get_length(in) > LINE_MAX_LEN ? LINE_MAX_LEN : 0;
}

bool line_next(struct conn *c, char line[LINE_MAX_LEN + 1])
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	const uint8_t *data;
	size_t len, end;

	if (c->state != CONN_TALKING || c->closing || c->tunnel || conn_full(c))
		return false;
	len = next_len(in, &end);
	data = len ? evbuffer_pullup(in, (ev_ssize_t)len) : NULL;
	if (!data)
		return false;
	memcpy(line, data, len - end);
	line[len - end] = '\0';
	request_begins(c);
	conn_used(c, data, len);
	return true;
}

void line_note(struct conn *c, const struct line_turn *t)
{
	const struct ev_request e = {
		.method = t->method,
		.path = t->argument,
		.status = t->status,
		.bytes_in = t->bytes_in,
		.bytes_out = t->bytes_out,
	};
	struct tb_buf *detail = conn_note(c);

	tb_buf_adds(detail, t->method);
	if (t->argument && *t->argument) {
		tb_buf_adds(detail, " ");
		tb_buf_add(detail, t->argument, strnlen(t->argument, ARGUMENT_SHOWN));
		if (strlen(t->argument) > ARGUMENT_SHOWN)
			tb_buf_adds(detail, "...");
	}
	request_record(c, &e);
}

void line_done(struct conn *c, struct line_turn *t)
{
	if (t->method)
		line_note(c, t);
	if (t->out->len)
		conn_send(c, t->out->data, t->out->len);
	c->closing |= t->quit;
	if (t->starttls && !c->ssl)
		c->tunnel = TUNNEL_SAME;
}

bool line_one(struct conn *c, void (*turn)(struct conn *c, struct line_turn *t))
{
	char line[LINE_MAX_LEN + 1];
	struct tb_buf out = { 0 };
	struct line_turn t = { .line = line, .tls = c->ssl, .out = &out };

	if (!line_next(c, line))
		return false;
	turn(c, &t);
	line_done(c, &t);
	tb_buf_free(&out);
	return true;
}

void line_input(struct conn *c, void (*turn)(struct conn *c, struct line_turn *t))
{
	while (line_one(c, turn))
		;
}
