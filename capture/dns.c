/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns.c - name lookups on the wire: questions joined to answers, addresses to names
 *
 * How it works: messages are parsed by the C library (ns_initparse(3) and family). A question waits in a
 * table until a message with the same flow, id, name and type answers it; then one EV_LOOKUP is appended. An
 * answer that nobody asked for, or that the box gives, is recorded without its addresses: they are given no names.
 *
 * What the box sends to port 53 and is no query is a lookup without a name, so that nothing goes there unseen. The same for
 * bytes in IP options and extension headers, which no resolver needs, and in fragments behind the first.
 *
 * Limits: at most MAX_RR records of an answer and MAX_WAITING questions (then the oldest is recorded as
 * unanswered). Names are in presentation format (RFC 4343, 2.1: odd bytes are \DDD).
 */
#include "capture/dns.h"

#include <arpa/nameser.h>
#include <ctype.h>
#include <errno.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/dns_extra.h"
#include "capture/dns_stream.h"
#include "capture/dns_words.h"
#include "tcbox/map.h"
#include "tcbox/own.h"

#define PORT_DNS 53
#define PORT_MDNS 5353
#define MAX_RR 64
#define MAX_QUESTIONS 8
#define MAX_WAITING 16384
#define MAX_KEY (16 + NS_MAXDNAME)

struct question {
	struct question *prev, *next;
	int64_t t;
	struct ev_addr client, server;
	uint64_t flow, extra;
	const char *proto;
	uint16_t type, id;
	char name[];
};

/* What one message says. Too large for the stack of every packet. */
struct answer {
	size_t naddrs, nvalues, naliases;
	struct ev_addr addrs[MAX_RR];
	char addr_owner[MAX_RR][NS_MAXDNAME];
	char value[MAX_RR][NS_MAXDNAME];
	struct {
		char from[NS_MAXDNAME], to[NS_MAXDNAME];
	} alias[MAX_RR];
};

struct dns {
	const struct sink *sink;
	struct names *names;
	struct tb_map *waiting;
	struct question *oldest, *newest;
	uint64_t malformed;
	struct answer a;
	struct dns_streams tcp;
};

struct dns *dns_new(const struct sink *sink, struct names *names)
{
	struct dns *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->sink = sink;
	d->names = names;
	d->waiting = tb_map_new(MAX_WAITING + 1);
	if (!d->waiting) {
		free(d);
		return NULL;
	}
	return d;
}

void dns_free(struct dns *d)
{
	struct question *q, *next;

	if (!d)
		return;
	for (q = d->oldest; q; q = next) {
		next = q->next;
		free(q);
	}
	for (size_t i = 0; i < DNS_STREAMS; i++)
		tb_buf_free(&d->tcp.v[i].rest);
	tb_map_free(d->waiting);
	free(d);
}

uint64_t dns_malformed(const struct dns *d)
{
	return d->malformed;
}

bool dns_is(const struct pkt *p)
{
	if (p->kind != PKT_IP || p->broken || p->later_fragment || (!p->payload && !p->ip_extra))
		return false;
	if (p->proto != IPPROTO_UDP && p->proto != IPPROTO_TCP)
		return false;
	return p->src.port == PORT_DNS || p->dst.port == PORT_DNS ||
	       (p->proto == IPPROTO_UDP && (p->src.port == PORT_MDNS || p->dst.port == PORT_MDNS));
}

bool dns_opens(const struct pkt *p)
{
	ns_msg m;

	return dns_is(p) && p->proto == IPPROTO_UDP && p->payload_cap == p->payload_len &&
	       !ns_initparse(p->payload, (int)p->payload_cap, &m) && ns_msg_count(m, ns_s_qd) == 1;
}

/* tidy() - lower case, without the final dot; @name may be @out */
static void tidy(char out[NS_MAXDNAME], const char *name)
{
	size_t n = strnlen(name, NS_MAXDNAME - 1), i;

	if (n > 1 && name[n - 1] == '.')
		n--;
	for (i = 0; i < n; i++)
		out[i] = (char)tolower((unsigned char)name[i]);
	out[n] = '\0';
}

static size_t make_key(char key[MAX_KEY], uint64_t flow, uint16_t id, uint16_t type, const char *name)
{
	size_t len = strlen(name);

	memcpy(key, &flow, 8);
	memcpy(key + 8, &id, 2);
	memcpy(key + 10, &type, 2);
	memcpy(key + 12, name, len);
	return 12 + len;
}

/* unlink_question() - take it out of the list and the table; the caller frees it */
static void unlink_question(struct dns *d, struct question *q)
{
	char key[MAX_KEY];

	(void)tb_map_del(d->waiting, key, make_key(key, q->flow, q->id, q->type, q->name));
	*(q->prev ? &q->prev->next : &d->oldest) = q->next;
	*(q->next ? &q->next->prev : &d->newest) = q->prev;
}

