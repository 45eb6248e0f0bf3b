/* SPDX-License-Identifier: Apache-2.0 */
/*
 * select.h - which findings and sections of a report were asked for
 */
#ifndef REPORT_SELECT_H
#define REPORT_SELECT_H

#include "tcbox/report.h"

/* select_finding() - was this one asked for? */
static inline bool select_finding(const struct rpt_input *in, const struct fnd *f)
{
	return !in->severities || in->severities & (1u << f->severity);
}

/* select_section() - was this section asked for? */
static inline bool select_section(const struct rpt_input *in, enum rpt_section s)
{
	return !in->sections || in->sections & (1u << s);
}

/* select_count() - how many findings were asked for */
static inline size_t select_count(const struct rpt_input *in)
{
	size_t n = 0;

	for (size_t i = 0; i < in->result->nfindings; i++)
		n += select_finding(in, &in->result->findings[i]);
	return n;
}

#endif
