/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syscalls.h - names and numbers of the native system calls of x86_64
 *
 * The table is generated at build time from the kernel headers (<asm/unistd_64.h>).
 */
#ifndef TCBOX_SYSCALLS_H
#define TCBOX_SYSCALLS_H

#include <stdbool.h>
#include <stddef.h>

#define TB_SYSCALL_MAX 512	/* greater than every native number; x86_64 ABI numbers start x32 at
				 * 512 (arch/x86 syscall_64.tbl) */

/* tb_syscall_name() - Return: the name, NULL if no call has this number */
const char *tb_syscall_name(int nr);

/* tb_syscall_number() - Return: the number, -1 if there is no such call */
int tb_syscall_number(const char *name);

/* tb_syscall_is_i386() - does 32-bit x86 have a call of this name that x86_64 has not? */
bool tb_syscall_is_i386(const char *name);

/* tb_syscall_nearest() - the known name that @name most resembles, for suggestions; NULL if none is
 * near */
const char *tb_syscall_nearest(const char *name);

#endif
