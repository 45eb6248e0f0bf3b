/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worked.h - did the product work?
 */
#ifndef REPORT_WORKED_H
#define REPORT_WORKED_H

#include "tcbox/report.h"

/* worked_doubt() - append what makes it doubtful, in one sentence; nothing if nothing does */
void worked_doubt(struct tb_buf *b, const struct rpt_input *in);

#endif
