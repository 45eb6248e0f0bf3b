/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare.h - compare a record with a policy
 *
 * Events are fed in the order of the record, while the run goes on or from a finished bundle; the same
 * events give the same result. Calls and packets are joined here (which process sent it) and reconciled
 * (does each flow have a call, each call a flow), and the canary is checked.
 */
#ifndef TCBOX_COMPARE_H
#define TCBOX_COMPARE_H

#include "tcbox/event.h"
#include "tcbox/finding.h"
#include "tcbox/policy.h"
#include "tcbox/record.h"
#include "tcbox/run.h"

struct cmp;

/**
 * cmp_new() - start a comparison
 * @policy:	Borrowed until cmp_free(); NULL: nothing was declared and nothing is compared, the verdict
 *		is inconclusive
 *
 * Return: NULL without memory
 */
struct cmp *cmp_new(const struct pol *policy);
void cmp_free(struct cmp *c);

/* cmp_feed() - take one event; everything needed is copied. Return: 0, -ENOMEM */
int cmp_feed(struct cmp *c, const struct ev *ev);

/* What can be said while the run goes on. Cheap. */
struct cmp_progress {
	uint64_t processes, flows, findings;
};
void cmp_progress(const struct cmp *c, struct cmp_progress *out);

/**
 * cmp_finish() - everything was fed: decide
 * @run:	The manifest: state, timeouts, degraded mechanisms and loss counters bound the verdict
 * @stats:	How the record was read; NULL: not known, then treated as incomplete
 * @out:	The result, owned by the caller: fnd_result_free()
 */
int cmp_finish(struct cmp *c, const struct run_info *run, const struct rec_read_stats *stats, struct fnd_result **out,
	       struct tb_err *err);

#endif
