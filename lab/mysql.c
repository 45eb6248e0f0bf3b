/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mysql.c - a database that every password opens, and that is empty
 *
 * The client/server protocol of MySQL, version 10, as its internals manual and MariaDB's describe
 * it. What asks for rows gets a result with one column and no row, anything else "done". Queries
 * are in the record.
 *
 * Limits: there are no prepared statements and no files of the client; a client is told so.
 */
#include "lab/mysql.h"

#include <event2/buffer.h>
#include <string.h>
#include <strings.h>

#include "lab/conn.h"
#include "lab/line.h"
#include "tcbox/own.h"

#define LONG_PASSWORD 0x1u
#define WITH_DATABASE 0x8u
#define PROTOCOL_41 0x200u
#define WITH_TLS 0x800u
#define TRANSACTIONS 0x2000u
#define SECURE_PASSWORD 0x8000u
#define PLUGIN_AUTH 0x80000u
#define CAPABILITIES                                                                               \
	(LONG_PASSWORD | WITH_DATABASE | PROTOCOL_41 | WITH_TLS | TRANSACTIONS | SECURE_PASSWORD | \
	 PLUGIN_AUTH)

#define UTF8MB4 45
#define AUTOCOMMIT 2 /* a status */
#define TLS_REQUEST_LEN 32 /* a login without a user: the client goes on in TLS */

enum {
	COM_QUIT = 1,
	COM_INIT_DB = 2,
	COM_QUERY = 3,
	COM_FIELD_LIST = 4,
	COM_PING = 14,
	COM_PREPARE = 22,
};

static void put_number(struct tb_buf *out, uint32_t v, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		tb_buf_addc(out, (char)(v >> (8 * i) & 0xff));
}

static void put_packet(struct tb_buf *out, uint8_t seq, const struct tb_buf *body)
{
	put_number(out, (uint32_t)body->len, 3);
	put_number(out, seq, 1);
	tb_buf_add(out, body->data, body->len);
}

void mysql_hello(struct tb_buf *out)
{
	static const char version[] = "8.0.36", salt[] = "k}2Q[h0^", more_salt[] = "w3#Vz8!pLd5@",
			  plugin[] = "mysql_native_password";
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	put_number(&b, 10, 1);
	tb_buf_add(&b, version, sizeof(version));
	put_number(&b, 8, 4); /* the connection */
	tb_buf_add(&b, salt, sizeof(salt));
	put_number(&b, CAPABILITIES & 0xffff, 2);
	put_number(&b, UTF8MB4, 1);
	put_number(&b, AUTOCOMMIT, 2);
	put_number(&b, CAPABILITIES >> 16, 2);
	put_number(&b, 21, 1); /* bytes of salt, and a NUL */
	put_number(&b, 0, 4);
	put_number(&b, 0, 4);
	put_number(&b, 0, 2);
	tb_buf_add(&b, more_salt, sizeof(more_salt));
	tb_buf_add(&b, plugin, sizeof(plugin));
	put_packet(out, 0, &b);
}

static void ok(struct tb_buf *out, uint8_t seq)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	put_number(&b, 0, 3); /* done; no rows, no new row's number */
	put_number(&b, AUTOCOMMIT, 2);
	put_number(&b, 0, 2); /* warnings */
	put_packet(out, seq, &b);
}

static void end_of_rows(struct tb_buf *out, uint8_t seq)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	put_number(&b, 0xfe, 1);
	put_number(&b, 0, 2);
	put_number(&b, AUTOCOMMIT, 2);
	put_packet(out, seq, &b);
}

static void error(struct tb_buf *out, uint8_t seq, unsigned int code, const char *text)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	put_number(&b, 0xff, 1);
	put_number(&b, code, 2);
	tb_buf_adds(&b, text);
	put_packet(out, seq, &b);
}

static void put_text(struct tb_buf *out, const char *s)
{
	put_number(out, (uint32_t)strlen(s), 1);
	tb_buf_adds(out, s);
}

/* no_rows() - a result of one column */
static void no_rows(struct tb_buf *out, uint8_t seq)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT, one = TB_BUF_INIT;

	put_number(&one, 1, 1);
	put_packet(out, seq, &one);
	put_text(&b, "def");
	put_text(&b, "");
	put_text(&b, "");
	put_text(&b, "");
	put_text(&b, "result");
	put_text(&b, "result");
	put_number(&b, 12, 1); /* bytes that follow */
	put_number(&b, UTF8MB4, 2);
	put_number(&b, 1020, 4);
	put_number(&b, 253, 1); /* text */
	put_number(&b, 0, 2);
	put_number(&b, 0, 1);
	put_number(&b, 0, 2);
	put_packet(out, (uint8_t)(seq + 1), &b);
	end_of_rows(out, (uint8_t)(seq + 2));
	end_of_rows(out, (uint8_t)(seq + 3));
}

