/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.c - bytes that anybody may have chosen, made safe for JSON files and for people
 */
#include <string.h>

#include "tcbox/buf.h"
#include "tcbox/own.h"

/* sequence_len() - how many bytes this one begins, RFC 3629; 0: none does */
static size_t sequence_len(unsigned char first)
{
	if (first >= 0xf0 && first < 0xf5)
		return 4;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	return 0;
}

size_t tb_utf8_next(const unsigned char *s, size_t len, uint32_t *cp)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n, i;

	if (s[0] < 0x80) {
		*cp = s[0];
		return 1;
	}
	n = sequence_len(s[0]);
	if (!n || n > len)
		return 0;
	*cp = s[0] & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3f);
	}
	if (*cp < least[n] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;
	return n;
}

/* hides() - characters that are not seen or change how the text around them is shown: C1 controls,
 * line and paragraph separators, bidirectional controls (Unicode UAX #9), and what is ignorable by
 * default (DerivedCoreProperties.txt), such as joiners, fillers, variation selectors, tags and the
 * byte order mark. Sorted */
static bool hides(uint32_t cp)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x7f, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x61c, 0x61c },
		{ 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },
		{ 0x180b, 0x180f },
		{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0x3164, 0x3164 },
		{ 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
		{ 0xe0000, 0xe0fff },
	};
	size_t i;

	for (i = 0; i < TB_ARRAY_SIZE(ranges) && cp >= ranges[i].first; i++)
		if (cp <= ranges[i].last)
			return true;
	return false;
}

/* add_json_char() - what hides is escaped, so that a file shown on a terminal cannot steer it */
static void add_json_char(struct tb_buf *b, const unsigned char *s, size_t n, uint32_t cp)
{
	if (n > 1 && hides(cp) && cp > 0xffff)
		tb_buf_addf(b, "\\u%04x\\u%04x", 0xd800 + ((cp - 0x10000) >> 10),
			    0xdc00 + (cp & 0x3ff));
	else if (n > 1 && hides(cp))
		tb_buf_addf(b, "\\u%04x", cp);
	else if (n > 1 || (s[0] >= 0x20 && s[0] != '"' && s[0] != '\\' && s[0] != 0x7f))
		tb_buf_add(b, s, n);
	else if (s[0] == '"')
		tb_buf_adds(b, "\\\"");
	else if (s[0] == '\\')
		tb_buf_adds(b, "\\\\\\\\");	/* our doubled backslash, each escaped for JSON */
	else if (s[0] == '\n')
		tb_buf_adds(b, "\\n");
	else if (s[0] == '\t')
		tb_buf_adds(b, "\\t");
	else
		tb_buf_addf(b, "\\u%04x", s[0]);
}

void tb_buf_add_json(struct tb_buf *b, const char *str, size_t len)
{
	const unsigned char *s = (const unsigned char *)str;
	size_t plain, n;
	uint32_t cp;

	tb_buf_addc(b, '"');
	while (len) {
		for (plain = 0; plain < len; plain++)	/* the usual case, copied in one piece */
			if (s[plain] < 0x20 || s[plain] >= 0x7f || s[plain] == '"' ||
			    s[plain] == '\\')
				break;
		tb_buf_add(b, s, plain);
		s += plain;
		len -= plain;
		if (!len)
			break;
		n = tb_utf8_next(s, len, &cp);
		if (n) {
			add_json_char(b, s, n, cp);
		} else {
			tb_buf_addf(b, "\\\\x%02x", s[0]);
			n = 1;
		}
		s += n;
		len -= n;
	}
	tb_buf_addc(b, '"');
}

void tb_buf_add_shown(struct tb_buf *b, const char *str, size_t len)
{
	const unsigned char *s = (const unsigned char *)str;
	uint32_t cp = 0;
	size_t n;

	for (; len; s += n, len -= n) {
		n = tb_utf8_next(s, len, &cp);
		if (!n) {
			tb_buf_addf(b, "\\x%02x", s[0]);
			n = 1;
		} else if (cp == '\n') {
			tb_buf_adds(b, "\\n");
		} else if (cp == '\t') {
			tb_buf_adds(b, "\\t");
		} else if (cp < 0x20 || cp == 0x7f) {
			tb_buf_addf(b, "\\x%02x", (unsigned int)cp);
		} else if (hides(cp)) {
			tb_buf_addf(b, "\\u%04x", (unsigned int)cp);
		} else {
			tb_buf_add(b, s, n);
		}
	}
}
