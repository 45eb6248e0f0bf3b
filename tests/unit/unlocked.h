/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unlocked.h - whether parts keep memory and calls that they give up elsewhere (unlocked.c)
 */
#ifndef TESTS_UNLOCKED_H
#define TESTS_UNLOCKED_H

#include <stdbool.h>

#include "tcbox/lockup.h"

/* There in a program that the linker was given unlocked.c for. */
int __wrap_tb_lock_calls(const struct tb_lock_call *more, size_t n, struct tb_err *err)
	__attribute__((weak));
int __wrap_tb_lock_memory(size_t bytes, struct tb_err *err);
int __wrap_tb_lock_terminal(struct tb_err *err);
int __wrap_tb_lock_open(struct tb_err *err);

static inline bool unlocked(void)
{
	return __wrap_tb_lock_calls;
}

#endif
