/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed.c - takes the events of a record, one by one
 */
#include "policy/compare/cmp_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/buf.h"
#include "tcbox/own.h"

/* plain() - an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) is the IPv4 address that is on the wire */
static struct ev_addr plain(const struct ev_addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct ev_addr out = *a;

	if (a->family == AF_INET6 && !memcmp(a->ip, mapped, sizeof(mapped))) {
		out.family = AF_INET;
		memcpy(out.ip, a->ip + 12, 4);
	}
	if (out.family == AF_INET)
		memset(out.ip + 4, 0, 12);
	return out;
}

/* proc_get() - the process with this id; makes one if it is new, because evidence of its birth may be lost */
static struct cmp_proc *proc_get(struct cmp *c, uint64_t id)
{
	struct cmp_proc *p = cmp_proc(c, id), **v;

	if (p || !id)
		return p;
	if (c->nprocs >= CMP_MAX_PROCS) {
		c->dropped++;
		return NULL;
	}
	v = cmp_grow(c, c->procs, c->nprocs, &c->procs_cap, sizeof(*v));
	if (!v)
		return NULL;
	c->procs = v;
	p = calloc(1, sizeof(*p));
	if (!p || tb_map_put(c->procs_by_id, &id, sizeof(id), p)) {
		free(p);
		c->failed = true;
		return NULL;
	}
	p->id = id;
	c->procs[c->nprocs++] = p;
	return p;
}

static void take_proc(struct cmp *c, const struct ev *ev)
{
	const struct ev_proc *e = &ev->u.process;
	const struct cmp_proc *parent;
	struct cmp_proc *p = proc_get(c, ev->proc);

	if (!p)
		return;
	p->pid = e->pid;
	p->parent = e->parent;
	p->born = ev->t;
	p->canary = e->role && !strcmp(e->role, "canary");
	parent = cmp_proc(c, e->parent);
	if (parent && parent != p && !p->exe) {		/* fork(2) keeps the program */
		p->exe = parent->exe;
		p->sha256 = parent->sha256;
		p->cmdline = parent->cmdline;
	}
}

/* keep_past() - the process becomes another program: what it did before is still the old one's */
static void keep_past(struct cmp *c, struct cmp_proc *p, int64_t t)
{
	struct cmp_past *v;

	if (!p->exe || p->npast == CMP_MAX_PAST)
		return;
	v = reallocarray(p->past, p->npast + 1, sizeof(*v));	/* most have one: no room ahead */
	if (!v) {
		c->failed = true;
		return;
	}
	p->past = v;
	p->past[p->npast++] = (struct cmp_past){ .until = t, .exe = p->exe, .sha256 = p->sha256, .cmdline = p->cmdline };
}

static void take_exec(struct cmp *c, const struct ev *ev)
{
	const struct ev_exec *e = &ev->u.exec;
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;
	struct cmp_proc *p = proc_get(c, ev->proc);

	if (!p)
		return;
	cmp_take_exec(c, ev, p);
	if (e->error && *e->error)
		return;
	for (size_t i = 0; i < e->argv.n; i++)
		tb_buf_addf(&line, "%s%s", i ? " " : "", e->argv.v[i]);
	if (e->argv_cut)
		tb_buf_adds(&line, " ...");
	if (line.failed)
		c->failed = true;
	keep_past(c, p, ev->t);
	p->exe = intern_str(c->strs, e->exe && *e->exe ? e->exe : e->path);
	p->sha256 = intern_str(c->strs, e->sha256);
	p->cmdline = intern_str(c->strs, line.data);
}

/* is_packet_proto() - can a socket of this kind put packets on the gate? */
static bool is_packet_proto(const char *proto)
{
	return proto && strcmp(proto, "unix") && strcmp(proto, "netlink") && strncmp(proto, "family-", 7);
}

static enum cmp_op op_of(const char *call)
{
	static const struct { const char *call; enum cmp_op op; } ops[] = {
		{ "connect", OP_CONNECT }, { "sendto", OP_SEND }, { "sendmsg", OP_SEND }, { "sendmmsg", OP_SEND },
		{ "bind", OP_BIND }, { "listen", OP_LISTEN }, { "accept", OP_ACCEPT }, { "accept4", OP_ACCEPT },
	};

