/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syscalls.c - system calls as acts: notable ones, refused ones, those of another table
 */
#include "evidence/acts.h"
#include "evidence/state.h"

#include <stdio.h>
#include <string.h>

#include "tcbox/word.h"

#define FAMILY_MAX 32		/* "family-4294967295" and less */

/* keep() - the one copy of a word, in @out. Return: false if there is no room for it */
static bool keep(struct evd *e, const char *word, const char **out)
{
	*out = intern_str(e->strs, word);
	return *out || !word || !*word;
}

void evd_act_refused(struct evd *e, const struct ev *ev)
{
	const struct ev_sock *from = &ev->u.sock;
	struct evd_act act = { .kind = EVD_REFUSED, .denied = true }, *fresh;
	char addr[EV_ADDR_STRLEN];

	if (evd_is_control(e, ev->proc))
		return;
	act.program = evd_program_of(e, ev->proc);
	act.count = from->count ? from->count : 1;
	if (!keep(e, from->call, &act.u.refused.name) ||
	    !keep(e, from->proto, &act.u.refused.proto))
		return;
	fresh = evd_act_add(e, ev, &act);
	if (!fresh)
		return;
	ev_addr_format(&from->remote, addr);
	fresh->error = intern_str(e->strs, from->error);
	fresh->u.refused.remote = intern_str(e->strs, addr);
	fresh->u.refused.path = intern_str(e->strs, from->path);
}

void evd_act_abi(struct evd *e, const struct ev *ev, const char *abi)
{
	struct evd_act act = { .kind = EVD_I386, .count = 1 };

	if (!tb_is_word(abi, "i386"))
		return;
	act.program = evd_program_of(e, ev->proc);
	(void)evd_act_add(e, ev, &act);
}

/* is_foreign() - made in a table of calls that no policy can declare: each of them was refused */
static bool is_foreign(const struct ev_call *from)
{
	if (!from->abi || !*from->abi || tb_is_word(from->abi, "x86_64"))
		return false;
	return !tb_is_word(from->abi, "i386") || tb_is_word(from->group, "abi");
}

/* note_broken() - what works on the machine and not in the box is no act of the product's */
static void note_broken(struct evd *e, const struct ev *ev)
{
	const struct ev_call *from = &ev->u.call;
	struct evd_broken *b = &e->facts.broken;

	if (!b->count) {
		b->call = intern_str(e->strs, from->call);
		b->error = intern_str(e->strs, from->error);
		b->what = intern_str(e->strs, from->detail);
	}
	b->count += from->count ? from->count : 1;
}

/* keep_family() - the first word of the arguments where a family of sockets was refused: each is an
 * attempt of its own. Return: false if there is no room for it */
static bool keep_family(struct evd *e, const struct ev_call *from, const char **out)
{
	char family[FAMILY_MAX];

	if (!tb_is_word(from->group, "family") || !from->detail)
		return true;
	(void)snprintf(family, sizeof(family), "%.*s", (int)strcspn(from->detail, " "),
		       from->detail);
	return keep(e, family, out);
}

void evd_act_call(struct evd *e, const struct ev *ev)
{
	const struct ev_call *from = &ev->u.call;
	struct evd_act act = { .kind = EVD_SYSCALL, .undeclared = from->undeclared }, *fresh;

	if (evd_is_control(e, ev->proc))
		return;
	if (tb_is_word(from->group, "box")) {
		note_broken(e, ev);
		return;
	}
	act.foreign = is_foreign(from);
	act.denied = tb_is_word(from->outcome, "denied");
	act.program = evd_program_of(e, ev->proc);
	act.count = from->count ? from->count : 1;
	e->facts.totals.other_calls += act.count;
	if (!act.foreign)
		evd_act_abi(e, ev, from->abi);
	if (tb_is_word(from->call, "pidfd_getfd") && !act.denied && ev->t < e->facts.takes)
		e->facts.takes = ev->t;
	if (!keep(e, from->call, &act.u.syscall.name) || !keep(e, from->abi, &act.u.syscall.abi) ||
	    !keep(e, from->group, &act.u.syscall.group) ||
	    !keep_family(e, from, &act.u.syscall.family))
		return;
	fresh = evd_act_add(e, ev, &act);
	if (!fresh)
		return;
	fresh->error = intern_str(e->strs, from->error);
	fresh->u.syscall.detail = intern_str(e->strs, from->detail);
}
