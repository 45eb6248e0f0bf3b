/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_args.h - the arguments of a program
 */
#ifndef SANDBOX_WATCH_EXEC_ARGS_H
#define SANDBOX_WATCH_EXEC_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct watch;

#define EXEC_ARGS 64u
#define EXEC_ARG_BYTES 4096u

struct exec_args {
	const char *v[EXEC_ARGS];
	size_t n;
	bool cut; /* there were more */
	char bytes[EXEC_ARG_BYTES];
};

/* exec_args_read() - an array in a thread's memory, ended by NULL. @width: of a pointer there. What
 * cannot be read is counted */
void exec_args_read(struct watch *w, pid_t tid, uint64_t addr, size_t width, struct exec_args *out);

/* exec_args_now() - of a process, proc_pid_cmdline(5): it may have written over them */
void exec_args_now(pid_t pid, struct exec_args *out);

#endif
