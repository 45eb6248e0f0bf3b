/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_stream.c - DNS messages out of TCP segments
 *
 * Limits: a segment that is missing was lost by the capture, which says so itself: reading
 * begins anew behind it.
 */
#include "capture/dns_stream.h"

#include <errno.h>

struct dns_stream *dns_stream_slot(struct dns_streams *s, uint64_t flow, bool from_box)
{
	struct dns_stream *unused = NULL;

	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i].flow == flow && s->v[i].from_box == from_box)
			return &s->v[i];
		if (!unused && !s->v[i].rest.len)
			unused = &s->v[i];
	}
	if (unused)
		return unused;
	if (s->n < DNS_STREAMS)
		return &s->v[s->n++];
	s->victim = (s->victim + 1) % DNS_STREAMS;
	return &s->v[s->victim];
}

void dns_stream_begin(struct dns_stream *st, const struct pkt *p, uint64_t flow, bool from_box)
{
	tb_buf_free(&st->rest);
	*st = (struct dns_stream){ .flow = flow,
				   .from_box = from_box,
				   .next = p->tcp_seq,
				   .src = p->src,
				   .dst = p->dst,
				   .rest = TB_BUF_INIT };
}

/* changed_bytes() - of the first @n of a segment, which were sent before */
static size_t changed_bytes(const struct dns_stream *st, const struct pkt *p, size_t n)
{
	size_t changed = 0;

	for (size_t i = 0; i < n && i < p->payload_cap; i++) {
		uint32_t seq = p->tcp_seq + (uint32_t)i;

		changed += st->next - seq <= st->nsent &&
			   st->sent[seq % DNS_STREAM_SENT] != p->payload[i];
	}
	return changed;
}

static void keep_sent(struct dns_stream *st, const struct pkt *p, size_t skip)
{
	for (size_t i = skip; i < p->payload_cap; i++)
		st->sent[(p->tcp_seq + (uint32_t)i) % DNS_STREAM_SENT] = p->payload[i];
	st->nsent += (uint32_t)(p->payload_len - skip);
	if (p->payload_cap < p->payload_len)
		st->nsent = 0;		/* what was not captured cannot be compared */
	if (st->nsent > DNS_STREAM_SENT)
		st->nsent = DNS_STREAM_SENT;
}

int dns_stream_add(struct dns_stream *st, const struct pkt *p, size_t *changed)
{
	uint32_t ahead = p->tcp_seq - st->next;		/* modulo 2^32, RFC 9293 3.4 */
	size_t skip = 0;

	if (ahead >= UINT32_C(1) << 31) {
		skip = st->next - p->tcp_seq;		/* it begins before what was read */
	} else if (ahead) {
		tb_buf_reset(&st->rest);
		st->nsent = 0;
	}
	*changed = changed_bytes(st, p, skip);
	if (skip >= p->payload_len)
		return 0;
	keep_sent(st, p, skip);
	st->next = p->tcp_seq + p->payload_len;
	st->t = p->time;
	if (skip < p->payload_cap)
		tb_buf_add(&st->rest, p->payload + skip, p->payload_cap - skip);
	return st->rest.failed ? -ENOMEM : 0;
}

size_t dns_stream_whole(const struct dns_stream *st)
{
	struct tb_rd r = tb_rd_init(st->rest.data, st->rest.len);
	size_t len = tb_rd_u16be(&r);

	return r.bad || r.left < len ? 0 : 2 + len;
}
