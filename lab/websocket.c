/* SPDX-License-Identifier: Apache-2.0 */
/*
 * websocket.c - the other side of a WebSocket: takes every message, and answers pings and the end
 *
 * Messages are counted and forgotten; each is a request in the record.
 *
 * Limits: there are no extensions, so no message is compressed.
 */
#include "lab/websocket.h"

#include <openssl/evp.h>
#include <string.h>

#include "lab/conn.h"
#include "tcbox/buf.h"

#define FIN 0x80
#define RESERVED 0x70
#define MASKED 0x80
#define CONTROL 0x08
#define PONG 0x8a
#define CLOSE 0x88
#define PROTOCOL_ERROR 1002

enum { OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };

bool websocket_accept(const char *key, char out[WEBSOCKET_ACCEPT])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	tb_buf_adds(&text, key);
	tb_buf_adds(&text, guid);
	if (text.failed || !EVP_Digest(text.data, text.len, digest, &len, EVP_sha1(), NULL))
		return false;
	return len == 20 && EVP_EncodeBlock((unsigned char *)out, digest, (int)len) == 28;
}

/* fail() - what was read breaks the protocol */
static enum websocket_what fail(struct websocket_step *out)
{
	static const uint8_t frame[] = { CLOSE, 2, PROTOCOL_ERROR >> 8, PROTOCOL_ERROR & 0xff };

	memcpy(out->reply, frame, sizeof(frame));
	out->reply_len = sizeof(frame);
	return WEBSOCKET_END;
}

/* control() - a whole control frame, whose payload comes back */
static enum websocket_what control(unsigned int opcode, const uint8_t *mask, const uint8_t *payload,
				   size_t len, struct websocket_step *out)
{
	if (opcode == OP_PONG)
		return WEBSOCKET_REPLY;
	if (opcode != OP_PING && opcode != OP_CLOSE)
		return fail(out);
	out->reply[0] = opcode == OP_PING ? PONG : CLOSE;
	out->reply[1] = (uint8_t)len;
	for (size_t i = 0; i < len; i++)
		out->reply[2 + i] = payload[i] ^ mask[i % 4];
	out->reply_len = 2 + len;
	return opcode == OP_PING ? WEBSOCKET_REPLY : WEBSOCKET_END;
}

enum websocket_what websocket_frame(struct websocket *s, const uint8_t *data, size_t len,
				    struct websocket_step *out)
{
	struct tb_rd r = tb_rd_init(data, len);
	uint8_t head = tb_rd_u8(&r), size = tb_rd_u8(&r);
	const uint8_t *mask, *payload = NULL;
	uint64_t n = size & 0x7f;
	bool is_control = head & CONTROL;

	out->used = out->reply_len = 0;
	if (n == 126)
		n = tb_rd_u16be(&r);
	else if (n == 127)
		n = (uint64_t)tb_rd_u32be(&r) << 32 | tb_rd_u32be(&r);
	mask = tb_rd_bytes(&r, 4);
	if (len >= 2 && (!(size & MASKED) || head & RESERVED || (is_control && !(head & FIN)) ||
			 (is_control && (size & 0x7f) > WEBSOCKET_CONTROL)))
		return fail(out);
	if (is_control && !r.bad)
		payload = tb_rd_bytes(&r, (size_t)n);
	if (r.bad || n >> 63)
		return n >> 63 ? fail(out) : WEBSOCKET_MORE;
	out->used = len - r.left;
	if (is_control)
		return control(head & 0xf, mask, payload, (size_t)n, out);
	s->left = n;
	s->last = head & FIN;
	s->in_message = true;
	return WEBSOCKET_DATA;
}

bool websocket_half(const struct conn *c)
{
	return c->talk.websocket.in_message;
}

bool websocket_begin(struct conn *c)
{
	memset(&c->talk.websocket, 0, sizeof(c->talk.websocket));
	return true;
}

/* payload() - what is there of it. Return: false if more is to come */
static bool payload(struct conn *c)
{
	struct websocket *s = &c->talk.websocket;
	const uint8_t *data;
	size_t n;

	while (s->left && (n = conn_take(c, &data, s->left < SIZE_MAX ? s->left : SIZE_MAX))) {
		s->left -= n;
		s->message += n;
		conn_used(c, data, n);
	}
	if (s->left)
		return false;
	if (s->in_message && s->last) {
		const struct ev_request e = { .method = "MESSAGE", .bytes_in = s->message };

		c->requests++;
		request_record(c, &e);
		s->message = 0;
	}
	s->in_message = false;
	return true;
}

void websocket_input(struct conn *c)
{
	struct websocket_step step;
	const uint8_t *data;
	size_t len;

	while (c->state == CONN_TALKING && !c->closing && !conn_full(c) && payload(c) &&
	       (len = conn_pull(c, &data, WEBSOCKET_PEEK))) {
		enum websocket_what what = websocket_frame(&c->talk.websocket, data, len, &step);

		if (what == WEBSOCKET_MORE)
			return;
		if (!c->talk.websocket.message)
			request_begins(c);
		conn_used(c, data, step.used);
		if (step.reply_len)
			conn_send(c, step.reply, step.reply_len);
		c->closing = what == WEBSOCKET_END;
	}
}
