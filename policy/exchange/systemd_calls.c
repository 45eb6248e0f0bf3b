/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd_calls.c - SystemCallFilter= and SystemCallArchitectures=
 *
 * systemd.exec(5): the first list says whether calls are allowed or refused; later ones add to it,
 * or take away from it if they are of the other kind. A list of what is allowed has "@default" from
 * the beginning. An empty value begins anew.
 */
#include "policy/exchange/systemd.h"

#include <string.h>

#include "policy/exchange/calls.h"
#include "tcbox/own.h"

#define WORDS_MAX 8192u		/* of all lists: each set costs a fraction of a millisecond */

/* Words of one list by what is known of them. */
struct sorted {
	struct name_list i386, foreign, answered;
};

static void one(struct systemd *u, const struct unit_setting *s, char *name, bool add,
		struct sorted *sorted)
{
	bool of[TB_SYSCALL_MAX] = { false };
	struct draft_at at = unit_at(s);
	char *colon = strchr(name, ':');
	int nr;

	if (colon) {
		name_list_add(&sorted->answered, name);
		*colon = '\0';
	}
	nr = tb_syscall_number(name);
	if (*name == '@' && !systemd_set_mark(name, of)) {
		draft_item(u->src.d, EXCH_LOST, &at, "systemd 252 has no set \"%.64s\"", name);
		return;
	}
	if (*name != '@' && (nr < 0 || nr >= TB_SYSCALL_MAX)) {
		name_list_add(tb_syscall_is_i386(name) ? &sorted->i386 : &sorted->foreign, name);
		return;
	}
	if (*name != '@')
		of[nr] = true;
	for (nr = 0; nr < TB_SYSCALL_MAX; nr++)
		if (of[nr])
			u->calls.set[nr] = add;
}

static void note_sorted(struct systemd *u, const struct unit_setting *s, struct sorted *sorted)
{
	struct draft_at at = unit_at(s);
	struct draft *d = u->src.d;

	if (sorted->foreign.n)
		draft_item(d, EXCH_LOST, &at, "x86-64 has no such call: %s",
			   name_list_end(&sorted->foreign, d));
	if (sorted->i386.n)
		draft_item(d, EXCH_NOTE, &at, "of 32-bit x86 only, and judged as the native call "
			   "that means the same: %s", name_list_end(&sorted->i386, d));
	if (sorted->answered.n)
		draft_item(d, EXCH_LOST, &at, "a policy does not say how a call is answered: %s",
			   name_list_end(&sorted->answered, d));
}

void unit_calls_filter(struct systemd *u, const struct unit_setting *s)
{
	struct unit_calls *c = &u->calls;
	struct sorted sorted = { .i386 = { .n = 0 } };
	const char *rest = s->value, *word;
	bool refuse = *rest == '~';

	if (!*s->value) {
		*c = (struct unit_calls){ .native = c->native, .x86 = c->x86, .words = c->words };
		return;
	}
	rest += refuse;
	if (!c->given) {
		c->given = true;
		c->line = s->line;
		c->allow_list = !refuse;
		if (c->allow_list)
			(void)systemd_set_mark("@default", c->set);
	}
	while (unit_word(u->src.d, &rest, &word)) {
		TB_AUTOFREE char *name = strdup(word);
		struct draft_at at = unit_at(s);

		if (++c->words > WORDS_MAX) {
			if (c->words == WORDS_MAX + 1)
				draft_item(u->src.d, EXCH_LOST, &at, "more than %u words: this one "
					   "and those behind it are not read", WORDS_MAX);
			break;
		}
		if (!name)
			u->src.d->no_memory = true;
		else
			one(u, s, name, c->allow_list != refuse, &sorted);
	}
	note_sorted(u, s, &sorted);
}

void unit_calls_architectures(struct systemd *u, const struct unit_setting *s)
{
	const char *rest = s->value, *word;
	struct draft_at at = unit_at(s);

	if (!*rest) {
		u->calls.native = u->calls.x86 = false;
		return;
	}
	while (unit_word(u->src.d, &rest, &word)) {
		if (!strcmp(word, "native") || !strcmp(word, "x86-64"))
			u->calls.native = true;
		else if (!strcmp(word, "x86"))
			u->calls.x86 = true;
		else
			draft_item(u->src.d, EXCH_LOST, &at, "\"%.64s\": a policy is for x86-64, "
				   "with 32-bit x86", word);
	}
}

void unit_calls_draft(struct systemd *u)
{
	const struct unit_calls *c = &u->calls;
	struct calls out = { .i386 = c->x86 };

	if (!c->given) {
		if (c->native || c->x86)
			draft_item(u->src.d, EXCH_LOST, NULL, "SystemCallArchitectures=: without "
				   "SystemCallFilter= the policy says nothing of system calls");
		return;
	}
	if (!c->native && !c->x86)
		draft_item(u->src.d, EXCH_NOTE, NULL, "without SystemCallArchitectures= programs "
			   "for 32-bit x86 would run, too; the policy declares none");
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		if (!tb_syscall_name(nr))
			continue;
		out.allow[nr] = c->set[nr] == c->allow_list;
		out.deny[nr] = c->set[nr] && !c->allow_list;
	}
	calls_draft(&out, u->src.d);
}
