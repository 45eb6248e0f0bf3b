/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notes.h - what examiners noted, in the report
 */
#ifndef REPORT_NOTES_H
#define REPORT_NOTES_H

#include "tcbox/json_write.h"
#include "tcbox/report.h"

/* notes_json() - the member "notes"; none if nobody noted anything */
void notes_json(struct jw *w, const struct rpt_input *in);

#endif