static int append_unanswered(struct dns *d, const struct question *q)
{
	struct ev ev = { .kind = EV_LOOKUP, .t = sink_time(d->sink, q->t) };
	char type[16];

	ev.u.lookup.name = q->name;
	ev.u.lookup.type = dns_type_name(q->type, type);
	ev.u.lookup.client = q->client;
	ev.u.lookup.server = q->server;
	ev.u.lookup.proto = q->proto;
	ev.u.lookup.flow = q->flow;
	ev.u.lookup.extra = q->extra;
	return sink_append(d->sink, &ev);
}

static int give_up_oldest(struct dns *d)
{
	struct question *q = d->oldest;
	int rc = append_unanswered(d, q);

	unlink_question(d, q);
	free(q);
	return rc;
}

/* ask() - remember a question until it is answered. Asked again: the first time counts, and what came with both */
static int ask(struct dns *d, const struct pkt *p, uint64_t flow, uint16_t id, uint16_t type,
	       const char *name, uint64_t extra)
{
	char key[MAX_KEY];
	size_t len = make_key(key, flow, id, type, name);
	struct question *q = tb_map_get(d->waiting, key, len);
	int rc = 0;

	if (q) {
		q->extra += extra;
		return 0;
	}
	if (tb_map_count(d->waiting) >= MAX_WAITING)
		rc = give_up_oldest(d);
	q = malloc(sizeof(*q) + strlen(name) + 1);
	if (!q || tb_map_put(d->waiting, key, len, q)) {
		free(q);
		return -ENOMEM;
	}
	*q = (struct question){ .prev = d->newest, .t = p->time, .flow = flow, .type = type, .id = id };
	q->extra = extra;
	q->client = p->src;
	q->server = p->dst;
	q->proto = p->proto == IPPROTO_TCP ? "tcp" : "udp";
	memcpy(q->name, name, strlen(name) + 1);
	*(d->newest ? &d->newest->next : &d->oldest) = q;
	d->newest = q;
	return rc;
}

/* settle() - the question that a message answers is done. Return: whether somebody had asked; @extra: what came with it */
static bool settle(struct dns *d, uint64_t flow, uint16_t id, uint16_t type, const char *name, uint64_t *extra)
{
	char key[MAX_KEY];
	struct question *q = tb_map_get(d->waiting, key, make_key(key, flow, id, type, name));

	if (!q)
		return false;
	*extra = q->extra;
	unlink_question(d, q);
	free(q);
	return true;
}

/* add_text() - TXT records are strings with a length before each, RFC 1035 3.3.14 */
static void add_text(char out[NS_MAXDNAME], const uint8_t *data, size_t len)
{
	struct tb_rd r = tb_rd_init(data, len);
	size_t n = 0, part;
	const uint8_t *p;

	while (r.left) {
		part = tb_rd_u8(&r);
		p = tb_rd_bytes(&r, part);
		if (!p || n + part >= NS_MAXDNAME)
			break;
		memcpy(out + n, p, part);
		n += part;
	}
	out[n] = '\0';
	/* A NUL inside would hide what follows: say so instead of cutting silently. */
	if (memchr(out, '\0', n))
		(void)snprintf(out, NS_MAXDNAME, "(%zu bytes)", n);
}

/* target() - the name at @skip bytes into a record's data: PTR, CNAME, MX, SRV ... Return: false if it is
 * none */
static bool target(char out[NS_MAXDNAME], const ns_msg *m, const ns_rr *rr, size_t skip)
{
	if (ns_rr_rdlen(*rr) <= skip)
		return false;
	if (dn_expand(ns_msg_base(*m), ns_msg_end(*m), ns_rr_rdata(*rr) + skip, out, NS_MAXDNAME) < 0)
		return false;
	tidy(out, out);
	return true;
}

static void add_value(struct answer *a, const ns_msg *m, const ns_rr *rr)
{
	char *out = a->value[a->nvalues];
	bool good = true;

	switch ((int)ns_rr_type(*rr)) {
	case ns_t_cname:
	case ns_t_ptr:
	case ns_t_ns:
	case ns_t_dname:
		good = target(out, m, rr, 0);
		break;
	case ns_t_mx:			/* preference before it */
		good = target(out, m, rr, 2);
		break;
	case ns_t_srv:			/* priority, weight, port before it */
		good = target(out, m, rr, 6);
		break;
	case ns_t_txt:
		add_text(out, ns_rr_rdata(*rr), ns_rr_rdlen(*rr));
		break;
	default: {
		char type[16];

		(void)snprintf(out, NS_MAXDNAME, "%s (%u bytes)", dns_type_name(ns_rr_type(*rr), type),
			       (unsigned int)ns_rr_rdlen(*rr));
	}
	}
	if (good)
		a->nvalues++;
}

