/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_facts.h - "facts" of report.json
 */
#ifndef REPORT_JSON_FACTS_H
#define REPORT_JSON_FACTS_H

#include "tcbox/json_write.h"
#include "tcbox/report.h"

/* json_facts() - the member "facts" of the object that was begun */
void json_facts(struct jw *w, const struct rpt_input *in);

#endif
