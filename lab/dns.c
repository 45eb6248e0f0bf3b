/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns.c - answers DNS queries: every name exists and has an address of its own
 *
 * Pure: bytes in, bytes out; datagram.c and serve.c carry them, lookup.c records them. Names are
 * read and written by the C library's ns_name_* functions, the rest of the message (RFC 1035,
 * 4.1) with a bounded cursor.
 *
 * Limits: a reply has at most 12 (header) + 259 (question) + 11 (OPT) bytes and one of: 44 (A
 * and AAAA), 36 (SOA), or, when the question is a reverse name of at most 78 bytes, 267 (PTR).
 * So it always fits into the 512 bytes of a plain UDP answer and is never truncated.
 */
#include "lab/dns.h"
#include "lab/fixture.h"
#include "lab/names.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tcbox/buf.h"

#define HEADER_LEN 12
#define NAME_AT_12 0xc00c	/* compression pointer to the name in the question, RFC 1035,
				 * 4.1.4 */
#define TTL_S 60
#define UDP_SIZE 1232		/* what we say we can take; DNS flag day 2020 */

#define F_QR 0x8000u
#define F_OPCODE 0x7800u
#define F_RD 0x0100u
#define F_RA 0x0080u
#define F_CD 0x0010u
#define F_PLAIN 0x0130u		/* of a query: RD, and of RFC 4035, 3.1.6 and 3.2.2, AD and CD */
#define RCODE_BADVERS 16	/* RFC 6891, 6.1.3 */

struct query {
	uint16_t id, flags;
	uint16_t type, class;
	size_t question_len;	/* bytes of the question section, which starts at HEADER_LEN */
	bool edns;
	uint8_t edns_version;
};

struct writer {
	uint8_t *p;
	size_t left;
};

static void put(struct writer *w, const void *data, size_t len)
{
	if (len > w->left)
		len = w->left;		/* cannot happen, see Limits */
	memcpy(w->p, data, len);
	w->p += len;
	w->left -= len;
}

static void put16(struct writer *w, unsigned int v)
{
	const uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	put(w, b, sizeof(b));
}

static void put32(struct writer *w, uint32_t v)
{
	put16(w, v >> 16);
	put16(w, v & 0xffff);
}

/* wire_len() - bytes of an uncompressed name, its root label included */
static size_t wire_len(const uint8_t *wire)
{
	size_t n = 0;

	while (wire[n])
		n += wire[n] + 1u;
	return n + 1;
}

