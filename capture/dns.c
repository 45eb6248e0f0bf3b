/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns.c - name lookups on the wire: questions joined to answers, addresses to names
 *
 * How it works: messages are parsed by the C library (ns_initparse(3) and family). A question
 * waits in a table until a message with the same flow, id, name and type answers it; then one
 * EV_LOOKUP is appended. An answer that nobody asked for, or that the box gives, is recorded
 * without its addresses: they are given no names.
 *
 * What the box sends to port 53 and is no query is a lookup without a name, so that nothing goes
 * there unseen. The same for bytes in IP options and extension headers, which no resolver needs,
 * and in fragments behind the first.
 *
 * Limits: at most DNS_MAX_RR records of an answer and MAX_WAITING questions (then the oldest is
 * recorded as unanswered). Names are in presentation format (RFC 4343, 2.1: odd bytes are \DDD).
 */
#include "capture/dns.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture/dns_answer.h"
#include "capture/dns_extra.h"
#include "capture/dns_other.h"
#include "capture/dns_stream.h"
#include "tcbox/dns_words.h"
#include "tcbox/map.h"
#include "tcbox/own.h"

#define PORT_DNS 53
#define PORT_MDNS 5353
#define MAX_QUESTIONS 8
#define MAX_WAITING 16384
#define MAX_KEY (16 + NS_MAXDNAME)

/* Who asked whom, when, in which flow. */
struct talk {
	struct ev_addr client, server;
	int64_t t;
	uint64_t flow;
	const char *proto;
};

/* What joins an answer to its question, beside the flow. */
struct subject {
	uint16_t id, type;
	const char *name;
};

struct question {
	struct question *prev, *next;
	struct talk talk;
	uint64_t extra;
	uint16_t id, type;
	char name[];
};

/*
 * One message as it came; @more: bytes that came with it, and were not captured or are not of
 * the message.
 */
struct message {
	const uint8_t *data;
	size_t len, more;
};

struct dns {
	const struct sink *sink;
	struct names *names;
	struct tb_map *waiting;
	struct question *oldest, *newest;
	uint64_t malformed;
	struct dns_answer a;
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
	for (size_t i = 0; i < d->tcp.n; i++)
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

	if (p->proto != IPPROTO_UDP || !p->payload || p->payload_cap < p->payload_len)
		return false;
	if (!dns_is(p) && !dns_looks(p->payload, p->payload_cap, p->payload_len))
		return false;
	return !ns_initparse(p->payload, (int)p->payload_cap, &m) && ns_msg_count(m, ns_s_qd) == 1;
}

static size_t make_key(char key[MAX_KEY], uint64_t flow, const struct subject *s)
{
	size_t len = strlen(s->name);

	memcpy(key, &flow, 8);
	memcpy(key + 8, &s->id, 2);
	memcpy(key + 10, &s->type, 2);
	memcpy(key + 12, s->name, len);
	return 12 + len;
}

static const char *proto_of(const struct pkt *p)
{
	return p->proto == IPPROTO_TCP ? "tcp" : "udp";
}

/* talk_of() - of a packet that the client sent, or the server */
static struct talk talk_of(const struct dns_in *in, bool client)
{
	const struct pkt *p = in->pkt;

	return (struct talk){ .client = client ? p->src : p->dst,
			      .server = client ? p->dst : p->src,
			      .t = p->time,
			      .flow = in->flow,
			      .proto = proto_of(p) };
}

/* append() - @l has all but who talked */
static int append(struct dns *d, const struct talk *talk, struct ev_lookup l)
{
	struct ev ev = { .kind = EV_LOOKUP, .t = sink_time(d->sink, talk->t), .u.lookup = l };

	ev.u.lookup.client = talk->client;
	ev.u.lookup.server = talk->server;
	ev.u.lookup.proto = talk->proto;
	ev.u.lookup.flow = talk->flow;
	return sink_append(d->sink, &ev);
}

/* append_strange() - the box sent @len bytes to a name server that are no query */
static int append_strange(struct dns *d, const struct talk *talk, size_t len)
{
	return append(d, talk, (struct ev_lookup){ .extra = len });
}

/* unlink_question() - remove it from the list and the table; the caller frees it */
static void unlink_question(struct dns *d, struct question *q)
{
	const struct subject s = { q->id, q->type, q->name };
	char key[MAX_KEY];

	(void)tb_map_del(d->waiting, key, make_key(key, q->talk.flow, &s));
	*(q->prev ? &q->prev->next : &d->oldest) = q->next;
	*(q->next ? &q->next->prev : &d->newest) = q->prev;
}

static int give_up_oldest(struct dns *d)
{
	struct question *q = d->oldest;
	char type[TB_DNS_WORD];
	int rc = append(d, &q->talk,
			(struct ev_lookup){ .name = q->name,
					    .type = tb_dns_type(q->type, type),
					    .extra = q->extra });

	unlink_question(d, q);
	free(q);
	return rc;
}

