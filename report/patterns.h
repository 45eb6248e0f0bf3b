/* SPDX-License-Identifier: Apache-2.0 */
/*
 * patterns.h - what many acts together look like, in sentences
 */
#ifndef REPORT_PATTERNS_H
#define REPORT_PATTERNS_H

#include "tcbox/facts.h"
#include "tcbox/report.h"

#define PATTERNS_TOP 3		/* of those that stand at the top */

/* pattern_sentence() - append "Calls evil.example:443 regularly: 12 times, every 5.0 s", without a
 * full stop */
void pattern_sentence(struct tb_buf *b, const struct rpt_input *in, const struct fact_pattern *p);

#endif
