/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hide.h - what the product must not see although its directory is exposed or bound: the evidence
 * about it
 *
 * For the time of root_build(), see mirror.h.
 */
#ifndef SANDBOX_BOX_HIDE_H
#define SANDBOX_BOX_HIDE_H

#include "tcbox/sandbox.h"

/* hide_bundles() - keep bundles that lie in the host's directory @from (below /old) out of an
 * overlay of it, whose upper directory is @upper: the one that is being written, and others by
 * their suffix. As far as it works: hide_all() is for the rest */
void hide_bundles(const struct sbx_mounts *mounts, const char *from, const char *upper);

/* hide_all() - cover the bundle that is being written, at each place where it is seen */
int hide_all(const struct sbx_mounts *mounts, struct tb_err *err);

#endif
