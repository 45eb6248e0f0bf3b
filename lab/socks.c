/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socks.c - a proxy that leads anywhere: SOCKS 4, 4a and 5 (RFC 1928, RFC 1929)
 *
 * Any user and password will do. Only CONNECT is granted: nobody calls back in the simulated
 * internet.
 */
#include "lab/socks.h"

#include <stdio.h>
#include <string.h>

#include "lab/conn.h"
#include "tcbox/buf.h"

#define METHODS_MAX 16		/* offered by a client that means it */
#define CONNECT 1
#define IS_IP4 1
#define IS_NAME 3
#define IS_IP6 4

bool socks_begins(const uint8_t *data, size_t len)
{
	if (len < 2)
		return len && (data[0] == 4 || data[0] == 5);
	if (data[0] == 5)
		return data[1] && data[1] <= METHODS_MAX;
	return data[0] == 4 && (data[1] == 1 || data[1] == 2);
}

static void reply(struct socks_step *out, const uint8_t *data, size_t len)
{
	memcpy(out->reply, data, len);
	out->reply_len = len;
}

/* used() - Return: the bytes of a message that is whole, 0 if it is not */
static int used(const struct tb_rd *r, size_t len)
{
	return r->bad ? 0 : (int)(len - r->left);
}

static int greeting(struct socks *s, const uint8_t *data, size_t len, struct socks_step *out)
{
	static const uint8_t open[] = { 5, 0 }, password[] = { 5, 2 }, none[] = { 5, 0xff };
	struct tb_rd r = tb_rd_init(data + 1, len - 1);
	uint8_t n = tb_rd_u8(&r);
	const uint8_t *methods = tb_rd_bytes(&r, n);

	if (!methods)
		return 0;
	if (memchr(methods, 0, n)) {
		s->state = SOCKS_REQUEST;
		reply(out, open, 2);
	} else if (memchr(methods, 2, n)) {
		s->state = SOCKS_PASSWORD;
		reply(out, password, 2);
	} else {
		s->state = SOCKS_REFUSED;
		reply(out, none, 2);
	}
	return used(&r, len);
}

static int password(struct socks *s, const uint8_t *data, size_t len, struct socks_step *out)
{
	static const uint8_t welcome[] = { 1, 0 };
	struct tb_rd r = tb_rd_init(data, len);

	if (tb_rd_u8(&r) != 1)
		return -1;
	(void)tb_rd_bytes(&r, tb_rd_u8(&r));
	(void)tb_rd_bytes(&r, tb_rd_u8(&r));
	if (r.bad)
		return 0;
	s->state = SOCKS_REQUEST;
	reply(out, welcome, 2);
	return used(&r, len);
}

/* target() - of an address, or of a name */
static void target(struct socks_step *out, const uint8_t *p, size_t len, uint16_t port)
{
	struct ev_addr a = { .family = len == 4 ? AF_INET : AF_INET6, .port = port };
	char text[EV_ADDR_STRLEN];

	memcpy(a.ip, p, len);
	ev_addr_format(&a, text);
	(void)snprintf(out->target, sizeof(out->target), "%s", text);
}

static void target_name(struct socks_step *out, const uint8_t *name, size_t len, uint16_t port)
{
	char text[256];

	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	for (size_t i = 0; i < len; i++)
		text[i] = name[i] ? (char)name[i] : '?';	/* no name, and seen to be none */
	text[len] = '\0';
	(void)snprintf(out->target, sizeof(out->target), "%s:%u", text, port);
}

static int request(struct socks *s, const uint8_t *data, size_t len, struct socks_step *out)
{
	static const uint8_t granted[10] = { 5, 0, 0, IS_IP4 }, refused[10] = { 5, 7, 0, IS_IP4 };
	struct tb_rd r = tb_rd_init(data, len);
	uint8_t version = tb_rd_u8(&r), command = tb_rd_u8(&r), type, n;
	const uint8_t *p;
	uint16_t port;

	(void)tb_rd_u8(&r);
	type = tb_rd_u8(&r);
	if (!r.bad && (version != 5 || (type != IS_IP4 && type != IS_NAME && type != IS_IP6)))
		return -1;
	n = type == IS_NAME ? tb_rd_u8(&r) : (uint8_t)(type == IS_IP4 ? 4 : 16);
	p = tb_rd_bytes(&r, n);
	port = tb_rd_u16be(&r);
	if (r.bad)
		return 0;
	if (type == IS_NAME)
		target_name(out, p, n, port);
	else
		target(out, p, n, port);
	s->state = command == CONNECT ? SOCKS_DONE : SOCKS_REFUSED;
	reply(out, command == CONNECT ? granted : refused, 10);
	return used(&r, len);
}

