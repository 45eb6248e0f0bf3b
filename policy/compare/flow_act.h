/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_act.h - flows as findings tell them
 */
#ifndef POLICY_COMPARE_FLOW_ACT_H
#define POLICY_COMPARE_FLOW_ACT_H

#include "policy/compare/cmp_state.h"

#define FLOW_WHAT_LEN 400
/*
 * How the destination of a flow is called in findings: name or address, port, protocol; and all
 * ports of it.
 */
struct flow_words {
	char what[FLOW_WHAT_LEN], many[FLOW_WHAT_LEN];
};

/*
 * flow_act() - an act for a finding about a flow; it borrows @words, which receives its words
 */
struct fnd_act flow_act(const struct evd_flow *f, enum fnd_code code, enum fnd_severity severity,
			struct flow_words *words);

/* flow_act_details() - what was seen of it */
void flow_act_details(struct cmp *c, const struct evd_flow *f, struct fnd_details *to);

/*
 * flow_act_is_link() - the kernel's own packet about an address that a call named: such a report,
 * or the question who has the address
 */
bool flow_act_is_link(const struct evd_flow *f);

#endif
