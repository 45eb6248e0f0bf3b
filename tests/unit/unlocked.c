/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unlocked.c - parts that run under a sanitizer keep the memory and the calls that it needs
 *
 * AddressSanitizer maps terabytes of shadow memory, and writes what it found with calls that a part
 * gives up. The linker puts these in the place of the room's own (mk/test.mk), in such builds only:
 * descriptors and privileges are given up all the same, and every byte is read by the same code.
 */
#include "tests/unit/unlocked.h"

int __wrap_tb_lock_calls(const struct tb_lock_call *more, size_t n, struct tb_err *err)
{
	(void)more;
	(void)n;
	(void)err;
	return 0;
}

int __wrap_tb_lock_memory(size_t bytes, struct tb_err *err)
{
	(void)bytes;
	(void)err;
	return 0;
}

int __wrap_tb_lock_terminal(struct tb_err *err)
{
	(void)err;
	return 0;
}

int __wrap_tb_lock_open(struct tb_err *err)
{
	(void)err;
	return 0;
}
