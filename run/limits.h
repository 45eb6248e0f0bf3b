/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.h - what limited the product: into the manifest, once the box is started
 */
#ifndef RUN_LIMITS_H
#define RUN_LIMITS_H

#include "tcbox/err.h"
#include "tcbox/own.h"
#include "tcbox/run.h"
#include "tcbox/sandbox.h"

/* limits_found() - what is in force, and by which mechanism */
int limits_found(struct sbx *s, struct run_info *run, struct tb_err *err) TB_MUST_CHECK;

#endif
