/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sent.h - how many bytes one side has sent over TCP, each counted once, as a receiver does
 */
#ifndef CAPTURE_SENT_H
#define CAPTURE_SENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SENT_PIECES 64u		/* behind a gap, apart from each other */
#define SENT_BUDGET ((size_t)64 << 20)
#define SENT_ACKED 8192u	/* kept of what was acknowledged: it may come once more */
#define SENT_KEPT 8192u		/* segments that are kept at most */

struct sent_piece {
	uint64_t from, to;
};

struct sent_kept;

/* All zero at first; release with sent_free(). */
struct sent {
	uint64_t upto;			/* bytes from the first one without a gap */
	uint64_t forgotten;		/* what is before it is not kept, or not all of it */
	struct sent_piece *piece;	/* NULL: none is behind a gap */
	unsigned int npieces;
	struct sent_kept *oldest, *newest;
	size_t kept, nkept;		/* bytes, segments */
	bool ambiguous;			/* receivers may differ in what they read */
};

/* One segment. */
struct sent_segment {
	uint64_t at;			/* where its first byte stands */
	uint32_t len;
	const uint8_t *data;		/* what was captured of it */
	size_t cap;
};

/**
 * sent_add() - a segment with payload
 * @budget:	Bytes that may still be kept, of all
 *
 * Segments may come in any order, and twice. Which of two with other bytes in one place is read is
 * the receiver's affair, and so is one whose place was forgotten: the stream is ambiguous then.
 */
void sent_add(struct sent *s, size_t *budget, const struct sent_segment *g);

/* sent_acked() - the receiver has so many bytes: most of them need not be kept */
void sent_acked(struct sent *s, size_t *budget, uint64_t upto);

/* sent_place() - where a byte stands whose distance from the first is known modulo 2^32. Return:
 * negative: before the first one */
int64_t sent_place(const struct sent *s, uint32_t distance);

/* sent_bytes() - how many there were */
uint64_t sent_bytes(const struct sent *s);

void sent_free(struct sent *s, size_t *budget);

#endif
