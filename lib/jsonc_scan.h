/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonc_scan.h - the letters of JSON: places, white space, strings and words, without structure
 */
#ifndef LIB_JSONC_SCAN_H
#define LIB_JSONC_SCAN_H

#include "tcbox/err.h"
#include "tcbox/jsonc.h"

struct jscan {
	const unsigned char *s;
	size_t len, at;
	bool bytes;			/* as json_write.h writes: see jsonc_parse_bytes() */
	unsigned int line;		/* from 0 */
	size_t line_start;
	size_t continued;		/* bytes of this line, before the cursor, that continue a
					 * character */
	struct jsonc_syntax *bad;
};

/* jscan_here() - the place of the cursor */
struct jsonc_pos jscan_here(const struct jscan *in);

/* jscan_fail() - fill in what is wrong. Return: -EINVAL */
int jscan_fail(struct jscan *in, struct jsonc_pos pos, const char *fmt, ...) TB_PRINTF(3, 4);

/* jscan_peek() - the byte @ahead of the cursor; 0 past the end */
unsigned char jscan_peek(const struct jscan *in, size_t ahead);

/* jscan_check() - refuse what no text of people needs; the cursor stays. Return: 0; -EINVAL */
int jscan_check(struct jscan *in);

/* jscan_space() - pass white space, and comments where there may be some. Return: 0; -EINVAL */
int jscan_space(struct jscan *in);

/* jscan_found() - describe what stands at the cursor, for messages */
const char *jscan_found(const struct jscan *in, char out[64]);

/* jscan_string_room() - how many bytes jscan_string() writes at most, with the NUL; the cursor is
 * at a quote */
size_t jscan_string_room(const struct jscan *in);

/* jscan_string() - read the string at the cursor to @out, which ends in NUL and contains none.
 * Return: 0; -EINVAL */
int jscan_string(struct jscan *in, char *out);

/* jscan_is_word() - characters of true, false, null and numbers, and of words that somebody took
 * for a value */
bool jscan_is_word(unsigned char c);

/* jscan_word_len() - bytes of the word at the cursor */
size_t jscan_word_len(const struct jscan *in);

/* jscan_word() - make @v what the word v->text says, which stands at v->pos. Return: 0; -EINVAL */
int jscan_word(struct jscan *in, struct jsonc_val *v);

#endif
