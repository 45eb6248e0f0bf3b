/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_why.h - tcbox policy why: which rule decides about one act
 */
#ifndef CLI_POLICY_WHY_H
#define CLI_POLICY_WHY_H

#include "tcbox/compare.h"
#include "tcbox/err.h"

#define WHY_MAX 64		/* acts that are asked about at once */
#define WHY_TEXT 512

/* An act, with the memory of its strings. */
struct why_act {
	struct cmp_ask ask;
	char text[WHY_TEXT];	/* as the user wrote it */
	char words[WHY_TEXT];	/* the same, in parts that @ask borrows */
	char path[WHY_TEXT];	/* of a request */
};

struct policy_why {
	struct why_act acts[WHY_MAX];
	size_t n;
};

/*
 * why_add() - one more act, as the options say it:
 *
 *	FLOW	PROTOCOL HOST[:PORT] [at ADDRESS] [by PROGRAM] [as APPLICATION] [tls VERSION]
 *	REQUEST	METHOD [http://|https://]HOST[:PORT]/PATH, and what may follow in FLOW
 *	LISTEN	PROTOCOL [ADDRESS:]PORT [by PROGRAM]
 *	others	a name, an absolute path, a system call
 *
 * Return: 0 or -EINVAL
 */
int why_add(struct policy_why *w, enum cmp_what what, const char *text, struct tb_err *err);

/* policy_why() - ask the policy at @path about all of them, and print the answers. Return: exit
 * status */
int policy_why(const struct policy_why *w, const char *path);

#endif
