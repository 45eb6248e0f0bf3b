/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.c - one act for each kind of behaviour that the policy does not declare
 *
 * Names, addresses and ports are of a kind that means nobody: .invalid (RFC 2606), the networks
 * for documentation (RFC 5737, RFC 3849), the multicast groups of an organisation (RFC 2365).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcbox/own.h"
#include "try/planner.h"

#define FIRST_PORT 20001	/* the kernel hands out none of those that are tried, ip(7) */
#define PORTS 64

const char *const try_files[] = { "changed", "attributes", "renamed", "removed", NULL };

/* Programs that do nothing, and are on every machine. */
static const char *const programs[] = { "/usr/bin/true", "/usr/bin/id",
	"/usr/bin/uname", "/usr/bin/nproc", "/usr/bin/arch", "/usr/bin/tty" };

/* Calls that do nothing when all their arguments are -1. */
static const char *const calls[] = { "times", "getpriority", "sched_getscheduler", "getitimer",
	"sched_get_priority_max", "sched_get_priority_min", "timer_gettime", "mincore",
	"mq_getsetattr", "sync_file_range", "readahead", "modify_ldt", "userfaultfd", "add_key" };

/* Calls that are refused in every box, and do nothing with such arguments where they are not. */
static const char *const dangerous[] = { "io_uring_setup", "bpf", "perf_event_open",
	"kexec_load" };

/* free_port() - that no rule declares for this. Return: false: @rule declares all of them */
static bool free_port(const struct planner *pl, struct wire *w, const struct pol_conn **rule)
{
	for (uint16_t i = 0; i < PORTS; i++) {
		w->port = (uint16_t)(FIRST_PORT + i);
		*rule = planner_conn(pl, w);
		if (!*rule)
			return true;
	}
	return false;
}

/* declared_by() - nothing of this kind is undeclared */
static void declared_by(struct planner *pl, enum try_kind kind, const char *what, const char *rule)
{
	TB_AUTOBUF struct tb_buf why = TB_BUF_INIT;

	tb_buf_addf(&why, "%s declares everything of this kind: %s", what, rule);
	planner_not(pl, kind, NULL, NULL, why.failed ? "everything is declared" : why.data);
}

/* named_by_address() - the name's address is declared, or may be */
static void named_by_address(struct planner *pl, enum try_kind kind, const char *rule)
{
	TB_AUTOBUF struct tb_buf why = TB_BUF_INIT;

	tb_buf_addf(&why, "the policy declares addresses of the lab, and the name would get one: "
		    "the rule %s", rule);
	planner_not(pl, kind, NULL, NULL, why.failed ? "its address is declared" : why.data);
}

/* A conversation with somebody whom nobody knows. */
struct talk {
	enum try_kind kind;
	const char *proto;
	const char *to;		/* a name, or an address */
	bool ports;		/* the protocol has ports */
};

static void talk(struct planner *pl, const struct talk *t)
{
	struct wire w = { .proto = t->proto };
	const struct pol_conn *rule = NULL;
	struct try_act *act;
	bool undeclared;

	if (ev_addr_parse(t->to, &w.addr))
		w.name = t->to;
	if (t->ports)
		undeclared = free_port(pl, &w, &rule);
	else
		undeclared = !(rule = planner_conn(pl, &w));
	if (!undeclared && planner_by_address(rule, &w)) {
		named_by_address(pl, t->kind, rule->id);
		return;
	}
	if (!undeclared) {
		declared_by(pl, t->kind, "the rule", rule->id);
		return;
	}
	act = planner_add(pl, t->kind, t->to);
	if (!act)
		return;
	act->port = w.port;
	if (t->kind == TRY_CONNECT || t->kind == TRY_CONNECT6)
		planner_set(pl, &act->second, t->to);
}

static void network(struct planner *pl)
{
	static const struct talk talks[] = {
		{ TRY_CONNECT, "tcp", "contact.tcbox-try.invalid", true },
		{ TRY_CONNECT, "tcp", "192.0.2.71", true },
		{ TRY_CONNECT6, "tcp", "2001:db8:7::71", true },
		{ TRY_DATAGRAM, "udp", "192.0.2.72", true },
		{ TRY_DATAGRAM, "udp", "2001:db8:7::72", true },
		{ TRY_ECHO, "icmp", "192.0.2.73", false },
		{ TRY_ECHO6, "icmpv6", "2001:db8:7::73", false },
		{ TRY_GROUP, "udp", "239.255.7.74", true },
		{ TRY_JOIN, "ip-2", "239.255.7.75", false },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(talks); i++)
		talk(pl, &talks[i]);
}

static void lookups(struct planner *pl)
{
	static const char name[] = "lookup.tcbox-try.invalid";
	struct wire w = { .proto = "udp", .port = 53 };
	const struct pol_conn *rule;
	struct try_act *act;

	if (planner_name(pl, name))
		planner_not(pl, TRY_LOOKUP, NULL, NULL, "a pattern declares every name");
	else
		(void)planner_add(pl, TRY_LOOKUP, name);
	(void)ev_addr_parse("192.0.2.53", &w.addr);
	rule = planner_conn(pl, &w);
	if (rule) {
		declared_by(pl, TRY_RESOLVER, "the rule", rule->id);
		return;
	}
	act = planner_add(pl, TRY_RESOLVER, "resolver.tcbox-try.invalid");
	if (act)
		planner_set(pl, &act->second, "192.0.2.53");
}

