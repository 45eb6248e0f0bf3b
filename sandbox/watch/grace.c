/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grace.c - datagram sockets that have a port, and perhaps soon a peer
 *
 * How it works: a client binds its socket and connects it at once; in between everybody reaches it,
 * as a listener. What tells them apart is whether the thread goes on. A machine that is busy lets
 * it wait for seconds: so what counts is the time in which it could have gone on, without that in
 * which it waited for a processor or a disk. While it does, GIVE_UP_NS is the limit. Sockets that
 * have the same port one after the other are one: else each of a row could wait a little.
 *
 * Limits: who hears others for less than WAITS_NS on a port, or for less than GIVE_UP_NS with the
 * binding thread kept from its processor, is a client.
 */
#include "sandbox/watch/grace.h"

#include <stdlib.h>

#include "sandbox/watch/turns.h"
#include "tcbox/clock.h"
#include "tcbox/map.h"

#define SOCKETS_MAX 16384u
#define WAITS_NS (INT64_C(200) * TB_NS_PER_MS)
#define GIVE_UP_NS (3 * TB_NS_PER_S)

struct sock {
	struct sock *older, *newer;
	uint64_t cookie;
	pid_t tid;
	int64_t since;		/* CLOCK_MONOTONIC */
	bool counted;		/* the kernel counts its turns */
	struct turns then;
};

struct grace {
	struct tb_map *socks;			/* by cookie, owned */
	struct sock *oldest, *newest;
	int64_t waited[UINT16_MAX + 1];		/* by port: what earlier sockets had, ns */
};

struct grace *grace_new(void)
{
	struct grace *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->socks = tb_map_new(SOCKETS_MAX);
	if (g->socks)
		return g;
	free(g);
	return NULL;
}

static void forget(struct grace *g, struct sock *s)
{
	(void)tb_map_del(g->socks, &s->cookie, sizeof(s->cookie));
	*(s->older ? &s->older->newer : &g->oldest) = s->newer;
	*(s->newer ? &s->newer->older : &g->newest) = s->older;
	free(s);
}

/* forget_old() - those whose time is over, whatever they did */
static void forget_old(struct grace *g, int64_t before)
{
	while (g->oldest && g->oldest->since < before)
		forget(g, g->oldest);
}

void grace_free(struct grace *g)
{
	if (!g)
		return;
	forget_old(g, INT64_MAX);
	tb_map_free(g->socks);
	free(g);
}

static struct sock *find(const struct grace *g, uint64_t cookie)
{
	return tb_map_get(g->socks, &cookie, sizeof(cookie));
}

void grace_begin(struct grace *g, uint64_t cookie, pid_t tid)
{
	int64_t now = tb_monotonic_ns();
	struct sock *s;

	if (find(g, cookie))
		return;
	if (tb_map_count(g->socks) == SOCKETS_MAX)
		forget_old(g, now - GIVE_UP_NS);
	s = calloc(1, sizeof(*s));
	if (!s || tb_map_put(g->socks, &cookie, sizeof(cookie), s) < 0) {
		free(s);
		return;		/* it is treated as one that waits */
	}
	*s = (struct sock){ .cookie = cookie, .tid = tid, .since = now, .older = g->newest };
	s->counted = turns_read(tid, &s->then);
	*(g->newest ? &g->newest->newer : &g->oldest) = s;
	g->newest = s;
}

/* could_go_on() - for how long its thread could have gone on since then */
static int64_t could_go_on(const struct sock *s, int64_t now)
{
	int64_t all = now - s->since, queued = 0;
	struct turns t;

	if (s->counted && turns_read(s->tid, &t))
		queued = t.queued_ns - s->then.queued_ns;
	return queued < all ? all - queued : 0;
}

void grace_end(struct grace *g, uint64_t cookie, uint16_t port)
{
	struct sock *s = find(g, cookie);

	if (!s)
		return;
	g->waited[port] += could_go_on(s, tb_monotonic_ns());
	forget(g, s);
}

/* is_kept() - its thread is kept from going on, and did not use a processor meanwhile. @budget: for
 * how long it may */
static bool is_kept(const struct sock *s, int64_t budget)
{
	struct turns t;

	return !turns_idle(s->tid) && turns_read(s->tid, &t) &&
		t.ran_ns - s->then.ran_ns < budget;
}

bool grace_over(struct grace *g, uint64_t cookie, uint16_t port, bool heard)
{
	struct sock *s = find(g, cookie);
	int64_t now = tb_monotonic_ns(), budget = WAITS_NS - g->waited[port];

	if (!s)
		return true;
	if (now - s->since < budget)
		return false;
	if (now - s->since < GIVE_UP_NS && budget > 0 &&
	    (!heard || is_kept(s, budget) || could_go_on(s, now) < budget))
		return false;
	forget(g, s);
	return true;
}
