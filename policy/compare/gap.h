/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gap.h - something that was not seen
 */
#ifndef POLICY_COMPARE_GAP_H
#define POLICY_COMPARE_GAP_H

#include "policy/compare/cmp_state.h"

/*
 * gap_add() - a gap. Return: where to say more of it, until the next gap; NULL without memory, and
 * the comparison has failed
 */
struct fnd_details *gap_add(struct cmp *c, bool blocks_conforms, enum fnd_gap_code code);

/* gap_number() - a gap about which there is one number to say */
void gap_number(struct cmp *c, bool blocks_conforms, enum fnd_gap_code code, enum fnd_key key,
		uint64_t n);

/* gap_text() - a gap about which there is one text to say, if it is known */
void gap_text(struct cmp *c, bool blocks_conforms, enum fnd_gap_code code, enum fnd_key key,
	      const char *text);

#endif
