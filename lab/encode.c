/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encode.c - an answer's body in gzip or deflate, for a client that asks for that (RFC 9110, 8.4)
 *
 * Limits: bodies from SIZE_MIN to ENCODED_MAX bytes, because servers leave small ones as they are,
 * and one answer must not keep the lab from all others. A weight counts only if it is nothing.
 */
#include "lab/encode.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "tcbox/own.h"

#define SIZE_MIN 20		/* as nginx has it */
#define ENCODED_MAX (1u << 20)
#define LEVEL 6
#define MEMORY_LEVEL 8		/* zlib's own */
#define WINDOW 15		/* and 16 more: gzip, deflateInit2() in zlib.h */

/* is_refused() - "; q=0", "; q=0.000" */
static bool is_refused(const char *s)
{
	s += strspn(s, " \t");
	if (*s != ';')
		return false;
	s += 1 + strspn(s + 1, " \t");
	if (strncasecmp(s, "q=0", 3) != 0)
		return false;
	s += 3;
	if (*s == '.')
		s += 1 + strspn(s + 1, "0");
	return !*s || strchr(", \t", *s);
}

static bool accepts(const char *list, const char *coding)
{
	size_t len = strlen(coding);

	for (;;) {
		list += strspn(list, ", \t");
		if (!*list)
			return false;
		if (!strncasecmp(list, coding, len) && (!list[len] || strchr(",; \t", list[len])))
			return !is_refused(list + len);
		list += strcspn(list, ",");
	}
}

static bool is_text(const char *type)
{
	static const char *const words[] = { "text/", "json", "xml", "javascript" };

	for (size_t i = 0; type && i < TB_ARRAY_SIZE(words); i++)
		if (strcasestr(type, words[i]))
			return true;
	return false;
}

/* squeeze() - Return: false without memory */
static bool squeeze(const char *data, size_t len, int window, struct tb_buf *out)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)len };
	TB_AUTOFREE char *room = NULL;
	uLong most;
	bool done = false;

	if (deflateInit2(&z, LEVEL, Z_DEFLATED, window, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	most = deflateBound(&z, (uLong)len);
	room = malloc(most);
	if (room) {
		z.next_out = (Bytef *)room;
		z.avail_out = (uInt)most;
		done = deflate(&z, Z_FINISH) == Z_STREAM_END;
	}
	if (done)
		tb_buf_add(out, room, z.total_out);
	(void)deflateEnd(&z);
	return done && !out->failed;
}

void encode_body(const struct http_req *r, struct content *out)
{
	bool gzip = accepts(r->encodings, "gzip");
	TB_AUTOBUF struct tb_buf small = TB_BUF_INIT;
	size_t len = content_len(out);

	if (!gzip && !accepts(r->encodings, "deflate"))
		return;
	if (out->status != 200 || out->range[0] || !is_text(out->type) || len < SIZE_MIN ||
	    len > ENCODED_MAX || strcasestr(out->headers, "content-encoding:"))
		return;
	if (!squeeze(content_data(out), len, gzip ? WINDOW + 16 : WINDOW, &small))
		return;
	tb_buf_free(&out->body);
	out->given = NULL;
	out->body = small;
	small = (struct tb_buf)TB_BUF_INIT;
	out->encoding = gzip ? "gzip" : "deflate";
}
