/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attempt.c - what the product tried, one by one while it runs, and what came of it
 */
#include "run/attempt.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "run/parts.h"
#include "tcbox/buf.h"
#include "tcbox/hash.h"
#include "tcbox/own.h"
#include "tcbox/word.h"

#define PROCS 4096u		/* powers of two */
#define NAMES 4096u
#define CANARY_MAX 4		/* addresses of the control */
#define NAME_MAX_BYTES 255	/* RFC 1035, 2.3.4 */

/* A process, in the place of its number: a later one may take it. */
struct proc {
	uint64_t id;
	int64_t pid;
	char *program;
	bool canary;
};

/* Which name a lookup gave for an address, in the place of the address's hash. */
struct name {
	struct ev_addr addr;	/* without port */
	char *text;
};

struct attempts {
	const char *canary;
	struct ev_addr canary_addrs[CANARY_MAX];
	size_t ncanary;
	struct tb_buf object;
	struct proc procs[PROCS];
	struct name names[NAMES];
};

static const char *const act_names[] = {
	[ATTEMPT_LOOKUP] = "lookup",
	[ATTEMPT_NETWORK] = "network",
	[ATTEMPT_CONVERSATION] = "conversation",
	[ATTEMPT_REQUEST] = "request",
	[ATTEMPT_EXECUTE] = "execute",
	[ATTEMPT_FILE] = "file",
	[ATTEMPT_CALL] = "call",
};

static_assert(TB_ARRAY_SIZE(act_names) == ATTEMPT_ACTS, "a name for each act");

const char *attempt_act_name(enum attempt_act act)
{
	return act_names[act];
}

const char *attempt_outcome_name(enum attempt_outcome o)
{
	static const char *const names[] = {
		[ATTEMPT_WENT] = "went",
		[ATTEMPT_REFUSED] = "refused",
		[ATTEMPT_FAILED] = "failed",
		[ATTEMPT_TRIED] = "tried",
	};

	return names[o];
}

struct attempts *attempts_new(const char *canary)
{
	struct attempts *a = calloc(1, sizeof(*a));

	if (a)
		a->canary = canary;
	return a;
}

void attempts_free(struct attempts *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < PROCS; i++)
		free(a->procs[i].program);
	for (size_t i = 0; i < NAMES; i++)
		free(a->names[i].text);
	tb_buf_free(&a->object);
	free(a);
}

static struct proc *proc_of(struct attempts *a, uint64_t id)
{
	struct proc *p = &a->procs[id % PROCS];

	return id && p->id == id ? p : NULL;
}

static void set_program(struct proc *p, const char *path)
{
	free(p->program);
	p->program = path ? strdup(path) : NULL;	/* without memory it is not known */
}

static void appeared(struct attempts *a, const struct ev *ev)
{
	const struct proc *parent = proc_of(a, ev->u.process.parent);
	const char *program = parent ? parent->program : NULL;
	struct proc *p = &a->procs[ev->proc % PROCS];

	if (!ev->proc || p == parent)
		return;
	p->id = ev->proc;
	p->pid = ev->u.process.pid;
	p->canary = tb_is_word(ev->u.process.role, "canary");
	set_program(p, program);
}

static struct name *name_slot(struct attempts *a, const struct ev_addr *addr)
{
	return &a->names[tb_hash(addr->ip, sizeof(addr->ip)) % NAMES];
}

static const char *name_of(struct attempts *a, const struct ev_addr *addr)
{
	struct ev_addr plain = ev_addr_plain(addr);
	struct name *n;

	plain.port = 0;
	n = name_slot(a, &plain);
	return plain.family && n->text && ev_addr_eq(&n->addr, &plain) ? n->text : NULL;
}

static void learn_name(struct attempts *a, const struct ev_lookup *l)
{
	for (size_t i = 0; i < l->addrs.n; i++) {
		struct ev_addr plain = ev_addr_plain(&l->addrs.v[i]);
		struct name *n;

		plain.port = 0;
		n = name_slot(a, &plain);
		free(n->text);
		n->addr = plain;
		n->text = strndup(l->name, NAME_MAX_BYTES);
	}
}

/* learn_canary() - where the control goes is no destination of the product's */
static void learn_canary(struct attempts *a, const struct ev_addrs *addrs)
{
	for (size_t i = 0; i < addrs->n && a->ncanary < CANARY_MAX; i++)
		a->canary_addrs[a->ncanary++] = addrs->v[i];
}

