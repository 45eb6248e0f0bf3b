/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.c - system calls that are worth knowing: refused ones, and those for identity, privilege,
 * namespaces, ...
 */
#include "facts/make.h"

#include <stdlib.h>
#include <string.h>

struct calls {
	struct make *m;
	struct fact_call *v;
	size_t n;
};

/* says() - the words of an act. Return: false if it is not about a call */
static bool says(const struct evd_act *a, struct fact_call *c)
{
	switch (a->kind) {
	case EVD_SYSCALL:
		c->name = a->u.syscall.name;
		c->detail = a->u.syscall.detail;
		c->group = a->u.syscall.group;
		if (a->u.syscall.abi && strcmp(a->u.syscall.abi, "x86_64") != 0)
			c->abi = a->u.syscall.abi;
		return true;
	case EVD_REFUSED:
		c->name = a->u.refused.name;
		c->detail = a->u.refused.path ? a->u.refused.path : a->u.refused.remote;
		if (!c->detail)
			c->detail = a->u.refused.proto;
		c->group = "socket";
		return true;
	case EVD_EXEC:
		c->name = "execve";
		c->detail = a->u.exec.program->path;
		c->group = "exec";
		return a->denied;
	case EVD_REPLACED:
	case EVD_MAP:
	case EVD_FILE:
	case EVD_I386:
		break;
	}
	return false;
}

/* by_weight() - refused ones first, then by name */
static int by_weight(const void *pa, const void *pb)
{
	const struct fact_call *a = pa, *b = pb;
	int ret = (int)b->refused - (int)a->refused;

	if (ret)
		return ret;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

void make_calls(struct make *m)
{
	struct calls s = { .m = m };

	for (size_t i = 0; i < m->ev->nacts; i++) {
		const struct evd_act *a = &m->ev->acts[i];
		struct fact_call c = {
			.refused = a->denied, .error = a->error, .proc = a->proc,
			.count = a->count, .first = a->first, .last = a->last, .order = i,
		};
		struct fact_call *v;

		if (!says(a, &c))
			continue;
		if (a->program)
			c.program = a->program->path;
		v = make_more(m, s.v, s.n, sizeof(*v));
		if (!v)
			break;
		s.v = v;
		s.v[s.n++] = c;
	}
	m->facts->ncalls = s.n;
	m->facts->calls = make_list(m, s.v, &m->facts->ncalls, sizeof(*s.v), by_weight,
				    &m->facts->more_calls);
}
