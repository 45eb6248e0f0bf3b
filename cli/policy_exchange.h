/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_exchange.h - tcbox policy import, export: policies from and for other formats
 */
#ifndef CLI_POLICY_EXCHANGE_H
#define CLI_POLICY_EXCHANGE_H

#include <stdbool.h>

#include "tcbox/buf.h"

/* What is asked of it; all borrowed. */
struct policy_exchange {
	const char *from, *to;	/* names of formats */
	const char *output;	/* file; NULL: standard output */
	const char *signature;	/* file; NULL: none */
	const char *ca;		/* file of certificates that are believed; NULL: none */
	bool strict;
};

/* policy_import() / policy_export() - Return: exit status */
int policy_import(const struct policy_exchange *o, const char *path);
int policy_export(const struct policy_exchange *o, const char *path);

/* policy_formats() - append the names of the formats, as a list of words */
void policy_formats(struct tb_buf *out);

#endif
