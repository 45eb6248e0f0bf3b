/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.h - what tcbox does with every system call
 *
 * One table (calls.c) says it for the filter, which only sees plain argument values, for the
 * supervisor, which answers the notifications, and for "tcbox policy calls". It has a row for each
 * native call of x86_64, and one for each other system call table that the kernel has; calls_i386.h
 * tells of each call of the table that can be declared. A unit test fails when the kernel headers
 * know a call that the table does not.
 */
#ifndef SANDBOX_FILTER_CALLS_H
#define SANDBOX_FILTER_CALLS_H

#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/policy.h"

#define CALL_NEW_NAMESPACES \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
	 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)
#define CALL_X32_BIT 0x40000000u /* x32 numbers have it set; arch/x86/include/uapi/asm/unistd.h */

/*
 * What a tracer puts in the place of a call that shall not be made: the kernel makes none and keeps
 * the answer that the tracer wrote, seccomp(2), SECCOMP_RET_TRACE. Who makes it without a tracer
 * gets ENOSYS, the answer before any call.
 */
#define CALL_SKIPPED (-1)

/* Which system call table a number belongs to: syscall(2), "Architecture calling conventions". */
enum call_abi { CALL_ABI_NATIVE, CALL_ABI_X32, CALL_ABI_I386, CALL_ABI_OTHER };

struct call_abi_row {
	const char *name;
	int error; /* of each of its calls; 0: calls_row() tells */
	bool declarable; /* a policy can declare the table: then calls_i386.h tells */
	const char *why;
};

enum call_class {
	CALL_UNKNOWN, /* no row: a call that is newer than this table; fails with ENOSYS */
	CALL_PLAIN, /* needs no look: allowed in the kernel */
	CALL_WATCHED, /* recorded, goes on */
	CALL_DANGEROUS, /* fails, recorded as an attempt */
};

/* Who looks closer at a notified call. */
enum call_look {
	LOOK_CALL, /* nobody: a plain EV_CALL */
	LOOK_IDENTITY, /* the same, unless it changes nothing */
	LOOK_NONE, /* not worth an event unless it is an attempt */
	LOOK_EXEC,
	LOOK_CLONE,
	LOOK_OWN_FILES, /* a thread gets a descriptor table of its own */
	LOOK_UNSHARE,
	LOOK_ELSEWHERE, /* mounts, roots, namespaces: the caller may be elsewhere afterwards */
	LOOK_EXIT, /* exit_group: the whole process */
	LOOK_THREAD_EXIT,
	LOOK_SOCKET, /* socket, socketpair */
	LOOK_SOCK, /* calls on a socket */
	LOOK_FILE,
	LOOK_IOCTL, /* calls_ioctl.h */
};

/* One way to pass without notification: (argument & mask) == value. */
struct call_pass {
	unsigned int arg;
	uint64_t mask;
	uint64_t value;
};

/* One value of an argument, or of it and the next one, with which a call is looked at. The kernel
 * takes them for 32 bits. */
struct call_case {
	uint32_t first, next;
	bool both;
};

struct call_row {
	const char *name;
	enum call_class class;
	enum call_look look;
	const char *group; /* ev_call.group */
	int error; /* CALL_DANGEROUS: errno of the attempt */
	bool declarable; /* CALL_DANGEROUS: goes on, recorded, when the policy names it */
	bool quiet; /* CALL_DANGEROUS: C libraries try it as a matter of course: denied, but no
		     * attempt */
	const char *why; /* NULL for plain calls */
	const struct call_pass *pass; /* any match: the call with these arguments is plain. NULL:
				       * never */
	size_t npass;
	unsigned int case_arg;
	const struct call_case *cases; /* else the call is plain. NULL: @pass says */
	size_t ncases;
};

/* calls_abi() - whose number this is; calls_abi_row() - what is done with all calls of that
 * table */
enum call_abi calls_abi(const struct seccomp_data *data);
const struct call_abi_row *calls_abi_row(enum call_abi abi);

/* calls_row() - Return: the row of a native number, NULL if no call has it */
const struct call_row *calls_row(int nr);

/* calls_passes() - true if the row's conditions make the call with these arguments plain */
bool calls_passes(const struct call_row *row, const __u64 args[6]);

struct call_verdict {
	int error; /* 0: goes on; else the call fails with it */
	const char *group; /* for ev_call */
	bool quiet; /* the failure is no attempt */
	bool pretend; /* the call is not made, and the product hears that it succeeded */
};

/**
 * calls_verdict() - is a call dangerous, by its number and its plain argument values?
 * @data:	As the kernel gave it; any architecture
 * @sys:	The policy's verdicts by number; NULL: it declares nothing
 *
 * Nothing that the product could change meanwhile is looked at, so that the verdict can be
 * enforced.
 */
struct call_verdict calls_verdict(const struct seccomp_data *data, const enum pol_sys *sys);

#endif