static void add_addr(struct answer *a, const ns_rr *rr, int family)
{
	size_t len = family == AF_INET ? 4 : 16;
	struct ev_addr *addr = &a->addrs[a->naddrs];

	if (ns_rr_rdlen(*rr) != len)
		return;
	*addr = (struct ev_addr){ .family = family };
	memcpy(addr->ip, ns_rr_rdata(*rr), len);
	tidy(a->addr_owner[a->naddrs], ns_rr_name(*rr));
	a->naddrs++;
}

/* read_answer() - collect the answer section. Return: false if it is malformed; what was read before that is
 * kept */
static bool read_answer(struct answer *a, ns_msg *m)
{
	int n = ns_msg_count(*m, ns_s_an), i;
	ns_rr rr;

	a->naddrs = a->nvalues = a->naliases = 0;
	for (i = 0; i < n && i < MAX_RR; i++) {
		if (ns_parserr(m, ns_s_an, i, &rr))
			return false;
		if (ns_rr_type(rr) == ns_t_a) {
			add_addr(a, &rr, AF_INET);
			continue;
		}
		if (ns_rr_type(rr) == ns_t_aaaa) {
			add_addr(a, &rr, AF_INET6);
			continue;
		}
		add_value(a, m, &rr);
		if (ns_rr_type(rr) == ns_t_cname && target(a->alias[a->naliases].to, m, &rr, 0))
			tidy(a->alias[a->naliases++].from, ns_rr_name(rr));
	}
	return true;
}

/*
 * learn() - give an address the names whose chain of aliases leads to it, the one that was asked first
 *
 * The chain is walked from the question, so that an answer can only name what was asked for, and in at most
 * MAX_RR steps, so that a chain that bites its tail ends.
 */
static void learn(struct dns *d, const struct answer *a, size_t addr, const char *asked)
{
	const char *chain[MAX_RR + 1] = { asked };
	size_t n = 1, i, k;

	while (strcmp(chain[n - 1], a->addr_owner[addr])) {
		for (i = 0; i < a->naliases && strcmp(a->alias[i].from, chain[n - 1]); i++)
			;
		if (i == a->naliases || n > MAX_RR)
			return;
		chain[n++] = a->alias[i].to;
	}
	for (k = 0; k < n; k++)
		(void)names_learn(d->names, &a->addrs[addr], chain[k]);
}

static int append_answer(struct dns *d, const struct pkt *p, uint64_t flow, ns_msg *m, const char *name,
			 uint16_t type, uint64_t extra)
{
	struct ev ev = { .kind = EV_LOOKUP, .t = sink_time(d->sink, p->time) };
	const char *values[MAX_RR];
	char type_text[16], rcode_text[16];
	struct ev_lookup *l = &ev.u.lookup;
	size_t i;

	for (i = 0; i < d->a.nvalues; i++)
		values[i] = d->a.value[i];
	l->name = name;
	l->type = dns_type_name(type, type_text);
	l->rcode = dns_rcode_name(ns_msg_getflag(*m, ns_f_rcode), rcode_text);
	l->addrs = (struct ev_addrs){ d->a.addrs, d->a.naddrs };
	l->values = (struct ev_strs){ values, d->a.nvalues };
	l->client = p->dst;
	l->server = p->src;
	l->proto = p->proto == IPPROTO_TCP ? "tcp" : "udp";
	l->flow = flow;
	l->extra = extra;
	return sink_append(d->sink, &ev);
}

static int response(struct dns *d, const struct pkt *p, bool from_box, uint64_t flow, ns_msg *m)
{
	bool multicast = p->src.port == PORT_MDNS, asked, good;
	char name[NS_MAXDNAME];
	uint64_t extra = 0;
	uint16_t type;
	size_t i;
	ns_rr rr;

	good = read_answer(&d->a, m);
	if (!good)
		d->malformed++;
	/* Multicast answers repeat no question, RFC 6762 section 6: the first record says what they are
	 * about. */
	if (ns_parserr(m, ns_msg_count(*m, ns_s_qd) ? ns_s_qd : ns_s_an, 0, &rr))
		return 0;
	tidy(name, ns_rr_name(rr));
	type = (uint16_t)ns_rr_type(rr);
	asked = settle(d, flow, ns_msg_id(*m), type, name, &extra);
	if (from_box || !(asked || multicast))
		d->a.naddrs = 0;	/* whoever reads the record would give them names, too */
	for (i = 0; i < d->a.naddrs; i++)
		learn(d, &d->a, i, multicast ? d->a.addr_owner[i] : name);
	return append_answer(d, p, flow, m, name, type, extra);
}

