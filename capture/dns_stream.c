/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_stream.c - DNS messages out of TCP segments
 *
 * Limits: a segment that is missing was lost by the capture, which says so itself: reading begins anew behind it.
 */
#include "capture/dns_stream.h"

#include <errno.h>

struct dns_stream *dns_stream_slot(struct dns_streams *s, uint64_t flow, bool from_box)
{
	struct dns_stream *unused = NULL;

	for (size_t i = 0; i < DNS_STREAMS; i++) {
		if (s->v[i].flow == flow && s->v[i].from_box == from_box)
			return &s->v[i];
		if (!unused && !s->v[i].rest.len)
			unused = &s->v[i];
	}
	if (unused)
		return unused;
	s->victim = (s->victim + 1) % DNS_STREAMS;
	return &s->v[s->victim];
}

void dns_stream_begin(struct dns_stream *st, const struct pkt *p, uint64_t flow, bool from_box)
{
	tb_buf_free(&st->rest);
	*st = (struct dns_stream){ .flow = flow, .from_box = from_box, .next = p->tcp_seq, .src = p->src, .dst = p->dst,
				   .rest = TB_BUF_INIT };
}

int dns_stream_add(struct dns_stream *st, const struct pkt *p)
{
	uint32_t ahead = p->tcp_seq - st->next;		/* modulo 2^32, RFC 9293 3.4 */
	size_t skip = 0;

	if (ahead >= UINT32_C(1) << 31)
		skip = st->next - p->tcp_seq;		/* it begins before what was read */
	else if (ahead)
		tb_buf_reset(&st->rest);
	if (skip >= p->payload_len)
		return 0;
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
