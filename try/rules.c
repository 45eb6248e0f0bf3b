/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.c - acts for the rules of a policy: what a rule allows, and what lies just beside it
 *
 * What a rule allows must be no finding, and its neighbour must be one. Programs of the vendor are
 * not started: only such as do nothing.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tcbox/own.h"
#include "try/planner.h"

#define OWN_LABEL "tcbox-try"

/* full() - no room for another rule */
static bool full(struct planner *pl)
{
	if (pl->out->n + 3 <= TRY_ACTS)
		return false;
	pl->left_out++;
	return true;
}

/* concrete() - a name that the pattern matches. Return: NULL without memory, or if this one does
 * not match */
static char *concrete(const char *glob)
{
	TB_AUTOBUF struct tb_buf name = TB_BUF_INIT;

	for (; *glob; glob++) {
		if (*glob == '*')
			tb_buf_adds(&name, OWN_LABEL);
		else
			tb_buf_addc(&name, *glob);
	}
	return tb_buf_take(&name);
}

/* network_part() - an address of the network that is no network's own. Return: its text */
static char *network_part(const struct pol_dest *d)
{
	char text[EV_ADDR_STRLEN];
	struct ev_addr a = d->net;
	size_t last = a.family == AF_INET ? 3 : 15;

	a.port = 0;
	if (d->prefix < (last + 1) * 8)
		a.ip[last] |= 1;
	ev_addr_format(&a, text);
	return strdup(text);
}

/* stays() - its packets would not leave the box */
static bool stays(const struct ev_addr *a)
{
	static const uint8_t none[15];

	if (a->family == AF_INET)
		return a->ip[0] == 127 || a->ip[0] == 0;
	return a->family == AF_INET6 && !memcmp(a->ip, none, sizeof(none)) && a->ip[15] <= 1;
}

static char *destination(const struct pol_conn *rule)
{
	if (!rule->nto)
		return strdup("192.0.2.77");
	if (rule->to[0].kind == POL_DEST_NET)
		return network_part(&rule->to[0]);
	return concrete(rule->to[0].name);
}

/* kind_of() - how to talk like that. Return: false: no act does */
static bool kind_of(const struct pol_conn *rule, const struct ev_addr *a, enum try_kind *kind)
{
	const char *proto = rule->protocol ? rule->protocol : "tcp";

	if (!strcmp(proto, "tcp"))
		*kind = a->family == AF_INET6 ? TRY_CONNECT6 : TRY_CONNECT;
	else if (!strcmp(proto, "udp"))
		*kind = TRY_DATAGRAM;
	else if (!strcmp(proto, "icmp") || !strcmp(proto, "icmpv6"))
		*kind = a->family == AF_INET6 ? TRY_ECHO6 : TRY_ECHO;
	else
		return false;
	return true;
}

/* why_not() - why a rule does not declare the act that is made for it */
static const char *why_not(const struct planner *pl, const struct pol_conn *rule)
{
	if (!planner_ours(pl, rule->process))
		return "who does it is another program than the rule's: it has to be a finding";
	return "it is not what the rule declares to be said: it has to be a finding";
}

/* conn_act() - Return: NULL if there is none */
static struct try_act *conn_act(struct planner *pl, const struct pol_conn *rule, enum try_kind kind,
				const struct wire *w, const char *to)
{
	static const struct wanted plain = { "GET", "/" }, nothing = { NULL, NULL };
	bool asks = kind == TRY_CONNECT || kind == TRY_CONNECT6;
	enum planner_stand stand = planner_stand(pl, w, asks ? &plain : &nothing);
	struct try_act *act;

	if (stand == PLANNER_MAYBE) {
		planner_not(pl, kind, "connections", rule->id, planner_depends);
		return NULL;
	}
	act = planner_add(pl, kind, to);
	if (!act)
		return NULL;
	planner_for(pl, act, "connections", rule->id);
	if (asks)
		planner_set(pl, &act->second, to);
	act->port = w->port;
	act->declared = stand == PLANNER_YES;
	return act;
}

