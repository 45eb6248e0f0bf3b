/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.c - which files were changed, by calls and by what is left of them
 */
#include "facts/make.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/map.h"
#include "tcbox/own.h"

struct files {
	struct make *m;
	struct fact_file *v;
	size_t n;
	struct tb_map *known;		/* by path: number in v, from 1 */
	struct tb_map *programs;	/* which program changed which path */
};

/* A program that changed a path. */
struct pair {
	size_t file;
	const struct evd_program *program;
};

static size_t dir_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* entry() - of a path; makes one if it is new. Return: its number; SIZE_MAX without memory */
static size_t entry(struct files *s, const char *path)
{
	size_t at = (uintptr_t)tb_map_get(s->known, path, strlen(path));
	struct fact_file *v;

	if (at)
		return at - 1;
	v = make_more(s->m, s->v, s->n, sizeof(*v));
	if (!v)
		return SIZE_MAX;
	s->v = v;
	s->v[s->n++] = (struct fact_file){
		.path = path, .dir = dir_length(path), .denied = true, .tried = true,
	};
	if (tb_map_put(s->known, path, strlen(path), (void *)(uintptr_t)s->n))
		s->m->failed = true;
	return s->n - 1;
}

/* count_program() - each program once for each path */
static void count_program(struct files *s, size_t at, const struct evd_act *a)
{
	struct pair pair = { at, a->program };
	struct fact_file *f = &s->v[at];

	if (tb_map_get(s->programs, &pair, sizeof(pair)))
		return;
	if (tb_map_put(s->programs, &pair, sizeof(pair), s))
		s->m->failed = true;
	f->programs++;
}

static void add_act(struct files *s, const struct evd_act *a)
{
	size_t at = entry(s, a->u.file.path);
	bool went = !a->denied && !a->tried;
	struct fact_file *f;

	if (at == SIZE_MAX)
		return;
	count_program(s, at, a);
	f = &s->v[at];
	f->stand = fnd_stand_worse(f->stand, fnd_stand_at(&s->m->result->acts,
							  (size_t)(a - s->m->ev->acts)));
	if (!f->count || (went && (f->denied || f->tried))) {
		f->program = a->program ? a->program->path : NULL;
		f->proc = a->proc;
		f->op = a->denied ? NULL : a->u.file.op;
	}
	f->first = !f->count || a->first < f->first ? a->first : f->first;
	f->last = !f->count || a->last > f->last ? a->last : f->last;
	f->denied &= a->denied;
	f->tried &= !went;
	if (!f->error)
		f->error = a->error;
	f->count += a->count;
}

static enum fact_left left_of(const char *op)
{
	static const struct { const char *op; enum fact_left left; } words[] = {
		{ "created", FACT_LEFT_CREATED }, { "changed", FACT_LEFT_CHANGED },
		{ "removed", FACT_LEFT_REMOVED }, { "replaced", FACT_LEFT_REPLACED },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(words); i++)
		if (!strcmp(op, words[i].op))
			return words[i].left;
	return FACT_LEFT_NOTHING;
}

static void add_change(struct files *s, const struct evd_change *c)
{
	size_t at = entry(s, c->path);
	struct fact_file *f;

	if (at == SIZE_MAX)
		return;
	f = &s->v[at];
	f->stand = fnd_stand_worse(f->stand, fnd_stand_at(&s->m->result->changes_stand,
							  (size_t)(c - s->m->ev->changes)));
	f->left = left_of(c->op);
	f->type = c->type;
	f->sha256 = c->sha256;
	f->target = c->target;
	f->size = c->size;
	f->unexplained = !c->explained;
	f->denied = f->tried = false;
}

static void gather(struct files *s)
{
	const struct evd_facts *ev = s->m->ev;

	for (size_t i = 0; i < ev->nacts && !s->m->failed; i++)
		if (ev->acts[i].kind == EVD_FILE)
			add_act(s, &ev->acts[i]);
	for (size_t i = 0; i < ev->nchanges && !s->m->failed; i++)
		add_change(s, &ev->changes[i]);
}

/* by_place() - files of one directory stand together */
static int by_place(const void *pa, const void *pb)
{
	const struct fact_file *a = pa, *b = pb;
	size_t dir = a->dir < b->dir ? a->dir : b->dir;
	int ret = memcmp(a->path, b->path, dir);

	if (!ret && a->dir != b->dir)
		return a->dir < b->dir ? -1 : 1;
	return ret ? ret : strcmp(a->path, b->path);
}

void make_files(struct make *m)
{
	struct files s = { .m = m };

	s.known = tb_map_new(SIZE_MAX);
	s.programs = tb_map_new(SIZE_MAX);
	if (s.known && s.programs)
		gather(&s);
	else
		m->failed = true;
	tb_map_free(s.known);
	tb_map_free(s.programs);
	m->facts->nfiles = s.n;
	m->facts->files = make_list(m, s.v, &m->facts->nfiles, sizeof(*s.v), by_place,
				    &m->facts->more_files);
	m->facts->more_files += m->ev->changes_left_out;
}

const char *fact_left_word(enum fact_left left)
{
	static const char *const words[] = {
		[FACT_LEFT_NOTHING] = NULL, [FACT_LEFT_CREATED] = "created",
		[FACT_LEFT_CHANGED] = "changed", [FACT_LEFT_REMOVED] = "removed",
		[FACT_LEFT_REPLACED] = "replaced",
	};

	return words[left];
}
