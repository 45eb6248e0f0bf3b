/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_calls.c - what a policy says of system calls: whole groups, single calls, what is denied
 *
 * A policy is read as a set of calls: which groups it names is not kept. A group is told when the
 * policy allows all of it, but for what it denies, and no group that was told before has it.
 */
#include <string.h>

#include "report/amounts.h"
#include "report/explain.h"
#include "tcbox/own.h"

struct calls {
	const struct pol *p;
	bool told[TB_SYSCALL_MAX];
};

/* is_whole() - does the policy allow all of the group, but for what it denies? */
static bool is_whole(const struct pol *p, const bool set[TB_SYSCALL_MAX])
{
	bool any = false;

	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		if (!set[nr])
			continue;
		if (p->sys[nr] == POL_SYS_UNDECLARED)
			return false;
		any |= p->sys[nr] == POL_SYS_ALLOWED;
	}
	return any;
}

/* adds() - is a call of it not told yet? */
static bool adds(const struct calls *c, const bool set[TB_SYSCALL_MAX])
{
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		if (set[nr] && !c->told[nr] && c->p->sys[nr] == POL_SYS_ALLOWED)
			return true;
	return false;
}

static void groups(struct doc *d, struct calls *c, struct tb_buf *b)
{
	const struct pol_group *g;

	for (size_t i = 0; (g = pol_group_at(i)); i++) {
		bool set[TB_SYSCALL_MAX] = { false };

		pol_group_mark(g, set);
		if (!is_whole(c->p, set) || !adds(c, set))
			continue;
		for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
			c->told[nr] |= set[nr];
		tb_buf_addf(b, "%s: %s", g->name, g->about);
		doc_item(d, "allowed", b);
	}
}

/* single() - the calls that no group told, or those that are denied */
static void single(struct doc *d, const struct calls *c, enum pol_sys what, const char *label)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		const char *name = tb_syscall_name(nr);

		if (!name || c->p->sys[nr] != what || (what == POL_SYS_ALLOWED && c->told[nr]))
			continue;
		amount_join(&b, ", ");
		tb_buf_adds(&b, name);
	}
	doc_item(d, label, &b);
}

void explain_calls(struct doc *d, const struct pol *p)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct calls c = { .p = p };

	doc_heading(d, "What it may ask of the kernel", 0);
	if (!p->has_syscalls) {
		doc_para(d, "The policy says nothing of system calls: they are not compared.");
		return;
	}
	groups(d, &c, &b);
	single(d, &c, POL_SYS_ALLOWED, "allowed");
	single(d, &c, POL_SYS_DENIED, "never");
	if (p->i386)
		tb_buf_adds(&b, "programs for 32-bit x86 may make the same calls");
	doc_item(d, "i386", &b);
}
