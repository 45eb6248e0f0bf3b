/* SPDX-License-Identifier: Apache-2.0 */
/*
 * details.h - add details to what the comparison finds
 *
 * Nothing is added to NULL, which stands for a finding that is not new. Without memory the
 * comparison has failed.
 */
#ifndef POLICY_COMPARE_DETAILS_H
#define POLICY_COMPARE_DETAILS_H

#include "policy/compare/cmp_state.h"

/* details_text() - nothing if @text is NULL: it is not known */
void details_text(struct cmp *c, struct fnd_details *to, enum fnd_key key, const char *text);
void details_number(struct cmp *c, struct fnd_details *to, enum fnd_key key, uint64_t n);
/* details_is() - that it is so, if it is */
void details_is(struct cmp *c, struct fnd_details *to, enum fnd_key key, bool so);
/* details_out() - why a rule is not in force: its last day was over, or it is of other phases */
void details_out(struct cmp *c, struct fnd_details *to, const char *until, char *const *phases,
		 size_t n);
/* details_addr() - an address with its port */
void details_addr(struct cmp *c, struct fnd_details *to, enum fnd_key key, const struct ev_addr *a);

#endif
