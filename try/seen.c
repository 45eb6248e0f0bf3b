/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen.c - which witnesses saw an act
 *
 * What tells one act from another is what it was done to: a name, an address with its port, a
 * path, a call. Acts of a plan differ in that.
 */
#include "try/seen.h"

#include <string.h>

#include "try/kinds.h"

#define DNS_PORT 53

static void mark(struct seen *s, enum try_witness w, uint64_t line)
{
	s->by |= 1u << w;
	if (line && s->nlines < SEEN_LINES)
		s->lines[s->nlines++] = line;
}

static bool is(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static bool starts(const char *s, const char *with)
{
	return s && !strncmp(s, with, strlen(with));
}

/* same_host() - addresses without their ports */
static bool same_host(const struct ev_addr *a, const struct ev_addr *b)
{
	struct ev_addr x = *a, y = *b;

	x.port = y.port = 0;
	return ev_addr_eq(&x, &y);
}

/* same_end() - an echo has no port, but an identifier in its place */
static bool same_end(const struct try_act *act, const struct ev_addr *a)
{
	return act->port ? ev_addr_eq(&act->remote, a) : same_host(&act->remote, a);
}

/* is_call_of() - a call on a socket of the act's protocol. A membership is asked for on a socket of
 * any protocol */
static bool is_call_of(const struct try_act *act, const struct evd_call *c)
{
	if (act->kind == TRY_JOIN || c->op == EVD_JOIN)
		return act->kind == TRY_JOIN && c->op == EVD_JOIN;
	return starts(c->proto, try_kinds[act->kind].proto);
}

/* is_talk_of() - acts that ask for different things go to the same place: each has its own port of
 * the box */
static bool is_talk_of(const struct try_act *act, const struct ev_addr *box,
		       const struct ev_addr *remote)
{
	return same_end(act, remote) && (!try_request(act) || act->local.port == box->port);
}

static void talk(const struct try_act *act, const struct evd_facts *ev, struct seen *s)
{
	const char *proto = try_kinds[act->kind].proto;

	for (size_t i = 0; i < ev->ncalls; i++) {
		const struct evd_call *c = &ev->calls[i];

		if (!c->canary && is_talk_of(act, &c->local, &c->remote) && is_call_of(act, c))
			mark(s, TRY_BY_CALLS, c->line);
	}
	for (size_t i = 0; i < ev->nflows; i++) {
		const struct evd_flow *f = ev->flows[i];

		if (f->canary || !starts(f->proto, proto) ||
		    !is_talk_of(act, &f->local, &f->remote))
			continue;
		mark(s, TRY_BY_PACKETS, f->line);
		s->flow = i;
	}
	for (size_t i = 0; i < ev->nrequests; i++)
		if (is_talk_of(act, &ev->requests[i].client, &ev->requests[i].server))
			mark(s, TRY_BY_LAB, ev->requests[i].line);
}

static void lookup(const struct try_act *act, const struct evd_facts *ev, struct seen *s)
{
	for (size_t i = 0; i < ev->nlookups; i++) {
		const struct evd_lookup *l = &ev->lookups[i];

		if (l->control || !is(l->name, act->target))
			continue;
		mark(s, l->src == EV_SRC_LAB ? TRY_BY_LAB : TRY_BY_PACKETS, l->line);
	}
	/* a call knows the server and not the name: it is that of the socket which asked */
	for (size_t i = 0; i < ev->ncalls; i++) {
		const struct evd_call *c = &ev->calls[i];

		if (!c->canary && c->remote.port == DNS_PORT && act->local.port &&
		    c->local.port == act->local.port && same_host(&act->remote, &c->remote))
			mark(s, TRY_BY_CALLS, c->line);
	}
	if (act->kind != TRY_RESOLVER)
		return;
	for (size_t i = 0; i < ev->nflows; i++) {
		const struct evd_flow *f = ev->flows[i];

		if (!ev_addr_eq(&f->remote, &act->remote))
			continue;
		mark(s, TRY_BY_PACKETS, f->line);
		s->flow = i;
	}
}

static void listener(const struct try_act *act, const struct evd_facts *ev, struct seen *s)
{
	const char *proto = try_kinds[act->kind].proto;

	for (size_t i = 0; i < ev->ncalls; i++) {
		const struct evd_call *c = &ev->calls[i];

		if (is(c->proto, proto) && (c->op == EVD_LISTEN || c->op == EVD_BIND) &&
		    ev_addr_eq(&c->local, &act->local))
			mark(s, TRY_BY_CALLS, c->line);
	}
	for (size_t i = 0; i < ev->nports; i++) {
		const struct evd_port *p = &ev->ports[i];

		if (is(p->proto, proto) && ev_addr_eq(&p->local, &act->local))
			mark(s, TRY_BY_KERNEL, p->line);
	}
}

/* is_program() - by its path, or by another that led there */
static bool is_program(const struct evd_program *p, const char *path)
{
	if (!p)
		return false;
	for (size_t i = 0; i < EVD_ALIASES && p->aliases[i]; i++)
		if (is(p->aliases[i], path))
			return true;
	return is(p->path, path);
}

static void add_lines(const struct evd_act *a, enum try_witness w, struct seen *s)
{
	for (size_t i = 0; i < EVD_ACT_LINES && a->lines[i]; i++)
		mark(s, w, a->lines[i]);
	for (size_t i = 0; a->more && a->more[i]; i++)
		mark(s, w, a->more[i]);
}

static void program(const struct try_act *act, const struct evd_facts *ev, struct seen *s)
{
	for (size_t i = 0; i < ev->nacts; i++) {
		const struct evd_act *a = &ev->acts[i];

		if (a->kind == EVD_EXEC && !a->denied && is_program(a->u.exec.program, act->target))
			add_lines(a, TRY_BY_CALLS, s);
	}
	/* the supervisor looks at the process, and corrects the call by what it became */
	for (size_t i = 0; i < ev->nprocs; i++) {
		const struct evd_proc *p = ev->procs[i];

		if (p->pid == act->pid && p->sha256 && is_program(p->program, act->target))
			mark(s, TRY_BY_PROCESS, 0);
	}
}

static void file(const struct try_act *act, const struct evd_facts *ev, struct seen *s)
{
	for (size_t i = 0; i < ev->nacts; i++) {
		const struct evd_act *a = &ev->acts[i];

		if (a->kind == EVD_FILE && !a->denied && !a->tried &&
		    is(a->u.file.path, act->target))
			add_lines(a, TRY_BY_CALLS, s);
	}
	for (size_t i = 0; i < ev->nchanges; i++)
		if (is(ev->changes[i].path, act->target))
			mark(s, TRY_BY_DISK, ev->changes[i].line);
}

static void call(const struct try_act *act, const struct evd_facts *ev, struct seen *s)
{
	for (size_t i = 0; i < ev->nacts; i++) {
		const struct evd_act *a = &ev->acts[i];

		if (a->kind == EVD_SYSCALL && is(a->u.syscall.name, act->target))
			add_lines(a, TRY_BY_CALLS, s);
	}
}

void seen_find(const struct try_act *act, const struct evd_facts *ev, struct seen *out)
{
	memset(out, 0, sizeof(*out));
	out->flow = SIZE_MAX;
	switch (try_kinds[act->kind].level) {
	case FND_CONNECTIONS:
		if (act->kind == TRY_RESOLVER)
			lookup(act, ev, out);
		else
			talk(act, ev, out);
		break;
	case FND_NAMES:
		lookup(act, ev, out);
		break;
	case FND_LISTENS:
		listener(act, ev, out);
		break;
	case FND_EXECUTES:
		program(act, ev, out);
		break;
	case FND_FILES:
		file(act, ev, out);
		break;
	case FND_SYSCALLS:
	case FND_KINDS:
		call(act, ev, out);
		break;
	}
}
