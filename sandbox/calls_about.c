/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls_about.c - the call table in words, for people: "tcbox policy calls"
 */
#include <stdio.h>
#include <string.h>

#include "sandbox/calls.h"
#include "tcbox/sandbox.h"

#define IF_HARMLESS ", passes with harmless arguments"

static void say_refused(const struct call_row *row, struct sbx_call *out)
{
	(void)snprintf(out->verdict, sizeof(out->verdict), "%s%s%s%s", strerrorname_np(row->error),
		       row->quiet ? ", not recorded" : ", recorded", row->npass ? IF_HARMLESS : "",
		       row->declarable ? ", goes on if declared" : "");
}

static void say_allowed(const struct call_row *row, struct sbx_call *out)
{
	(void)snprintf(out->verdict, sizeof(out->verdict), "%s%s", row->class == CALL_PLAIN ? "passes" : "recorded",
		       row->npass ? IF_HARMLESS : "");
}

bool sbx_call_about(int nr, struct sbx_call *out)
{
	const struct call_row *row = calls_row(nr);

	if (!row)
		return false;
	*out = (struct sbx_call){ .why = row->why };
	(void)snprintf(out->name, sizeof(out->name), "%s", row->name);
	if (row->class == CALL_DANGEROUS)
		say_refused(row, out);
	else
		say_allowed(row, out);
	return true;
}

bool sbx_call_table_about(size_t i, struct sbx_call *out)
{
	const struct call_abi_row *abi;

	if (i >= CALL_ABI_OTHER - 1)
		return false;
	abi = calls_abi_row((enum call_abi)(CALL_ABI_NATIVE + 1 + i));
	*out = (struct sbx_call){ .why = abi->why };
	(void)snprintf(out->name, sizeof(out->name), "all of %s", abi->name);
	(void)snprintf(out->verdict, sizeof(out->verdict), "%s, recorded", strerrorname_np(abi->error));
	return true;
}