/* read_question() - the one question. Return: false if there is none that can be understood */
static bool read_question(const uint8_t *msg, size_t len, struct query *q, struct dns_reply *out)
{
	uint8_t wire[NS_MAXCDNAME];
	struct tb_rd r;
	int n = ns_name_unpack(msg, msg + len, msg + HEADER_LEN, wire, sizeof(wire));

	/* A pointer in the first name could only aim at the header, where no names are. */
	if (n < 1 || (size_t)n != wire_len(wire))
		return false;
	if (ns_name_ntop(wire, out->name, sizeof(out->name)) < 0)
		return false;
	for (char *c = out->name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	r = tb_rd_init(msg + HEADER_LEN + n, len - HEADER_LEN - (size_t)n);
	q->type = tb_rd_u16be(&r);
	q->class = tb_rd_u16be(&r);
	q->question_len = (size_t)n + 4;
	if (r.bad)
		return false;
	out->type = tb_dns_type(q->type, out->type_text);
	out->asked = true;
	return true;
}

/*
 * read_records() - walk what follows the question, and find the OPT record. Return: false if
 * malformed
 */
static bool read_records(const uint8_t *msg, size_t len, unsigned int count,
			 unsigned int additional, struct query *q)
{
	struct tb_rd r =
		tb_rd_init(msg + HEADER_LEN + q->question_len, len - HEADER_LEN - q->question_len);
	uint8_t wire[NS_MAXCDNAME];

	for (unsigned int i = 0; i < count; i++) {
		const uint8_t *ttl;
		uint16_t type;
		int n = r.left ? ns_name_unpack(msg, msg + len, r.p, wire, sizeof(wire)) : -1;

		if (n < 0 || !tb_rd_bytes(&r, (size_t)n))
			return false;
		type = tb_rd_u16be(&r);
		(void)tb_rd_u16be(&r);
		ttl = tb_rd_bytes(&r, 4);
		(void)tb_rd_bytes(&r, tb_rd_u16be(&r));
		if (r.bad || !ttl)
			return false;
		if (type != ns_t_opt)
			continue;
		/* RFC 6891, 6.1.1: in the additional section, owned by the root, once */
		if (q->edns || wire[0] || i < count - additional)
			return false;
		q->edns = true;
		q->edns_version = ttl[1];
	}
	return true;
}

static bool reverse_ip4(const char *name, size_t len, uint8_t ip[16])
{
	static const size_t zone = sizeof(".in-addr.arpa") - 1;
	char text[INET_ADDRSTRLEN];
	uint8_t reversed[4];

	if (len <= zone || len - zone >= sizeof(text) || strcmp(name + len - zone, ".in-addr.arpa"))
		return false;
	memcpy(text, name, len - zone);
	text[len - zone] = '\0';
	if (inet_pton(AF_INET, text, reversed) != 1)
		return false;
	for (size_t i = 0; i < 4; i++)
		ip[i] = reversed[3 - i];
	return true;
}

static bool reverse_ip6(const char *name, size_t len, uint8_t ip[16])
{
	if (len != 72 || strcmp(name + 63, ".ip6.arpa"))
		return false;
	for (size_t i = 0; i < 32; i++) {
		char c = name[2 * i];
		uint8_t digit = (uint8_t)(isdigit((unsigned char)c) ? c - '0' : c - 'a' + 10);

		if (!isxdigit((unsigned char)c) || name[2 * i + 1] != '.')
			return false;
		ip[15 - i / 2] |= (uint8_t)(i % 2 ? digit << 4 : digit);
	}
	return true;
}

/*
 * reverse_addr() - the address in a reverse name (RFC 1035, 3.5; RFC 3596, 2.5). Return: false
 * without one
 */
static bool reverse_addr(const char *name, struct ev_addr *a)
{
	size_t len = strlen(name);

	memset(a, 0, sizeof(*a));
	if (reverse_ip4(name, len, a->ip))
		a->family = AF_INET;
	else if (reverse_ip6(name, len, a->ip))
		a->family = AF_INET6;
	return a->family;
}

static bool in_reverse_zone(const char *name)
{
	size_t len = strlen(name);

	return (len >= 13 && !strcmp(name + len - 13, ".in-addr.arpa")) ||
	       (len >= 9 && !strcmp(name + len - 9, ".ip6.arpa"));
}

static unsigned int give_addrs(struct lab_names *names, const struct dns_faults *faults,
			       uint16_t type, struct dns_reply *out)
{
	int (*give)(struct lab_names *n, const char *name, int family, struct ev_addr *out) =
		faults->names == LAB_NAMES_MOVE ? names_moving : lab_name_addr;
	static const int families[2] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < 2; i++) {
		struct ev_addr *to = &out->addrs[out->naddrs];

		if (type != ns_t_any && type != (families[i] == AF_INET ? ns_t_a : ns_t_aaaa))
			continue;
		if (faults->family && faults->family != families[i])
			continue;
		if (give(names, out->name, families[i], to) < 0) {
			out->naddrs = 0;
			out->refused = true;
			return ns_r_servfail;
		}
		out->naddrs++;
	}
	return ns_r_noerror;
}

/* resolve() - decide on the answer. Return: the response code */
static unsigned int resolve(struct lab_names *names, const struct dns_faults *faults,
			    const struct query *q, struct dns_reply *out)
{
	struct ev_addr a;
	const char *owner;

	if (q->edns && q->edns_version)
		return RCODE_BADVERS;
	if (q->class != ns_c_in || q->type == ns_t_axfr || q->type == ns_t_ixfr)
		return ns_r_refused;
	if (q->type == ns_t_a || q->type == ns_t_aaaa || q->type == ns_t_any)
		return give_addrs(names, faults, q->type, out);
	if (q->type != ns_t_ptr || !in_reverse_zone(out->name))
		return ns_r_noerror;
	owner = reverse_addr(out->name, &a) ? lab_addr_name(names, &a) : NULL;
	if (!owner)
		return ns_r_nxdomain;
	(void)snprintf(out->target, sizeof(out->target), "%s", owner);
	return ns_r_noerror;
}

/* fail() - the same, where the scenario lets it */
static unsigned int fail(struct lab_names *names, const struct dns_faults *faults,
			 const struct query *q, struct dns_reply *out)
{
	if (faults->may_resolve && !faults->may_resolve(faults->arg, out->name))
		return ns_r_refused;
	if (faults->names == LAB_NAMES_SILENT || faults->names == LAB_NAMES_FAIL)
		return ns_r_servfail;
	if (faults->names == LAB_NAMES_UNKNOWN || fixture_missing(faults->fixture, out->name))
		return ns_r_nxdomain;
	return resolve(names, faults, q, out);
}

static void put_record_head(struct writer *w, unsigned int type, size_t rdlen)
{
	put16(w, NAME_AT_12);
	put16(w, type);
	put16(w, ns_c_in);
	put32(w, TTL_S);
	put16(w, (unsigned int)rdlen);
}

