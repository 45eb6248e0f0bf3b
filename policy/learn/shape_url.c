/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape_url.c - what in the path of a URL would be another thing the next time
 *
 * A path of a server has the dates, hashes and versions that paths of files have, and in addition
 * components that are nothing but an id: a number, or a long random word.
 */
#include "policy/learn/state.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "policy/match.h"
#include "policy/write/lines.h"
#include "tcbox/own.h"

#define RANDOM_MIN 16		/* 96 bits in base64url, RFC 4648, 5 */
#define RANDOM_DIGITS 2		/* no word of people has so many, and small and capital letters */

/* is_id() - is the whole component a number, or a random word? */
static bool is_id(const char *s, size_t len, unsigned int *star)
{
	size_t digits = 0, lower = 0, upper = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (!isalnum(c) && c != '-' && c != '_')
			return false;
		digits += isdigit(c) != 0;
		lower += islower(c) != 0;
		upper += isupper(c) != 0;
	}
	*star = digits == len ? LRN_STAR_NUMBER : LRN_STAR_RANDOM;
	return len && (digits == len ||
		       (len >= RANDOM_MIN && digits >= RANDOM_DIGITS && lower && upper));
}

static void add_part(const char *s, size_t len, struct tb_buf *out, unsigned int *stars)
{
	unsigned int star;
	size_t n;

	if (is_id(s, len, &star)) {
		tb_buf_addc(out, '*');
		*stars |= star;
		return;
	}
	for (size_t at = 0; at < len; at += n) {
		n = lrn_changing(s, len, at, &star);
		if (n) {
			tb_buf_addc(out, '*');
			*stars |= star;
		} else {
			n = lrn_step(s, len, at);
			lines_glob(out, s + at, n);
		}
	}
}

void lrn_url_path(const char *url, struct tb_buf *out, struct lrn_shape *shape)
{
	TB_AUTOBUF struct tb_buf path = TB_BUF_INIT;
	size_t len;

	tb_buf_add(&path, url, strcspn(url, "?#"));
	out->failed |= path.failed;
	if (!path.len || path.failed)
		return;
	if (match_has_dots(path.data)) {	/* only the same text declares it */
		lines_glob(out, path.data, path.len);
		return;
	}
	for (const char *s = path.data; *s == '/'; s += 1 + len) {
		len = strcspn(s + 1, "/");
		tb_buf_addc(out, '/');
		add_part(s + 1, len, out, &shape->stars);
	}
}
