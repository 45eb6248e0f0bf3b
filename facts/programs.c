/* SPDX-License-Identifier: Apache-2.0 */
/*
 * programs.c - what started what: the tree of programs
 *
 * How it works: a process is a row of images, each the program that it was for a time. The first
 * is its parent's, if it was forked: it belongs to the parent's node. Each later one was started
 * by the one before. Images with the same program and arguments, started from one node, are one
 * node. The nodes are then numbered from the roots down, without recursion: a product may build a
 * chain of any depth.
 *
 * Limits: of a process, EVD_MAX_PAST images are kept; of all nodes, FACTS_MAX. What is started from
 * a node that was not kept counts for the nearest one above it that was.
 */
#include "facts/make.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/map.h"
#include "tcbox/own.h"

#define NONE SIZE_MAX

/* What makes two starts one node. */
struct key {
	size_t parent;
	const struct evd_program *program;
	const char *args;
};

struct node {
	struct fact_program fact;	/* parent: a number in this list */
	size_t child, last_child, next;
	size_t number;		/* in the list of facts */
};

struct tree {
	struct make *m;
	struct node *v;
	size_t n;
	size_t root, last_root;
	struct tb_map *stands;	/* by program: how its executions stand, from 1 */
	struct tb_map *known;	/* by key: number in v, from 1 */
	size_t *images;		/* the nodes of all images of all processes */
	size_t *first;		/* by process: its first image in @images */
};

static size_t nimages(const struct evd_proc *p)
{
	return p->npast + 1;
}

static const struct evd_program *program_at(const struct evd_proc *p, size_t image)
{
	return image < p->npast ? p->past[image].program : p->program;
}

static const char *args_at(const struct evd_proc *p, size_t image)
{
	return image < p->npast ? p->past[image].cmdline : p->cmdline;
}

static const char *sha256_at(const struct evd_proc *p, size_t image)
{
	return image < p->npast ? p->past[image].sha256 : p->sha256;
}

/* image_at() - which image a process was at @t */
static size_t image_at(const struct evd_proc *p, int64_t t)
{
	size_t i = 0;

	while (i < p->npast && p->past[i].until <= t)
		i++;
	return i;
}

static enum fnd_stand stand_of(const struct tree *t, const struct evd_program *program)
{
	uintptr_t at = (uintptr_t)tb_map_get(t->stands, &program, sizeof(program));

	return at ? (enum fnd_stand)(at - 1) : FND_NOT_COMPARED;
}

/* gather_stands() - the worst of the executions of each program */
static void gather_stands(struct tree *t)
{
	const struct evd_facts *ev = t->m->ev;

	for (size_t i = 0; i < ev->nacts && !t->m->failed; i++) {
		const struct evd_program *program;
		enum fnd_stand stand;

		if (ev->acts[i].kind != EVD_EXEC)
			continue;
		program = ev->acts[i].u.exec.program;
		stand = fnd_stand_worse(stand_of(t, program),
					fnd_stand_at(&t->m->result->acts, i));
		if (tb_map_put(t->stands, &program, sizeof(program),
			       (void *)(uintptr_t)(stand + 1)))
			t->m->failed = true;
	}
}

/* append() - a new node below its parent */
static void append(struct tree *t, size_t at)
{
	size_t parent = t->v[at].fact.parent;
	size_t *head = parent == NONE ? &t->root : &t->v[parent].child;
	size_t *last = parent == NONE ? &t->last_root : &t->v[parent].last_child;

	if (*head == NONE)
		*head = at;
	else
		t->v[*last].next = at;
	*last = at;
}

/* make_node() - Return: its number; that of the parent if there is no room */
static size_t make_node(struct tree *t, const struct evd_proc *p, size_t image, size_t parent)
{
	struct node *v;

	if (t->n == FACTS_MAX) {
		t->m->facts->more_programs++;
		return parent;
	}
	v = make_more(t->m, t->v, t->n, sizeof(*v));
	if (!v)
		return parent;
	t->v = v;
	v = &t->v[t->n];
	*v = (struct node){ .child = NONE, .last_child = NONE, .next = NONE };
	v->fact = (struct fact_program){
		.args = args_at(p, image), .sha256 = sha256_at(p, image), .parent = parent,
		.proc = p->id, .pid = p->pid, .ended = p->ended,
		.first = image ? p->past[image - 1].until : p->born,
	};
	if (program_at(p, image)) {
		v->fact.path = program_at(p, image)->path;
		v->fact.stand = stand_of(t, program_at(p, image));
	}
	append(t, t->n);
	return t->n++;
}

