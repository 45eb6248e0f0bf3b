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
#define EXT_ECH 0xfe0d			/* draft-ietf-tls-esni */

/* server_name() - RFC 6066, section 3 */
static void server_name(struct hello *h, struct tb_rd r)
{
	const uint8_t *p;
	size_t len, i;
	uint8_t type;

	(void)tb_rd_u16be(&r);			/* length of the list: there is only one type of
						 * name */
	type = tb_rd_u8(&r);
	len = tb_rd_u16be(&r);
	p = tb_rd_bytes(&r, len);
	if (!p || type || len >= sizeof(h->name) || memchr(p, '\0', len))
		return;
	for (i = 0; i < len; i++)
		h->name[i] = (char)tolower(p[i]);
	h->name[len] = '\0';
}

static void extensions(struct hello *h, struct tb_rd r)
{
	const uint8_t *p;
	uint16_t type;
	size_t len;

	(void)tb_rd_u16be(&r);			/* length of all */
	while (!r.bad && r.left) {
		type = tb_rd_u16be(&r);
		len = tb_rd_u16be(&r);
		if (!r.bad && type == EXT_ECH)
			h->ech = true;
		p = tb_rd_bytes(&r, len);
		if (p && type == EXT_SERVER_NAME)
			server_name(h, tb_rd_init(p, len));
	}
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
	(void)tb_rd_bytes(&r, 2 + 32);		/* version, random */
	(void)tb_rd_bytes(&r, tb_rd_u8(&r));	/* session */
	(void)tb_rd_bytes(&r, tb_rd_u16be(&r));	/* ciphers */
	(void)tb_rd_bytes(&r, tb_rd_u8(&r));	/* compression */
	if (!r.bad)
		extensions(h, r);
	return true;
}