/*
 * ask() - remember a question until it is answered. Asked again: the first time counts, and what
 * came with both
 */
static int ask(struct dns *d, const struct dns_in *in, const struct subject *s, uint64_t extra)
{
	char key[MAX_KEY];
	size_t len = make_key(key, in->flow, s);
	struct question *q = tb_map_get(d->waiting, key, len);
	int rc = 0;

	if (q) {
		q->extra += extra;
		return 0;
	}
	if (tb_map_count(d->waiting) >= MAX_WAITING)
		rc = give_up_oldest(d);
	q = malloc(sizeof(*q) + strlen(s->name) + 1);
	if (!q || tb_map_put(d->waiting, key, len, q)) {
		free(q);
		return -ENOMEM;
	}
	*q = (struct question){ .prev = d->newest, .talk = talk_of(in, true), .extra = extra,
				.id = s->id, .type = s->type };
	memcpy(q->name, s->name, strlen(s->name) + 1);
	*(d->newest ? &d->newest->next : &d->oldest) = q;
	d->newest = q;
	return rc;
}

/*
 * settle() - the question that a message answers is done. Return: whether somebody had asked;
 * @extra: what came with it
 */
static bool settle(struct dns *d, uint64_t flow, const struct subject *s, uint64_t *extra)
{
	char key[MAX_KEY];
	struct question *q = tb_map_get(d->waiting, key, make_key(key, flow, s));

	if (!q)
		return false;
	*extra = q->extra;
	unlink_question(d, q);
	free(q);
	return true;
}

/*
 * learn() - give an address the names whose chain of aliases leads to it, the one that was asked
 * first
 *
 * The chain is walked from the question, so that an answer can only name what was asked for, and
 * in at most DNS_MAX_RR steps, so that a chain that bites its tail ends.
 */
static void learn(struct dns *d, const struct dns_answer *a, size_t addr, const char *asked)
{
	const char *chain[DNS_MAX_RR + 1] = { asked };
	size_t n = 1, i, k;

	while (strcmp(chain[n - 1], a->addr_owner[addr])) {
		for (i = 0; i < a->naliases && strcmp(a->alias[i].from, chain[n - 1]); i++)
			;
		if (i == a->naliases || n > DNS_MAX_RR)
			return;
		chain[n++] = a->alias[i].to;
	}
	for (k = 0; k < n; k++)
		(void)names_learn(d->names, &a->addrs[addr], chain[k]);
}

/* append_answer() - @l has the rest: response code, what came with the question */
static int append_answer(struct dns *d, const struct dns_in *in, const struct subject *s,
			 struct ev_lookup l)
{
	const struct talk talk = talk_of(in, false);
	const char *values[DNS_MAX_RR];
	char type[TB_DNS_WORD];

	for (size_t i = 0; i < d->a.nvalues; i++)
		values[i] = d->a.value[i];
	l.name = s->name;
	l.type = tb_dns_type(s->type, type);
	l.addrs = (struct ev_addrs){ d->a.addrs, d->a.naddrs };
	l.values = (struct ev_strs){ values, d->a.nvalues };
	return append(d, &talk, l);
}

static int response(struct dns *d, const struct dns_in *in, ns_msg *m)
{
	bool multicast = in->pkt->src.port == PORT_MDNS && in->pkt->proto == IPPROTO_UDP, asked;
	unsigned int rcode = (unsigned int)ns_msg_getflag(*m, ns_f_rcode);
	char name[NS_MAXDNAME], rcode_text[TB_DNS_WORD];
	struct subject s = { .id = ns_msg_id(*m), .name = name };
	uint64_t extra = 0;
	ns_rr rr;

	if (!dns_answer_read(&d->a, m))
		d->malformed++;
	/* Multicast answers repeat no question, RFC 6762 section 6: the first record says what
	 * they are about. */
	if (ns_parserr(m, ns_msg_count(*m, ns_s_qd) ? ns_s_qd : ns_s_an, 0, &rr))
		return 0;
	dns_tidy(name, ns_rr_name(rr));
	s.type = (uint16_t)ns_rr_type(rr);
	asked = settle(d, in->flow, &s, &extra);
	if (in->from_box || !(asked || multicast))
		d->a.naddrs = 0;	/* whoever reads the record would give them names, too */
	for (size_t i = 0; i < d->a.naddrs; i++)
		learn(d, &d->a, i, multicast ? d->a.addr_owner[i] : name);
	return append_answer(d, in, &s,
			     (struct ev_lookup){ .rcode = tb_dns_rcode(rcode, rcode_text),
						 .extra = extra });
}

