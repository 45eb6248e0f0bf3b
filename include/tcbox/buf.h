/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.h - a growing byte buffer, and a bounded cursor for reading hostile bytes
 *
 * Both have sticky errors: a failed append or a read past the end sets a flag, later
 * operations do nothing (reads give 0), and the caller checks once at the end.
 */
#ifndef TCBOX_BUF_H
#define TCBOX_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/err.h"

struct tb_buf {
	char *data;		/* NUL-terminated after every successful append; NULL while empty */
	size_t len;
	size_t cap;
	bool failed;		/* memory ran out: the content is not complete */
};

#define TB_BUF_INIT { NULL, 0, 0, false }
#define TB_AUTOBUF __attribute__((cleanup(tb_buf_free)))

void tb_buf_free(struct tb_buf *b);
void tb_buf_reset(struct tb_buf *b);		/* empties, keeps the memory */
void tb_buf_add(struct tb_buf *b, const void *data, size_t len);
void tb_buf_adds(struct tb_buf *b, const char *s);
void tb_buf_addc(struct tb_buf *b, char c);
void tb_buf_addf(struct tb_buf *b, const char *fmt, ...) TB_PRINTF(2, 3);
void tb_buf_addvf(struct tb_buf *b, const char *fmt, va_list ap) TB_PRINTF(2, 0);

/* tb_buf_drop() - remove the first @len bytes */
void tb_buf_drop(struct tb_buf *b, size_t len);

/* tb_buf_take() - hand the string to the caller, who frees it; NULL if appending failed */
char *tb_buf_take(struct tb_buf *b);

/**
 * tb_buf_add_json() - append a JSON string, with its quotes, from bytes that anybody may have
 * chosen
 *
 * JSON strings are UTF-8 (RFC 8259, 8.1) but file names and arguments on Linux are bytes. So that
 * nothing is lost and the result is always valid, a byte that is not part of valid UTF-8 becomes
 * the four characters \xNN and a backslash becomes two backslashes, both before the usual JSON
 * escaping: the byte 0xff is "\\xff" in the file, a backslash is "\\\\". Control characters are
 * JSON escapes (\u001b) and nothing else.
 */
void tb_buf_add_json(struct tb_buf *b, const char *s, size_t len);

/**
 * tb_buf_add_shown() - append text for a person, on one line and harmless on a terminal
 *
 * Control characters, C1 controls, bidirectional overrides and invalid UTF-8 become visible escapes
 * (\n, \x1b, \u202e).
 */
void tb_buf_add_shown(struct tb_buf *b, const char *s, size_t len);

/**
 * tb_utf8_next() - decode one character (RFC 3629: no overlong forms, no surrogates, at most
 * U+10FFFF)
 * @len:	Bytes left, at least 1
 * @cp:		Receives the code point
 *
 * Return: number of bytes, 0 if the first byte does not start a valid character
 */
size_t tb_utf8_next(const unsigned char *s, size_t len, uint32_t *cp);

/* A bounded cursor over bytes that are not ours. Reads past the end set bad and give 0. */
struct tb_rd {
	const uint8_t *p;
	size_t left;
	bool bad;
};

static inline struct tb_rd tb_rd_init(const void *data, size_t len)
{
	struct tb_rd r = { data, len, false };

	return r;
}

/* tb_rd_bytes() - the next @len bytes, borrowed from the buffer under the cursor; NULL if there are
 * fewer */
const uint8_t *tb_rd_bytes(struct tb_rd *r, size_t len);
uint8_t tb_rd_u8(struct tb_rd *r);
uint16_t tb_rd_u16be(struct tb_rd *r);
uint32_t tb_rd_u32be(struct tb_rd *r);

#endif
