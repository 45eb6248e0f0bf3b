/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sights.c - how each witness was in this run: there and whole, in part, or not there
 *
 * This judges nothing: what bounds the verdict is found by control.c, lost.c and trust.c. It says
 * what the reader may rest on.
 */
#include "policy/compare/cmp_state.h"

#include <string.h>

#include "tcbox/own.h"

/* control() - what tcbox's own act says of a layer: seen both times, once, or never */
static enum fnd_sight control(const struct cmp *c, bool first, bool last)
{
	/* a run that was cut off did not come to its second control */
	bool both = last || (c->run->state != RUN_COMPLETE && !c->ev->last_canary.planned);

	if (first && both)
		return FND_SIGHT_UP;
	return first || last ? FND_SIGHT_PART : FND_SIGHT_DOWN;
}

static bool finished(const struct cmp *c, enum ev_src src)
{
	return c->stats && c->stats->final[src];
}

/* lost() - did it say itself that it lost something, or was it said of it? */
static bool lost(const struct cmp *c, enum ev_src src, const char *part)
{
	for (size_t i = 0; i < c->ev->nlosses; i++) {
		const struct evd_loss *l = &c->ev->losses[i];

		if (l->src == src || (l->src == EV_SRC_RUN && l->what && !strcmp(l->what, part)))
			return true;
	}
	return false;
}

/* counted() - is one of these totals, which are to be zero, not zero? */
static bool counted(const struct cmp *c, enum ev_src src, const char *const *names)
{
	for (; *names; names++)
		if (evd_counter(c->ev, src, *names))
			return true;
	return false;
}

/* no_better() - @s, but in part if @not_whole */
static enum fnd_sight no_better(enum fnd_sight s, bool not_whole)
{
	return s == FND_SIGHT_UP && not_whole ? FND_SIGHT_PART : s;
}

static enum fnd_sight calls(const struct cmp *c)
{
	static const char *const zero[] = { "processes_unwatched", "calls_unread", NULL };
	enum fnd_sight s = control(c, c->ev->canary.calls, c->ev->last_canary.calls);

	return no_better(s, !finished(c, EV_SRC_BOX) || lost(c, EV_SRC_BOX, "supervisor") ||
			 counted(c, EV_SRC_BOX, zero));
}

static enum fnd_sight packets(const struct cmp *c)
{
	static const char *const net[] = { "packets_malformed", "packets_other", NULL };
	static const char *const capture[] = { "packets_dropped", "packets_ifdropped",
		"packets_unaccounted", "packets_undecoded", NULL };
	enum fnd_sight s = control(c, c->ev->canary.packets, c->ev->last_canary.packets);
	bool whole = finished(c, EV_SRC_NET) && finished(c, EV_SRC_CAPTURE);

	return no_better(s, !whole || lost(c, EV_SRC_NET, "decoder") ||
			 lost(c, EV_SRC_CAPTURE, "capture") || counted(c, EV_SRC_NET, net) ||
			 counted(c, EV_SRC_CAPTURE, capture));
}

static enum fnd_sight lab(const struct cmp *c)
{
	static const char *const zero[] = { "refused", "requests_unrecorded", NULL };
	enum fnd_sight s = control(c, c->ev->canary.lab, c->ev->last_canary.lab);

	if (c->run->net == RUN_NET_NONE)
		return FND_SIGHT_OFF;
	return no_better(s, !finished(c, EV_SRC_LAB) || lost(c, EV_SRC_LAB, "lab") ||
			 counted(c, EV_SRC_LAB, zero));
}

/* sockets() - without inet_diag of the kernel there was nothing to read */
static enum fnd_sight sockets(const struct cmp *c)
{
	if (!evd_counter(c->ev, EV_SRC_BOX, "ports_looks"))
		return FND_SIGHT_DOWN;
	return no_better(FND_SIGHT_UP, !finished(c, EV_SRC_BOX) ||
			 lost(c, EV_SRC_BOX, "supervisor"));
}

static enum fnd_sight process(const struct cmp *c)
{
	static const char *const zero[] = { "execs_unverified", NULL };

	return no_better(calls(c), counted(c, EV_SRC_BOX, zero));
}

static enum fnd_sight disk(const struct cmp *c)
{
	static const char *const zero[] = { "left_out", NULL };

	if (!finished(c, EV_SRC_DISK))
		return c->ev->nchanges ? FND_SIGHT_PART : FND_SIGHT_DOWN;
	return no_better(FND_SIGHT_UP, c->ev->changes_left_out || lost(c, EV_SRC_DISK, "disk") ||
			 counted(c, EV_SRC_DISK, zero));
}

void cmp_sights(struct cmp *c)
{
	enum fnd_sight *s = c->verdict.r->sights;

	s[FND_BY_CALLS] = calls(c);
	s[FND_BY_PACKETS] = packets(c);
	s[FND_BY_LAB] = lab(c);
	s[FND_BY_SOCKETS] = sockets(c);
	s[FND_BY_PROCESS] = process(c);
	s[FND_BY_DISK] = disk(c);
}
