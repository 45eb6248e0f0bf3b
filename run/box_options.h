/* SPDX-License-Identifier: Apache-2.0 */
/*
 * box_options.h - what the box of a run is given
 */
#ifndef RUN_BOX_OPTIONS_H
#define RUN_BOX_OPTIONS_H

#include "tcbox/err.h"
#include "tcbox/own.h"

struct run;

/* box_options_lab() - what of the box has to do with the lab, before the program is looked for; a
 * kept layer trusts the authority of its first run */
int box_options_lab(struct run *r, struct tb_err *err) TB_MUST_CHECK;

/* box_options_fill() - r->box, once there is a bundle */
int box_options_fill(struct run *r, struct tb_err *err) TB_MUST_CHECK;

#endif
