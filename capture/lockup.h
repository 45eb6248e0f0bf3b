/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lockup.h - give up what a process that handles hostile bytes does not need
 */
#ifndef CAPTURE_LOCKUP_H
#define CAPTURE_LOCKUP_H

#include <stddef.h>

#include "tcbox/err.h"
#include "tcbox/own.h"

enum lock_role {
	LOCK_DECODER, /* reads a pipe, writes a pipe */
	LOCK_CAPTURE, /* also asks the packet socket and netlink for their counters, and cuts its file */
};

/* lock_fds() - close every descriptor except standard error and those in @keep; standard input and output
 * become /dev/null */
int lock_fds(const int *keep, size_t n, struct tb_err *err) TB_MUST_CHECK;

/* lock_privileges() - drop all capabilities for good, and set no_new_privs */
int lock_privileges(struct tb_err *err) TB_MUST_CHECK;

/* lock_calls() - allow the system calls of the role and no others; any other kills the process. Needs
 * no_new_privs */
int lock_calls(enum lock_role role, struct tb_err *err) TB_MUST_CHECK;

/* lock_memory() - at most @bytes of address space, no new descriptors, no core dump (it would hold packets)
 */
int lock_memory(size_t bytes, struct tb_err *err) TB_MUST_CHECK;

#endif
