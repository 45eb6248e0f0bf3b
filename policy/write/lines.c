/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.c - the lines of a policy
 */
#include "policy/write/lines.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"

#define WIDTH 100

static void begin(struct lines *l)
{
	for (unsigned int i = 0; i < l->depth; i++)
		tb_buf_adds(l->out, l->tabs ? "\t" : "  ");
}

static void end(struct lines *l)
{
	tb_buf_adds(l->out, l->crlf ? "\r\n" : "\n");
}

void lines_like(struct lines *l, const char *text, size_t len)
{
	l->tabs = memmem(text, len, "\n\t", 2) != NULL;
	l->crlf = memmem(text, len, "\r\n", 2) != NULL;
}

void lines_blank(struct lines *l)
{
	end(l);
}

void lines_add(struct lines *l, const char *text)
{
	begin(l);
	if (l->off)
		tb_buf_adds(l->out, "//");
	tb_buf_adds(l->out, text);
	end(l);
}

void lines_addf(struct lines *l, const char *fmt, ...)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	tb_buf_addvf(&text, fmt, ap);
	va_end(ap);
	l->out->failed |= text.failed;
	if (!text.failed)
		lines_add(l, text.len ? text.data : "");
}

/* fits() - how much of @text goes on a line of @room bytes: whole words, at least one */
static size_t fits(const char *text, size_t room)
{
	size_t len = strlen(text), at = 0, end;

	if (len <= room)
		return len;
	for (;;) {
		end = at + strcspn(text + at, " ");
		if (at && end > room)
			return at - 1;
		if (!text[end])
			return end;
		at = end + 1;
	}
}

void lines_note(struct lines *l, const char *text)
{
	TB_AUTOBUF struct tb_buf shown = TB_BUF_INIT;
	const char *rest;
	size_t n, room = WIDTH - 3 - 2 * (size_t)l->depth;

	tb_buf_add_shown(&shown, text, strlen(text));
	l->out->failed |= shown.failed;
	for (rest = shown.data; rest && *rest; rest += rest[n] == ' ' ? n + 1 : n) {
		n = fits(rest, room);
		begin(l);
		tb_buf_adds(l->out, "// ");
		tb_buf_add(l->out, rest, n);
		end(l);
	}
}

void lines_notef(struct lines *l, const char *fmt, ...)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	tb_buf_addvf(&text, fmt, ap);
	va_end(ap);
	l->out->failed |= text.failed;
	if (!text.failed)
		lines_note(l, text.len ? text.data : "");
}

/* is_plain() - may it stand in a string as it is? tb_buf_add_shown() is asked: what it changes
 * could deceive a reader */
static bool is_plain(const char *s, size_t len, struct tb_buf *room)
{
	tb_buf_reset(room);
	tb_buf_add_shown(room, s, len);
	return room->len == len && !memcmp(room->data, s, len);
}

/* add_code() - RFC 8259, 7: beyond the basic plane as two surrogates */
static void add_code(struct tb_buf *out, uint32_t cp)
{
	if (cp >= 0x10000)
		tb_buf_addf(out, "\\u%04x\\u%04x", 0xd800 + ((cp - 0x10000) >> 10),
			    0xdc00 + ((cp - 0x10000) & 0x3ff));
	else
		tb_buf_addf(out, "\\u%04x", cp);
}

void lines_string(struct tb_buf *out, const char *s)
{
	TB_AUTOBUF struct tb_buf room = TB_BUF_INIT;
	size_t left = strlen(s), n;
	uint32_t cp;

	tb_buf_addc(out, '"');
	for (; left; s += n, left -= n) {
		n = tb_utf8_next((const unsigned char *)s, left, &cp);
		if (!n) {
			tb_buf_addc(out, '?');
			n = 1;
		} else if (cp == '"' || cp == '\\') {
			tb_buf_addf(out, "\\%c", (char)cp);
		} else if (is_plain(s, n, &room)) {
			tb_buf_add(out, s, n);
		} else {
			add_code(out, cp);
		}
		out->failed |= room.failed;	/* the next character resets it */
	}
	tb_buf_addc(out, '"');
}

void lines_key(struct lines *l, const char *name, const char *value)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	if (!value)
		return;
	tb_buf_addf(&text, "\"%s\": ", name);
	lines_string(&text, value);
	tb_buf_addc(&text, ',');
	l->out->failed |= text.failed;
	if (!text.failed)
		lines_add(l, text.data);
}

void lines_glob(struct tb_buf *out, const char *path, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool variable = path[i] == '$' && i + 1 < len && path[i + 1] == '{';

		if (variable || strchr("*?[\\", path[i]))
			tb_buf_addc(out, '\\');
		tb_buf_addc(out, path[i]);
	}
}
