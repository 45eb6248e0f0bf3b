/* SPDX-License-Identifier: Apache-2.0 */
/*
 * udp.c - answers of small protocols over UDP: one request in, one reply out
 *
 * Pure: bytes in, bytes out. What cannot be read as a request is none, and gets no reply.
 */
#include "lab/udp.h"

#include <string.h>

#include "tcbox/buf.h"

static void put(struct udp_reply *out, const void *data, size_t len)
{
	if (len > sizeof(out->data) - out->len)
		len = sizeof(out->data) - out->len;	/* cannot happen: each function says why */
	memcpy(out->data + out->len, data, len);
	out->len += len;
}

static void put8(struct udp_reply *out, unsigned int v)
{
	put(out, &(uint8_t){ (uint8_t)v }, 1);
}

static void put16(struct udp_reply *out, unsigned int v)
{
	put8(out, v >> 8);
	put8(out, v);
}

static void put32(struct udp_reply *out, uint32_t v)
{
	put16(out, v >> 16);
	put16(out, v & 0xffff);
}

#define STUN_HEADER 20
#define STUN_COOKIE UINT32_C(0x2112a442)
#define STUN_BINDING 0x0001
#define STUN_SUCCESS 0x0101
#define STUN_XOR_MAPPED_ADDRESS 0x0020

bool udp_stun(const struct udp_query *q, struct udp_reply *out)
{
	struct tb_rd r = tb_rd_init(q->data, q->len);
	uint16_t type = tb_rd_u16be(&r), len = tb_rd_u16be(&r);
	uint32_t cookie = tb_rd_u32be(&r);
	const struct ev_addr *a = q->client;
	size_t alen = a->family == AF_INET ? 4 : 16;

	if (!tb_rd_bytes(&r, 12) || type != STUN_BINDING || cookie != STUN_COOKIE || len % 4 ||
	    len != r.left)
		return false;
	put16(out, STUN_SUCCESS);
	put16(out, (unsigned int)(4 + 4 + alen));
	put(out, q->data + 4, 16);		/* cookie and transaction */
	put16(out, STUN_XOR_MAPPED_ADDRESS);
	put16(out, (unsigned int)(4 + alen));
	put16(out, a->family == AF_INET ? 1 : 2);
	put16(out, a->port ^ (STUN_COOKIE >> 16));
	for (size_t i = 0; i < alen; i++)
		put8(out, a->ip[i] ^ q->data[4 + i]);
	return true;
}

#define PCP_VERSION 2
#define PCP_HEADER 24
#define RESPONSE 0x80
#define UNSUPPORTED_VERSION 1		/* in both protocols */
#define NOT_AUTHORIZED 2
#define NATPMP_UNSUPPORTED_OPCODE 5
#define ERROR_LIFETIME_S 1800		/* how long it is of no use to ask again, RFC 6887, 7.4 */

/*
 * natpmp() - version 0: the external address (opcode 0) or a mapping (1 and 2), RFC 6886, 3.2
 * and 3.3
 */
static bool natpmp(const struct udp_query *q, struct udp_reply *out)
{
	uint8_t opcode = q->data[1];
	bool mapping = opcode == 1 || opcode == 2;

	if (mapping && q->len < 12)
		return false;
	put8(out, 0);
	put8(out, RESPONSE | opcode);
	put16(out, opcode <= 2 ? NOT_AUTHORIZED : NATPMP_UNSUPPORTED_OPCODE);
	put32(out, 1);				/* seconds since the gateway was started */
	if (opcode == 0)
		put32(out, 0);			/* no external address */
	if (!mapping)
		return true;
	put(out, q->data + 4, 2);		/* internal port */
	put16(out, 0);
	put32(out, 0);
	return true;
}

/* pcp() - a response is a copy of the request with another header, RFC 6887, 7.2 and 8.3 */
static bool pcp(const struct udp_query *q, struct udp_reply *out)
{
	bool known = q->data[0] == PCP_VERSION;

	if (q->len < PCP_HEADER || q->len % 4 || q->len > UDP_REPLY_MAX)
		return false;
	put8(out, PCP_VERSION);
	put8(out, RESPONSE | q->data[1]);
	put8(out, 0);
	put8(out, known ? NOT_AUTHORIZED : UNSUPPORTED_VERSION);
	put32(out, ERROR_LIFETIME_S);
	put32(out, 1);
	put32(out, 0);
	put32(out, 0);
	put32(out, 0);
	put(out, q->data + PCP_HEADER, q->len - PCP_HEADER);
	return true;
}

