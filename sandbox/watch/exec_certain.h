/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_certain.h - can the file that an exec names be another one when the kernel reads it?
 */
#ifndef SANDBOX_WATCH_EXEC_CERTAIN_H
#define SANDBOX_WATCH_EXEC_CERTAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct exec_file;

/**
 * exec_certain() - is the exec of a thread, which waits for its answer, sure to be of this file?
 * @name:	Where the thread's memory has the path
 * @path:	What stands there
 * @file:	What exec_file_look() found
 *
 * The path can be exchanged by who shares the memory that it stands in, the file by who may write
 * there. So nobody may: one thread, no memory in common with a process that runs, a page of its
 * own, and a file below directories of somebody else, whom the process has no power over. The
 * caller asks only where no other process of the box has more power than this one. Another
 * process that changes this memory (process_vm_writev(2), proc_pid_mem(5)) is not looked for: the
 * caller does not rely on this where the new program could do more than end.
 */
bool exec_certain(pid_t tid, uint64_t name, const char *path, const struct exec_file *file);

/* exec_certain_page() - is the page at @addr private and of no file? @maps: proc_pid_maps(5) */
bool exec_certain_page(const char *maps, uint64_t addr);

#endif