/* start() - an image that was started from @parent. Return: its node */
static size_t start(struct tree *t, const struct evd_proc *p, size_t image, size_t parent)
{
	struct key key = { parent, program_at(p, image), args_at(p, image) };
	size_t at = (uintptr_t)tb_map_get(t->known, &key, sizeof(key));

	if (!at) {
		size_t before = t->n;

		at = make_node(t, p, image, parent) + 1;
		if (t->n == before)
			return at - 1;
		if (tb_map_put(t->known, &key, sizeof(key), (void *)(uintptr_t)at))
			t->m->failed = true;
	}
	t->v[at - 1].fact.count++;
	return at - 1;
}

/* forked_from() - the node of the program that a process was when it was born; NONE: not known */
static size_t forked_from(const struct tree *t, const struct evd_proc *p)
{
	const struct evd_proc *parent = evd_proc(t->m->ev, p->parent);

	if (!parent || parent->canary || parent->at >= p->at || !program_at(parent, 0))
		return NONE;
	return t->images[t->first[parent->at] + image_at(parent, p->born)];
}

static void add_process(struct tree *t, const struct evd_proc *p)
{
	size_t *images = &t->images[t->first[p->at]];
	size_t from = forked_from(t, p);
	bool forked = from != NONE;

	if (forked)
		images[0] = from;
	else
		images[0] = start(t, p, 0, NONE);
	if (forked && !p->npast)
		t->v[from].fact.forks++;
	for (size_t i = 1; i < nimages(p) && !t->m->failed; i++)
		images[i] = start(t, p, i, images[i - 1]);
}

/* is_told() - a process of which nothing but its number is known, as that of a lost event, is none
 */
static bool is_told(const struct evd_proc *p)
{
	return !p->canary && (p->program || p->npast);
}

static void gather(struct tree *t)
{
	const struct evd_facts *ev = t->m->ev;
	size_t n = 0;

	for (size_t i = 0; i < ev->nprocs; i++) {
		t->first[i] = n;
		n += nimages(ev->procs[i]);
	}
	t->images = malloc((n + 1) * sizeof(*t->images));
	if (!t->images) {
		t->m->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		t->images[i] = NONE;
	for (size_t i = 0; i < ev->nprocs && !t->m->failed; i++)
		if (is_told(ev->procs[i]))
			add_process(t, ev->procs[i]);
}

/* after() - the next in the order of the list: what it started, or what was started after it */
static size_t after(const struct tree *t, size_t at)
{
	if (t->v[at].child != NONE)
		return t->v[at].child;
	while (at != NONE && t->v[at].next == NONE)
		at = t->v[at].fact.parent;
	return at == NONE ? NONE : t->v[at].next;
}

static void publish(struct tree *t)
{
	struct fact_program *out = make_array(t->m, t->n, sizeof(*out));
	size_t n = 0;

	if (!out)
		return;
	for (size_t at = t->root; at != NONE; at = after(t, at)) {
		struct fact_program *f = &out[n];

		*f = t->v[at].fact;
		t->v[at].number = n++;
		if (f->parent == NONE)
			continue;
		f->parent = t->v[f->parent].number;
		f->depth = out[f->parent].depth + 1;
	}
	t->m->facts->programs = out;
	t->m->facts->nprograms = n;
}

void make_programs(struct make *m)
{
	struct tree t = { .m = m, .root = NONE, .last_root = NONE };

	t.known = tb_map_new(SIZE_MAX);
	t.stands = tb_map_new(SIZE_MAX);
	t.first = calloc(m->ev->nprocs + 1, sizeof(*t.first));
	if (!t.known || !t.first || !t.stands)
		m->failed = true;
	if (!m->failed)
		gather_stands(&t);
	if (!m->failed)
		gather(&t);
	if (!m->failed)
		publish(&t);
	tb_map_free(t.known);
	tb_map_free(t.stands);
	free(t.first);
	free(t.images);
	free(t.v);
}
