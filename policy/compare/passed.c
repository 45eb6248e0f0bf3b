/* SPDX-License-Identifier: Apache-2.0 */
/*
 * passed.c - conversations that another program than their owner may have used
 *
 * How it works: a message between processes (SCM_RIGHTS, unix(7)) can hand a connected socket to
 * any program that runs then or later, and what the message carried is not known for certain. That
 * matters where a rule names a process: if some program ran that no rule lets have the
 * conversation, it may have had it. Who was seen to hold the socket is a finding (flows.c).
 *
 * A program that was seen to hold it, and has a rule of its own for it, may have used it beyond the
 * limits of that rule: that is counted in flows.c and told here.
 *
 * Limits: WORK_MAX comparisons; what is not compared counts as what may be.
 */
#include "policy/compare/details.h"
#include "policy/compare/gap.h"

#include <stdlib.h>
#include <string.h>

#define WORK_MAX 4000000u

/* A program, and when the last process that was it ended. */
struct runner {
	const struct evd_program *program;
	int64_t until;
};

struct passed {
	struct cmp *c;
	struct runner *v;	/* programs of the product */
	size_t n;
	uint64_t flows;		/* that may be another's */
	const struct evd_program *by;	/* one that may have had one of them */
	uint32_t work;
};

static bool names_processes(const struct pol *p)
{
	for (size_t i = 0; i < p->nconns; i++)
		if (p->conns[i].process)
			return true;
	return false;
}

static int by_program(const void *pa, const void *pb)
{
	const struct runner *a = pa, *b = pb;

	if (a->program != b->program)
		return strcmp(a->program->path, b->program->path);
	return (a->until < b->until) - (a->until > b->until);
}

static void add_runner(struct passed *s, const struct evd_program *program, int64_t until)
{
	if (program)
		s->v[s->n++] = (struct runner){ program, until };
}

/* find_runners() - each program once, with its last end. Return: false without memory */
static bool find_runners(struct passed *s)
{
	const struct evd_facts *ev = s->c->ev;
	bool all = false;
	size_t max = ev->nprograms + 1, n = 0;

	for (size_t i = 0; i < ev->nprocs; i++)
		max += ev->procs[i]->npast + 1;
	s->v = calloc(max, sizeof(*s->v));
	if (!s->v)
		return false;
	for (size_t i = 0; i < ev->nprocs; i++) {
		const struct evd_proc *p = ev->procs[i];

		if (p->canary)
			continue;
		for (size_t past = 0; past < p->npast; past++)
			add_runner(s, p->past[past].program, p->past[past].until);
		add_runner(s, p->program, p->ended);
		all = all || p->npast == EVD_MAX_PAST;	/* others are not remembered */
	}
	for (size_t i = 0; all && i < ev->nprograms; i++)
		add_runner(s, ev->programs[i], INT64_MAX);
	qsort(s->v, s->n, sizeof(*s->v), by_program);
	for (size_t i = 0; i < s->n; i++)
		if (!i || s->v[i].program != s->v[i - 1].program)
			s->v[n++] = s->v[i];
	s->n = n;
	return true;
}

/* since() - when the flow's socket could first be in other hands; INT64_MAX: never */
static int64_t since(const struct passed *s, const struct evd_flow *f)
{
	const struct evd_proc *p = evd_proc(s->c->ev, f->call->proc);
	int64_t passes = p ? p->passes : INT64_MAX, takes = s->c->ev->takes;

	return passes < takes ? passes : takes;
}

static void judge(struct passed *s, const struct evd_flow *f)
{
	int64_t from;

	if (!f->call || f->canary || f->inbound || f->lookup)
		return;
	from = since(s, f);
	if (from > f->last)
		return;
	for (size_t i = 0; i < s->n; i++) {
		const struct evd_program *other = s->v[i].program;

		if (other == f->call->program || s->v[i].until < from)
			continue;
		if (s->work++ < WORK_MAX && cmp_flow_covered(s->c, f, other))
			continue;
		s->flows++;
		s->by = s->by ? s->by : other;
		return;
	}
}

static void judge_all(struct passed *s)
{
	struct cmp *c = s->c;

	if (!c->policy || c->policy->on_conn <= POL_INFO || !names_processes(c->policy))
		return;
	if (!find_runners(s)) {
		c->verdict.failed = true;
		return;
	}
	for (size_t i = 0; i < c->ev->nflows; i++)
		judge(s, c->ev->flows[i]);
	free(s->v);
}

void cmp_passed(struct cmp *c)
{
	struct passed s = { .c = c };
	struct fnd_details *details;

	judge_all(&s);
	s.flows += c->tally.shared_over;
	s.by = s.by ? s.by : c->tally.shared_by;
	if (!s.flows || c->verdict.failed)
		return;
	details = gap_add(c, true, FND_GAP_SOCKETS_PASSED);
	details_number(c, details, FND_KEY_FLOWS, s.flows);
	details_text(c, details, FND_KEY_PATH, s.by ? s.by->path : "a program that is not known");
}
