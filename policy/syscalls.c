/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syscalls.c - the section "syscalls" of a policy
 *
 * "deny" takes calls out of the groups that "allow" names. What is in neither is undeclared. An
 * entry of "allow" of which nothing is left was a mistake, and is refused.
 */
#include <string.h>

#include "policy/read.h"
#include "tcbox/nearest.h"

static const char *group_nearest(const char *name)
{
	struct tb_nearest near;
	size_t i;

	tb_nearest_init(&near, name);
	for (i = 0; pol_group_at(i); i++)
		tb_nearest_try(&near, pol_group_at(i)->name);
	return near.best;
}

/* What the entries of a list say together, and which of them says it of each call. */
struct listed {
	bool set[TB_SYSCALL_MAX];
	struct pol_at at[TB_SYSCALL_MAX];
};

/* list_group() - the calls of a group, of an entry at @at */
static void list_group(struct listed *l, const struct pol_group *g, struct pol_at at)
{
	bool set[TB_SYSCALL_MAX] = { false };

	pol_group_mark(g, set);
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		if (!set[nr])
			continue;
		l->set[nr] = true;
		l->at[nr] = at;
	}
}

/* read_entry() - set the calls of a group or one call by its name */
static void read_entry(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	const char *text = v->text, *near;
	const struct pol_group *g;
	struct listed *l = field;
	int nr;

	if (!pol_expect(r, v, JSONC_STRING))
		return;
	g = pol_group_find(text);
	nr = tb_syscall_number(text);
	if (g) {
		list_group(l, g, pol_at(r, v));
		return;
	}
	if (nr >= 0 && nr < TB_SYSCALL_MAX) {
		l->set[nr] = true;
		l->at[nr] = pol_at(r, v);
		return;
	}
	if (tb_syscall_is_i386(text)) {
		pol_keep_idle(r, pol_at(r, v), v->text, &r->pol->foreign, &r->pol->nforeign);
		return;
	}
	near = *text == '@' ? group_nearest(text) : tb_syscall_nearest(text);
	if (near)
		pol_bad(r, v->pos, "unknown %s \"%.64s\"; did you mean \"%s\"?",
			*text == '@' ? "group" : "system call", text, near);
	else
		pol_bad(r, v->pos, "unknown %s \"%.64s\"; \"tcbox policy groups\" lists them",
			*text == '@' ? "group" : "system call", text);
}

/* read_entries() - all of a list that itself is not kept: @field is what they say together */
static void read_entries(struct pol_reader *r, const struct jsonc_val *v, pol_read_fn *each,
			 void *field)
{
	const struct jsonc_val *e;
	size_t i = 0;

	if (!pol_expect(r, v, JSONC_ARRAY))
		return;
	for (e = v->first; e; e = e->next, i++) {
		pol_push(r, NULL, i);
		each(r, e, field);
		pol_pop(r);
	}
}

/* mark_entry() - the calls of an entry that was read without a problem before */
static void mark_entry(const struct jsonc_val *v, bool set[TB_SYSCALL_MAX])
{
	const struct pol_group *g = pol_group_find(v->text);
	int nr = tb_syscall_number(v->text);

	if (g)
		pol_group_mark(g, set);
	else if (nr >= 0)
		set[nr] = true;
}

/* check_left() - refuse entries of "allow" that "deny" takes away completely */
static void check_left(struct pol_reader *r, const struct jsonc_val *allow,
		       const bool denied[TB_SYSCALL_MAX])
{
	bool own[TB_SYSCALL_MAX], left;
	const struct jsonc_val *e;
	size_t i = 0;
	int nr;

	for (e = allow->first; e; e = e->next, i++) {
		if (tb_syscall_number(e->text) < 0 && !pol_group_find(e->text))
			continue;	/* a call of 32-bit x86 */
		memset(own, 0, sizeof(own));
		mark_entry(e, own);
		left = false;
		for (nr = 0; nr < TB_SYSCALL_MAX; nr++)
			left |= own[nr] && !denied[nr];
		if (left)
			continue;
		pol_push(r, "allow", 0);
		pol_push(r, NULL, i);
		pol_bad(r, e->pos, "\"%.64s\" is denied by \"deny\"; remove it from one of the two",
			e->text);
		pol_pop(r);
		pol_pop(r);
	}
}

static void read_allow(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct listed l = { .set = { false } };
	struct pol *p = field;
	int nr;

	read_entries(r, v, read_entry, &l);
	for (nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		if (!l.set[nr] || p->sys[nr] == POL_SYS_DENIED)
			continue;
		p->sys[nr] = POL_SYS_ALLOWED;
		p->sys_at[nr] = l.at[nr];
	}
}

static void read_deny(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct listed l = { .set = { false } };
	struct pol *p = field;
	int nr;

	read_entries(r, v, read_entry, &l);
	for (nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		if (!l.set[nr])
			continue;
		p->sys[nr] = POL_SYS_DENIED;
		p->sys_at[nr] = l.at[nr];
	}
}

/* read_architecture() - system call tables beside the native one that programs of the product
 * use */
static void read_architecture(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct tb_nearest near;
	struct pol *p = field;

	if (!pol_expect(r, v, JSONC_STRING))
		return;
	if (!strcmp(v->text, "i386")) {
		p->i386 = true;
		return;
	}
	tb_nearest_init(&near, v->text);
	tb_nearest_try(&near, "i386");
	pol_bad(r, v->pos, "unknown architecture \"%.64s\"; %s", v->text,
		!strcmp(v->text, "x86_64") ? "the native one needs no declaration" :
		!strcmp(v->text, "x32")	   ? "x32 is refused in any case" :
		near.best		   ? "did you mean \"i386\"?" :
					     "only \"i386\" can be declared");
}

static void read_architectures(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	read_entries(r, v, read_architecture, field);
}

static const struct pol_key syscalls_keys[] = {
	{ POL_WHOLE("allow", read_allow),
	  .required = "with \"syscalls\", only what it lists is declared" },
	{ POL_WHOLE("deny", read_deny) },
	{ POL_WHOLE("architectures", read_architectures) },
	{ POL_END },
};

void pol_read_syscalls(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	size_t problems = r->problems;
	bool denied[TB_SYSCALL_MAX];
	struct pol *p = field;
	int nr;

	for (nr = 0; !p->has_syscalls && nr < TB_SYSCALL_MAX; nr++)
		p->sys[nr] = POL_SYS_UNDECLARED;
	p->has_syscalls = true;
	pol_read_object(r, v, syscalls_keys, p);
	if (r->problems > problems)
		return;
	for (nr = 0; nr < TB_SYSCALL_MAX; nr++)
		denied[nr] = p->sys[nr] == POL_SYS_DENIED;
	check_left(r, jsonc_member(v, "allow"), denied);
}