static bool of_canary(const struct attempts *a, const struct ev_addr *remote)
{
	struct ev_addr plain = *remote;

	plain.port = 0;
	for (size_t i = 0; i < a->ncanary; i++) {
		struct ev_addr known = a->canary_addrs[i];

		known.port = 0;
		if (ev_addr_eq(&known, &plain))
			return true;
	}
	return false;
}

/* outcome_of() - of a word of the record */
static enum attempt_outcome outcome_of(const char *word)
{
	if (tb_is_word(word, "denied"))
		return ATTEMPT_REFUSED;
	return tb_is_word(word, "tried") ? ATTEMPT_TRIED : ATTEMPT_WENT;
}

static const char *text_or_null(const char *text)
{
	return text && *text ? text : NULL;
}

static void add_addr(struct tb_buf *b, const char *proto, const struct ev_addr *addr)
{
	char text[EV_ADDR_STRLEN];

	ev_addr_format(addr, text);
	tb_buf_adds(b, proto ? proto : "");
	if (*text)
		tb_buf_addf(b, " %s", text);
}

/* waits() - is the own address what the call is about? */
static bool waits(const char *call)
{
	return tb_is_word(call, "bind") || tb_is_word(call, "listen") ||
	       tb_is_word(call, "accept") || tb_is_word(call, "accept4");
}

static bool of_sock(struct attempts *a, const struct ev *ev, struct attempt *out)
{
	const struct ev_sock *s = &ev->u.sock;

	/* a socket that stayed open, or that a process was seen to have: no call on it */
	if (tb_is_word(s->call, "execve") || tb_is_word(s->call, "held"))
		return false;
	out->act = ATTEMPT_NETWORK;
	out->call = s->call;
	out->outcome = outcome_of(s->outcome);
	out->error = text_or_null(s->error);
	out->count = s->count;
	out->name = name_of(a, &s->remote);
	add_addr(&a->object, s->proto, s->remote.family || !waits(s->call) ? &s->remote :
		 &s->local);
	if (text_or_null(s->path))
		tb_buf_addf(&a->object, " %s", s->path);
	return true;
}

static bool of_exec(struct attempts *a, const struct ev *ev, struct attempt *out)
{
	const struct ev_exec *x = &ev->u.exec;
	const char *exe = text_or_null(x->exe) ? x->exe : x->path;
	struct proc *p = proc_of(a, ev->proc);

	out->act = ATTEMPT_EXECUTE;
	out->error = text_or_null(x->error);
	if (out->error)
		out->outcome = ATTEMPT_FAILED;
	tb_buf_adds(&a->object, exe ? exe : "");
	if (p && !out->error)
		set_program(p, exe);
	return true;
}

static bool of_file(struct attempts *a, const struct ev *ev, struct attempt *out)
{
	const struct ev_file *f = &ev->u.file;

	out->act = ATTEMPT_FILE;
	out->call = f->op;
	out->outcome = outcome_of(f->outcome);
	out->error = text_or_null(f->error);
	out->count = f->count;
	tb_buf_adds(&a->object, f->path ? f->path : "");
	if (text_or_null(f->path2))
		tb_buf_addf(&a->object, " -> %s", f->path2);
	return true;
}

static bool of_call(struct attempts *a, const struct ev *ev, struct attempt *out)
{
	const struct ev_call *c = &ev->u.call;

	out->act = ATTEMPT_CALL;
	out->call = c->call;
	out->outcome = outcome_of(c->outcome);
	out->error = text_or_null(c->error);
	out->count = c->count;
	tb_buf_adds(&a->object, c->detail ? c->detail : "");
	return true;
}

/* of_lookup() - as the packets show it; the lab's own word is the same once more */
static bool of_lookup(struct attempts *a, const struct ev *ev, struct attempt *out)
{
	const struct ev_lookup *l = &ev->u.lookup;

	if (ev->src != EV_SRC_NET || !text_or_null(l->name))
		return false;
	if (a->canary && !strcasecmp(l->name, a->canary)) {
		learn_canary(a, &l->addrs);
		return false;
	}
	learn_name(a, l);
	out->act = ATTEMPT_LOOKUP;
	out->call = l->type;
	if (!text_or_null(l->rcode)) {
		out->outcome = ATTEMPT_FAILED;
		out->error = "no answer";
	} else if (strcmp(l->rcode, "NOERROR")) {
		out->outcome = ATTEMPT_FAILED;
		out->error = l->rcode;
	}
	tb_buf_adds(&a->object, l->name);
	return true;
}

