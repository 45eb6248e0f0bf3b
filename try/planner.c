/* SPDX-License-Identifier: Apache-2.0 */
/*
 * planner.c - a plan in the making, and what the policy says of an act before it is done
 */
#include "try/planner.h"

#include <string.h>
#include <sys/socket.h>

#include "try/text.h"

#define LAB_PREFIX 15	/* of 198.18.0.0/15 */

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

const char planner_depends[] = "whether a rule declares it depends on what the lab answers";

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

/* in_lab() - is the address that the lab gives a name in this network? tcbox/net.h says which it
 * gives; the helper asks for those of IPv4 */
static enum planner_stand in_lab(const struct pol_dest *d)
{
	static const struct ev_addr ours[] = {
		{ .family = AF_INET, .ip = { 198, 18 } }, { .family = AF_INET, .ip = { 198, 19 } },
	};
	if (d->net.family != AF_INET)
		return PLANNER_NO;
	if (in_net(d, &ours[0]) && in_net(d, &ours[1]))
		return PLANNER_YES;
	if (d->prefix < LAB_PREFIX)
		return PLANNER_NO;
	for (unsigned int bit = 0; bit < LAB_PREFIX; bit++)
		if ((ours[0].ip[bit / 8] ^ d->net.ip[bit / 8]) & (0x80 >> bit % 8))
			return PLANNER_NO;
	return PLANNER_MAYBE;
}

static enum planner_stand is_dest(const struct pol_dest *d, const struct wire *w)
{
	bool is;

	if (d->kind == POL_DEST_NET && w->name)
		return in_lab(d);
	if (d->kind == POL_DEST_NET)
		is = in_net(d, &w->addr);
	else if (!w->name)
		is = false;
	else if (d->kind == POL_DEST_NAME)
		is = strcmp(d->name, w->name) == 0;
	else
		is = pol_name_glob(d->name, w->name);
	return is ? PLANNER_YES : PLANNER_NO;
}

static enum planner_stand goes_to(const struct pol_conn *rule, const struct wire *w)
{
	enum planner_stand best = rule->nto ? PLANNER_NO : PLANNER_YES;

	for (size_t i = 0; i < rule->nto; i++) {
		enum planner_stand one = is_dest(&rule->to[i], w);

		best = one > best ? one : best;
	}
	return best;
}

bool planner_by_address(const struct pol_conn *rule, const struct wire *w)
{
	for (size_t i = 0; i < rule->nto; i++)
		if (rule->to[i].kind != POL_DEST_NET && is_dest(&rule->to[i], w))
			return false;
	return rule->nto && w->name;
}

static enum planner_stand agrees(const struct planner *pl, const struct pol_conn *rule,
				 const struct wire *w)
{
	if (!planner_ours(pl, rule->process) || !is_proto(rule->protocol, w->proto) ||
	    !in_ranges(rule->ports, rule->nports, w->port))
		return PLANNER_NO;
	return goes_to(rule, w);
}

const struct pol_conn *planner_conn(const struct planner *pl, const struct wire *w)
{
	for (size_t i = 0; i < pl->p->nconns; i++)
		if (agrees(pl, &pl->p->conns[i], w))
			return &pl->p->conns[i];
	return NULL;
}

/* has_host() - of the server that a request names: as a name, or as an address */
static enum planner_stand has_host(const struct pol_conn *rule, const struct wire *w)
{
	if (!rule->nhosts)
		return PLANNER_YES;
	if (!w->name)
		return PLANNER_MAYBE;
	for (size_t i = 0; i < rule->nhosts; i++)
		if (pol_name_glob(rule->hosts[i], w->name))
			return PLANNER_YES;
	return PLANNER_NO;
}

/* asks_for() - does the rule declare the request? */
static bool asks_for(const struct pol_conn *rule, const struct wanted *what)
{
	bool fits = !rule->nmethods, leads = !rule->npaths;

	for (size_t i = 0; i < rule->nmethods; i++)
		fits |= !strcmp(rule->methods[i], what->method);
	for (size_t i = 0; i < rule->npaths; i++)
		leads |= pol_path_glob(rule->paths[i], what->path);
	return fits && leads;
}

/* allows() - what is said in a conversation with which the rule agrees */
static enum planner_stand allows(const struct pol_conn *rule, const struct wire *w,
				 const struct wanted *what)
{
	if (rule->tls_min || (rule->application && strcmp(rule->application, "http") != 0))
		return PLANNER_NO;
	if (!pol_has_requests(rule))
		return PLANNER_YES;
	if (!what->method || !asks_for(rule, what))
		return PLANNER_NO;
	return has_host(rule, w);
}

enum planner_stand planner_stand(const struct planner *pl, const struct wire *w,
				 const struct wanted *what)
{
	enum planner_stand best = PLANNER_NO;

	for (size_t i = 0; i < pl->p->nconns; i++) {
		const struct pol_conn *rule = &pl->p->conns[i];
		enum planner_stand to = agrees(pl, rule, w), says = allows(rule, w, what);
		enum planner_stand both = to < says ? to : says;

		best = both > best ? both : best;
	}
	return best;
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
