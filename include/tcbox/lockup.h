/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lockup.h - give up what a process that handles hostile bytes does not need
 */
#ifndef TCBOX_LOCKUP_H
#define TCBOX_LOCKUP_H

#include <stddef.h>
#include <stdint.h>

#include "tcbox/err.h"
#include "tcbox/own.h"

/* A system call that a locked-up process may make besides reading, writing, waiting, memory and
 * ending. */
struct tb_lock_call {
	int nr;
	enum tb_lock_kind {
		TB_LOCK_ANY,		/* with whatever arguments */
		TB_LOCK_FIRST,		/* if the first argument is @value */
		TB_LOCK_SECOND,		/* if the second argument is @value */
		TB_LOCK_REFUSED,	/* fails with EPERM: a library tries it, and can do
					 * without */
	} kind;
	uint32_t value;
};

/* tb_lock_fds() - close every descriptor except standard error and those in @keep; standard input
 * and output become /dev/null */
int tb_lock_fds(const int *keep, size_t n, struct tb_err *err) TB_MUST_CHECK;

/* tb_lock_terminal() - standard error becomes what standard input is, which leads nowhere: nothing
 * can be written to the technician's terminal any more */
int tb_lock_terminal(struct tb_err *err) TB_MUST_CHECK;

/* tb_lock_privileges() - drop all capabilities but those of the mask @keep (1u << CAP_...) for
 * good, and set no_new_privs */
int tb_lock_privileges(uint32_t keep, struct tb_err *err) TB_MUST_CHECK;

/* tb_lock_calls() - allow a few system calls and those in @more; any other kills the process. Needs
 * no_new_privs */
int tb_lock_calls(const struct tb_lock_call *more, size_t n, struct tb_err *err) TB_MUST_CHECK;

/* tb_lock_memory() - at most @bytes of address space (0: no limit), or what the limit of who
 * started tcbox leaves if that is less; no core dump: it would hold what the product sent */
int tb_lock_memory(size_t bytes, struct tb_err *err) TB_MUST_CHECK;

/* tb_lock_file_size() - no file grows beyond @bytes, or the limit of who started tcbox if that is
 * less */
int tb_lock_file_size(uint64_t bytes, struct tb_err *err) TB_MUST_CHECK;

/* tb_lock_open() - no new descriptors */
int tb_lock_open(struct tb_err *err) TB_MUST_CHECK;

#endif
