/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readonly.h - where there is no Landlock: mounts that cannot be written to
 */
#ifndef SANDBOX_BOX_READONLY_H
#define SANDBOX_BOX_READONLY_H

#include "tcbox/sandbox.h"

/* readonly_mounts() - the box's mounts become read-only but for the places, while its root is still
 * at /new */
int readonly_mounts(const struct sbx_places *places, struct tb_err *err) TB_MUST_CHECK;

#endif
