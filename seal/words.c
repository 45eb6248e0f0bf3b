/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words.c - a hash in words that can be read aloud and written down
 *
 * Proquints: each word is 16 bits, consonant and vowel in turn, 4 bits and 2. Every word has one
 * reading only, and no list of words is needed to make them again.
 */
#include <string.h>

#include "tcbox/seal.h"

#define DIGITS 4		/* hexadecimal, of each word */

static unsigned int word_value(const char *hex)
{
	unsigned int value = 0;

	for (size_t i = 0; i < DIGITS; i++) {
		const char *at = strchr("0123456789abcdef", hex[i]);

		value = value << 4 | (unsigned int)(at ? at - "0123456789abcdef" : 0);
	}
	return value;
}

void seal_words(struct tb_buf *out, const char *hex)
{
	for (size_t at = 0; at + DIGITS <= strlen(hex); at += DIGITS) {
		unsigned int v = word_value(hex + at);
		const char word[] = {
			"bdfghjklmnprstvz"[v >> 12], "aiou"[v >> 10 & 3],
			"bdfghjklmnprstvz"[v >> 6 & 15], "aiou"[v >> 4 & 3],
			"bdfghjklmnprstvz"[v & 15], 0,
		};

		if (at)
			tb_buf_addc(out, ' ');
		tb_buf_adds(out, word);
	}
}
