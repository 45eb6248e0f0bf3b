/* SPDX-License-Identifier: Apache-2.0 */
/*
 * examiners.h - what examiners had said when a run ended: that much is in its report
 */
#ifndef RUN_EXAMINERS_H
#define RUN_EXAMINERS_H

#include "run/evaluate.h"

/**
 * examiners_then() - read decisions and notes of a bundle, those until the end of its run only
 *
 * Decisions expire by the day of that end. So the report is the same whenever it is made. What
 * cannot be read is left out, with a warning. Return: 0, -ENOMEM
 */
int examiners_then(int bundle_fd, struct evaluation *e, struct tb_err *err);

#endif