/* string() - that ends in a NUL. Return: NULL if its end is not there */
static const uint8_t *string(struct tb_rd *r, size_t *len)
{
	const uint8_t *end = r->bad ? NULL : memchr(r->p, '\0', r->left), *p;

	*len = end ? (size_t)(end - r->p) : 0;
	p = end ? tb_rd_bytes(r, *len + 1) : NULL;
	if (!p)
		r->bad = true;
	return p;
}

static int version_4(struct socks *s, const uint8_t *data, size_t len, struct socks_step *out)
{
	static const uint8_t granted[8] = { 0, 90 }, refused[8] = { 0, 91 };
	struct tb_rd r = tb_rd_init(data + 1, len - 1);
	uint8_t command = tb_rd_u8(&r);
	uint16_t port = tb_rd_u16be(&r);
	const uint8_t *ip = tb_rd_bytes(&r, 4), *name = NULL;
	size_t n;
	bool by_name = ip && !ip[0] && !ip[1] && !ip[2] && ip[3];

	(void)string(&r, &n);		/* the user */
	if (by_name)			/* 4a */
		name = string(&r, &n);
	if (r.bad)
		return 0;
	if (name)
		target_name(out, name, n, port);
	else
		target(out, ip, 4, port);
	s->state = command == CONNECT ? SOCKS_DONE : SOCKS_REFUSED;
	reply(out, command == CONNECT ? granted : refused, 8);
	return used(&r, len - 1) + 1;
}

int socks_next(struct socks *s, const uint8_t *data, size_t len, struct socks_step *out)
{
	int n = -1;

	memset(out, 0, sizeof(*out));
	if (!len)
		return 0;
	if (s->state == SOCKS_GREETING && data[0] == 4)
		n = version_4(s, data, len, out);
	else if (s->state == SOCKS_GREETING && data[0] == 5)
		n = greeting(s, data, len, out);
	else if (s->state == SOCKS_PASSWORD)
		n = password(s, data, len, out);
	else if (s->state == SOCKS_REQUEST)
		n = request(s, data, len, out);
	return !n && len >= SOCKS_MESSAGE_MAX ? -1 : n;
}

/* note() - where it was asked to lead */
static void note(struct conn *c, const struct socks_step *step)
{
	const struct ev_request e = {
		.method = "CONNECT", .target = step->target, .status = step->reply[1],
	};

	tb_buf_adds(conn_note(c), "CONNECT ");
	tb_buf_add_shown(&c->detail, step->target, strlen(step->target));
	request_record(c, &e);
}

bool socks_begin(struct conn *c)
{
	memset(&c->socks, 0, sizeof(c->socks));
	return true;
}

void socks_input(struct conn *c)
{
	const uint8_t *data;
	struct socks_step step;
	size_t len;
	int n;

	while (c->state == CONN_TALKING && !c->closing && !c->tunnel &&
	       (len = conn_pull(c, &data, SOCKS_MESSAGE_MAX))) {
		if (c->socks.state == SOCKS_GREETING)
			request_begins(c);
		n = socks_next(&c->socks, data, len, &step);
		if (!n)
			return;
		if (n < 0) {
			conn_sink(c);
			return;
		}
		if (step.target[0])
			note(c, &step);
		conn_used(c, data, (size_t)n);
		conn_send(c, step.reply, step.reply_len);
		c->closing = c->socks.state == SOCKS_REFUSED;
		if (c->socks.state == SOCKS_DONE)
			conn_tunnel(c, step.target);
	}
}
