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

/* Why a required rule had no chance to be seen, in a template. */
#define GAPS_NO_CHANCE \
	"[{?no_net}nothing was behind the gate (--net none)]" \
	"[{?scenario}the simulated internet did something wrong on purpose (--scenario)]" \
	"[{?timed_out}the product was ended when its time was over]" \
	"[{?interrupted}the product was ended by the technician]" \
	"[{?not_started}the product did not start]" \
	"[{?failed}the product ended with an error, perhaps before it came to that]"

#endif
