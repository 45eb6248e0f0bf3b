/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words.h - the sentences of the report: what is found is called, in every format
 *
 * Each appends to a buffer, and nothing where there is nothing to say.
 */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include "tcbox/report.h"

/* words_title() - a finding in one sentence, without a full stop */
void words_title(struct tb_buf *b, const struct fnd *f);
/* words_question() - what to ask the vendor; nothing if the finding concerns the run */
void words_question(struct tb_buf *b, const struct fnd *f);
/* words_observed() - what was seen */
void words_observed(struct tb_buf *b, const struct fnd *f);
/* words_differs() - in what it differs from the nearest rule, if there is one */
void words_differs(struct tb_buf *b, const struct fnd *f);
/* words_declared() - what the policy says about it */
void words_declared(struct tb_buf *b, const struct fnd *f);
/* words_reason() - the verdict's, one or two sentences */
void words_reason(struct tb_buf *b, const struct rpt_input *in);

#endif
