/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare.h - compare what happened with a policy
 */
#ifndef TCBOX_COMPARE_H
#define TCBOX_COMPARE_H

#include "tcbox/finding.h"
#include "tcbox/policy.h"
#include "tcbox/record.h"
#include "tcbox/run.h"

struct evd_facts;

/* What is compared; all borrowed. */
struct cmp_input {
	const struct evd_facts *evidence;	/* tcbox/evidence.h; it is only read */
	const struct pol *policy;	/* NULL: nothing was declared and nothing is compared, the
					 * verdict is inconclusive */
	const struct pol *run_policy;	/* the one that the run had, by which calls were watched or
					 * not; NULL: none, or it cannot be used */
	const struct run_info *run;	/* state, timeouts, degraded mechanisms and loss counters
					 * bound the verdict */
	const struct rec_read_stats *stats;	/* how the record was read; NULL: not known, then
						 * treated as incomplete */
};

/**
 * cmp_compare() - decide
 * @out:	The result, owned by the caller: fnd_result_free()
 *
 * The same input gives the same result. Return: 0, -ENOMEM
 */
int cmp_compare(const struct cmp_input *in, struct fnd_result **out, struct tb_err *err);

#endif
