/* SPDX-License-Identifier: Apache-2.0 */
/*
 * derive.h - what every format of the report derives from a result: order, ancestry, absolute times
 */
#ifndef REPORT_DERIVE_H
#define REPORT_DERIVE_H

#include <stddef.h>
#include <stdint.h>

#include "tcbox/clock.h"
#include "tcbox/facts.h"
#include "tcbox/finding.h"
#include "tcbox/report.h"

/**
 * rpt_order() - the order in which findings are told and numbered, the same in all formats
 * @facts:	NULL: not known
 *
 * Violations before warnings before infos; within a severity, what left the machine before what
 * was let in, started and changed, before calls, and findings of one code together; within a code,
 * what was sent in the clear, what no lookup explains, what is big first, then the order of the
 * result, which is time.
 *
 * Return: indices into r->findings, r->nfindings of them, for the caller to free; NULL without
 * memory
 */
size_t *rpt_order(const struct fnd_result *r, const struct facts *facts);

/* rpt_is_whole() - did the run come to its end, and was no evidence lost that bounds the verdict?
 * Else what is not recorded may have happened all the same */
bool rpt_is_whole(const struct rpt_input *in);

#define RPT_ANCESTORS 32

/**
 * rpt_ancestry() - parent, grandparent, ... of a process
 *
 * At most RPT_ANCESTORS: a record that was edited may say that a process is its own ancestor.
 * Return: how many were stored
 */
size_t rpt_ancestry(const struct fnd_result *r, const struct fnd_proc *p,
		    const struct fnd_proc *out[RPT_ANCESTORS]);

/* rpt_refs() - references in ascending order, as a reader looks them up. Return: how many were
 * stored */
size_t rpt_refs(const struct fnd_refs *refs, uint64_t out[FND_REFS]);

#define RPT_TIMELEN TB_TIMELEN

/**
 * rpt_time_format() - absolute time, UTC, as RFC 3339 says: "2026-11-24T10:15:02.123456789Z"
 * @started_ns:	CLOCK_REALTIME of the run's start
 * @t:		Nanoseconds since then
 *
 * Return: 0, or -ERANGE, with an empty string, if there is no such time
 */
int rpt_time_format(int64_t started_ns, int64_t t, char out[RPT_TIMELEN]);

#endif
