/* SPDX-License-Identifier: Apache-2.0 */
/*
 * others.h - sections of a policy for which a format has no words
 */
#ifndef POLICY_EXCHANGE_OTHERS_H
#define POLICY_EXCHANGE_OTHERS_H

#include "policy/exchange/draft.h"

enum {
	OTHERS_CONNECTIONS = 1,
	OTHERS_NAMES = 2,
	OTHERS_LISTENS = 4,
	OTHERS_EXECUTES = 8,
	OTHERS_WRITE = 16,
	OTHERS_READ = 32,
	OTHERS_SYSCALLS = 64,
};

/* others_list() - list what the policy says in the sections @which. @format: "a seccomp profile" */
void others_list(struct draft *d, const struct pol *p, unsigned int which, const char *format);

/* What a rule says beside its destinations, by its keys. */
enum {
	OTHERS_RULE_PROCESS = 1,
	OTHERS_RULE_PORTS = 2,		/* and the protocol */
	OTHERS_RULE_HTTP = 4,
	OTHERS_RULE_APPLICATION = 8,
	OTHERS_RULE_REST = 16,
	OTHERS_RULE_MUST = 32,		/* what has to be, and how much it matters */
	OTHERS_RULE_WORDS = 64,		/* for people */
};

/* others_rule() - list the keys among @which that the rule has */
void others_rule(struct draft *d, const struct draft_at *at, const struct pol_conn *c,
		 unsigned int which, const char *format);

/* others_listen() - list those of a rule of "listens", without protocol and ports */
void others_listen(struct draft *d, const struct draft_at *at, const struct pol_listen *r,
		   const char *format);

/* What a policy says of the product. */
enum { OTHERS_VENDOR = 1, OTHERS_NAME = 2, OTHERS_VERSION = 4 };

/* others_product() - note that the format has no place for these */
void others_product(struct draft *d, const struct pol *p, unsigned int which, const char *format);

/*
 * others_levels() - list what the policy says in "undeclared" of the sections @which, where it is
 * not what it is without that key
 */
void others_levels(struct draft *d, const struct pol *p, unsigned int which, const char *format);

/* others_at() - the place of something in a policy. @where: as in messages about policies */
struct draft_at others_at(struct pol_at at, const char *where);

#endif
