/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sbob.h - bills of behaviour: profiles of containers as kubescape writes them
 */
#ifndef POLICY_EXCHANGE_SBOB_H
#define POLICY_EXCHANGE_SBOB_H

#include "policy/exchange/calls.h"
#include "policy/exchange/source.h"

#define SBOB_ONE "\xe2\x8b\xaf"			/* U+22EF: one component, or one argument */
#define SBOB_ARGS SBOB_ONE SBOB_ONE		/* zero or more arguments */

struct tb_map;

struct sbob {
	struct source src;
	struct calls calls;
	bool calls_given;		/* a container lists its system calls */
	bool acts, network;		/* what this document is about */
	bool any_acts, any_network;	/* and all together */
	size_t *hostless, nhostless;	/* rules of endpoints that name no host */
	struct tb_map *seen[DRAFT_LISTS];	/* words: containers have many in common */
};

/* sbob_glob() - a path of a bill as a glob of a policy; NULL: it is no absolute path */
const char *sbob_glob(struct draft *d, const char *path);

/*
 * sbob_path() - append a glob of a policy as a path of a bill. Return: false if it is wider than
 * the glob
 */
bool sbob_path(struct tb_buf *out, const char *glob);

/* sbob_word() - one more element of a list, if it is not there already */
void sbob_word(struct sbob *b, enum draft_list list, const struct draft_at *at, const char *text);

/* sbob_network() - "egress" and "ingress" of a container. Return: 0, -EINVAL */
int sbob_network(struct sbob *b, const struct jsonc_val *container);

/* sbob_endpoints() - requests of HTTP that a container makes or answers. Return: 0, -EINVAL */
int sbob_endpoints(struct sbob *b, const struct jsonc_val *list);

/* sbob_hostless() - note that the last rule is of an endpoint without a host */
void sbob_hostless(struct sbob *b);

/* sbob_hosts() - give those rules the destinations of "egress", when all of it is known */
void sbob_hosts(struct sbob *b);

#endif
