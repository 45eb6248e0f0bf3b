/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.c - the section "syscalls" of a policy that is made of another format
 *
 * It says exactly what the source says: a group is written only where each of its calls is allowed.
 */
#include "policy/exchange/calls.h"

#include <string.h>

#include "tcbox/buf.h"
#include "tcbox/own.h"
#include "tcbox/policy.h"

#define MISSING_TOLD 12		/* calls of a group that are told as missing */

static void mark(const struct pol_group *g, bool of[TB_SYSCALL_MAX])
{
	memset(of, 0, TB_SYSCALL_MAX * sizeof(*of));
	pol_group_mark(g, of);
}

/* count() - how many of @of are in @set */
static unsigned int count(const bool set[TB_SYSCALL_MAX], const bool of[TB_SYSCALL_MAX])
{
	unsigned int n = 0;

	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		n += of[nr] && set[nr];
	return n;
}

/* missing() - the names of those of @of that are not in @set */
static void missing(const bool set[TB_SYSCALL_MAX], const bool of[TB_SYSCALL_MAX],
		    struct tb_buf *out)
{
	unsigned int n = 0;

	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		if (of[nr] && !set[nr] && ++n <= MISSING_TOLD)
			tb_buf_addf(out, "%s%s", n > 1 ? ", " : "", tb_syscall_name(nr));
	if (n > MISSING_TOLD)
		tb_buf_addf(out, " and %u more", n - MISSING_TOLD);
}

/* names() - those that are in both sets, which are taken out of @left. @note: for the first */
static void names(struct draft *d, enum draft_list list, bool left[TB_SYSCALL_MAX],
		  const bool of[TB_SYSCALL_MAX], const char *note)
{
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		if (!left[nr] || !of[nr])
			continue;
		draft_word(d, list, NULL, tb_syscall_name(nr), note);
		left[nr] = false;
		note = NULL;
	}
}

/* whole() - write a group of which every call is allowed, and take its calls out of @left */
static void whole(const struct calls *c, const struct pol_group *g, bool left[TB_SYSCALL_MAX],
		  struct draft *d)
{
	bool of[TB_SYSCALL_MAX];
	unsigned int size;

	mark(g, of);
	size = count(of, of);
	if (count(c->allow, of) < size || count(left, of) < 2)
		return;
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		left[nr] = left[nr] && !of[nr];
	draft_word(d, DRAFT_ALLOW, NULL, g->name,
		   draft_keepf(d, "%s: all %u calls of this group are allowed.", g->about, size));
}

/* part() - the calls of a group of which others are missing */
static void part(const struct calls *c, const struct pol_group *g, bool left[TB_SYSCALL_MAX],
		 struct draft *d)
{
	TB_AUTOBUF struct tb_buf not = TB_BUF_INIT;
	bool of[TB_SYSCALL_MAX];
	const char *note;

	mark(g, of);
	if (!count(left, of))
		return;
	missing(c->allow, of, &not);
	d->no_memory |= not.failed;
	if (not.len && !not.failed && count(c->allow, of) * 2 >= count(of, of))
		note = draft_keepf(d, "Of %s, without %s:", g->name, not.data);
	else
		note = draft_keepf(d, "Of %s:", g->name);
	names(d, DRAFT_ALLOW, left, of, note);
}

void calls_draft(const struct calls *c, struct draft *d)
{
	const struct pol_group *g;
	bool left[TB_SYSCALL_MAX];

	d->section[DRAFT_ALLOW] = true;
	memcpy(left, c->allow, sizeof(left));
	for (size_t i = 0; (g = pol_group_at(i)); i++)
		whole(c, g, left, d);
	/* A call stands with the smallest group that has it, not with a group of groups. */
	for (size_t i = 0; (g = pol_group_at(i)); i++)
		if (**g->calls != '@')
			part(c, g, left, d);
	for (size_t i = 0; (g = pol_group_at(i)); i++)
		part(c, g, left, d);
	memcpy(left, c->deny, sizeof(left));
	names(d, DRAFT_DENY, left, c->deny, "Refused by name.");
	if (c->i386)
		draft_word(d, DRAFT_ARCHITECTURES, NULL, "i386", NULL);
}
