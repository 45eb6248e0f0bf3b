/* SPDX-License-Identifier: Apache-2.0 */
/*
 * execs.c - executions as acts: of programs, of the interpreters of scripts, of contents that
 * changed
 */
#include "evidence/acts.h"
#include "evidence/state.h"

#include "tcbox/word.h"

/* note_hash() - the same path with other contents than the last time? */
static void note_hash(struct evd *e, const struct ev *ev, struct evd_program *p, const char *sha256)
{
	const char *before = p->sha256;
	struct evd_act act = { .kind = EVD_REPLACED, .count = 1 };

	if (!sha256 || before == sha256)
		return;
	p->sha256 = sha256;
	if (!before)
		return;
	act.u.replaced.program = p;
	act.u.replaced.before = before;
	act.u.replaced.now = sha256;
	(void)evd_act_add(e, ev, &act);
}

static void note_alias(struct evd_program *p, const char *alias)
{
	for (size_t i = 0; alias && i < EVD_ALIASES; i++) {
		if (p->aliases[i] == alias)
			return;
		if (!p->aliases[i]) {
			p->aliases[i] = alias;
			return;
		}
	}
}

static const char *interned_at(struct evd *e, const struct ev_strs *list, size_t i)
{
	return i < list->n ? intern_str(e->strs, list->v[i]) : NULL;
}

/*
 * add_interpreters() - what really runs when a script is executed: the script chose it, so the
 * script is who did it
 */
static void add_interpreters(struct evd *e, const struct ev *ev, const struct evd_program *script)
{
	const struct ev_exec *from = &ev->u.exec;
	bool failed = from->error && *from->error;

	for (size_t i = 0; i < from->interpreters.n; i++) {
		struct evd_program *p = evd_program_get(e, interned_at(e, &from->interpreters, i));
		struct evd_act act = {
			.kind = EVD_EXEC, .denied = failed, .interpreter = true, .count = 1
		};

		if (!p)
			continue;
		act.program = script;
		act.error = intern_str(e->strs, from->error);
		act.u.exec.program = p;
		act.u.exec.alias = interned_at(e, &from->interpreters_alias, i);
		act.u.exec.sha256 = interned_at(e, &from->interpreters_sha256, i);
		if (!failed)
			note_hash(e, ev, p, act.u.exec.sha256);
		note_alias(p, act.u.exec.alias);
		(void)evd_act_add(e, ev, &act);
		script = p;
	}
}

/* executed() - it went well. Return: was this the product's first program? */
static bool executed(struct evd *e, const struct ev *ev, struct evd_program *p,
		     const struct evd_act *act)
{
	bool own = e->facts.product_t == INT64_MAX;

	e->facts.totals.executions++;
	if (own)
		e->facts.product_t = ev->t;
	note_hash(e, ev, p, act->u.exec.sha256);
	note_alias(p, act->u.exec.alias);
	return own;
}

void evd_act_exec(struct evd *e, const struct ev *ev, const struct evd_proc *by)
{
	const struct ev_exec *from = &ev->u.exec;
	const char *path = from->exe && *from->exe ? from->exe : from->path;
	struct evd_act act = { .kind = EVD_EXEC, .program = by->program, .count = 1 };
	struct evd_program *p;
	bool known;

	if (by->canary || tb_is_word(from->error, "ENOENT") || tb_is_word(from->error, "ENOTDIR"))
		return;		/* a search along PATH: nothing was there to be executed */
	p = evd_program_get(e, intern_str(e->strs, path));
	if (!p)
		return;
	act.denied = from->error && *from->error;
	act.error = intern_str(e->strs, from->error);
	act.u.exec.program = p;
	act.u.exec.alias = intern_str(e->strs, from->alias);
	act.u.exec.sha256 = intern_str(e->strs, from->sha256);
	/* no call named it: it was seen to run, and if it was executed before, that act is known */
	known = (!from->path || !*from->path) && p->sha256;
	if (!act.denied)
		act.own = executed(e, ev, p, &act);
	if (!known || act.own)
		(void)evd_act_add(e, ev, &act);
	add_interpreters(e, ev, p);
}
