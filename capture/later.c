/* SPDX-License-Identifier: Apache-2.0 */
/*
 * later.c - a second protocol behind what a client says first
 *
 * How it works: what a conversation begins with says which protocol it is, and nDPI looks at its
 * first packets only. A client that says something of its own first, and then a TLS hello, an HTTP
 * request, one of SOCKS or a query of DNS, names its true destination where nobody reads it. It is
 * not read here either: what comes behind is told as unread, for a product may also send a file
 * that looks like it. A query that the conversation begins with is read by dns_other.c.
 *
 * Limits: signs that a product changes, by a cipher or an offset, are not found. Nor are requests
 * of SOCKS to an address, unless they are a segment of their own.
 */
#include "capture/later.h"

#include <ctype.h>
#include <string.h>

#include "capture/dns_other.h"
#include "capture/hello.h"
#include "tcbox/buf.h"

#define HELLO_SIGN 11
#define QUERY_HEAD 12
#define QUERY_ONE 5		/* where the number of questions has its second byte */
#define NAME_SIGN 8		/* so much of a name, if it is as long */
#define DTLS_HEAD 25		/* of a record, and of the message in it */
#define DTLS_MAX 2048

/* is_hello() - of TLS: RFC 8446, 5.1 and 4.1.2. Its lengths fit each other, or it goes on in
 * another record */
static bool is_hello(const uint8_t *d)
{
	size_t record = (size_t)d[3] << 8 | d[4], message = (size_t)d[7] << 8 | d[8];

	return d[1] == 3 && d[2] <= 4 && d[5] == 1 && !d[6] && d[9] == 3 && d[10] <= 4 &&
	       record >= 6 && record <= 1u << 14 && message >= 34 && message + 4 >= record;
}

static bool has_hello(const uint8_t *d, size_t len)
{
	const uint8_t *end = d + len;

	while (end - d >= HELLO_SIGN && (d = memchr(d, 0x16, (size_t)(end - d)))) {
		if (end - d >= HELLO_SIGN && is_hello(d))
			return true;
		d++;
	}
	return false;
}

/* has_request() - the end of the first line of HTTP, RFC 9112, 3 and RFC 9113, 3.4 */
static bool has_request(const uint8_t *d, size_t len)
{
	static const char sign[] = " HTTP/";
	const size_t n = sizeof(sign) - 1;
	const uint8_t *end = d + len;

	while ((d = memmem(d, (size_t)(end - d), sign, n))) {
		d += n;
		if (end - d >= 4 && (d[0] == '1' || d[0] == '2') && d[1] == '.' &&
		    (d[3] == '\r' || d[3] == '\n'))
			return true;
	}
	return false;
}

/* begins_name() - is this a name of a host, as far as it is there, and is enough of it there? Its
 * length stands before it */
static bool begins_name(const uint8_t *d, size_t len)
{
	size_t n = len ? d[0] : 0;

	if (!n || len - 1 < (n < NAME_SIGN ? n : NAME_SIGN))
		return false;
	for (size_t i = 1; i <= n && i < len; i++)
		if (!isalnum(d[i]) && (!d[i] || !strchr("-_.", d[i])))
			return false;
	return true;
}

/* is_socks() - is the whole segment a CONNECT to an address, of version 5 or 4? */
static bool is_socks(const uint8_t *d, size_t len)
{
	if (len == 10 || len == 22)
		if (!memcmp(d, len == 10 ? "\5\1\0\1" : "\5\1\0\4", 4))
			return true;
	if (len < 9 || d[0] != 4 || d[1] != 1 || d[len - 1])
		return false;
	for (size_t i = 8; i < len; i++)	/* a user, and for 4a a name */
		if (d[i] && !isprint(d[i]))
			return false;
	return true;
}

/* is_socks_name() - RFC 1928, 4: CONNECT to a name. @d is behind its first byte, which is there */
static bool is_socks_name(const uint8_t *d, size_t len)
{
	return len > 4 && d[-1] == 5 && !memcmp(d, "\1\0\3", 3) && d[3] >= 4 &&
	       begins_name(d + 3, len - 3);
}

/* is_query() - DNS, RFC 1035, 4.1: one question and no answers */
static bool is_query(const uint8_t *d, size_t len)
{
	return len > QUERY_HEAD && !(d[2] & 0x80) && dns_looks(d, len, UINT16_MAX) &&
	       begins_name(d + QUERY_HEAD, len - QUERY_HEAD);
}

