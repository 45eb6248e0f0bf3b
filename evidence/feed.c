/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed.c - reads the events of a record, one by one
 */
#include "evidence/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"
#include "tcbox/word.h"

static void feed_canary(struct evd *e, const struct ev *ev)
{
	const struct ev_canary *from = &ev->u.canary;
	bool last = from->at && !strcmp(from->at, "end");
	struct evd_canary *c = last ? &e->facts.last_canary : &e->facts.canary;
	const char *name = intern_host(e->strs, from->name);

	if (tb_is_word(from->stage, "planned")) {
		c->planned = true;
		c->t = ev->t;
	}
	if (tb_is_word(from->stage, "failed")) {
		c->failed = true;
		c->detail = intern_str(e->strs, from->detail);
	}
	if (name)
		c->name = name;
	if (from->addr.family)
		c->addr = ev_addr_plain(&from->addr);
}

/* copy() - of a word of a change. Return: heap string */
static char *copy(struct evd *e, const char *word)
{
	char *p = strdup(word ? word : "");

	if (!p)
		e->failed = true;
	return p;
}

/*
 * Not interned: what the product wrote in the run must not fill the strings that its changes need.
 */
static void feed_change(struct evd *e, const struct ev *ev)
{
	const struct ev_change *from = &ev->u.change;
	struct evd_change *v, *to;

	if (e->facts.nchanges == EVD_MAX_CHANGES) {
		e->facts.changes_left_out++;
		return;
	}
	v = evd_grow(e, e->changes, e->facts.nchanges, sizeof(*v));
	if (!v)
		return;
	e->changes = v;
	to = &v[e->facts.nchanges++];
	*to = (struct evd_change){ .line = ev->line, .size = from->size };
	to->op = copy(e, from->op);
	to->path = copy(e, from->path);
	to->type = copy(e, from->type);
	if (from->sha256)
		to->sha256 = copy(e, from->sha256);
	if (from->target)
		to->target = copy(e, from->target);
}

/* set_counter() - keep the latest value */
static void set_counter(struct evd *e, enum ev_src src, const struct ev_pair *pair)
{
	const char *name = intern_str(e->strs, pair->name);
	size_t at = 0;

	if (!name)
		return;
	while (at < e->facts.ncounters &&
	       (e->counters[at].name != name || e->counters[at].src != src))
		at++;
	if (at == EVD_MAX_COUNTERS) {
		e->facts.dropped++;
		return;
	}
	if (at == e->facts.ncounters)
		e->facts.ncounters++;
	e->counters[at] = (struct evd_counter){ src, name, pair->value };
}

static void feed_counters(struct evd *e, const struct ev *ev)
{
	const struct ev_counters *from = &ev->u.counters;

	for (size_t i = 0; i < from->n; i++)
		set_counter(e, ev->src, &from->v[i]);
}

static void feed_loss(struct evd *e, const struct ev *ev)
{
	const struct ev_loss *from = &ev->u.loss;
	const char *word = from->what && *from->what ? from->what : "evidence";
	struct evd_loss l = { .src = ev->src, .t = ev->t, .line = ev->line, .count = from->count };

	l.what = intern_str(e->strs, word);
	l.detail = intern_str(e->strs, from->detail);
	for (size_t i = 0; i < e->facts.nlosses; i++) {
		struct evd_loss *known = &e->losses[i];

		if (known->what == l.what && known->detail == l.detail && known->src == l.src) {
			known->count += l.count;
			return;
		}
	}
	if (e->facts.nlosses == EVD_MAX_LOSSES || !l.what)
		e->facts.dropped++;
	else
		e->losses[e->facts.nlosses++] = l;
}

/* served_canary() - the lab's side of the control */
static void served_canary(struct evd *e, const struct ev *ev)
{
	const char *name = intern_host(e->strs, ev->u.served.name);
	struct ev_addr server = ev_addr_plain(&ev->u.served.server);
	struct evd_canary *c = &e->facts.canary;

	if (!c->name)
		return;
	if (name == c->name || (c->addr.family && ev_addr_eq(&server, &c->addr)))
		c->lab = true;
}

static void feed_served(struct evd *e, const struct ev *ev)
{
	served_canary(e, ev);
	if (ev->u.served.end)
		evd_feed_stream(e, ev);
}

static void feed_exec(struct evd *e, const struct ev *ev)
{
	evd_act_abi(e, ev, ev->u.exec.abi);
	evd_feed_exec(e, ev);
}

static void feed_sock(struct evd *e, const struct ev *ev)
{
	evd_act_abi(e, ev, ev->u.sock.abi);
	evd_feed_sock(e, ev);
}

static void feed_file(struct evd *e, const struct ev *ev)
{
	evd_act_abi(e, ev, ev->u.file.abi);
	evd_act_file(e, ev);
}

/* feed_nothing() - what says nothing about the product; others read it in the record */
static void feed_nothing(struct evd *e, const struct ev *ev)
{
	(void)e;
	(void)ev;
}

/*
 * Who can have seen what: a producer that parses hostile bytes may be taken over, and then must not
 * speak for the others.
 */
#define BY(src) (1u << EV_SRC_##src)
static const struct {
	void (*feed)(struct evd *e, const struct ev *ev);
	unsigned int by;
} kinds[] = {
	[EV_PROC] = { evd_feed_proc, BY(BOX) },
	[EV_EXEC] = { feed_exec, BY(BOX) },
	[EV_EXIT] = { evd_feed_exit, BY(BOX) },
	[EV_SOCK] = { feed_sock, BY(BOX) },
	[EV_CALL] = { evd_act_call, BY(BOX) },
	[EV_FILE] = { feed_file, BY(BOX) },
	[EV_PORT] = { evd_feed_port, BY(BOX) },
	[EV_MAP] = { evd_act_map, BY(BOX) },
	[EV_CLOCK] = { feed_nothing, BY(BOX) },
	[EV_LOOKUP] = { evd_feed_lookup, BY(NET) | BY(LAB) },
	[EV_SERVED] = { feed_served, BY(LAB) },
	[EV_REQUEST] = { evd_feed_request, BY(LAB) },
	[EV_SECRET] = { feed_nothing, BY(LAB) },
	[EV_FLOW] = { evd_feed_flow, BY(NET) },
	[EV_CANARY] = { feed_canary, BY(RUN) | BY(BOX) },
	[EV_CHANGE] = { feed_change, BY(DISK) },
	[EV_COUNTERS] = { feed_counters, ~0u },
	[EV_LOSS] = { feed_loss, ~0u },
};
#undef BY

int evd_feed(struct evd *e, const struct ev *ev)
{
	if (ev->kind >= TB_ARRAY_SIZE(kinds) || ev->src >= EV_SRCS ||
	    !(kinds[ev->kind].by & (1u << ev->src))) {
		e->facts.alien++;
		return 0;
	}
	kinds[ev->kind].feed(e, ev);
	return e->failed || intern_failed(e->strs) ? -ENOMEM : 0;
}