static void keep(struct mysql_turn *t, const uint8_t *text, size_t len)
{
	if (len >= sizeof(t->argument))
		len = sizeof(t->argument) - 1;
	for (size_t i = 0; i < len; i++)
		t->argument[i] = text[i] ? (char)text[i] : ' ';
	t->argument[len] = '\0';
}

static void login(struct mysql *s, const uint8_t *body, size_t len, uint8_t seq,
		  struct mysql_turn *t, struct tb_buf *out)
{
	struct tb_rd r = tb_rd_init(body, len);
	const uint8_t *head = tb_rd_bytes(&r, TLS_REQUEST_LEN);
	const uint8_t *end = head && r.left ? memchr(r.p, '\0', r.left) : NULL;

	if (head && !r.left && (head[1] & WITH_TLS >> 8)) {
		t->method = "STARTTLS";
		t->starttls = true;
		return;
	}
	if (!end) {
		error(out, seq, 1043, "#08S01Bad handshake");
		t->quit = true;
		return;
	}
	t->method = "LOGIN";
	keep(t, r.p, (size_t)(end - r.p));
	s->open = true;
	ok(out, seq);
}

/* asks_rows() - does a statement give rows? */
static bool asks_rows(const char *sql)
{
	static const char *const words[] = { "select", "show",	"describe", "desc",  "explain",
					     "with",   "table", "values",   "check", "call" };

	sql += strspn(sql, " \t\r\n(");
	for (size_t i = 0; i < TB_ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);

		if (!strncasecmp(sql, words[i], n) && (!sql[n] || strchr(" \t\r\n(*@'`", sql[n])))
			return true;
	}
	return false;
}

static void command(uint8_t code, uint8_t seq, struct mysql_turn *t, struct tb_buf *out)
{
	switch (code) {
	case COM_QUIT:
		t->quit = true;
		break;
	case COM_QUERY:
		t->method = "QUERY";
		if (asks_rows(t->argument))
			no_rows(out, seq);
		else
			ok(out, seq);
		break;
	case COM_INIT_DB:
		t->method = "USE";
		ok(out, seq);
		break;
	case COM_FIELD_LIST:
		end_of_rows(out, seq);
		break;
	case COM_PING:
		ok(out, seq);
		break;
	case COM_PREPARE:
		t->method = "PREPARE";
		error(out, seq, 1295, "#HY000Prepared statements are not supported");
		break;
	default:
		error(out, seq, 1047, "#08S01Unknown command");
		break;
	}
}

void mysql_turn(struct mysql *s, const uint8_t *body, size_t len, uint8_t seq, struct mysql_turn *t,
		struct tb_buf *out)
{
	uint8_t next = (uint8_t)(seq + 1);

	t->method = NULL;
	t->argument[0] = '\0';
	t->starttls = t->quit = false;
	if (!s->open) {
		login(s, body, len, next, t, out);
	} else if (len) {
		keep(t, body + 1, len - 1);
		command(body[0], next, t, out);
	} else {
		error(out, next, 1047, "#08S01Unknown command");
	}
}

bool mysql_half(const struct conn *c)
{
	return c->talk.mysql.skip;
}

bool mysql_begin(struct conn *c)
{
	memset(&c->talk.mysql, 0, sizeof(c->talk.mysql));
	return true;
}

void mysql_greet(struct conn *c)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;

	mysql_hello(&out);
	conn_send(c, out.data, out.len);
}

static void answer(struct conn *c, const uint8_t *body, size_t len, uint8_t seq)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct line_turn note = { 0 };
	struct mysql_turn t;

	mysql_turn(&c->talk.mysql, body, len, seq, &t, &out);
	note.method = t.method;
	if (t.argument[0])
		note.argument = t.argument;
	if (t.method)
		line_note(c, &note);
	if (out.len)
		conn_send(c, out.data, out.len);
	c->closing = t.quit;
	if (t.starttls && !c->ssl)
		c->tunnel = TUNNEL_SAME;
}

/* skip() - what is not kept of a packet. Return: false if there is more of it to come */
static bool skip(struct conn *c)
{
	struct mysql *s = &c->talk.mysql;
	const uint8_t *data;
	size_t n;

	while (s->skip && (n = conn_take(c, &data, s->skip))) {
		s->skip -= (uint32_t)n;
		conn_used(c, data, n);
	}
	return !s->skip;
}

void mysql_input(struct conn *c)
{
	const uint8_t *data;

	while (c->state == CONN_TALKING && !c->closing && !c->tunnel && !conn_full(c) && skip(c)) {
		size_t got = conn_pull(c, &data, MYSQL_HEADER + MYSQL_KEPT), want;
		uint32_t len;

		if (got < MYSQL_HEADER)
			return;
		len = data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16;
		want = len < MYSQL_KEPT ? len : MYSQL_KEPT;
		if (got < MYSQL_HEADER + want)
			return;
		request_begins(c);
		c->talk.mysql.skip = len - (uint32_t)want;
		answer(c, data + MYSQL_HEADER, want, data[3]);
		conn_used(c, data, MYSQL_HEADER + want);
	}
}
