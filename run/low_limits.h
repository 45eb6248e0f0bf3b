/* SPDX-License-Identifier: Apache-2.0 */
/*
 * low_limits.h - limits of who starts tcbox that a run may not get along with
 */
#ifndef RUN_LOW_LIMITS_H
#define RUN_LOW_LIMITS_H

#include "tcbox/buf.h"

/*
 * low_limits() - append those that are low, getrlimit(2), as in "memory: 58 MiB (ulimit -v)",
 * parted by commas; nothing if none is
 */
void low_limits(struct tb_buf *out);

#endif
