/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body.c - what a request brings, of any size: counted, hashed, its first bytes noted, and kept as
 * far as the technician wants that
 *
 * How it works: bodies of several requests come at the same time, so what is kept of one waits in
 * memory until its end and is written as one piece. The record says where.
 *
 * Limits: the store has a size, and so has what waits in memory; what does not fit is counted.
 * After a write that failed nothing more is kept, because nobody knows where the file ends.
 */
#include "lab/body.h"

#include <string.h>

#include "tcbox/fd.h"

/* keep() - the beginning of the body, without a gap */
static void keep(struct body *b, const void *data, size_t len)
{
	struct body_store *s = b->store;
	size_t room, before = b->kept.len;

	if (!s || !s->each || b->full)
		return;
	room = s->each - b->kept.len < len ? (size_t)(s->each - b->kept.len) : len;
	if (s->waiting + room > BODIES_WAIT_MAX) {
		s->left_out++;
		b->full = true;
		return;
	}
	tb_buf_add(&b->kept, data, room);
	s->waiting += b->kept.len - before;
	b->full = b->kept.failed || room < len;
}

void body_add(struct body *b, const void *data, size_t len)
{
	if (!len)
		return;
	if (!b->hash)
		b->hash = tb_sha256_new();
	if (b->hash)
		tb_sha256_add(b->hash, data, len);
	else
		b->failed = true;
	if (b->len < BODY_FIRST) {
		size_t room = BODY_FIRST - (size_t)b->len;

		memcpy(b->first + b->len, data, len < room ? len : room);
	}
	keep(b, data, len);
	b->len += len;
}

uint64_t body_keep(struct body_store *s, const void *data, size_t len, uint64_t *at)
{
	if (len > s->each)
		len = (size_t)s->each;
	if (!len)
		return 0;
	if (s->broken || s->size + len > s->most) {
		s->left_out++;
		return 0;
	}
	s->broken = tb_write_all(s->fd, data, len);
	if (s->broken) {
		s->left_out++;
		return 0;
	}
	*at = s->size;
	s->size += len;
	return len;
}

void body_drop(struct body *b)
{
	char hex[TB_SHA256_HEX];

	if (b->hash && b->len)
		(void)tb_sha256_result(b->hash, hex, NULL);
	if (b->store)
		b->store->waiting -= b->kept.len;
	tb_buf_free(&b->kept);
	b->len = 0;
	b->full = false;
	b->failed = false;
}

void body_end(struct body *b, struct body_told *out)
{
	size_t first = b->len < BODY_FIRST ? (size_t)b->len : BODY_FIRST;

	*out = (struct body_told){ .begins = TB_BUF_INIT };
	if (!b->len)
		return;
	if (!b->hash || tb_sha256_result(b->hash, out->sha256, NULL) || b->failed)
		out->sha256[0] = '\0';
	tb_buf_add_shown(&out->begins, (const char *)b->first, first);
	if (b->kept.failed && b->store)
		b->store->left_out++;
	else if (b->kept.len)
		out->kept = body_keep(b->store, b->kept.data, b->kept.len, &out->kept_at);
	b->len = 0;
	body_drop(b);
}

void body_free(struct body *b)
{
	body_drop(b);
	tb_sha256_free(b->hash);
	b->hash = NULL;
}
