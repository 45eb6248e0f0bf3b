/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rank.h - which of several rules that agree with an act counts
 */
#ifndef POLICY_RANK_H
#define POLICY_RANK_H

#include "tcbox/policy.h"

/* rank_rules() - number the rules of connections and listens. Return: 0, -ENOMEM */
int rank_rules(struct pol *p);

/* rank_equal() / rank_equal_listen() - does neither say more than the other? Then the one that
 * stands first counts */
bool rank_equal(const struct pol_conn *a, const struct pol_conn *b);
bool rank_equal_listen(const struct pol_listen *a, const struct pol_listen *b);

#endif