/* has_one() - both have a byte of 1. @at: where @data stands in all that the client says */
static bool has_one(struct later *l, const uint8_t *data, size_t len, int64_t at)
{
	const uint8_t *end = data + len, *d = data;

	while (d < end && (d = memchr(d, 1, (size_t)(end - d)))) {
		const uint8_t *one = d, *query = d - QUERY_ONE;

		while (d < end && *d == 1)	/* only the first one has another byte before it */
			d++;
		if (one > data && is_socks_name(one, (size_t)(end - one)))
			return true;
		if (one - data < QUERY_ONE || one[-1] || end - one < 2 || one[1] ||
		    !is_query(query, (size_t)(end - query)))
			continue;
		l->dns |= at + (query - data) == 2;	/* behind its length */
		if (!l->dns)
			return true;
	}
	return false;
}

static bool has_sign(struct later *l, const uint8_t *d, size_t len, int64_t at)
{
	return has_hello(d, len) || has_request(d, len) || has_one(l, d, len, at);
}

/* over_the_end() - a sign that begins in the segments before, and ends in this one, which is @at */
static bool over_the_end(struct later *l, const uint8_t *d, size_t len, int64_t at)
{
	uint8_t both[2 * LATER_TAIL];
	size_t n = len < LATER_TAIL ? len : LATER_TAIL;

	memcpy(both, l->tail, l->ntail);
	memcpy(both + l->ntail, d, n);
	return has_sign(l, both, l->ntail + n, at - l->ntail);
}

static void keep_tail(struct later *l, const uint8_t *d, size_t len)
{
	size_t keep;

	if (len >= LATER_TAIL) {
		memcpy(l->tail, d + len - LATER_TAIL, LATER_TAIL);
		l->ntail = LATER_TAIL;
		return;
	}
	keep = l->ntail + len > LATER_TAIL ? LATER_TAIL - len : l->ntail;
	memmove(l->tail, l->tail + l->ntail - keep, keep);
	memcpy(l->tail + keep, d, len);
	l->ntail = (uint8_t)(keep + len);
}

void later_tcp(struct later *l, const struct pkt *p, int64_t at)
{
	if (l->found || !p->payload)
		return;
	if (at != l->next)
		l->ntail = 0;
	l->found = (l->ntail && over_the_end(l, p->payload, p->payload_cap, at)) ||
		   has_sign(l, p->payload, p->payload_cap, at) ||
		   (at && is_socks(p->payload, p->payload_cap));
	keep_tail(l, p->payload, p->payload_cap);
	l->next = at + p->payload_len;
}

/* is_dtls_hello() - the beginning of a record of epoch 0 with one: RFC 6347, 4.1 and 4.2.2 */
static bool is_dtls_hello(const uint8_t *d, size_t len)
{
	return len > DTLS_HEAD && d[0] == 0x16 && d[1] == 0xfe && d[2] >= 0xfc && !d[3] && !d[4] &&
	       d[13] == 1;
}

/* says_name() - does a hello of DTLS say a name, or not all of what it says? It is that of TLS with
 * a cookie behind the identifier of a session */
static bool says_name(const uint8_t *d, size_t len)
{
	uint8_t tls[DTLS_MAX];
	struct tb_rd r = tb_rd_init(d + DTLS_HEAD, len - DTLS_HEAD);
	const uint8_t *front = r.p, *rest;
	size_t nfront, nrest;
	struct hello h;

	(void)tb_rd_bytes(&r, 34);			/* version, random */
	(void)tb_rd_bytes(&r, tb_rd_u8(&r));
	nfront = (size_t)(r.p - front);
	(void)tb_rd_bytes(&r, tb_rd_u8(&r));		/* cookie */
	nrest = r.left;
	rest = tb_rd_bytes(&r, nrest);
	/* a fragment, RFC 6347, 4.2.3: it does not begin at 0, or has not all */
	if (r.bad || memcmp(d + 14, d + 22, 3) || d[19] || d[20] || d[21] ||
	    9 + nfront + nrest > sizeof(tls))
		return true;
	memcpy(tls, "\x16\x03\x03", 3);
	tls[3] = (uint8_t)((4 + nfront + nrest) >> 8);
	tls[4] = (uint8_t)(4 + nfront + nrest);
	tls[5] = 1;
	tls[6] = 0;
	tls[7] = (uint8_t)((nfront + nrest) >> 8);
	tls[8] = (uint8_t)(nfront + nrest);
	memcpy(tls + 9, front, nfront);
	if (nrest)
		memcpy(tls + 9 + nfront, rest, nrest);
	return !hello_read(&h, tls, 9 + nfront + nrest) || h.name[0] || h.odd || h.ech;
}

void later_udp(struct later *l, const struct pkt *p)
{
	bool hello = p->payload && is_dtls_hello(p->payload, p->payload_cap);

	if (!l->begun) {
		l->begun = true;
		l->own = hello;
	} else if (hello && !l->own && !l->found) {
		l->found = says_name(p->payload, p->payload_cap);
	}
}
