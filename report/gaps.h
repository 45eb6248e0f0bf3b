/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gaps.h - the sentences about what a run could not show
 *
 * Each appends to a buffer.
 */
#ifndef REPORT_GAPS_H
#define REPORT_GAPS_H

#include "tcbox/buf.h"
#include "tcbox/finding.h"

/* gaps_what() - what was not seen, as a heading */
void gaps_what(struct tb_buf *b, const struct fnd_gap *g);

/* gaps_why() - why it was not, without a full stop */
void gaps_why(struct tb_buf *b, enum fnd_gap_code code, const struct fnd_details *details);

#endif
