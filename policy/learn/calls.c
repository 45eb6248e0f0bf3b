/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.c - system calls
 *
 * Only a run under "--observe all" tells of every call. In any other those that its policy
 * declares, or all but the notable ones, passed in the kernel unseen: then nothing can be said of
 * what was not called.
 */
#include "policy/learn/state.h"

#include <string.h>

#include "tcbox/own.h"
#include "tcbox/syscalls.h"

/* note() - @refused: the box did not let it happen */
static void note(struct learn *l, const char *name, const struct evd_act *a, bool refused)
{
	struct lrn_act act = { .section = LRN_CALLS, .key = { name, refused ? "refused" : NULL },
			       .count = a->count, .first = a->first, .last = a->last };
	struct lrn_item *it;
	bool fresh;

	it = lrn_note(l, &act, &fresh);
	if (!it || !fresh)
		return;
	it->what = lrn_keep(l, name);
	it->program = a->program ? a->program->path : NULL;
	if (refused) {
		it->doubts = LRN_DENIED;
		it->detail = a->u.syscall.detail ? a->u.syscall.detail : a->error;
	}
	if (tb_syscall_number(name) < 0 || a->foreign)
		it->doubts |= LRN_NO_WORD;
}

/* counted() - calls that are known by their number alone */
static void counted(struct learn *l)
{
	static const char prefix[] = "calls_all_";
	const struct learn_run *r = lrn_run(l);
	const size_t len = sizeof(prefix) - 1;

	for (size_t i = 0; i < r->evidence->ncounters; i++) {
		const struct evd_counter *n = &r->evidence->counters[i];
		const struct evd_act a = { .count = n->value, .last = r->run->ended_ns > 0 ?
						r->run->ended_ns - r->run->started_ns : 0 };
		struct lrn_act act = { .section = LRN_CALLS, .key = { n->name + len } };
		struct lrn_item *it;
		bool fresh;

		if (n->src != EV_SRC_BOX || strncmp(n->name, prefix, len) != 0 || !n->value)
			continue;
		act.last = a.last;
		it = lrn_note(l, &act, &fresh);
		if (!it)
			return;
		it->seen.count += n->value;
		if (fresh)
			it->what = lrn_keep(l, n->name + len);
		if (fresh && tb_syscall_number(it->what) < 0)
			it->doubts = LRN_NO_WORD;
	}
}

/* is_missing() - the policy that is amended does not allow it, and would say so */
static bool is_missing(const struct learn *l, const char *name)
{
	const struct pol *p = l->options.base;
	int nr = tb_syscall_number(name);

	if (!p)
		return true;
	return p->has_syscalls && p->on_sys != POL_IGNORE &&
	       (nr < 0 || nr >= TB_SYSCALL_MAX || p->sys[nr] != POL_SYS_ALLOWED);
}

void lrn_calls(struct learn *l)
{
	const struct learn_run *r = lrn_run(l);
	bool all = r->run->observe == RUN_OBSERVE_ALL;

	if (all)
		l->calls_runs |= UINT64_C(1) << l->at;
	for (size_t i = 0; i < r->evidence->nacts && !l->failed; i++) {
		const struct evd_act *a = &r->evidence->acts[i];
		const char *name = a->kind == EVD_SYSCALL ? a->u.syscall.name : NULL;
		bool refused = name && a->denied && (!a->undeclared || a->u.syscall.family);

		if (name && is_missing(l, name))
			note(l, name, a, refused);
	}
	if (all && !l->options.base)
		counted(l);
}
