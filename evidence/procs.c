/* SPDX-License-Identifier: Apache-2.0 */
/*
 * procs.c - processes, the programs that they are and were, and programs by their paths
 */
#include "evidence/state.h"

#include <stdlib.h>

#include "tcbox/buf.h"
#include "tcbox/own.h"
#include "tcbox/word.h"

struct evd_proc *evd_known(const struct evd *e, uint64_t id)
{
	return id ? tb_map_get(e->procs_by_id, &id, sizeof(id)) : NULL;
}

/* A new one is made because evidence of its birth may be lost. */
struct evd_proc *evd_proc_get(struct evd *e, uint64_t id)
{
	struct evd_proc *p = evd_known(e, id), **v;

	if (p || !id)
		return p;
	if (e->facts.nprocs >= e->limits.procs) {
		e->facts.dropped++;
		return NULL;
	}
	v = evd_grow(e, e->procs, e->facts.nprocs, sizeof(*v));
	if (!v)
		return NULL;
	e->procs = v;
	p = calloc(1, sizeof(*p));
	if (!p || tb_map_put(e->procs_by_id, &id, sizeof(id), p)) {
		free(p);
		e->failed = true;
		return NULL;
	}
	p->id = id;
	p->ended = p->passes = INT64_MAX;
	e->procs[e->facts.nprocs++] = p;
	return p;
}

struct evd_program *evd_program_get(struct evd *e, const char *path)
{
	struct evd_program *p, **v;

	p = path ? tb_map_get(e->programs_by_path, &path, sizeof(path)) : NULL;
	if (p || !path)
		return p;
	if (e->facts.nprograms >= e->limits.programs) {
		e->facts.dropped++;
		return NULL;
	}
	v = evd_grow(e, e->programs, e->facts.nprograms, sizeof(*v));
	if (!v)
		return NULL;
	e->programs = v;
	p = calloc(1, sizeof(*p));
	if (!p || tb_map_put(e->programs_by_path, &path, sizeof(path), p)) {
		free(p);
		e->failed = true;
		return NULL;
	}
	p->path = path;
	e->programs[e->facts.nprograms++] = p;
	return p;
}

void evd_feed_proc(struct evd *e, const struct ev *ev)
{
	const struct ev_proc *from = &ev->u.process;
	const struct evd_proc *parent;
	struct evd_proc *p = evd_proc_get(e, ev->proc);

	if (!p)
		return;
	p->pid = from->pid;
	p->parent = from->parent;
	p->born = ev->t;
	p->canary = tb_is_word(from->role, "canary");
	parent = evd_known(e, from->parent);
	if (parent && parent != p && !p->program) {	/* fork(2) keeps the program */
		p->program = parent->program;
		p->sha256 = parent->sha256;
		p->cmdline = parent->cmdline;
	}
}

void evd_feed_exit(struct evd *e, const struct ev *ev)
{
	struct evd_proc *p = evd_known(e, ev->proc);

	if (p)
		p->ended = ev->t;
}

/* keep_past() - the process becomes another program: what it did before is still the old one's */
static void keep_past(struct evd *e, struct evd_proc *p, int64_t t)
{
	struct evd_past *v;

	if (!p->program || p->npast == EVD_MAX_PAST)
		return;
	v = reallocarray(p->past, p->npast + 1, sizeof(*v));	/* most have one: no room ahead */
	if (!v) {
		e->failed = true;
		return;
	}
	p->past = v;
	p->past[p->npast++] = (struct evd_past){
		.until = t, .program = p->program, .sha256 = p->sha256, .cmdline = p->cmdline,
	};
}

/* join_arguments() - for reading only: blanks in an argument are not marked */
static const char *join_arguments(struct evd *e, const struct ev_exec *from)
{
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;

	for (size_t i = 0; i < from->argv.n; i++) {
		if (i)
			tb_buf_addc(&line, ' ');
		tb_buf_adds(&line, from->argv.v[i]);
	}
	if (from->argv_cut)
		tb_buf_adds(&line, " ...");
	if (line.failed)
		e->failed = true;
	return intern_str(e->strs, line.data);
}

void evd_feed_exec(struct evd *e, const struct ev *ev)
{
	const struct ev_exec *from = &ev->u.exec;
	struct evd_proc *p = evd_proc_get(e, ev->proc);
	const char *path = from->exe && *from->exe ? from->exe : from->path;

	if (!p)
		return;
	evd_act_exec(e, ev, p);
	if (from->error && *from->error)
		return;
	keep_past(e, p, ev->t);
	p->program = evd_program_get(e, intern_str(e->strs, path));
	p->sha256 = intern_str(e->strs, from->sha256);
	p->cmdline = join_arguments(e, from);
}
