/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hide.h - what the product must not see although its directory is exposed or bound: the evidence about it
 *
 * For the time of root_build(), see mirror.h.
 */
#ifndef SANDBOX_HIDE_H
#define SANDBOX_HIDE_H

#include "tcbox/sandbox.h"

/* hide_all() - cover the bundle that is being written, at each place where it would be seen */
int hide_all(const struct sbx_options *opt, struct tb_err *err);

#endif
