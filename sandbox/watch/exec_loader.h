/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_loader.h - the dynamic loader, started as a program: what it runs
 */
#ifndef SANDBOX_WATCH_EXEC_LOADER_H
#define SANDBOX_WATCH_EXEC_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct exec_args;

/*
 * exec_loader_is() - is this file a dynamic loader, by what is in it: a shared object that is
 * executed, needs no interpreter itself and is no position independent program?
 */
bool exec_loader_is(int fd);

/* exec_loader_program() - the argument that it takes for the program: ld.so(8). NULL: it runs none,
 * or, if they are cut, that is not known. It lives as long as @args */
const char *exec_loader_program(const struct exec_args *args);

/* exec_loader_lists() - is the loader told by its environment, an array as exec_args_read() reads,
 * to run nothing and only list what it would load? So does ldd(1) */
bool exec_loader_lists(pid_t tid, uint64_t env, size_t width);

#endif
