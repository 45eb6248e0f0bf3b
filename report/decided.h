/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decided.h - what examiners decided, in the report
 */
#ifndef REPORT_DECIDED_H
#define REPORT_DECIDED_H

#include "report/doc.h"
#include "tcbox/json_write.h"
#include "tcbox/report.h"

/* decided_sentence() - append "accepted by NAME on DATE until DATE: reason" */
void decided_sentence(struct tb_buf *b, const struct review_decision *d);

/* decided_item() - the decision about a finding, as an item of its entry; nothing if there is
 * none */
void decided_item(struct doc *d, const struct rpt_input *in, const struct fnd *f);

/* decided_aside() - the same in a few words, for one that is told in short */
void decided_aside(struct tb_buf *b, const struct rpt_input *in, const struct fnd *f);

/* decided_tally() - how many findings are open, decided, expired, as an item; nothing if nobody
 * decided anything */
void decided_tally(struct doc *d, const struct rpt_input *in);

/* decided_json() - the member "review" of a finding; none if nobody decided anything about any */
void decided_json(struct jw *w, const struct rpt_input *in, const struct fnd *f);

#endif