	for (size_t i = 0; call && i < TB_ARRAY_SIZE(ops); i++)
		if (!strcmp(call, ops[i].call))
			return ops[i].op;
	return OP_SOCKET;
}

static void count_hidden(struct cmp *c, const struct ev_sock *e, const struct ev_addr *remote, uint64_t count)
{
	if (e->proto && !strcmp(e->proto, "unix"))
		c->unix_calls += count;
	else if (evd_is_loopback(remote) || (remote->family && evd_is_own(remote)))
		c->loopback_calls += count;
}

static void take_sock(struct cmp *c, const struct ev *ev)
{
	const struct ev_sock *e = &ev->u.sock;
	const struct cmp_proc *p = proc_get(c, ev->proc);
	struct cmp_call call = { .t = ev->t, .line = ev->line, .proc = ev->proc }, *v;

	call.local = plain(&e->local);
	call.remote = plain(&e->remote);
	call.exe = p ? p->exe : NULL;
	call.canary = p && p->canary;
	call.proto = intern_str(c->strs, e->proto);
	if (call.proto && !strncmp(call.proto, "icmp", 4))
		call.remote.port = 0;		/* the kernel does not look at it */
	call.name = intern_str(c->strs, e->call);
	call.cookie = e->cookie;
	call.op = op_of(e->call);
	call.refused = e->outcome && !strcmp(e->outcome, "denied");
	if (call.canary)
		c->canary_calls = true;
	else
		count_hidden(c, e, &call.remote, e->count ? e->count : 1);
	c->socket_calls += e->count ? e->count : 1;
	if (call.refused) {
		cmp_take_refused(c, ev);
		return;
	}
	if (!is_packet_proto(e->proto) || e->elsewhere)
		return;
	if (c->ncalls >= CMP_MAX_CALLS) {
		c->dropped++;
		return;
	}
	v = cmp_grow(c, c->calls, c->ncalls, &c->calls_cap, sizeof(*v));
	if (!v)
		return;
	c->calls = v;
	c->calls[c->ncalls++] = call;
	if (!call.canary)
		cmp_take_listen(c, &call);
}

static struct cmp_flow *flow_get(struct cmp *c, uint64_t id)
{
	struct cmp_flow *f = cmp_flow_by_id(c, id), **v;

	if (f || !id)
		return f;
	if (c->nflows >= CMP_MAX_FLOWS) {
		c->dropped++;
		return NULL;
	}
	v = cmp_grow(c, c->flows, c->nflows, &c->flows_cap, sizeof(*v));
	if (!v)
		return NULL;
	c->flows = v;
	f = calloc(1, sizeof(*f));
	if (!f || tb_map_put(c->flows_by_id, &id, sizeof(id), f)) {
		free(f);
		c->failed = true;
		return NULL;
	}
	f->id = id;
	f->call = CMP_NONE;
	c->flows[c->nflows++] = f;
	return f;
}

/* newer() - later totals of a flow replace earlier ones, but silence does not */
static const char *newer(const char *value, const char *before)
{
	return value ? value : before;
}

static void take_flow(struct cmp *c, const struct ev *ev)
{
	const struct ev_flow *e = &ev->u.flow;
	const struct intern_list *names = intern_list(c->strs, e->names.v, e->names.n);
	struct cmp_flow *f = flow_get(c, e->id);

	if (!f)
		return;
	if (!f->line)
		f->line = ev->line;
	f->first = e->first;
	f->last = e->last > e->first ? e->last : e->first;
	f->local = plain(&e->local);
	f->remote = plain(&e->remote);
	f->inbound = e->inbound;
	f->ech |= e->ech;
	f->pkts = e->pkts_out + e->pkts_in;
	f->bytes_out = e->bytes_out;
	f->bytes_in = e->bytes_in;
	f->pkt_first = e->pkt_first;
	f->pkt_last = e->pkt_last;
	f->proto = newer(intern_str(c->strs, e->proto), f->proto ? f->proto : "ip-0");
	f->state = newer(intern_str(c->strs, e->state), f->state);
	f->app = newer(intern_str(c->strs, e->app), f->app);
	f->app_detail = newer(intern_str(c->strs, e->app_detail), f->app_detail);
	f->sni = newer(intern_host(c->strs, e->sni), f->sni);
	f->http_host = newer(intern_host(c->strs, e->http_host), f->http_host);
	f->tls_version = newer(intern_str(c->strs, e->tls_version), f->tls_version);
	if (names)
		f->names = names;
}

