/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.h - the first bytes of one direction of TCP, put together from its segments
 */
#ifndef CAPTURE_STREAM_H
#define CAPTURE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_MAX 16384u	/* bytes from the beginning; what is beyond is not kept */
#define STREAM_PIECES 64	/* apart from each other, behind a gap */

struct stream_piece {
	uint32_t from, to;
};

struct stream {
	uint8_t *data;
	uint32_t len;		/* bytes from the beginning without a gap */
	uint32_t cap;
	struct stream_piece piece[STREAM_PIECES];
	unsigned int npieces;
};

/**
 * stream_add() - a segment
 * @s:	All zero at first; release with stream_free()
 * @at:	Where its first byte stands in the stream
 *
 * Segments may come in any order, and twice. Two that say different bytes in one place are a way to
 * show observers what the receiver does not see: the stream is then nobody's word.
 *
 * Return: false if the stream cannot be followed: that, more than STREAM_PIECES, no memory
 */
bool stream_add(struct stream *s, uint32_t at, const uint8_t *data, size_t len);

/* stream_agrees() - does a segment say the bytes that are known of its place? */
bool stream_agrees(const struct stream *s, uint32_t at, const uint8_t *data, size_t len);
void stream_free(struct stream *s);

#endif
