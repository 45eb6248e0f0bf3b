/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program.h - runs a program of the machine that does a part of the work: nft(8), newuidmap(1)
 */
#ifndef SANDBOX_PROGRAM_H
#define SANDBOX_PROGRAM_H

#include <stddef.h>

#include "tcbox/err.h"

/*
 * program_memory() - an anonymous file with @data in it, read from the start; unlike a pipe it
 * never blocks either side, however much is written
 * Return: the descriptor, close-on-exec, or negative errno
 */
int program_memory(const char *name, const char *data, size_t len, struct tb_err *err);

/*
 * program_run() - a program to its end. All it inherits is LC_ALL=C, the caller's user and
 * directory; no signal is blocked or ignored in it, as it may be in the caller for a signalfd(2)
 * @path:	Not searched for in PATH
 * @in:		Its standard input; -1: the caller's
 * @out:	Its standard output and errors
 * @status:	Receives how it ended, wait(2)
 * Return: 0, or negative errno if it could not be run
 */
int program_run(const char *path, char *const argv[], int in, int out, int *status,
		struct tb_err *err);

#endif
