/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls_i386.h - the system calls of 32-bit x86, each as the native call that means the same
 *
 * Where a policy declares the table, its calls are judged, recorded and compared as those native
 * calls. A unit test fails when the kernel headers know a call of i386 that this table does not.
 */
#ifndef SANDBOX_FILTER_CALLS_I386_H
#define SANDBOX_FILTER_CALLS_I386_H

#include "sandbox/filter/calls.h"

#define I386_MAX 512 /* greater than every number of the table */
#define I386_SUBS 25 /* greater than every number of a call inside socketcall(2) or ipc(2) */

enum i386_form {
	I386_UNKNOWN, /* no row: fails with ENOSYS, as natively */
	I386_SAME, /* the arguments that count are where the native call has them */
	I386_ID16, /* user and group ids of 16 bits: -1 is 65535 */
	I386_SOCKETCALL, /* several calls: the first argument says which, their arguments are in
			  * memory */
	I386_IPC, /* the same, but the arguments are plain ones, and those of ipc(2) need no look */
	I386_GONE, /* the kernel itself says ENOSYS */
	I386_DANGEROUS, /* the same, but programs that ask for it are worth a word */
};

struct i386_row {
	const char *name;
	enum i386_form form;
	int native; /* number of the native call; -1: several, or none */
};

/* i386_row() - Return: the row of a number, NULL if no call has it */
const struct i386_row *i386_row(int nr);

/* One call, sorted out by its number and, for socketcall(2) and ipc(2), by their plain first
 * argument. */
struct i386_call {
	const char *name; /* NULL: no such call */
	enum i386_form form;
	int native; /* -1: there is none, the call fails with ENOSYS */
	unsigned int nargs; /* I386_SOCKETCALL: how many arguments are in memory, 32 bits each */
	bool behalf; /* the verdict needs what is in memory: the call is made by us, with what we
		      * read; see i386.c */
	bool connected; /* I386_SOCKETCALL: no address among the arguments, plain where the native
			 * call is without one */
};

struct i386_call i386_call(int nr, const __u64 args[6]);
/* i386_sub() - number @sub inside socketcall or ipc. Return: a call without a name if there is
 * none */
struct i386_call i386_sub(enum i386_form form, uint32_t sub);

/* i386_refusal() - what becomes of a call that has no native one */
struct call_verdict i386_refusal(const struct i386_call *call);

/**
 * i386_as_native() - the data that the native call would have
 * @block:	I386_SOCKETCALL: the arguments from memory; what is not there counts as 0
 *
 * What the kernel drops is dropped: a 64-bit process that makes such a call by "int $0x80" may have
 * set the upper half of the registers, which seccomp shows and the call does not see.
 */
void i386_as_native(const struct i386_call *call, const uint32_t block[6], struct seccomp_data *d);

#endif