static void wait_at(struct planner *pl, enum try_kind kind, const char *addr, uint16_t first)
{
	const char *proto = kind == TRY_WAIT ? "udp" : "tcp";
	const struct pol_listen *rule = NULL;
	struct try_act *act;
	uint16_t i;

	for (i = 0; i < PORTS; i++) {
		rule = planner_listen(pl, proto, (uint16_t)(first + i), false);
		if (!rule)
			break;
	}
	if (rule) {
		declared_by(pl, kind, "the rule", rule->id);
		return;
	}
	act = planner_add(pl, kind, addr);
	if (act)
		act->port = (uint16_t)(first + i);
}

static void listeners(struct planner *pl)
{
	/* apart from each other: the names of ports are what tells them apart */
	wait_at(pl, TRY_LISTEN, "0.0.0.0", FIRST_PORT + 100);
	wait_at(pl, TRY_LISTEN6, "::", FIRST_PORT + 200);
	wait_at(pl, TRY_WAIT, "0.0.0.0", FIRST_PORT + 300);
}

static void execution(struct planner *pl)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(programs); i++) {
		TB_AUTOFREE char *real = realpath(programs[i], NULL);

		/* a rule may mean where a link leads */
		if (!real || access(real, X_OK) || planner_execute(pl, programs[i]) ||
		    planner_execute(pl, real))
			continue;
		(void)planner_add(pl, TRY_EXEC, programs[i]);
		return;
	}
	planner_not(pl, TRY_EXEC, NULL, NULL,
		    "all harmless programs of this machine are declared");
}

static void file(struct planner *pl, enum try_kind kind, const char *name, const char *second)
{
	TB_AUTOBUF struct tb_buf path = TB_BUF_INIT, new = TB_BUF_INIT;
	const char *pattern;
	struct try_act *act;

	tb_buf_addf(&path, "%s/%s", pl->place->dir, name);
	if (second)
		tb_buf_addf(&new, "%s/%s", pl->place->dir, second);
	if (path.failed || new.failed) {
		pl->failed = true;
		return;
	}
	pattern = planner_write(pl, path.data);
	if (pattern) {
		declared_by(pl, kind, "files.write", pattern);
		return;
	}
	act = planner_add(pl, kind, path.data);
	if (act)
		planner_set(pl, &act->second, new.data);
}

static void files(struct planner *pl)
{
	file(pl, TRY_CREATE, "created", NULL);
	file(pl, TRY_MKDIR, "directory", NULL);
	file(pl, TRY_CHANGE, "changed", NULL);
	file(pl, TRY_ATTRIBUTES, "attributes", NULL);
	file(pl, TRY_RENAME, "renamed", "renamed-to");
	file(pl, TRY_LINK, "linked", "changed");
	file(pl, TRY_REMOVE, "removed", NULL);
}

/* call_that() - the first of these calls that the policy has so. Return: NULL: there is none */
static const char *call_that(const struct pol *p, enum pol_sys is, const char *const *names,
			     size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int nr = tb_syscall_number(names[i]);

		if (nr >= 0 && p->sys[nr] == is)
			return names[i];
	}
	return NULL;
}

static void system_calls(struct planner *pl)
{
	const struct pol *p = pl->p;
	const char *name = NULL, *danger = NULL;

	if (p->has_syscalls)
		name = call_that(p, POL_SYS_UNDECLARED, calls, TB_ARRAY_SIZE(calls));
	if (name)
		(void)planner_add(pl, TRY_CALL, name);
	else if (p->has_syscalls)
		planner_not(pl, TRY_CALL, NULL, NULL, "all harmless calls are declared");
	else
		planner_not(pl, TRY_CALL, NULL, NULL,
			    "the policy has no \"syscalls\": they are not compared");
	if (p->has_syscalls)
		danger = call_that(p, POL_SYS_UNDECLARED, dangerous, TB_ARRAY_SIZE(dangerous));
	else
		danger = dangerous[0];
	if (danger)
		(void)planner_add(pl, TRY_DANGEROUS, danger);
	else
		planner_not(pl, TRY_DANGEROUS, NULL, NULL, "the policy names all of them");
}

int try_plan(const struct pol *p, const struct try_place *place, struct try_acts *out,
	     struct tb_err *err)
{
	struct planner pl = { .p = p, .place = place, .out = out };

	memset(out, 0, sizeof(*out));
	listeners(&pl);		/* the longer they are open, the better */
	network(&pl);
	lookups(&pl);
	execution(&pl);
	files(&pl);
	system_calls(&pl);
	planner_rules(&pl);
	if (!pl.failed)
		return 0;
	try_clear(out);
	return tb_err_set(err, ENOMEM, "plan the acts");
}
