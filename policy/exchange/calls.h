/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.h - system calls as other formats list them, and as the section "syscalls" of a policy
 */
#ifndef POLICY_EXCHANGE_CALLS_H
#define POLICY_EXCHANGE_CALLS_H

#include <stdbool.h>

#include "policy/exchange/draft.h"
#include "tcbox/syscalls.h"

struct calls {
	bool allow[TB_SYSCALL_MAX];	/* by native number */
	bool deny[TB_SYSCALL_MAX];	/* what the source refuses by name; none is allowed, too */
	bool i386;			/* programs for 32-bit x86 are meant, too */
};

/*
 * calls_draft() - make it the section of the draft. A group of tcbox-policy(5) of which all calls
 * are allowed stands for them; of the others it is told what is missing, and their calls are
 * written by name
 */
void calls_draft(const struct calls *c, struct draft *d);

#endif
