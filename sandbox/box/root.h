/* SPDX-License-Identifier: Apache-2.0 */
/*
 * root.h - the box's own file system
 */
#ifndef SANDBOX_BOX_ROOT_H
#define SANDBOX_BOX_ROOT_H

#include "sandbox/airlock.h"

/* root_build() - the box's own file system, from inside its mount namespace; ends with
 * pivot_root(2). Steps that could not be done but do not matter for safety are told through
 * @degraded */
int root_build(const struct airlock_plan *a, void (*degraded)(void *arg, const char *text),
	       void *arg,
	       struct tb_err *err) TB_MUST_CHECK;

/* root_env() - the value of a variable of the product; NULL: it has none */
const char *root_env(const struct sbx_product *product, const char *name);

#endif