/* name_address() - remember that a lookup gave this address for the name, for flows whose own names are missing
 * */
static void name_address(struct cmp *c, const struct ev_addr *addr, const char *name, int64_t t)
{
	struct ev_addr a = plain(addr);
	unsigned char key[17] = { (unsigned char)a.family };
	struct cmp_named *known, *n, **v;
	size_t names = 0;

	memcpy(key + 1, a.ip, a.family == AF_INET ? 4 : 16);
	known = tb_map_get(c->named, key, sizeof(key));
	for (n = known; n; n = n->next, names++)
		if (n->name == name)
			return;
	if (c->nnamed >= CMP_MAX_LOOKUPS || names >= CMP_MAX_NAMES) {
		c->dropped++;
		return;
	}
	v = cmp_grow(c, c->named_all, c->nnamed, &c->named_cap, sizeof(*v));
	if (!v)
		return;
	c->named_all = v;
	n = calloc(1, sizeof(*n));
	if (!n) {
		c->failed = true;
		return;
	}
	*n = (struct cmp_named){ t, name, known ? known->next : NULL };
	c->named_all[c->nnamed++] = n;
	if (known)
		known->next = n;	/* behind the first, so that the table's entry stays */
	else if (tb_map_put(c->named, key, sizeof(key), n))
		c->failed = true;
}

static void take_lookup(struct cmp *c, const struct ev *ev)
{
	const struct ev_lookup *e = &ev->u.lookup;
	struct cmp_lookup l = { .t = ev->t, .line = ev->line, .flow = e->flow, .src = ev->src }, *v;

	l.name = intern_host(c->strs, e->name);
	if (!l.name)
		l.name = intern_str(c->strs, ".");	/* the root of all names */
	l.type = intern_str(c->strs, e->type);
	l.client = plain(&e->client);
	l.server = plain(&e->server);
	l.extra = e->extra;
	l.tcp = e->proto && !strcmp(e->proto, "tcp");
	l.answered = e->rcode && *e->rcode;
	if (!l.name)
		return;
	for (size_t i = 0; i < e->addrs.n; i++)
		name_address(c, &e->addrs.v[i], l.name, ev->t);
	if (c->nlookups >= CMP_MAX_LOOKUPS) {
		c->dropped++;
		return;
	}
	v = cmp_grow(c, c->lookups, c->nlookups, &c->lookups_cap, sizeof(*v));
	if (!v)
		return;
	c->lookups = v;
	c->lookups[c->nlookups++] = l;
}

static void take_canary(struct cmp *c, const struct ev *ev)
{
	const struct ev_canary *e = &ev->u.canary;

	if (e->stage && !strcmp(e->stage, "planned"))
		c->canary_planned = true;
	if (e->stage && !strcmp(e->stage, "failed")) {
		c->canary_failed = true;
		c->canary_detail = intern_str(c->strs, e->detail);
	}
	c->canary_name = newer(intern_host(c->strs, e->name), c->canary_name);
	if (e->addr.family)
		c->canary_addr = plain(&e->addr);
}

static void take_change(struct cmp *c, const struct ev *ev)
{
	const struct ev_change *e = &ev->u.change;
	struct fnd_change *v;

	if (c->nchanges == FND_CHANGES) {
		c->changes_left_out++;
		return;
	}
	v = cmp_grow(c, c->changes, c->nchanges, &c->changes_cap, sizeof(*v));
	if (!v)
		return;
	c->changes = v;
	v[c->nchanges] = (struct fnd_change){ .line = ev->line, .size = e->size };
	cmp_text(c, &v[c->nchanges].op, "%s", e->op ? e->op : "");
	cmp_text(c, &v[c->nchanges].path, "%s", e->path ? e->path : "");
	cmp_text(c, &v[c->nchanges].type, "%s", e->type ? e->type : "");
	if (e->sha256)
		cmp_text(c, &v[c->nchanges].sha256, "%s", e->sha256);
	if (e->target)
		cmp_text(c, &v[c->nchanges].target, "%s", e->target);
	c->nchanges++;
}

