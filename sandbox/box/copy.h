/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copy.h - what root of the box owns of the machine's directories
 */
#ifndef SANDBOX_BOX_COPY_H
#define SANDBOX_BOX_COPY_H

#include "tcbox/sandbox.h"

/* copy_for_root() - of the host's directory @from, which stands at @path in the box, into the upper
 * directory of its overlay, before that is mounted. What an earlier run left there stays as it is.
 * Return: 0 or negative errno */
int copy_for_root(const struct sbx_mounts *mounts, const char *from, const char *path,
		  const char *upper,
		  struct tb_err *err);

#endif
