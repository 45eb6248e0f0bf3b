/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sent.c - how many bytes one side has sent over TCP, each counted once, as a receiver does
 *
 * How it works: what was sent is known as pieces of the stream. What the receiver has not
 * acknowledged is kept, and a little more, to be compared with what is sent in its place: a program
 * can change what the kernel sends again (MSG_ZEROCOPY, sendfile(2)), and by a raw socket send
 * anything.
 *
 * Limits: of a packet the bytes are compared that the decoder gets to see.
 */
#include "capture/sent.h"

#include <stdlib.h>
#include <string.h>

struct sent_kept {
	struct sent_kept *next;
	uint64_t at;
	uint32_t len;
	size_t cap;
	uint8_t data[];
};

static size_t size_of(const struct sent_kept *k)
{
	return sizeof(*k) + k->cap;
}

/* drop_oldest() - what comes there later cannot be compared */
static void drop_oldest(struct sent *s, size_t *budget)
{
	struct sent_kept *k = s->oldest;

	s->oldest = k->next;
	if (!s->oldest)
		s->newest = NULL;
	if (k->at + k->len > s->forgotten)
		s->forgotten = k->at + k->len;
	s->kept -= size_of(k);
	s->nkept--;
	*budget += size_of(k);
	free(k);
}

static void forget(struct sent *s, const struct sent_segment *g)
{
	if (g->at + g->len > s->forgotten)
		s->forgotten = g->at + g->len;
}

static void keep(struct sent *s, size_t *budget, const struct sent_segment *g)
{
	size_t size = sizeof(struct sent_kept) + g->cap;
	struct sent_kept *k;

	while ((*budget < size || s->nkept == SENT_KEPT) && s->oldest)
		drop_oldest(s, budget);
	k = *budget < size ? NULL : malloc(size);
	if (!k) {
		forget(s, g);
		return;
	}
	*k = (struct sent_kept){ .at = g->at, .len = g->len, .cap = g->cap };
	if (g->cap)
		memcpy(k->data, g->data, g->cap);
	*(s->newest ? &s->newest->next : &s->oldest) = k;
	s->newest = k;
	s->kept += size;
	s->nkept++;
	*budget -= size;
}

/* agrees() - are the bytes that both have of one place the same? */
static bool agrees(const struct sent_kept *k, const struct sent_segment *g)
{
	uint64_t from = k->at > g->at ? k->at : g->at;
	uint64_t end = k->at + k->cap, to = g->at + g->cap;

	if (end < to)
		to = end;
	return from >= to || !memcmp(k->data + (from - k->at), g->data + (from - g->at), to - from);
}

static bool is_known(const struct sent *s, const struct sent_segment *g)
{
	if (g->at < s->upto)
		return true;
	for (unsigned int i = 0; i < s->npieces; i++)
		if (g->at < s->piece[i].to && g->at + g->len > s->piece[i].from)
			return true;
	return false;
}

static void compare(struct sent *s, const struct sent_segment *g)
{
	s->ambiguous |= g->at < s->forgotten;
	for (const struct sent_kept *k = s->oldest; k && !s->ambiguous; k = k->next)
		s->ambiguous = !agrees(k, g);
}

/* join() - pieces that touch the bytes without a gap make these longer */
static void join(struct sent *s)
{
	unsigned int i = 0;

	while (i < s->npieces) {
		if (s->piece[i].from > s->upto) {
			i++;
			continue;
		}
		if (s->piece[i].to > s->upto)
			s->upto = s->piece[i].to;
		s->piece[i] = s->piece[--s->npieces];
		i = 0;
	}
}

/* remember() - a piece behind a gap, joined with those that it touches */
static void remember(struct sent *s, struct sent_piece p)
{
	unsigned int i = 0;

	if (!s->piece)
		s->piece = calloc(SENT_PIECES, sizeof(*s->piece));
	while (s->piece && i < s->npieces) {
		const struct sent_piece q = s->piece[i];

		if (q.from > p.to || q.to < p.from) {
			i++;
			continue;
		}
		if (q.from < p.from)
			p.from = q.from;
		if (q.to > p.to)
			p.to = q.to;
		s->piece[i] = s->piece[--s->npieces];
		i = 0;
	}
	if (!s->piece || s->npieces == SENT_PIECES)
		s->ambiguous = true;	/* it cannot be counted any more */
	else
		s->piece[s->npieces++] = p;
}

void sent_add(struct sent *s, size_t *budget, const struct sent_segment *g)
{
	const struct sent_piece p = { g->at, g->at + g->len };

	if (!g->len)
		return;
	if (!s->ambiguous && is_known(s, g))
		compare(s, g);
	if (p.from > s->upto)
		remember(s, p);
	else if (p.to > s->upto)
		s->upto = p.to;
	join(s);
	if (s->ambiguous)
		while (s->oldest)
			drop_oldest(s, budget);
	else
		keep(s, budget, g);
}

void sent_acked(struct sent *s, size_t *budget, uint64_t upto)
{
	while (s->oldest && s->oldest->at + s->oldest->len <= upto &&
	       s->kept - size_of(s->oldest) >= SENT_ACKED)
		drop_oldest(s, budget);
}

int64_t sent_place(const struct sent *s, uint32_t distance)
{
	return (int64_t)s->upto + (int32_t)(distance - (uint32_t)s->upto);
}

uint64_t sent_bytes(const struct sent *s)
{
	uint64_t n = s->upto;

	for (unsigned int i = 0; i < s->npieces; i++)
		n += s->piece[i].to - s->piece[i].from;
	return n;
}

void sent_free(struct sent *s, size_t *budget)
{
	while (s->oldest)
		drop_oldest(s, budget);
	free(s->piece);
	memset(s, 0, sizeof(*s));
}
