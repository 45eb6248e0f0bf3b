/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_other.c - name lookups at ports that are not those of DNS
 *
 * How it works: a rule for a server and a port is no rule for the names that it is asked for, so
 * they are read whatever the port is. A datagram shows by itself what it is. A connection is
 * followed as long as all that it says are messages of DNS; what is something else from its first
 * byte on costs one look.
 *
 * A question counts without what comes behind it: what a declared server may be sent beside is not
 * limited.
 *
 * Limits: OTHER_STREAMS directions of connections at once. One that is given up for another, one
 * that says something else behind its queries, and a message that was not captured whole, are
 * counted.
 */
#include "capture/dns_other.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture/dns_stream.h"
#include "tcbox/map.h"

#define OTHER_STREAMS 512
#define HEADER_LEN 12
#define QUESTION_MIN 5		/* the root's name, type, class */
#define LABEL_MAX 63
#define NAME_MAX_WIRE 255

struct dns_other {
	struct dns *dns;
	struct dns_stream v[OTHER_STREAMS];	/* flow 0: not in use */
	size_t n;				/* of them were ever in use */
	struct tb_map *by_flow;			/* those in use: key_of() */
	size_t victim;
	uint64_t lost;
};

struct dns_other *dns_other_new(struct dns *dns)
{
	struct dns_other *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->dns = dns;
	o->by_flow = tb_map_new(OTHER_STREAMS);
	if (o->by_flow)
		return o;
	free(o);
	return NULL;
}

static uint64_t key_of(uint64_t flow, bool from_box)
{
	return flow << 1 | from_box;
}

static void end_stream(struct dns_other *o, struct dns_stream *st)
{
	uint64_t key = key_of(st->flow, st->from_box);

	(void)tb_map_del(o->by_flow, &key, sizeof(key));
	tb_buf_free(&st->rest);
	st->flow = 0;
}

void dns_other_free(struct dns_other *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < o->n; i++)
		if (o->v[i].flow)
			end_stream(o, &o->v[i]);
	tb_map_free(o->by_flow);
	free(o);
}

uint64_t dns_other_lost(const struct dns_other *o)
{
	return o->lost;
}

/* is_header() - @n: how many of its bytes are there */
static bool is_header(const uint8_t *h, size_t n)
{
	/* RFC 1035, 4.1.1: opcode 0; of a query the code is 0, and nobody has answered. RFC 4035:
	 * 0x20 and 0x10 of the fourth byte are its checks */
	static const uint8_t query[HEADER_LEN] = { [2] = 0xfe, [3] = 0xcf, [4] = 0xff, [5] = 0xff,
		[6] = 0xff, [7] = 0xff, [8] = 0xff, [9] = 0xff, [10] = 0xff, [11] = 0xfe };
	static const uint8_t answer[HEADER_LEN] = { [2] = 0x78, [4] = 0xff, [5] = 0xff };
	const uint8_t *fixed = n > 2 && h[2] & 0x80 ? answer : query;

	for (size_t i = 0; i < n && i < HEADER_LEN; i++)
		if ((h[i] & fixed[i]) != (i == 5))
			return false;
	return true;
}

/* skip_name() - Return: what is behind the name; 0: it does not end in what is there. @bad: set */
static size_t skip_name(const uint8_t *msg, size_t have, bool *bad)
{
	size_t at = HEADER_LEN;

	while (at < have && msg[at] && !*bad) {
		*bad = msg[at] > LABEL_MAX || at - HEADER_LEN >= NAME_MAX_WIRE;
		at += 1 + (size_t)msg[at];
	}
	return !*bad && at < have ? at + 1 : 0;
}

/* is_class() - IN, CH, HS, ANY */
static bool is_class(unsigned int c)
{
	return c == 1 || c == 3 || c == 4 || c == 255;
}

/* question_end() - Return: where the first question ends; 0: that is not there yet. @bad: set */
static size_t question_end(const uint8_t *msg, size_t have, size_t len, bool *bad)
{
	size_t end = have > HEADER_LEN ? skip_name(msg, have, bad) : 0;

	if (!end || *bad)
		return 0;
	end += 4;
	*bad |= end > len;
	if (end > have)
		return 0;
	*bad |= !is_class((unsigned int)msg[end - 2] << 8 | msg[end - 1]);
	return end;
}

bool dns_looks(const uint8_t *msg, size_t have, size_t len)
{
	bool bad = len < HEADER_LEN + QUESTION_MIN || !is_header(msg, have);

	if (!bad)
		(void)question_end(msg, have, len, &bad);
	return !bad;
}

