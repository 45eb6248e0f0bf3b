/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quota.h - what conversations add up to, against the limits of their rules
 */
#ifndef POLICY_COMPARE_QUOTA_H
#define POLICY_COMPARE_QUOTA_H

#include "policy/compare/cmp_state.h"

struct quota;

/* quota_new() - nothing was seen yet; there is a policy. Return: NULL without memory */
struct quota *quota_new(struct cmp *c);
void quota_free(struct quota *l);

/*
 * quota_count() - a conversation counts for one of its rules, with the requests that are this
 * rule's. Those that are in excess, or during which a limit was passed, are evidence; rates are
 * judged in quota_end()
 */
void quota_count(struct quota *l, const struct evd_flow *f, const struct cmp_asked *asked,
		 size_t rule);

/* quota_shared() - all were counted. What of a conversation may count for a rule as well adds to
 * it. Return: may that be beyond a limit? */
bool quota_shared(struct quota *l, const struct evd_flow *f, const struct cmp_asked *asked,
		  size_t rule);

/* quota_end() - judge the rates, and say of each limit how much was seen in all */
void quota_end(struct quota *l);

#endif
