/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.c - system calls
 *
 * What the other allows and the first does not name is added, by its group where the other allows
 * all of that and the first denies nothing of it, else call by call.
 */
#include <string.h>

#include "policy/merge/state.h"
#include "tcbox/own.h"

/* fits() - may the whole group be allowed? */
static bool fits(const struct merge *m, const struct pol_group *g, bool set[TB_SYSCALL_MAX])
{
	bool useful = false;

	memset(set, 0, TB_SYSCALL_MAX * sizeof(set[0]));
	pol_group_mark(g, set);
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		if (!set[nr])
			continue;
		if (m->pb->sys[nr] != POL_SYS_ALLOWED || m->pa->sys[nr] == POL_SYS_DENIED)
			return false;
		useful |= m->pa->sys[nr] == POL_SYS_UNDECLARED;
	}
	return useful;
}

/* named() - does a list of @b name the group? Only then it is meant */
static bool named(const struct merge *m, const char *group)
{
	for (size_t i = 0; i < m->b.nroots; i++) {
		const struct jsonc_val *list = merge_member(m->b.roots[i], "syscalls", "allow");

		for (const struct jsonc_val *e = list ? list->first : NULL; e; e = e->next)
			if (e->text && !strcmp(e->text, group))
				return true;
	}
	return false;
}

static void allow(struct merge *m)
{
	static const struct section s = { .keys = { "syscalls", "allow" } };
	bool done[TB_SYSCALL_MAX] = { false }, set[TB_SYSCALL_MAX];
	const struct pol_group *g;
	struct section_at at;
	bool any = false;

	if (!merge_open(m, &s, &at))
		return;
	for (size_t i = 0; (g = pol_group_at(i)); i++) {
		if (!named(m, g->name) || !fits(m, g, set))
			continue;
		lines_addf(&at.lines, "\"%s\",", g->name);
		any = true;
		for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
			done[nr] |= set[nr];
	}
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		if (done[nr] || m->pb->sys[nr] != POL_SYS_ALLOWED ||
		    m->pa->sys[nr] != POL_SYS_UNDECLARED)
			continue;
		lines_addf(&at.lines, "\"%s\",", tb_syscall_name(nr));
		any = true;
	}
	if (any)
		section_close(&at, m->base, &m->edits);
}

/* denied() - what one allows and the other denies by name */
static void denied(struct merge *m)
{
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		enum pol_sys a = m->pa->sys[nr], b = m->pb->sys[nr];

		if ((a == POL_SYS_DENIED && b == POL_SYS_ALLOWED) ||
		    (a == POL_SYS_ALLOWED && b == POL_SYS_DENIED))
			merge_tell(m, "the call %s is %s in %s and not in %s: it stays %s",
				   tb_syscall_name(nr), a == POL_SYS_DENIED ? "denied" : "allowed",
				   m->a.path, m->b.path,
				   a == POL_SYS_DENIED ? "denied" : "allowed");
	}
}

/* machine() - calls of 32-bit x86 */
static void machine(struct merge *m)
{
	static const struct section s = { .keys = { "syscalls", "architectures" } };
	struct section_at at;

	if (!m->pb->i386 || m->pa->i386 || !merge_open(m, &s, &at))
		return;
	lines_add(&at.lines, "\"i386\",");
	section_close(&at, m->base, &m->edits);
}

void merge_calls(struct merge *m)
{
	if (m->pa->has_syscalls != m->pb->has_syscalls) {
		merge_tell(m, "only %s has \"syscalls\", and without it calls are not compared: "
			   "that of %s stands",
			   m->pa->has_syscalls ? m->a.path : m->b.path, m->a.path);
		return;
	}
	if (!m->pa->has_syscalls)
		return;
	allow(m);
	machine(m);
	denied(m);
}
