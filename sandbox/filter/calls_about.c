/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls_about.c - the call table in words, for people: "tcbox policy calls"
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "sandbox/filter/calls_i386.h"
#include "sandbox/filter/calls_ioctl.h"
#include "tcbox/sandbox.h"

#define IF_DECLARED ", goes on if declared"
#define IF_HARMLESS ", passes with harmless arguments"

/* say() - the verdict is made of a few words of our own, for which it has room */
static void say(struct sbx_call *out, const char *words)
{
	size_t len = strlen(out->verdict);

	(void)snprintf(out->verdict + len, sizeof(out->verdict) - len, "%s", words);
}

static void say_refused(const struct call_row *row, struct sbx_call *out)
{
	say(out, strerrorname_np(row->error));
	say(out, row->quiet ? ", not recorded" : ", recorded");
	if (row->npass || row->ncases)
		say(out, IF_HARMLESS);
	if (row->declarable)
		say(out, IF_DECLARED);
}

static void say_allowed(const struct call_row *row, struct sbx_call *out)
{
	say(out, row->class == CALL_PLAIN ? "passes" : "recorded");
	if (row->npass || row->ncases)
		say(out, IF_HARMLESS);
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
	(void)snprintf(out->verdict, sizeof(out->verdict), "%s, recorded%s",
		       strerrorname_np(abi->error),
		       abi->declarable ? IF_DECLARED : "");
	return true;
}

bool sbx_call_ioctl_about(size_t i, struct sbx_call *out)
{
	const struct call_ioctl *c = calls_ioctl_at(i);
	const char *verdict = "recorded";

	if (!c)
		return false;
	*out = (struct sbx_call){ .why = c->why };
	(void)snprintf(out->name, sizeof(out->name), "ioctl %s", c->name);
	if (c->does == IOCTL_NOTHING)
		verdict = "passes";
	if (c->error)
		say(out, strerrorname_np(c->error));
	say(out, c->error ? ", recorded" : verdict);
	return true;
}

static_assert(SBX_CALLS_I386 == I386_MAX + 2 * I386_SUBS,
	      "one table, and those of the calls inside calls");

bool sbx_call_i386_about(size_t i, struct sbx_call *out)
{
	size_t sub = i - I386_MAX;
	struct i386_call call;

	if (i < I386_MAX)
		call = i386_call((int)i, (const __u64[6]){ 0 });
	else
		call = i386_sub(sub < I386_SUBS ? I386_SOCKETCALL : I386_IPC,
				(uint32_t)(sub % I386_SUBS));
	if (!call.name || tb_syscall_number(call.name) >= 0)
		return false;
	*out = (struct sbx_call){ .why = NULL };
	(void)snprintf(out->name, sizeof(out->name), "i386 %s", call.name);
	if (call.native >= 0) {
		(void)snprintf(out->verdict, sizeof(out->verdict), "as %s",
			       calls_row(call.native)->name);
		if (call.behalf)
			out->why = "made by tcbox, with what it read: the family is in memory "
				   "that can change";
		return true;
	}
	(void)snprintf(out->verdict, sizeof(out->verdict), "ENOSYS, %s",
		       call.form == I386_GONE ? "not recorded" : "recorded");
	out->why = call.form == I386_GONE ? "the kernel does not have it" :
		"16-bit code, which a 64-bit kernel does not run";
	return true;
}
