/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notable.h - what is most worth knowing about a run
 */
#ifndef REPORT_NOTABLE_H
#define REPORT_NOTABLE_H

#include "tcbox/report.h"

/*
 * notable_facts() - sentences without a full stop, the weightiest first
 * @out:	@max buffers that are empty; of those that are used the failed flag is to be checked
 *
 * Return: how many there are
 */
size_t notable_facts(const struct rpt_input *in, struct tb_buf *out, size_t max);

#endif
