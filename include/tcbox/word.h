/* SPDX-License-Identifier: Apache-2.0 */
/*
 * word.h - words that may be missing
 */
#ifndef TCBOX_WORD_H
#define TCBOX_WORD_H

#include <stdbool.h>
#include <string.h>

/* tb_is_word() - is this the word? No, if there is none */
static inline bool tb_is_word(const char *s, const char *word)
{
	return s && !strcmp(s, word);
}

#endif
