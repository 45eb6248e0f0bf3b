/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acts.c - what one event alone shows: executions, changed files, system calls
 *
 * How it works: equal acts of one program are one struct evd_act, found by a hash table over their
 * interned strings: the address of a string is its identity, and no product can choose it. The
 * table has twice as many slots as acts, at least, each with the number of an act, from 1.
 */
#include "evidence/acts.h"
#include "evidence/state.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"

#define SLOTS_FIRST 256
#define LINES_MAX 16		/* kept of one act; its count says how many there were */

/*
 * What makes two acts one: everything that a judgement may depend on, and nothing that only words
 * need.
 */
struct identity {
	const void *v[6];
	unsigned int flags;
};

/* op_that_counts() - a directory that is made, or is moved with all below it, is judged by that */
static const char *op_that_counts(const char *op)
{
	if (op && (!strcmp(op, "mkdir") || !strcmp(op, "rename")))
		return op;
	return NULL;
}

static struct identity identity_of(const struct evd_act *a)
{
	struct identity id = { .v = { a->program } };

	id.flags =
		a->kind | a->denied << 4 | a->undeclared << 5 | a->own << 6 | a->interpreter << 7 |
		   a->tried << 8;
	switch (a->kind) {
	case EVD_EXEC:
		id.v[1] = a->u.exec.program;
		id.v[2] = a->u.exec.alias;
		break;
	case EVD_REPLACED:
		id.v[1] = a->u.replaced.program;
		break;
	case EVD_MAP:
		id.v[1] = a->u.map.path;
		break;
	case EVD_FILE:
		id.v[1] = a->u.file.path;
		id.v[2] = op_that_counts(a->u.file.op);
		break;
	case EVD_SYSCALL:
		id.v[1] = a->u.syscall.name;
		id.v[2] = a->u.syscall.abi;
		id.v[3] = a->u.syscall.group;
		id.v[4] = a->u.syscall.family;
		break;
	case EVD_REFUSED:
		id.v[1] = a->u.refused.name;
		id.v[2] = a->u.refused.proto;
		break;
	case EVD_I386:
		break;
	}
	return id;
}

static bool same(const struct identity *a, const struct identity *b)
{
	return a->flags == b->flags && !memcmp(a->v, b->v, sizeof(a->v));
}

static size_t hash_of(const struct identity *id)
{
	uint64_t h = id->flags;

	for (size_t i = 0; i < TB_ARRAY_SIZE(id->v); i++) {
		h = (h ^ (uint64_t)(uintptr_t)id->v[i]) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
	}
	return (size_t)h;
}

/* slot_of() - where the act with this identity is, or would be */
static uint32_t *slot_of(const struct evd *e, const struct identity *id)
{
	size_t mask = e->acts_nslots - 1, i = hash_of(id) & mask;

	for (; e->acts_slots[i]; i = (i + 1) & mask) {
		struct identity there = identity_of(&e->acts[e->acts_slots[i] - 1]);

		if (same(&there, id))
			break;
	}
	return &e->acts_slots[i];
}

/* more_slots() - so that at least half of them stay empty */
static bool more_slots(struct evd *e)
{
	size_t n = e->acts_nslots ? e->acts_nslots * 2 : SLOTS_FIRST;
	uint32_t *slots;

	if (e->facts.nacts * 2 < e->acts_nslots)
		return true;
	slots = calloc(n, sizeof(*slots));
	if (!slots) {
		e->failed = true;
		return false;
	}
	free(e->acts_slots);
	e->acts_slots = slots;
	e->acts_nslots = n;
	for (size_t i = 0; i < e->facts.nacts; i++) {
		struct identity id = identity_of(&e->acts[i]);

		*slot_of(e, &id) = (uint32_t)i + 1;
	}
	return true;
}

static void add_line(struct evd *e, struct evd_act *a, uint64_t line)
{
	uint64_t *more;
	size_t n = 0;

	for (size_t i = 0; i < EVD_ACT_LINES; i++) {
		if (a->lines[i] == line)
			return;
		if (!a->lines[i]) {
			a->lines[i] = line;
			return;
		}
	}
	while (a->more && a->more[n] && a->more[n] != line)
		n++;
	if (n == LINES_MAX - EVD_ACT_LINES || (a->more && a->more[n]))
		return;
	more = reallocarray(a->more, n + 2, sizeof(*more));
	if (!more) {
		e->failed = true;
		return;
	}
	more[n] = line;
	more[n + 1] = 0;
	a->more = more;
}

struct evd_act *evd_act_add(struct evd *e, const struct ev *ev, const struct evd_act *act)
{
	struct identity id = identity_of(act);
	struct evd_act *v;
	uint32_t *slot;

	if (!more_slots(e))
		return NULL;
	slot = slot_of(e, &id);
	if (*slot) {
		v = &e->acts[*slot - 1];
		v->first = ev->t < v->first ? ev->t : v->first;
		v->last = ev->t > v->last ? ev->t : v->last;
		v->count += act->count;
		add_line(e, v, ev->line);
		return NULL;
	}
	if (e->facts.nacts >= e->limits.acts) {
		e->facts.dropped++;
		return NULL;
	}
	v = evd_grow(e, e->acts, e->facts.nacts, sizeof(*v));
	if (!v)
		return NULL;
	e->acts = v;
	v = &e->acts[e->facts.nacts++];
	*v = *act;
	v->proc = ev->proc;
	v->first = v->last = ev->t;
	v->lines[0] = ev->line;
	*slot = (uint32_t)e->facts.nacts;
	return v;
}

const struct evd_program *evd_program_of(const struct evd *e, uint64_t proc)
{
	const struct evd_proc *p = evd_known(e, proc);

	return p ? p->program : NULL;
}

bool evd_is_control(const struct evd *e, uint64_t proc)
{
	const struct evd_proc *p = evd_known(e, proc);

	return p && p->canary;
}
