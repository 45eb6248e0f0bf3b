/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nearest.c - which known word did somebody mean?
 */
#include "tcbox/nearest.h"

#include <string.h>

#define WORD_MAX 64

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

size_t tb_edit_distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), i, j;
	size_t before[WORD_MAX + 1], last[WORD_MAX + 1], row[WORD_MAX + 1];

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_MAX;
	memset(before, 0, sizeof(before));
	for (j = 0; j <= lb; j++)
		last[j] = j;
	for (i = 1; i <= la; i++) {
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			row[j] = min3(last[j] + 1, row[j - 1] + 1,
				      last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		memcpy(before, last, sizeof(before));
		memcpy(last, row, sizeof(last));
	}
	return last[lb];
}

void tb_nearest_init(struct tb_nearest *n, const char *word)
{
	n->word = word;
	n->best = NULL;
	n->distance = strlen(word) / 3 + 1;	/* farther than a third of the word is no typing
						 * error */
}

void tb_nearest_try(struct tb_nearest *n, const char *candidate)
{
	size_t d = tb_edit_distance(n->word, candidate);

	if (d < n->distance || (d == n->distance && !n->best)) {
		n->best = candidate;
		n->distance = d;
	}
}
