/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci.h - a seccomp profile of containers while it is read
 */
#ifndef POLICY_EXCHANGE_OCI_H
#define POLICY_EXCHANGE_OCI_H

#include "policy/exchange/source.h"
#include "tcbox/syscalls.h"

/* What the rules say of a call together. */
enum { OCI_ALLOWS = 1, OCI_ALLOWS_SOME = 2, OCI_REFUSES = 4 };

/* What an action does with a call. */
enum oci_effect { OCI_PASS, OCI_PASS_LOGGED, OCI_REFUSE, OCI_ASK };

struct oci {
	struct source src;
	unsigned char says[TB_SYSCALL_MAX];
};

/* oci_action() - what the name of an action means. Return: 0, -EINVAL */
int oci_action(struct source *s, const struct jsonc_val *v, enum oci_effect *out);

/* oci_rule() - an element of "syscalls". Return: 0, -EINVAL */
int oci_rule(struct oci *o, const struct jsonc_val *v);

#endif
