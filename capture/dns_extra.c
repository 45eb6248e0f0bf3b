/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_extra.c - bytes of a query that a plain resolver would not have sent
 *
 * How it works: a plain query is a header, one question and perhaps one OPT record (RFC 6891).
 * Whatever else there is could carry data, and so counts: other records, further questions,
 * options that are unknown or have contents where resolvers have none, bytes behind the message.
 *
 * Limits: identifiers, the type that is asked for, the letters of the name and their case, and
 * the 8 bytes of a client cookie remain, and so do the fixed fields of IP headers; they are the
 * resolver's or the kernel's choice, too.
 */
#include "capture/dns_extra.h"

#include "tcbox/buf.h"

#define TYPE_OPT 41
#define CLASS_IN 1
#define FLAGS_PLAIN 0x0130	/* recursion desired, authentic data, checking disabled: RFC
				 * 1035, RFC 4035 */
#define OPT_NSID 3		/* RFC 5001: empty in a query */
#define OPT_SUBNET 8		/* RFC 7871 */
#define OPT_COOKIE 10		/* RFC 7873 */
#define OPT_KEEPALIVE 11	/* RFC 7828: empty in a query */
#define OPT_PADDING 12		/* RFC 7830 */
#define COOKIE_CLIENT 8
#define SEEN_MAX 64

/*
 * subnet_extra() - family, prefix length, scope 0, and only the bytes that the prefix needs (RFC
 * 7871, 6)
 */
static size_t subnet_extra(const uint8_t *data, size_t len)
{
	size_t most = len >= 4 && data[0] == 0 && data[1] == 2 ? 16 : 4, need;

	if (len < 4 || data[0] || data[3])
		return len;
	need = ((size_t)data[2] + 7) / 8;
	return need <= most && len == 4 + need ? 0 : len;
}

static size_t padding_extra(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i])
			return len;
	return 0;
}

/*
 * option_extra() - of one option; @seen has the codes below 64 that came before: each may come
 * once
 */
static size_t option_extra(uint16_t code, const uint8_t *data, size_t len, uint64_t *seen)
{
	uint64_t bit = code < SEEN_MAX ? UINT64_C(1) << code : 0;

	if (*seen & bit)
		return 4 + len;
	*seen |= bit;
	switch (code) {
	case OPT_NSID:
	case OPT_KEEPALIVE:
		return len;
	case OPT_SUBNET:
		return subnet_extra(data, len);
	case OPT_COOKIE:	/* the lab gives no server cookie that could be sent back */
		return len > COOKIE_CLIENT ? len - COOKIE_CLIENT : 0;
	case OPT_PADDING:
		return padding_extra(data, len);
	default:
		return 4 + len;
	}
}

/* opt_extra() - of the OPT record under the cursor, which moves behind it */
static size_t opt_extra(struct tb_rd *r)
{
	size_t extra = 0, len;
	struct tb_rd options;
	const uint8_t *data;
	uint64_t seen = 0;

	(void)tb_rd_u8(r);			/* the root's name */
	(void)tb_rd_u16be(r);			/* type */
	(void)tb_rd_u16be(r);			/* how large an answer may be */
	extra += tb_rd_u16be(r) ? 2 : 0;	/* extended code, version */
	extra += tb_rd_u16be(r) & 0x7fff ? 2 : 0;	/* flags but "DNSSEC answers are welcome" */
	len = tb_rd_u16be(r);
	data = tb_rd_bytes(r, len);
	if (!data)
		return extra + r->left;
	options = tb_rd_init(data, len);
	while (options.left >= 4) {
		uint16_t code = tb_rd_u16be(&options);

		len = tb_rd_u16be(&options);
		data = len <= options.left ? tb_rd_bytes(&options, len) : NULL;
		if (!data)
			return extra + 4 + options.left;
		extra += option_extra(code, data, len, &seen);
	}
	return extra + options.left;
}

/* skip_question() - Return: its bytes that are not as usual */
static size_t skip_question(struct tb_rd *r)
{
	uint8_t label;

	while ((label = tb_rd_u8(r)) && !r->bad) {
		if (label >= 0xc0) {		/* a pointer ends the name, RFC 1035 4.1.4 */
			(void)tb_rd_u8(r);
			break;
		}
		(void)tb_rd_bytes(r, label);
	}
	(void)tb_rd_u16be(r);			/* type */
	return tb_rd_u16be(r) == CLASS_IN ? 0 : 2;
}

size_t dns_extra(const uint8_t *msg, size_t len)
{
	struct tb_rd r = tb_rd_init(msg, len);
	uint16_t flags, questions, answers, authority, more;
	size_t extra;

	(void)tb_rd_u16be(&r);			/* identifier */
	flags = tb_rd_u16be(&r);
	questions = tb_rd_u16be(&r);
	answers = tb_rd_u16be(&r);
	authority = tb_rd_u16be(&r);
	more = tb_rd_u16be(&r);
	if (r.bad || !questions)
		return len;
	extra = flags & ~FLAGS_PLAIN ? 2 : 0;
	extra += skip_question(&r);
	if (r.bad)
		return len;
	if (questions == 1 && !answers && !authority && more && r.left >= 11 && !r.p[0] &&
	    !r.p[1] && r.p[2] == TYPE_OPT)
		extra += opt_extra(&r);
	return extra + r.left;
}
