/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shift.h - a clock of the product's own
 */
#ifndef SANDBOX_BOX_SHIFT_H
#define SANDBOX_BOX_SHIFT_H

#include <stdint.h>

#include "tcbox/err.h"
#include "tcbox/sandbox.h"

/* shift_files() - what libfaketime finds in /dev/shm, while the box's root is put together. Does
 * nothing without a library */
int shift_files(const struct sbx_clock *c, struct tb_err *err);

/* shift_offsets() - write to timens_offsets of proc_pid(5) how much later the clocks that count
 * from the machine's start are. Return: 0 or negative errno, also if not all of it was taken */
int shift_offsets(int fd, int64_t ahead_s, struct tb_err *err);

/*
 * shift_uptime() - the children of this process see that the machine was started earlier than it
 * was. What cannot be done is said to @say
 */
void shift_uptime(const struct sbx_clock *c, void (*say)(void *arg, const char *text), void *arg);

#endif
