/* SPDX-License-Identifier: Apache-2.0 */
/*
 * planner.c - a plan in the making, and what the policy says of an act before it is done
 */
#include "try/planner.h"

#include <string.h>

#include "try/text.h"

struct try_act *planner_add(struct planner *pl, enum try_kind kind, const char *target)
{
	struct try_act *act = text_new(pl->out);

	if (!act) {
		pl->failed = true;
		return NULL;
	}
	act->kind = kind;
	planner_set(pl, &act->target, target);
	return act;
}

void planner_set(struct planner *pl, char **member, const char *value)
{
	if (!value)
		return;
	*member = strdup(value);
	pl->failed |= !*member;
}

void planner_for(struct planner *pl, struct try_act *act, const char *section, const char *rule)
{
	if (!act)
		return;
	planner_set(pl, &act->section, section);
	planner_set(pl, &act->rule, rule);
}

void planner_not(struct planner *pl, enum try_kind kind, const char *section, const char *rule,
		 const char *why)
{
	struct try_act *act = planner_add(pl, kind, NULL);

	if (!act)
		return;
	planner_for(pl, act, section, rule);
	planner_set(pl, &act->why, why);
}

bool planner_ours(const struct planner *pl, const char *process)
{
	return !process || pol_program_glob(process, pl->place->program);
}

static bool in_ranges(const struct pol_range *ranges, size_t n, uint16_t port)
{
	for (size_t i = 0; i < n; i++)
		if (port >= ranges[i].lo && port <= ranges[i].hi)
			return true;
	return n == 0;
}

static bool is_proto(const char *declared, const char *proto)
{
	if (!declared || !strcmp(declared, proto))
		return true;
	return !strcmp(declared, "icmp") && !strcmp(proto, "icmpv6");
}

/* in_net() - the first @prefix bits are the same */
static bool in_net(const struct pol_dest *d, const struct ev_addr *a)
{
	if (a->family != d->net.family)
		return false;
	for (unsigned int bit = 0; bit < d->prefix; bit++)
		if ((a->ip[bit / 8] ^ d->net.ip[bit / 8]) & (0x80 >> bit % 8))
			return false;
	return true;
}

static bool is_dest(const struct pol_dest *d, const struct wire *w)
{
	if (d->kind == POL_DEST_NET)
		return in_net(d, &w->addr);
	if (!w->name)
		return false;
	if (d->kind == POL_DEST_NAME)
		return strcmp(d->name, w->name) == 0;
	return pol_name_glob(d->name, w->name);
}

static bool goes_to(const struct pol_conn *rule, const struct wire *w)
{
	for (size_t i = 0; i < rule->nto; i++)
		if (is_dest(&rule->to[i], w))
			return true;
	return rule->nto == 0;
}

static bool agrees(const struct planner *pl, const struct pol_conn *rule, const struct wire *w)
{
	return planner_ours(pl, rule->process) && is_proto(rule->protocol, w->proto) &&
	       in_ranges(rule->ports, rule->nports, w->port) && goes_to(rule, w);
}

const struct pol_conn *planner_conn(const struct planner *pl, const struct wire *w)
{
	for (size_t i = 0; i < pl->p->nconns; i++)
		if (agrees(pl, &pl->p->conns[i], w))
			return &pl->p->conns[i];
	return NULL;
}

/* asks_for() - does the rule declare the request? */
static bool asks_for(const struct pol_conn *rule, const char *method, const char *path)
{
	bool fits = !rule->nmethods, leads = !rule->npaths;

	for (size_t i = 0; i < rule->nmethods; i++)
		fits |= !strcmp(rule->methods[i], method);
	for (size_t i = 0; i < rule->npaths; i++)
		leads |= pol_path_glob(rule->paths[i], path);
	return fits && leads;
}

bool planner_request(const struct planner *pl, const struct wire *w, const char *method,
		     const char *path)
{
	for (size_t i = 0; i < pl->p->nconns; i++)
		if (agrees(pl, &pl->p->conns[i], w) && asks_for(&pl->p->conns[i], method, path))
			return true;
	return false;
}

bool planner_said(const struct pol_conn *rule)
{
	return rule->tls_min || pol_has_requests(rule) ||
	       (rule->application && strcmp(rule->application, "http") != 0);
}

bool planner_name(const struct planner *pl, const char *name)
{
	const struct pol *p = pl->p;

	for (size_t i = 0; i < p->nnames; i++)
		if (pol_name_glob(p->names[i], name))
			return true;
	for (size_t i = 0; i < p->nconns; i++)
		for (size_t j = 0; j < p->conns[i].nto; j++)
			if (p->conns[i].to[j].kind != POL_DEST_NET &&
			    pol_name_glob(p->conns[i].to[j].name, name))
				return true;
	return false;
}

const struct pol_listen *planner_listen(const struct planner *pl, const char *proto, uint16_t port,
					bool loopback)
{
	for (size_t i = 0; i < pl->p->nlistens; i++) {
		const struct pol_listen *rule = &pl->p->listens[i];

		if (planner_ours(pl, rule->process) && is_proto(rule->protocol, proto) &&
		    in_ranges(rule->ports, rule->nports, port) &&
		    (loopback || rule->on == POL_ON_ANY))
			return rule;
	}
	return NULL;
}

const char *planner_write(const struct planner *pl, const char *path)
{
	for (size_t i = 0; i < pl->p->nwrite; i++)
		if (pol_file_glob(pl->p->write[i], path))
			return pl->p->write[i];
	return NULL;
}

const char *planner_execute(const struct planner *pl, const char *path)
{
	for (size_t i = 0; i < pl->p->nexecutes; i++)
		if (pol_program_glob(pl->p->executes[i], path))
			return pl->p->executes[i];
	return NULL;
}
