/* SPDX-License-Identifier: Apache-2.0 */
/*
 * landlock.h - rules for files, held by the kernel, landlock(7)
 */
#ifndef SANDBOX_BOX_LANDLOCK_H
#define SANDBOX_BOX_LANDLOCK_H

#include "sandbox/box/guard.h"

/* landlock_abi() - Return: the kernel's version of Landlock, or negative errno if it has none */
int landlock_abi(void);

/*
 * landlock_ruleset() - the rules, in the finished box. The files among the places stay open in this
 * process, which must live as long as the box. Return: a descriptor owned by the caller, negative
 * errno
 */
int landlock_ruleset(const struct sbx_options *opt, const struct guard *g, struct tb_err *err);

/* landlock_enter() - put this thread, and what it starts, under the rules: for good */
int landlock_enter(int ruleset, struct tb_err *err) TB_MUST_CHECK;

#endif