bool udp_natpmp(const struct udp_query *q, struct udp_reply *out)
{
	if (q->len < 2 || q->data[1] & RESPONSE)
		return false;
	return q->data[0] == 0 ? natpmp(q, out) : pcp(q, out);
}

#define DHT_ID 20
#define DHT_TRANSACTION_MAX 32
#define BENCODE_TOKENS 64		/* more than any query has */

struct text {
	const uint8_t *p;
	size_t len;
};

/* read_text() - "4:ping". Return: false, with the cursor bad, if it is none */
static bool read_text(struct tb_rd *r, struct text *out)
{
	size_t len = 0;
	uint8_t c = tb_rd_u8(r);

	for (int i = 0; i < 4 && c >= '0' && c <= '9'; i++) {
		len = len * 10 + (c - '0');
		c = tb_rd_u8(r);
	}
	out->p = c == ':' ? tb_rd_bytes(r, len) : NULL;
	out->len = len;
	r->bad |= !out->p;
	return !r->bad;
}

/* skip_value() - a text, a number, or a list or dictionary with all that is in it */
static void skip_value(struct tb_rd *r)
{
	unsigned int depth = 0, tokens = 0;
	struct text text;

	do {
		uint8_t c = r->left ? r->p[0] : 0;

		if (c >= '0' && c <= '9') {
			(void)read_text(r, &text);
			continue;
		}
		(void)tb_rd_u8(r);
		if (c == 'l' || c == 'd')
			depth++;
		else if (c == 'e' && depth)
			depth--;
		else if (c != 'i')
			r->bad = true;
		while (c == 'i' && !r->bad && tb_rd_u8(r) != 'e')
			;
	} while (depth && !r->bad && ++tokens < BENCODE_TOKENS);
	r->bad |= depth > 0;
}

static bool is(const struct text *t, const char *word)
{
	return t->len == strlen(word) && !memcmp(t->p, word, t->len);
}

/* put_id() - the node's own: one for each address */
static void put_id(struct udp_reply *out, const struct ev_addr *a)
{
	uint32_t x = a->port;

	for (size_t i = 0; i < sizeof(a->ip); i++)
		x = (x ^ a->ip[i]) * UINT32_C(16777619);
	for (size_t i = 0; i < DHT_ID; i++) {
		x = x * UINT32_C(1664525) + UINT32_C(1013904223);
		put8(out, x >> 24);
	}
}

bool udp_dht(const struct udp_query *q, struct udp_reply *out)
{
	struct tb_rd r = tb_rd_init(q->data, q->len);
	struct text key, query = { NULL, 0 }, transaction = { NULL, 0 }, kind = { NULL, 0 };

	if (tb_rd_u8(&r) != 'd')
		return false;
	while (!r.bad && r.left && r.p[0] != 'e') {
		if (!read_text(&r, &key))
			return false;
		if (is(&key, "q"))
			(void)read_text(&r, &query);
		else if (is(&key, "t"))
			(void)read_text(&r, &transaction);
		else if (is(&key, "y"))
			(void)read_text(&r, &kind);
		else
			skip_value(&r);
	}
	if (r.bad || tb_rd_u8(&r) != 'e' || !query.p || !kind.p || !is(&kind, "q") ||
	    !transaction.p || transaction.len > DHT_TRANSACTION_MAX ||
	    !(is(&query, "ping") || is(&query, "find_node")))
		return false;
	put(out, "d1:rd2:id20:", 12);
	put_id(out, q->server);
	if (is(&query, "find_node"))
		put(out, "5:nodes0:", 9);
	put(out, "e1:t", 4);
	if (transaction.len > 9)
		put8(out, '0' + (unsigned int)transaction.len / 10);
	put8(out, '0' + (unsigned int)transaction.len % 10);
	put8(out, ':');
	put(out, transaction.p, transaction.len);
	put(out, "1:y1:re", 7);
	return true;
}
