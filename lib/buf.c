/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.c - growing byte buffer
 */
#include "tcbox/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tb_buf_free(struct tb_buf *b)
{
	free(b->data);
	*b = (struct tb_buf)TB_BUF_INIT;
}

void tb_buf_reset(struct tb_buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data)
		b->data[0] = '\0';
}

/* make_room() - have space for @more bytes and a NUL. Return: false, and failed is set, without
 * memory */
static bool make_room(struct tb_buf *b, size_t more)
{
	size_t need, cap;
	char *p;

	if (b->failed)
		return false;
	if (__builtin_add_overflow(b->len, more, &need) || need > SIZE_MAX / 2 - 1) {
		b->failed = true;
		return false;
	}
	if (b->cap > need)
		return true;
	cap = b->cap ? b->cap : 64;
	while (cap <= need)
		cap *= 2;
	p = realloc(b->data, cap);
	if (!p) {
		b->failed = true;
		return false;
	}
	b->data = p;
	b->cap = cap;
	return true;
}

void tb_buf_add(struct tb_buf *b, const void *data, size_t len)
{
	if (!make_room(b, len))
		return;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void tb_buf_adds(struct tb_buf *b, const char *s)
{
	tb_buf_add(b, s, strlen(s));
}

void tb_buf_addc(struct tb_buf *b, char c)
{
	tb_buf_add(b, &c, 1);
}

void tb_buf_addvf(struct tb_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		b->failed = true;
	else if (make_room(b, (size_t)n)) {
		(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void tb_buf_addf(struct tb_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tb_buf_addvf(b, fmt, ap);
	va_end(ap);
}

void tb_buf_drop(struct tb_buf *b, size_t len)
{
	if (len >= b->len) {
		tb_buf_reset(b);
		return;
	}
	b->len -= len;
	memmove(b->data, b->data + len, b->len + 1);
}

char *tb_buf_take(struct tb_buf *b)
{
	char *s;

	tb_buf_add(b, "", 0);		/* an empty buffer is the empty string */
	s = b->data;
	if (b->failed) {
		tb_buf_free(b);
		return NULL;
	}
	*b = (struct tb_buf)TB_BUF_INIT;
	return s;
}
