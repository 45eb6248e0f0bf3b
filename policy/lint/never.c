/* SPDX-License-Identifier: Apache-2.0 */
/*
 * never.c - rules that nothing agrees with, and those that change no verdict
 */
#include <string.h>

#include "policy/lint/state.h"
#include "tcbox/own.h"

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(word, words[i]))
			return true;
	return false;
}

#define IS_ONE_OF(word, words) is_one_of(word, words, TB_ARRAY_SIZE(words))

/* contradiction() - what of a rule never comes together; NULL: nothing */
static const char *contradiction(const struct pol_conn *c)
{
	static const char *const over_udp[] = { "quic", "http3", "dtls", "ntp", "dhcp", "dhcpv6",
						"tftp", "mdns", "ssdp", "llmnr" };
	static const char *const over_tcp[] = { "https", "http", "ssh", "smtp", "smtps", "imap",
						"imaps", "pops", "telnet", "ftp_control",
						"mysql", "postgresql", "redis", "websocket" };
	static const char *const no_tls[] = { "http", "ssh", "ntp", "telnet", "ftp_control",
					      "tftp", "icmp", "icmpv6" };
	static const char *const no_http[] = { "ssh", "ntp", "smtp", "smtps", "imap", "imaps",
					       "pops", "telnet", "ftp_control", "mysql",
					       "postgresql", "redis", "dns", "icmp", "tftp" };
	const char *proto = c->protocol ? c->protocol : "", *app = c->application;
	bool icmp = !strcmp(proto, "icmp"), without = icmp || !strncmp(proto, "ip-", 3);

	if (pol_has_requests(c) && (without || (app && IS_ONE_OF(app, no_http))))
		return "this carries no HTTP";
	if (c->tls_min && without)
		return "a protocol without ports carries no TLS";
	if (!app)
		return NULL;
	if (c->tls_min && IS_ONE_OF(app, no_tls))
		return "this application has no TLS";
	if (c->protocol && !icmp && (!strcmp(app, "icmp") || !strcmp(app, "icmpv6")))
		return "ICMP is a protocol of its own";
	if (!strcmp(proto, "tcp") && IS_ONE_OF(app, over_udp))
		return "this application is carried by UDP";
	if ((!strcmp(proto, "udp") || without) && IS_ONE_OF(app, over_tcp))
		return "this application is carried by TCP";
	return NULL;
}

/* is_group() - addresses of many, to which no connection can be made */
static bool is_group(const struct pol_dest *d)
{
	if (d->kind != POL_DEST_NET)
		return false;
	return d->net.family == AF_INET ? d->prefix >= 4 && (d->net.ip[0] & 0xf0) == 0xe0 :
		d->prefix >= 8 && d->net.ip[0] == 0xff;
}

static void lint_conn(struct lint *l, const struct pol_conn *c)
{
	const char *why = contradiction(c);
	size_t groups = 0;

	for (size_t i = 0; i < c->nto; i++)
		groups += is_group(&c->to[i]);
	if (!why && groups && groups == c->nto && c->protocol && !strcmp(c->protocol, "tcp"))
		why = "there are no TCP connections with multicast groups";
	if (why)
		lint_add(l, LINT_NEVER, c->at, "no conversation agrees with \"%s\": %s", c->id,
			 why);
}

/* has_teeth() - does the rule say something that can be broken? */
static bool has_teeth(const struct pol_conn *c)
{
	return c->required || c->application || c->tls_min || pol_has_requests(c) ||
	       pol_has_limits(c);
}

/* ignored() - the first entry of a section whose undeclared acts are ignored */
static void ignored(struct lint *l, const char *section, struct pol_at at)
{
	lint_add(l, LINT_NO_EFFECT, at,
		 "what \"%s\" declares changes no verdict, because \"undeclared\" ignores what "
		 "it does not", section);
}

static void lint_effect(struct lint *l)
{
	const struct pol *p = l->p;

	for (size_t i = 0; p->on_conn == POL_IGNORE && i < p->nconns; i++) {
		if (has_teeth(&p->conns[i]))
			continue;
		ignored(l, "connections", p->conns[i].at);
		break;
	}
	for (size_t i = 0; p->on_listen == POL_IGNORE && i < p->nlistens; i++) {
		if (p->listens[i].required)
			continue;
		ignored(l, "listens", p->listens[i].at);
		break;
	}
	if (p->on_name == POL_IGNORE && p->nnames)
		ignored(l, "names", p->names_at[0]);
	if (p->on_exec == POL_IGNORE && p->nexecutes)
		ignored(l, "executes", p->executes_at[0]);
	if (p->on_file == POL_IGNORE && p->nwrite)
		ignored(l, "files.write", p->write_at[0]);
}

void lint_never(struct lint *l)
{
	for (size_t i = 0; i < l->p->nconns; i++)
		lint_conn(l, &l->p->conns[i]);
	lint_effect(l);
}