/* is_resolver() - the gate's name server: conversations with it are lookups */
static bool is_resolver(const struct ev_addr *remote)
{
	char text[EV_ADDR_STRLEN];
	struct ev_addr plain = *remote;

	if (plain.port != 53)
		return false;
	plain.port = 0;
	ev_addr_format(&plain, text);
	for (size_t i = 0; parts_net.resolver[i]; i++)
		if (!strcmp(parts_net.resolver[i], text))
			return true;
	return false;
}

bool attempts_conversation(struct attempts *a, const struct ev_flow *f, const char **name)
{
	if (of_canary(a, &f->remote) || tb_is_word(f->app, "dns") || tb_is_word(f->proto, "arp") ||
	    is_resolver(&f->remote))
		return false;
	*name = f->inbound ? NULL : name_of(a, &f->remote);
	return true;
}

/* of_flow() - when it is over */
static bool of_flow(struct attempts *a, const struct ev *ev, struct attempt *out)
{
	const struct ev_flow *f = &ev->u.flow;

	if (!f->end || !attempts_conversation(a, f, &out->name))
		return false;
	out->act = ATTEMPT_CONVERSATION;
	out->bytes_out = f->bytes_out;
	out->bytes_in = f->bytes_in;
	out->call = f->app ? f->app : "";
	if (tb_is_word(f->state, "refused") || tb_is_word(f->state, "timeout")) {
		out->outcome = ATTEMPT_FAILED;
		out->error = f->state;
	}
	if (f->inbound)
		tb_buf_adds(&a->object, "from ");
	add_addr(&a->object, f->proto, &f->remote);
	return true;
}

static bool of_request(struct attempts *a, const struct ev *ev, struct attempt *out)
{
	const struct ev_request *r = &ev->u.request;

	if (of_canary(a, &r->server) || !text_or_null(r->method))
		return false;
	out->act = ATTEMPT_REQUEST;
	out->call = r->method;
	out->count = r->count;
	out->name = name_of(a, &r->server);
	tb_buf_addf(&a->object, "%s ", r->service ? r->service : "");
	if (r->names.n)
		tb_buf_adds(&a->object, r->names.v[0]);
	tb_buf_adds(&a->object, r->path ? r->path : "");
	if (text_or_null(r->target))
		tb_buf_addf(&a->object, " -> %s", r->target);
	return true;
}

/* Who can have seen what: as evidence/feed.c has it. */
static const struct {
	bool (*of)(struct attempts *a, const struct ev *ev, struct attempt *out);
	enum ev_src by;
} kinds[EV_KINDS] = {
	[EV_SOCK] = { of_sock, EV_SRC_BOX },
	[EV_EXEC] = { of_exec, EV_SRC_BOX },
	[EV_FILE] = { of_file, EV_SRC_BOX },
	[EV_CALL] = { of_call, EV_SRC_BOX },
	[EV_LOOKUP] = { of_lookup, EV_SRC_NET },
	[EV_FLOW] = { of_flow, EV_SRC_NET },
	[EV_REQUEST] = { of_request, EV_SRC_LAB },
};

bool attempt_of(struct attempts *a, const struct ev *ev, struct attempt *out)
{
	const struct proc *p;

	if (ev->kind == EV_PROC && ev->src == EV_SRC_BOX)
		appeared(a, ev);
	if ((size_t)ev->kind >= EV_KINDS || !kinds[ev->kind].of || kinds[ev->kind].by != ev->src)
		return false;
	p = proc_of(a, ev->proc);
	if (p && p->canary)
		return false;
	*out = (struct attempt){ .t = ev->t, .line = ev->line, .proc = ev->proc, .call = "" };
	tb_buf_reset(&a->object);
	if (!kinds[ev->kind].of(a, ev, out))
		return false;
	/* after the event: who executes is the new program */
	out->pid = p ? p->pid : 0;
	out->program = p ? p->program : NULL;
	out->object = a->object.len && !a->object.failed ? a->object.data : "";
	out->call = out->call ? out->call : "";
	out->count += !out->count;
	return true;
}