/* query() - remember its questions. Return: -EBADMSG if it has none that can be read */
static int query(struct dns *d, const struct dns_in *in, ns_msg *m, uint64_t extra)
{
	int i, n = ns_msg_count(*m, ns_s_qd), rc = 0;
	char name[NS_MAXDNAME];
	ns_rr rr;

	for (i = 0; i < n && i < MAX_QUESTIONS && !rc; i++) {
		if (ns_parserr(m, ns_s_qd, i, &rr))
			return -EBADMSG;
		dns_tidy(name, ns_rr_name(rr));
		rc = ask(d, in, &(struct subject){ ns_msg_id(*m), (uint16_t)ns_rr_type(rr), name },
			 i ? 0 : extra);
	}
	return n ? rc : -EBADMSG;
}

static bool to_server(const struct dns_in *in)
{
	return in->from_box && in->pkt->dst.port == PORT_DNS;
}

static int read_message(struct dns *d, const struct dns_in *in, const struct message *msg)
{
	const struct talk talk = talk_of(in, true);
	int rc = -EBADMSG;
	uint64_t extra;
	ns_msg m;

	if (msg->len <= INT32_MAX && !ns_initparse(msg->data, (int)msg->len, &m)) {
		extra = to_server(in) ? dns_extra(msg->data, msg->len) + msg->more : 0;
		if (!ns_msg_getflag(m, ns_f_qr))
			rc = query(d, in, &m, extra);
		else if (!to_server(in))
			rc = response(d, in, &m);
	}
	if (rc != -EBADMSG)
		return rc;
	d->malformed++;
	return to_server(in) ? append_strange(d, &talk, msg->len + msg->more) : 0;
}

/* give_up_stream() - what is no whole message in it never will be one */
static int give_up_stream(struct dns *d, struct dns_stream *st)
{
	const struct talk talk = { st->src, st->dst, st->t, st->flow, "tcp" };
	size_t left = st->rest.len;

	tb_buf_reset(&st->rest);
	d->malformed += left > 0;
	return left && st->from_box && st->dst.port == PORT_DNS ? append_strange(d, &talk, left) :
								  0;
}

static int segment(struct dns *d, const struct dns_in *in)
{
	struct dns_stream *st = dns_stream_slot(&d->tcp, in->flow, in->from_box);
	const struct talk talk = talk_of(in, true);
	size_t whole, changed = 0;
	int rc = 0;

	if (!in->flow || st->flow != in->flow || st->from_box != in->from_box) {
		rc = give_up_stream(d, st);
		dns_stream_begin(st, in->pkt, in->flow, in->from_box);
	}
	if (!rc)
		rc = dns_stream_add(st, in->pkt, &changed);
	if (!rc && changed && to_server(in))
		rc = append_strange(d, &talk, changed);
	while (!rc && (whole = dns_stream_whole(st)) > 0) {
		const struct message msg = { (const uint8_t *)st->rest.data + 2, whole - 2, 0 };

		rc = read_message(d, in, &msg);
		tb_buf_drop(&st->rest, whole);
	}
	return rc;
}

int dns_packet(struct dns *d, const struct dns_in *in)
{
	const struct pkt *p = in->pkt;
	const struct talk talk = talk_of(in, true);
	int rc = 0;

	if (p->proto == IPPROTO_UDP) {
		const struct message msg = { p->payload, p->payload_cap,
					     p->payload_len - p->payload_cap + p->more +
						     p->ip_extra };

		return read_message(d, in, &msg);
	}
	if (to_server(in) && p->ip_extra)
		rc = append_strange(d, &talk, p->ip_extra);
	return rc || !p->payload ? rc : segment(d, in);
}

int dns_asked(struct dns *d, const struct dns_in *in, const uint8_t *msg, size_t len)
{
	ns_msg m;
	int rc = -EBADMSG;

	if (!ns_initparse(msg, (int)len, &m))
		rc = query(d, in, &m, 0);
	d->malformed += rc == -EBADMSG;
	return rc == -EBADMSG ? 0 : rc;
}

int dns_answered(struct dns *d, const struct dns_in *in, const uint8_t *msg, size_t len)
{
	char name[NS_MAXDNAME], key[MAX_KEY];
	struct subject s = { .name = name };
	ns_msg m;
	ns_rr rr;

	if (len > INT32_MAX || ns_initparse(msg, (int)len, &m) || ns_parserr(&m, ns_s_qd, 0, &rr))
		return 0;
	dns_tidy(name, ns_rr_name(rr));
	s.id = ns_msg_id(m);
	s.type = (uint16_t)ns_rr_type(rr);
	if (!tb_map_get(d->waiting, key, make_key(key, in->flow, &s)))
		return 0;
	return response(d, in, &m);
}

int dns_end(struct dns *d)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < d->tcp.n; i++)
		rc = give_up_stream(d, &d->tcp.v[i]);
	while (!rc && d->oldest)
		rc = give_up_oldest(d);
	return rc;
}