/* put_answers() - Return: the number of answer records */
static unsigned int put_answers(struct writer *w, struct dns_reply *out)
{
	uint8_t wire[NS_MAXCDNAME];

	for (size_t i = 0; i < out->naddrs; i++) {
		bool v4 = out->addrs[i].family == AF_INET;
		size_t len = v4 ? 4 : 16;

		put_record_head(w, v4 ? ns_t_a : ns_t_aaaa, len);
		put(w, out->addrs[i].ip, len);
	}
	if (!out->target[0])
		return (unsigned int)out->naddrs;
	if (ns_name_pton(out->target, wire, sizeof(wire)) < 0)
		return 0;
	put_record_head(w, ns_t_ptr, wire_len(wire));
	put(w, wire, wire_len(wire));
	return 1;
}

/* A negative answer carries the zone's SOA record, so that it may be cached (RFC 2308, 3). */
static void put_soa(struct writer *w)
{
	put_record_head(w, ns_t_soa, 24);
	put16(w, NAME_AT_12);
	put16(w, NAME_AT_12);
	put32(w, 1);
	put32(w, 3600);
	put32(w, 600);
	put32(w, 86400);
	put32(w, TTL_S);
}

static void put_opt(struct writer *w, unsigned int rcode)
{
	put(w, "", 1);
	put16(w, ns_t_opt);
	put16(w, UDP_SIZE);
	put16(w, (rcode >> 4) << 8);
	put32(w, 0);		/* flags and length of data */
}

static void write_reply(const uint8_t *msg, const struct query *q, unsigned int rcode,
			struct dns_reply *out)
{
	struct writer w = { out->data, sizeof(out->data) };
	struct writer head = w;
	unsigned int answers = 0, authority = 0;

	w.p += HEADER_LEN;
	w.left -= HEADER_LEN;
	if (q->question_len) {
		/* As it was asked: its case is a nonce for some clients ("0x20"). */
		put(&w, msg + HEADER_LEN, q->question_len);
		answers = put_answers(&w, out);
		if (!answers && (rcode == ns_r_noerror || rcode == ns_r_nxdomain)) {
			put_soa(&w);
			authority = 1;
		}
		if (q->edns)
			put_opt(&w, rcode);
	}
	put16(&head, q->id);
	put16(&head, F_QR | F_RA | (q->flags & (F_OPCODE | F_RD | F_CD)) | (rcode & 0xf));
	put16(&head, q->question_len ? 1 : 0);
	put16(&head, answers);
	put16(&head, authority);
	put16(&head, q->question_len && q->edns ? 1 : 0);
	out->len = sizeof(out->data) - w.left;
}

bool dns_is_query(const uint8_t *msg, size_t len)
{
	struct tb_rd r = tb_rd_init(msg, len);
	struct dns_reply asked = { .len = 0 };
	struct query q = { 0 };
	unsigned int questions, others, additional;

	q.id = tb_rd_u16be(&r);
	q.flags = tb_rd_u16be(&r);
	questions = tb_rd_u16be(&r);
	others = tb_rd_u16be(&r);
	others |= tb_rd_u16be(&r);
	additional = tb_rd_u16be(&r);
	if (r.bad || len > DNS_QUERY_MAX || q.flags & ~F_PLAIN || questions != 1 || others ||
	    additional > 1 || !read_question(msg, len, &q, &asked))
		return false;
	if (q.class != ns_c_in && q.class != ns_c_chaos && q.class != ns_c_any)
		return false;
	return read_records(msg, len, additional, additional, &q);
}

void dns_answer(struct lab_names *names, const struct dns_faults *faults, const uint8_t *query,
		size_t len, struct dns_reply *out)
{
	struct tb_rd r = tb_rd_init(query, len);
	struct query q = { 0 };
	unsigned int questions, records, additional, rcode;
	static const struct dns_faults none = { .family = 0 };

	out->len = 0;
	out->asked = out->refused = false;
	out->naddrs = 0;
	out->name[0] = out->target[0] = '\0';
	out->type = out->rcode = "";
	q.id = tb_rd_u16be(&r);
	q.flags = tb_rd_u16be(&r);
	questions = tb_rd_u16be(&r);
	records = tb_rd_u16be(&r);
	records += tb_rd_u16be(&r);
	additional = tb_rd_u16be(&r);
	records += additional;
	if (r.bad || len > DNS_QUERY_MAX || q.flags & F_QR)
		return;			/* to answer an answer could loop for ever */
	if (q.flags & F_OPCODE) {
		rcode = ns_r_notimpl;
	} else if (questions != 1 || !read_question(query, len, &q, out)) {
		rcode = ns_r_formerr;
		q.question_len = 0;
	} else if (!read_records(query, len, records, additional, &q)) {
		rcode = ns_r_formerr;
		q.edns = false;
	} else {
		if (!faults || (faults->spared && !strcmp(out->name, faults->spared)))
			faults = &none;
		rcode = fail(names, faults, &q, out);
		if (faults->names == LAB_NAMES_SILENT)
			return;
	}
	out->rcode = tb_dns_rcode(rcode, out->rcode_text);
	write_reply(query, &q, rcode, out);
}
