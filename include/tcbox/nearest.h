/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nearest.h - which known word did somebody mean? For "did you mean" in error messages
 */
#ifndef TCBOX_NEAREST_H
#define TCBOX_NEAREST_H

#include <stddef.h>

struct tb_nearest {
	const char *word;	/* what was written */
	const char *best;	/* the nearest candidate so far, borrowed; NULL: none is near */
	size_t distance;
};

/* tb_nearest_init() - start; tb_nearest_try() - offer one candidate, which must outlive @n */
void tb_nearest_init(struct tb_nearest *n, const char *word);
void tb_nearest_try(struct tb_nearest *n, const char *candidate);

/* tb_edit_distance() - insertions, deletions, substitutions and swaps of neighbours (optimal string
 * alignment). Words past 64 bytes: 64 */
size_t tb_edit_distance(const char *a, const char *b);

#endif