/* give() - a whole message. Of a query the question alone */
static int give(struct dns_other *o, const struct dns_in *in, const uint8_t *msg, size_t len)
{
	uint8_t bare[HEADER_LEN + NAME_MAX_WIRE + 1 + 4];
	bool bad = false;
	size_t end;

	if (msg[2] & 0x80)
		return in->from_box ? 0 : dns_answered(o->dns, in, msg, len);
	if (!in->from_box)
		return 0;
	end = question_end(msg, len, len, &bad);
	if (!end || bad || end > sizeof(bare))
		return 0;
	memcpy(bare, msg, end);
	memset(bare + 6, 0, HEADER_LEN - 6);	/* no other records */
	return dns_asked(o->dns, in, bare, end);
}

static int datagram(struct dns_other *o, const struct dns_in *in)
{
	const struct pkt *p = in->pkt;
	size_t len = p->first_fragment ? UINT16_MAX : p->payload_len;

	if (!dns_looks(p->payload, p->payload_cap, len))
		return 0;
	if (p->payload_cap == len)
		return give(o, in, p->payload, len);
	o->lost += in->from_box;
	return 0;
}

/* starts() - can this be the first segment of a connection of DNS, after its length? */
static bool starts(const struct pkt *p)
{
	size_t len = p->payload_cap > 1 ? (size_t)p->payload[0] << 8 | p->payload[1] : 0;

	if (p->payload_cap < 2)		/* no query of a name has 256 bytes but for its options */
		return p->payload_cap && p->payload[0] < 16;
	return dns_looks(p->payload + 2, p->payload_cap - 2, len);
}

static struct dns_stream *find(const struct dns_other *o, uint64_t flow, bool from_box)
{
	uint64_t key = key_of(flow, from_box);

	return tb_map_get(o->by_flow, &key, sizeof(key));
}

/* vacant() - Return: a stream that is not in use; if all are, one is given up */
static struct dns_stream *vacant(struct dns_other *o)
{
	struct dns_stream *st;

	for (size_t i = 0; i < o->n; i++)
		if (!o->v[i].flow)
			return &o->v[i];
	if (o->n < OTHER_STREAMS)
		return &o->v[o->n++];
	o->victim = (o->victim + 1) % OTHER_STREAMS;
	st = &o->v[o->victim];
	o->lost += st->from_box;
	end_stream(o, st);
	return st;
}

/* begin() - Return: a stream for this direction; NULL without memory */
static struct dns_stream *begin(struct dns_other *o, const struct dns_in *in)
{
	uint64_t key = key_of(in->flow, in->from_box);
	struct dns_stream *st = vacant(o);

	if (tb_map_put(o->by_flow, &key, sizeof(key), st) < 0)
		return NULL;
	dns_stream_begin(st, in->pkt, in->flow, in->from_box);
	return st;
}

/* messages() - give those that are whole; the stream ends with what is none */
static int messages(struct dns_other *o, const struct dns_in *in, struct dns_stream *st)
{
	int rc = 0;

	while (!rc && st->flow && st->rest.len >= 2) {
		const uint8_t *data = (const uint8_t *)st->rest.data;
		size_t len = (size_t)data[0] << 8 | data[1], have = st->rest.len - 2;

		if (!dns_looks(data + 2, have < len ? have : len, len)) {
			o->lost += st->given && st->from_box;	/* and others may follow */
			end_stream(o, st);
			return 0;
		}
		if (have < len)
			return 0;
		rc = give(o, in, data + 2, len);
		st->given = true;
		tb_buf_drop(&st->rest, 2 + len);
	}
	return rc;
}

static int segment(struct dns_other *o, const struct dns_in *in, int64_t at)
{
	const struct pkt *p = in->pkt;
	struct dns_stream *st = find(o, in->flow, in->from_box);
	bool client = in->from_box && !at && starts(p);
	size_t changed = 0;
	int rc = 0;

	if (!st) {
		if (!client && (in->from_box || !find(o, in->flow, true)))
			return 0;
		st = begin(o, in);
		if (!st)
			return -ENOMEM;
	}
	if (p->payload) {
		o->lost += p->payload_cap < p->payload_len && in->from_box;
		rc = dns_stream_add(st, p, &changed);
		if (!rc)
			rc = messages(o, in, st);
	}
	if (st->flow && p->tcp_flags & (PKT_FIN | PKT_RST))
		end_stream(o, st);
	return rc;
}

int dns_other_packet(struct dns_other *o, const struct dns_in *in, int64_t at)
{
	const struct pkt *p = in->pkt;

	if (p->kind != PKT_IP || p->broken || p->later_fragment || !in->flow)
		return 0;
	if (p->proto == IPPROTO_UDP)
		return p->payload ? datagram(o, in) : 0;
	if (p->proto != IPPROTO_TCP || p->first_fragment)
		return 0;
	if (!tb_map_count(o->by_flow) && (at || !p->payload))
		return 0;
	return segment(o, in, at);
}
