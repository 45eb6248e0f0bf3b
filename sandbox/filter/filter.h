/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.h - the seccomp filter around the product
 *
 * Built with libseccomp in the airlock before the box exists, exported as BPF, and loaded with
 * seccomp(2) by the child that becomes the product, because libseccomp 2.5 cannot set
 * SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (Linux 5.19).
 */
#ifndef SANDBOX_FILTER_FILTER_H
#define SANDBOX_FILTER_FILTER_H

#include <linux/filter.h>

#include "tcbox/sandbox.h"

struct flt {
	struct sock_filter *insns;
	unsigned short n;
	bool wait_killable; /* false (before Linux 5.19): frequent signals can restart calls without
			     * end */
};

/* What the filter does with a native call by its number; its conditions come from the row. */
enum flt_rule { FLT_NOTIFY, FLT_PASS, FLT_PASS_IF };
enum flt_rule flt_rule(const struct sbx_calls *opt, int nr);

/* flt_add_i386() - put in front of a program what it does with calls of 32-bit x86; else it
 * notifies them all */
int flt_add_i386(const struct sbx_calls *opt, struct flt *f, struct tb_err *err) TB_MUST_CHECK;

int flt_build(const struct sbx_calls *opt, struct flt *out, struct tb_err *err) TB_MUST_CHECK;
void flt_free(struct flt *f);

/**
 * flt_load() - no_new_privs and the filter for the calling thread
 *
 * Only system calls, safe after clone(). The descriptor gets the lowest free number, so that the
 * caller can tell it to the supervisor before: afterwards even write(2) may notify (observe_all),
 * and nobody would answer.
 * Return: listener descriptor (close-on-exec), or negative errno; -EBUSY: an outer sandbox already
 * has a listener
 */
int flt_load(const struct flt *f);

#endif