/* conn_beside() - the same destination at another port, if no rule declares that */
static void conn_beside(struct planner *pl, const struct pol_conn *rule, enum try_kind kind,
			struct wire w, const char *to)
{
	for (uint16_t i = 1; rule->nports && i < 64; i++) {
		w.port = (uint16_t)(rule->ports[0].hi + i);
		if (!w.port || w.port == 53 || planner_conn(pl, &w))
			continue;
		(void)conn_act(pl, rule, kind, &w, to);
		return;
	}
}

/* asks_plainly() - it declares requests, and nothing that a plain one is not */
static bool asks_plainly(const struct pol_conn *rule)
{
	return (rule->nmethods || rule->npaths) && !rule->tls_min &&
	       (!rule->protocol || !strcmp(rule->protocol, "tcp")) &&
	       (!rule->application || !strcmp(rule->application, "http"));
}

static void conn(struct planner *pl, const struct pol_conn *rule)
{
	TB_AUTOFREE char *to = destination(rule);
	struct wire w = { .port = rule->nports ? rule->ports[0].lo : 443 };
	struct try_act *act;
	enum try_kind kind;

	if (!to) {
		pl->failed = true;
		return;
	}
	if (ev_addr_parse(to, &w.addr))
		w.name = to;
	if (!kind_of(rule, &w.addr, &kind)) {
		planner_not(pl, TRY_CONNECT, "connections", rule->id,
			    "no act speaks this protocol");
		return;
	}
	if (stays(&w.addr) || w.port == 53) {
		planner_not(pl, kind, "connections", rule->id,
			    "it is with the box itself, or with a name server");
		return;
	}
	w.proto = rule->protocol ? rule->protocol : "tcp";
	if (kind == TRY_ECHO || kind == TRY_ECHO6)
		w.port = 0;
	if (w.port && asks_plainly(rule) && planner_ours(pl, rule->process)) {
		planner_requests(pl, rule, kind, &w, to);
	} else {
		act = conn_act(pl, rule, kind, &w, to);
		if (act && !act->declared)
			planner_set(pl, &act->why, why_not(pl, rule));
	}
	if (w.port)
		conn_beside(pl, rule, kind, w, to);
}

static void name_act(struct planner *pl, const char *pattern, const char *name)
{
	struct try_act *act = planner_add(pl, TRY_LOOKUP, name);

	if (!act)
		return;
	planner_for(pl, act, "names", pattern);
	act->declared = planner_name(pl, name);
}

/* beside_name() - of a pattern the name below which it is, of a name one below it */
static void name_beside(struct planner *pl, const char *pattern)
{
	TB_AUTOBUF struct tb_buf name = TB_BUF_INIT;

	if (!strncmp(pattern, "*.", 2))
		tb_buf_adds(&name, pattern + 2);
	else
		tb_buf_addf(&name, OWN_LABEL "-beside.%s", pattern);
	if (name.failed)
		pl->failed = true;
	else if (!strchr(name.data, '*') && name.len < 250 && !planner_name(pl, name.data))
		name_act(pl, pattern, name.data);
}

static void name(struct planner *pl, const char *pattern)
{
	TB_AUTOFREE char *own = concrete(pattern);

	if (!own) {
		pl->failed = true;
		return;
	}
	if (!planner_name(pl, own) || strchr(own, '\\') || !strcmp(own, "."))
		planner_not(pl, TRY_LOOKUP, "names", pattern, "no plain name is meant by it");
	else
		name_act(pl, pattern, own);
	name_beside(pl, pattern);
}

static void listen_act(struct planner *pl, const struct pol_listen *rule, uint16_t port,
		       bool loopback)
{
	bool udp = rule->protocol && !strcmp(rule->protocol, "udp");
	struct try_act *act = planner_add(pl, udp ? TRY_WAIT : TRY_LISTEN,
					  loopback ? "127.0.0.1" : "0.0.0.0");

	if (!act)
		return;
	planner_for(pl, act, "listens", rule->id);
	act->port = port;
	act->declared = planner_listen(pl, udp ? "udp" : "tcp", port, loopback);
}

static void listener(struct planner *pl, const struct pol_listen *rule)
{
	const char *proto = rule->protocol ? rule->protocol : "tcp";
	bool loopback = rule->on == POL_ON_LOOPBACK;

	if (!rule->nports || !rule->ports[0].lo) {
		planner_not(pl, TRY_LISTEN, "listens", rule->id, "it names no port");
		return;
	}
	listen_act(pl, rule, rule->ports[0].lo, loopback);
	for (uint16_t i = 1; i < 64; i++) {
		uint16_t port = (uint16_t)(rule->ports[0].hi + i);

		if (!port || planner_listen(pl, proto, port, loopback))
			continue;
		listen_act(pl, rule, port, loopback);
		return;
	}
}

