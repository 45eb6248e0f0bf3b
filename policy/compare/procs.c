/* SPDX-License-Identifier: Apache-2.0 */
/*
 * procs.c - the processes of the result: those that something refers to, with their ancestors, and
 * the first ones besides
 */
#include "policy/compare/cmp_state.h"

#include <assert.h>
#include <stdlib.h>

#define PROCS_SHOWN 1024	/* processes that are listed although nothing refers to them */

/* Which processes, and which of the programs that they were, the result refers to. */
struct mark {
	bool proc;
	uint64_t past;		/* a bit for each program */
};

static_assert(EVD_MAX_PAST <= 64, "a bit for each program of a process");

struct shown {
	const struct evd_facts *ev;
	struct mark *v;		/* in the order of ev->procs */
	size_t npast;
};

static void show_program(struct shown *s, const struct evd_proc *p, struct mark *mark, int64_t t)
{
	size_t i = 0;

	while (i < p->npast && t >= p->past[i].until)
		i++;
	if (i == p->npast || mark->past & (UINT64_C(1) << i))
		return;
	mark->past |= UINT64_C(1) << i;
	s->npast++;
}

/*
 * show() - mark a process, as it was at @t, and its ancestors; a mark ends the walk, also in a
 * circle of an edited record
 */
static void show(struct shown *s, uint64_t id, int64_t t)
{
	const struct evd_proc *p = evd_proc(s->ev, id);
	bool known = false;

	for (; p && !known; t = p->born, p = evd_proc(s->ev, p->parent)) {
		struct mark *mark = &s->v[p->at];

		show_program(s, p, mark, t);
		known = mark->proc;
		mark->proc = true;
	}
}

static void mark_all(struct shown *s, const struct fnd_result *r)
{
	for (size_t i = 0; i < r->nfindings; i++)
		show(s, r->findings[i].proc, r->findings[i].acted);
	for (size_t i = 0; i < r->nshares; i++)
		show(s, r->shares[i].proc, INT64_MAX);
}

static void add_program(struct cmp *c, const struct fnd_proc *head, const struct evd_past *what)
{
	struct fnd_result *r = c->verdict.r;
	struct fnd_proc *out = &r->procs[r->nprocs++];

	*out = *head;
	if (what->program)
		out->exe = cmp_copy(c, what->program->path);
	out->sha256 = cmp_copy(c, what->sha256);
	out->cmdline = cmp_copy(c, what->cmdline);
}

static void add_proc(struct cmp *c, const struct evd_proc *p, const struct mark *mark)
{
	const struct evd_past last = {
		.program = p->program, .sha256 = p->sha256, .cmdline = p->cmdline,
	};
	struct fnd_proc head = {
		.id = p->id,
		.pid = p->pid,
		.parent = p->parent,
		.born = p->born,
		.canary = p->canary,
		.past = true,
	};

	for (size_t i = 0; i < p->npast; i++) {
		head.until = p->past[i].until;
		if (mark->past & (UINT64_C(1) << i))
			add_program(c, &head, &p->past[i]);
	}
	head.past = false;
	head.until = 0;
	add_program(c, &head, &last);
}

void cmp_procs(struct cmp *c)
{
	size_t n = c->ev->nprocs;
	struct fnd_result *r = c->verdict.r;
	struct shown s = { .ev = c->ev, .v = calloc(n + 1, sizeof(*s.v)) };

	if (s.v) {
		mark_all(&s, r);
		r->procs = calloc(n + s.npast + 1, sizeof(*r->procs));
	}
	if (!r->procs)
		c->verdict.failed = true;
	for (size_t i = 0; i < n && r->procs; i++)
		if (s.v[i].proc || i < PROCS_SHOWN)
			add_proc(c, c->ev->procs[i], &s.v[i]);
	free(s.v);
}
