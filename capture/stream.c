/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.c - the first bytes of one direction of TCP, put together from its segments
 */
#include "capture/stream.h"

#include <stdlib.h>
#include <string.h>

#define STEP 1024u		/* memory grows by */

void stream_free(struct stream *s)
{
	free(s->data);
	memset(s, 0, sizeof(*s));
}

/* agrees() - are the bytes in [from, to), which are known, those that the segment has there? */
static bool agrees(const struct stream *s, const struct stream_piece *known, uint32_t at,
		   const uint8_t *data, uint32_t len)
{
	uint32_t from = known->from > at ? known->from : at;
	uint32_t to = known->to < at + len ? known->to : at + len;

	return from >= to || !memcmp(s->data + from, data + (from - at), to - from);
}

/* inside() - bytes of a segment that are no further than what is kept */
static uint32_t inside(uint32_t at, size_t len)
{
	if (at >= STREAM_MAX)
		return 0;
	return len < STREAM_MAX - at ? (uint32_t)len : STREAM_MAX - at;
}

bool stream_agrees(const struct stream *s, uint32_t at, const uint8_t *data, size_t all)
{
	const struct stream_piece front = { 0, s->len };
	uint32_t len = inside(at, all);

	if (!agrees(s, &front, at, data, len))
		return false;
	for (unsigned int i = 0; i < s->npieces; i++)
		if (!agrees(s, &s->piece[i], at, data, len))
			return false;
	return true;
}

static bool make_room(struct stream *s, uint32_t end)
{
	uint32_t cap = (end + STEP - 1) / STEP * STEP;
	uint8_t *more;

	if (end <= s->cap)
		return true;
	more = realloc(s->data, cap);
	if (!more)
		return false;
	s->data = more;
	s->cap = cap;
	return true;
}

static void drop_piece(struct stream *s, unsigned int i)
{
	s->piece[i] = s->piece[--s->npieces];
}

/* join() - a piece that touches the bytes without a gap makes these longer, and so on */
static void join(struct stream *s)
{
	unsigned int i = 0;

	while (i < s->npieces) {
		const struct stream_piece *p = &s->piece[i];

		if (p->from > s->len) {
			i++;
			continue;
		}
		if (p->to > s->len)
			s->len = p->to;
		drop_piece(s, i);
		i = 0;
	}
}

/* remember() - one more piece, joined with those that it touches. Return: false: too many */
static bool remember(struct stream *s, struct stream_piece p)
{
	unsigned int i = 0;

	while (i < s->npieces) {
		const struct stream_piece *q = &s->piece[i];

		if (q->from > p.to || q->to < p.from) {
			i++;
			continue;
		}
		if (q->from < p.from)
			p.from = q->from;
		if (q->to > p.to)
			p.to = q->to;
		drop_piece(s, i);
		i = 0;
	}
	if (s->npieces == STREAM_PIECES)
		return false;
	s->piece[s->npieces++] = p;
	join(s);
	return true;
}

bool stream_add(struct stream *s, uint32_t at, const uint8_t *data, size_t len)
{
	uint32_t n = inside(at, len);

	if (!n)
		return true;
	if (!stream_agrees(s, at, data, n) || !make_room(s, at + n))
		return false;
	memcpy(s->data + at, data, n);
	return remember(s, (struct stream_piece){ at, at + n });
}