static void program(struct planner *pl, const char *pattern)
{
	static const char *const harmless[] = { "/usr/bin/true", "/usr/bin/false", "/usr/bin/id",
		"/usr/bin/uname", "/usr/bin/arch" };
	struct try_act *act;

	for (size_t i = 0; i < TB_ARRAY_SIZE(harmless); i++) {
		if (!pol_program_glob(pattern, harmless[i]) || access(harmless[i], X_OK))
			continue;
		act = planner_add(pl, TRY_EXEC, harmless[i]);
		if (!act)
			return;
		planner_for(pl, act, "executes", pattern);
		act->declared = true;
		return;
	}
	planner_not(pl, TRY_EXEC, "executes", pattern,
		    "no program that does nothing is meant by it, and others are not started");
}

static void written(struct planner *pl, const char *pattern)
{
	TB_AUTOBUF struct tb_buf path = TB_BUF_INIT;
	TB_AUTOFREE char *place = NULL;
	struct try_act *act;
	bool exact;

	place = pol_path_place(pattern, &exact);
	if (!place) {
		pl->failed = true;
		return;
	}
	tb_buf_adds(&path, place);
	if (!exact)
		tb_buf_adds(&path, "/" OWN_LABEL);
	if (path.failed) {
		pl->failed = true;
		return;
	}
	if (!planner_write(pl, path.data) || !strncmp(place, "/dev", 4) ||
	    !strncmp(place, "/proc", 5) || !strncmp(place, "/sys", 4)) {
		planner_not(pl, TRY_CREATE, "files.write", pattern,
			    "no plain file is meant by it");
		return;
	}
	act = planner_add(pl, TRY_CREATE, path.data);
	if (!act)
		return;
	planner_for(pl, act, "files.write", pattern);
	act->declared = true;
}

/* denied() - calls that the policy denies by name, but for those that a helper cannot survive or
 * does without being asked */
static void denied(struct planner *pl)
{
	static const char *const not_ours[] = { "exit", "exit_group", "rt_sigreturn", "pause",
		"fork", "vfork", "clone", "clone3", "execve", "execveat", "write", "read", "close",
		"restart_syscall", "brk", "mmap", "munmap", "wait4", "waitid", "sync" };

	for (int nr = 0; pl->p->has_syscalls && nr < TB_SYSCALL_MAX; nr++) {
		const char *call = tb_syscall_name(nr);
		bool skip = !call || pl->p->sys[nr] != POL_SYS_DENIED;
		struct try_act *act;

		for (size_t i = 0; !skip && i < TB_ARRAY_SIZE(not_ours); i++)
			skip = !strcmp(not_ours[i], call);
		if (skip || full(pl))
			continue;
		act = planner_add(pl, TRY_DENIED, call);
		planner_for(pl, act, "syscalls.deny", call);
	}
}

/* tell_rest() - how many rules there was no room for */
static void tell_rest(struct planner *pl)
{
	char why[64];

	if (!pl->left_out)
		return;
	(void)snprintf(why, sizeof(why), "%zu rules more than are tried", pl->left_out);
	planner_not(pl, TRY_CONNECT, "rules", "others", why);
}

void planner_rules(struct planner *pl)
{
	const struct pol *p = pl->p;

	for (size_t i = 0; i < p->nconns; i++)
		if (!full(pl))
			conn(pl, &p->conns[i]);
	for (size_t i = 0; i < p->nnames; i++)
		if (!full(pl))
			name(pl, p->names[i]);
	for (size_t i = 0; i < p->nlistens; i++)
		if (!full(pl))
			listener(pl, &p->listens[i]);
	for (size_t i = 0; i < p->nexecutes; i++)
		if (!full(pl))
			program(pl, p->executes[i]);
	for (size_t i = 0; i < p->nwrite; i++)
		if (!full(pl))
			written(pl, p->write[i]);
	denied(pl);
	tell_rest(pl);
}