/* append_strange() - the box sent @len bytes to a name server that are no query */
static int append_strange(struct dns *d, const struct ev_addr *client, const struct ev_addr *server, int64_t t, const char *proto,
			  uint64_t flow, size_t len)
{
	struct ev ev = { .kind = EV_LOOKUP, .t = sink_time(d->sink, t) };

	ev.u.lookup.client = *client;
	ev.u.lookup.server = *server;
	ev.u.lookup.proto = proto;
	ev.u.lookup.flow = flow;
	ev.u.lookup.extra = len;
	return sink_append(d->sink, &ev);
}

/* query() - remember its questions. Return: -EBADMSG if it has none that can be read */
static int query(struct dns *d, const struct pkt *p, uint64_t flow, ns_msg *m, uint64_t extra)
{
	int i, n = ns_msg_count(*m, ns_s_qd), rc = 0;
	char name[NS_MAXDNAME];
	ns_rr rr;

	for (i = 0; i < n && i < MAX_QUESTIONS && !rc; i++) {
		if (ns_parserr(m, ns_s_qd, i, &rr))
			return -EBADMSG;
		tidy(name, ns_rr_name(rr));
		rc = ask(d, p, flow, ns_msg_id(*m), (uint16_t)ns_rr_type(rr), name, i ? 0 : extra);
	}
	return n ? rc : -EBADMSG;
}

/* message() - @more: bytes that were on the wire with it, and not captured or not in the message */
static int message(struct dns *d, const struct pkt *p, bool from_box, uint64_t flow, const uint8_t *data,
		   size_t len, size_t more)
{
	bool to_server = from_box && p->dst.port == PORT_DNS;
	ns_msg m;
	int rc = -EBADMSG;

	if (len <= INT32_MAX && !ns_initparse(data, (int)len, &m)) {
		if (!ns_msg_getflag(m, ns_f_qr))
			rc = query(d, p, flow, &m, to_server ? dns_extra(data, len) + more : 0);
		else if (!to_server)
			rc = response(d, p, from_box, flow, &m);
	}
	if (rc != -EBADMSG)
		return rc;
	d->malformed++;
	if (!to_server)
		return 0;
	return append_strange(d, &p->src, &p->dst, p->time, p->proto == IPPROTO_TCP ? "tcp" : "udp", flow, len + more);
}

/* give_up_stream() - what is no whole message in it never will be one */
static int give_up_stream(struct dns *d, struct dns_stream *st)
{
	size_t left = st->rest.len;

	tb_buf_reset(&st->rest);
	d->malformed += left > 0;
	return left && st->from_box && st->dst.port == PORT_DNS ?
	       append_strange(d, &st->src, &st->dst, st->t, "tcp", st->flow, left) : 0;
}

static int segment(struct dns *d, const struct pkt *p, bool from_box, uint64_t flow)
{
	struct dns_stream *st = dns_stream_slot(&d->tcp, flow, from_box);
	size_t whole, changed = 0;
	int rc = 0;

	if (!flow || st->flow != flow || st->from_box != from_box) {
		rc = give_up_stream(d, st);
		dns_stream_begin(st, p, flow, from_box);
	}
	if (!rc)
		rc = dns_stream_add(st, p, &changed);
	if (!rc && changed && from_box && p->dst.port == PORT_DNS)
		rc = append_strange(d, &p->src, &p->dst, p->time, "tcp", flow, changed);
	while (!rc && (whole = dns_stream_whole(st)) > 0) {
		rc = message(d, p, from_box, flow, (const uint8_t *)st->rest.data + 2, whole - 2, 0);
		tb_buf_drop(&st->rest, whole);
	}
	return rc;
}

int dns_packet(struct dns *d, const struct pkt *p, bool from_box, uint64_t flow)
{
	int rc = 0;

	if (p->proto == IPPROTO_UDP)
		return message(d, p, from_box, flow, p->payload, p->payload_cap,
			       p->payload_len - p->payload_cap + p->more + p->ip_extra);
	if (from_box && p->dst.port == PORT_DNS && p->ip_extra)
		rc = append_strange(d, &p->src, &p->dst, p->time, "tcp", flow, p->ip_extra);
	return rc || !p->payload ? rc : segment(d, p, from_box, flow);
}

int dns_end(struct dns *d)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < DNS_STREAMS; i++)
		rc = give_up_stream(d, &d->tcp.v[i]);
	while (!rc && d->oldest)
		rc = give_up_oldest(d);
	return rc;
}
