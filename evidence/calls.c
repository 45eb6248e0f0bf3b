/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.c - network calls: what the processes asked of the kernel
 */
#include "evidence/state.h"

#include <string.h>

#include "tcbox/own.h"
#include "tcbox/word.h"

/* is_packet_proto() - can a socket of this kind put packets on the gate? */
static bool is_packet_proto(const char *proto)
{
	return proto && strcmp(proto, "unix") && strcmp(proto, "netlink") &&
	       strncmp(proto, "family-", 7);
}

static enum evd_op op_of(const char *call)
{
	static const struct { const char *call; enum evd_op op; } ops[] = {
		{ "connect", EVD_CONNECT }, { "sendto", EVD_SEND }, { "sendmsg", EVD_SEND },
		{ "sendmmsg", EVD_SEND }, { "bind", EVD_BIND }, { "listen", EVD_LISTEN },
		{ "accept", EVD_ACCEPT }, { "accept4", EVD_ACCEPT },
		{ "setsockopt", EVD_JOIN }, { "execve", EVD_KEEP }, { "held", EVD_KEEP },
	};

	for (size_t i = 0; call && i < TB_ARRAY_SIZE(ops); i++)
		if (!strcmp(call, ops[i].call))
			return ops[i].op;
	return EVD_SOCKET;
}

/* count_hidden() - calls whose packets stay in the box */
static void count_hidden(struct evd *e, const struct ev_sock *from, const struct ev_addr *remote)
{
	uint64_t count = from->count ? from->count : 1;

	if (tb_is_word(from->proto, "unix"))
		e->facts.totals.unix_calls += count;
	else if (evd_stays(e, remote))
		e->facts.totals.loopback_calls += count;
}

static struct evd_call call_of(struct evd *e, const struct ev *ev, const struct evd_proc *p)
{
	const struct ev_sock *from = &ev->u.sock;
	struct evd_call call = { .t = ev->t, .since = ev->t, .line = ev->line, .proc = ev->proc };

	if (p) {
		call.program = p->program;
		call.canary = p->canary;
	}
	call.local = ev_addr_plain(&from->local);
	call.remote = ev_addr_plain(&from->remote);
	call.stays = evd_stays(e, &call.remote);
	call.cookie = from->cookie;
	call.proto = intern_str(e->strs, from->proto);
	if (call.proto && !strncmp(call.proto, "icmp", 4))
		call.remote.port = 0;		/* the kernel does not look at it */
	call.name = intern_str(e->strs, from->call);
	call.op = op_of(from->call);
	call.failed = from->error && *from->error;
	if (call.op == EVD_KEEP && p && p->npast && call.t < p->past[p->npast - 1].until)
		call.t = p->past[p->npast - 1].until;	/* it is the new program's */
	return call;
}

/* note_pass() - a message to another process of the box may carry what the sender has open. That
 * none did is the sender's word: its memory, which another thread can change */
static void note_pass(struct evd_proc *p, const struct ev *ev)
{
	const struct ev_sock *from = &ev->u.sock;

	if (!tb_is_word(from->proto, "unix") || tb_is_word(from->outcome, "denied"))
		return;
	if (!tb_is_word(from->call, "sendmsg") && !tb_is_word(from->call, "sendmmsg"))
		return;
	if (p && ev->t < p->passes)
		p->passes = ev->t;
}

void evd_feed_sock(struct evd *e, const struct ev *ev)
{
	const struct ev_sock *from = &ev->u.sock;
	struct evd_proc *p = evd_proc_get(e, ev->proc);
	struct evd_call call = call_of(e, ev, p), *v;

	note_pass(p, ev);
	if (call.canary)
		evd_canary_call(e, ev->t);
	else
		count_hidden(e, from, &call.remote);
	e->facts.totals.socket_calls += from->count ? from->count : 1;
	/* no packets are expected */
	if (tb_is_word(from->outcome, "denied")) {
		evd_act_refused(e, ev);
		return;
	}
	if (!is_packet_proto(from->proto) || from->elsewhere || !call.proto)
		return;		/* without room for the protocol's name facts.strings_full is set */
	if (e->facts.ncalls >= e->limits.calls) {
		e->facts.dropped++;
		return;
	}
	v = evd_grow(e, e->calls, e->facts.ncalls, sizeof(*v));
	if (!v)
		return;
	e->calls = v;
	e->calls[e->facts.ncalls++] = call;
}
