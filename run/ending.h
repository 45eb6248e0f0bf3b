/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ending.h - what is written when the product has ended
 */
#ifndef RUN_ENDING_H
#define RUN_ENDING_H

#include "run/run.h"
#include "tcbox/err.h"
#include "tcbox/own.h"

/* ending_manifest() - how it ended, @failure: or why it did not. This fits even on a full disk: it
 * takes the place of the reserve */
int ending_manifest(struct run *r, const struct tb_err *failure, struct tb_err *err) TB_MUST_CHECK;

/* ending_report() - compare the record that lies in the bundle, as tcbox check would, and keep the
 * result beside it */
int ending_report(struct run *r, struct tb_err *err) TB_MUST_CHECK;

/* ending_not_executed() - execve(2) failed inside the box although everything looked well from
 * outside */
enum run_outcome ending_not_executed(const struct run *r, struct tb_err *err);

#endif