static void take_counters(struct cmp *c, const struct ev *ev)
{
	const struct ev_counters *e = &ev->u.counters;

	for (size_t i = 0; i < e->n; i++) {
		const char *name = intern_str(c->strs, e->v[i].name);
		size_t at = 0;

		while (at < c->ncounters && (c->counters[at].name != name || c->counters[at].src != ev->src))
			at++;
		if (!name || at == CMP_MAX_COUNTERS)
			continue;
		if (at == c->ncounters)
			c->ncounters++;
		c->counters[at] = (struct cmp_counter){ ev->src, name, e->v[i].value };
	}
	if (e->final)
		c->final[ev->src] = true;
}

static void take_loss(struct cmp *c, const struct ev *ev)
{
	const struct ev_loss *e = &ev->u.loss;
	const char *what = intern_str(c->strs, e->what && *e->what ? e->what : "evidence");
	const char *detail = intern_str(c->strs, e->detail);

	for (size_t i = 0; i < c->nlosses; i++) {
		struct cmp_loss *l = &c->losses[i];

		if (l->what == what && l->detail == detail && l->src == ev->src) {
			l->count += e->count;
			return;
		}
	}
	if (c->nlosses == CMP_MAX_LOSSES || !what)
		c->dropped++;
	else
		c->losses[c->nlosses++] = (struct cmp_loss){ what, detail, ev->src, ev->t, ev->line, e->count };
}

/* take_served() - the lab's side of the control */
static void take_served(struct cmp *c, const struct ev *ev)
{
	const char *name = intern_host(c->strs, ev->u.served.name);
	struct ev_addr server = plain(&ev->u.served.server);

	if (ev->src != EV_SRC_LAB || !c->canary_name)
		return;
	if (name == c->canary_name || (c->canary_addr.family && ev_addr_eq(&server, &c->canary_addr)))
		c->canary_lab = true;
}

/* Who can have seen what: a producer that parses hostile bytes may be taken over, and then must not speak for
 * the others. */
static bool is_alien(const struct ev *ev)
{
#define BY(src) (1u << EV_SRC_##src)
	static const unsigned int sources[] = {
		[EV_PROC] = BY(BOX), [EV_EXEC] = BY(BOX), [EV_EXIT] = BY(BOX), [EV_SOCK] = BY(BOX), [EV_CALL] = BY(BOX),
		[EV_FILE] = BY(BOX), [EV_LOOKUP] = BY(NET) | BY(LAB), [EV_SERVED] = BY(LAB), [EV_FLOW] = BY(NET),
		[EV_CANARY] = BY(RUN) | BY(BOX), [EV_CHANGE] = BY(DISK), [EV_COUNTERS] = ~0u, [EV_LOSS] = ~0u,
	};
#undef BY

	return ev->kind >= EV_KINDS || ev->src >= EV_SRCS || !(sources[ev->kind] & (1u << ev->src));
}

int cmp_feed(struct cmp *c, const struct ev *ev)
{
	if (is_alien(ev)) {
		c->alien++;
		return 0;
	}
	switch (ev->kind) {
	case EV_PROC:
		take_proc(c, ev);
		break;
	case EV_EXEC:
		cmp_take_abi(c, ev, ev->u.exec.abi);
		take_exec(c, ev);
		break;
	case EV_SOCK:
		cmp_take_abi(c, ev, ev->u.sock.abi);
		take_sock(c, ev);
		break;
	case EV_CALL:
		cmp_take_call(c, ev);
		break;
	case EV_FILE:
		cmp_take_abi(c, ev, ev->u.file.abi);
		cmp_take_file(c, ev);
		break;
	case EV_LOOKUP:
		take_lookup(c, ev);
		break;
	case EV_SERVED:
		take_served(c, ev);
		break;
	case EV_FLOW:
		take_flow(c, ev);
		break;
	case EV_CANARY:
		take_canary(c, ev);
		break;
	case EV_CHANGE:
		take_change(c, ev);
		break;
	case EV_COUNTERS:
		take_counters(c, ev);
		break;
	case EV_LOSS:
		take_loss(c, ev);
		break;
	case EV_EXIT:
	case EV_KINDS:
		break;
	}
	return c->failed || intern_failed(c->strs) || fnd_table_failed(c->findings) ? -ENOMEM : 0;
}
