/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hello.c - what nDPI does not say about a TLS client hello (RFC 8446, 4.1.2)
 *
 * nDPI 4.2 keeps 79 bytes of a server name of up to 255, so that a product could hide the rest,
 * and does not know the extension for encrypted hellos, without which the name must not be taken
 * for the truth.
 */
#include "capture/hello.h"

#include <ctype.h>
#include <string.h>

#include "tcbox/buf.h"

#define RECORD_HANDSHAKE 22
#define CLIENT_HELLO 1
#define EXT_SERVER_NAME 0
#define EXT_ALPN 16
#define EXT_ECH 0xfe0d			/* draft-ietf-tls-esni */

/*
 * server_name() - one host name is all that the extension may have, RFC 6066, section 3. Whatever
 * else is there, a lenient server may take for a name
 */
static void server_name(struct hello *h, struct tb_rd r)
{
	size_t list = tb_rd_u16be(&r), len, i;
	bool whole = list == r.left;
	uint8_t type = tb_rd_u8(&r);
	const uint8_t *p;

	len = tb_rd_u16be(&r);
	p = tb_rd_bytes(&r, len);
	if (!p || !whole || r.left || type || !len || len >= sizeof(h->name) ||
	    memchr(p, '\0', len) || h->name[0]) {
		h->odd = true;
		return;
	}
	for (i = 0; i < len; i++)
		h->name[i] = (char)tolower(p[i]);
	h->name[len] = '\0';
}

/* add_alpn() - one more; what is no printable text is of no use to a reader */
static void add_alpn(struct hello *h, const uint8_t *word, size_t len)
{
	size_t at = strlen(h->alpn), comma = at > 0;

	if (at + comma + len >= sizeof(h->alpn))
		return;
	if (comma)
		h->alpn[at++] = ',';
	for (size_t i = 0; i < len; i++)
		h->alpn[at + i] = isgraph(word[i]) ? (char)word[i] : '?';
	h->alpn[at + len] = '\0';
}

/* protocols() - RFC 7301, 3.1 */
static void protocols(struct hello *h, struct tb_rd r)
{
	const uint8_t *word;
	size_t len;

	(void)tb_rd_u16be(&r);			/* length of all */
	while (!r.bad && r.left) {
		len = tb_rd_u8(&r);
		word = tb_rd_bytes(&r, len);
		if (word)
			add_alpn(h, word, len);
	}
}

static void extensions(struct hello *h, struct tb_rd r)
{
	size_t all = r.left ? tb_rd_u16be(&r) : 0, len;
	const uint8_t *p;
	uint16_t type;

	h->odd |= r.bad || all != r.left;
	while (!r.bad && r.left) {
		type = tb_rd_u16be(&r);
		len = tb_rd_u16be(&r);
		if (!r.bad && type == EXT_ECH)
			h->ech = true;
		p = tb_rd_bytes(&r, len);
		if (p && type == EXT_SERVER_NAME)
			server_name(h, tb_rd_init(p, len));
		if (p && type == EXT_ALPN)
			protocols(h, tb_rd_init(p, len));
	}
	h->odd |= r.bad;
}

bool hello_read(struct hello *h, const uint8_t *data, size_t len)
{
	struct tb_rd r = tb_rd_init(data, len);
	size_t record, body;

	memset(h, 0, sizeof(*h));
	if (tb_rd_u8(&r) != RECORD_HANDSHAKE || tb_rd_u8(&r) != 3)
		return false;
	(void)tb_rd_u8(&r);			/* minor version */
	record = tb_rd_u16be(&r);
	if (r.left > record)
		r.left = record;
	if (tb_rd_u8(&r) != CLIENT_HELLO)
		return false;
	body = (size_t)tb_rd_u8(&r) << 16;
	body |= tb_rd_u16be(&r);
	if (r.left > body)
		r.left = body;
	h->odd = r.left < body;
	(void)tb_rd_bytes(&r, 2 + 32);		/* version, random */
	(void)tb_rd_bytes(&r, tb_rd_u8(&r));	/* session */
	(void)tb_rd_bytes(&r, tb_rd_u16be(&r));	/* ciphers */
	(void)tb_rd_bytes(&r, tb_rd_u8(&r));	/* compression */
	h->odd |= r.bad;
	if (!r.bad)
		extensions(h, r);
	return true;
}

/* want() - bytes of the hello that begins so, its header included; 0: not known yet */
static size_t want(const uint8_t *hello, size_t len)
{
	return len < 4 ? 0 : 4 + ((size_t)hello[1] << 16 | (size_t)hello[2] << 8 | hello[3]);
}

/* one_record() - the header of the record that has it all */
static size_t one_record(uint8_t *out, size_t len)
{
	out[3] = (uint8_t)(len >> 8);
	out[4] = (uint8_t)len;
	return 5 + len;
}

enum hello_state hello_join(const uint8_t *data, size_t len, uint8_t *out, size_t *size)
{
	struct tb_rd r = tb_rd_init(data, len);
	uint8_t *hello = out + 5;
	size_t have = 0, record, n;
	const uint8_t *head, *p;

	if (!len || data[0] != RECORD_HANDSHAKE || (len > 1 && data[1] != 3))
		return HELLO_NONE;
	while (r.left >= 5) {
		head = tb_rd_bytes(&r, 3);
		record = tb_rd_u16be(&r);
		if (head[0] != RECORD_HANDSHAKE || head[1] != 3 || !record)
			return HELLO_BROKEN;
		if (!have)
			memcpy(out, head, 3);
		n = record < r.left ? record : r.left;
		if (n > HELLO_MAX - 5 - have)
			n = HELLO_MAX - 5 - have;
		p = tb_rd_bytes(&r, n);
		if (p)
			memcpy(hello + have, p, n);
		have += n;
		if (have && hello[0] != CLIENT_HELLO)
			return have == n ? HELLO_NONE : HELLO_BROKEN;
		if (want(hello, have) > HELLO_MAX - 5)
			return HELLO_BROKEN;
		if (want(hello, have) && have >= want(hello, have)) {
			*size = one_record(out, want(hello, have));
			return HELLO_WHOLE;
		}
	}
	return HELLO_MORE;
}
