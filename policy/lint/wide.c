/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wide.c - rules that declare much more than one product needs
 *
 * Which suffixes are public, such as co.uk and github.io, below which everybody can have names, is
 * in the list that libpsl has built in.
 */
#include <libpsl.h>
#include <string.h>

#include "policy/lint/state.h"
#include "tcbox/own.h"

#define WIDE_4 8	/* prefix lengths from which on a network is that of one owner */
#define WIDE_6 32	/* what one provider gets: RFC 7020 registries */
#define PORTS 65535u

static bool is_any(const struct pol_dest *d)
{
	return d->kind == POL_DEST_NET ? !d->prefix : !strcmp(d->name, "*");
}

/* public_suffix() - of a glob: what stands right of the last label with a star, if everybody can
 * have names below it; NULL: it is somebody's */
static const char *public_suffix(const char *glob)
{
	const char *star = strrchr(glob, '*'), *dot = star ? strchr(star, '.') : NULL;

	if (!dot)
		return NULL;
	if (psl_is_public_suffix2(psl_builtin(), dot + 1, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE))
		return dot + 1;
	return NULL;
}

static void lint_name(struct lint *l, const char *name, struct pol_at at)
{
	const char *suffix = public_suffix(name);

	if (suffix)
		lint_add(l, LINT_PUBLIC_SUFFIX, at,
			 "\"%.256s\" declares names of everybody: \"%.256s\" is a public suffix, "
			 "below which anyone can have one",
			 name, suffix);
}

/* is_local() - networks of the site itself: RFC 1122, RFC 1918, RFC 4193, RFC 4291. Those that are
 * no wider than WIDE_4 or WIDE_6 */
static bool is_local(const struct pol_dest *d)
{
	const uint8_t *ip = d->net.ip;

	if (d->net.family == AF_INET)
		return d->prefix >= 8 && (ip[0] == 10 || ip[0] == 127);
	if (d->prefix >= 7 && (ip[0] & 0xfe) == 0xfc)
		return true;
	return d->prefix >= 10 && ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80;
}

static void lint_net(struct lint *l, const struct pol_dest *d)
{
	unsigned int wide = d->net.family == AF_INET ? WIDE_4 : WIDE_6;

	if (d->prefix && d->prefix <= wide && !is_local(d))
		lint_add(l, LINT_WIDE_NETWORK, d->at,
			 "a network with the prefix /%u is that of many owners", d->prefix);
}

static void lint_to(struct lint *l, const struct pol_conn *c)
{
	if (!c->nto)
		lint_add(l, LINT_ANY_DESTINATION, c->at,
			 "\"%s\" declares every destination: it has no \"to\"", c->id);
	for (size_t i = 0; i < c->nto; i++) {
		const struct pol_dest *d = &c->to[i];

		if (is_any(d))
			lint_add(l, LINT_ANY_DESTINATION, d->at,
				 "\"%s\" declares every destination with this", c->id);
		else if (d->kind == POL_DEST_NET)
			lint_net(l, d);
		else
			lint_name(l, d->name, d->at);
	}
}

/* has_ports() - may what a rule says have ports at all? */
static bool has_ports(const char *protocol, const char *application)
{
	static const char *const without[] = { "icmp", "icmpv6", "igmp", "gre", "ospf", "vrrp" };

	if (protocol && (!strcmp(protocol, "icmp") || !strncmp(protocol, "ip-", 3)))
		return false;
	for (size_t i = 0; application && i < TB_ARRAY_SIZE(without); i++)
		if (!strcmp(application, without[i]))
			return false;
	return true;
}

static void lint_ports(struct lint *l, const char *id, struct pol_at at, const struct pol_range *v,
		       size_t n)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < n && sum < PORTS; i++)
		sum += 1u + v[i].hi - v[i].lo;
	if (!n)
		lint_add(l, LINT_ANY_PORT, at, "\"%s\" declares every port: it has no \"ports\"",
			 id);
	else if (sum >= PORTS)
		lint_add(l, LINT_ANY_PORT, at, "\"%s\" declares every port", id);
}

/* is_all() - a pattern of nothing but stars and slashes, that crosses directories */
static bool is_all(const char *s)
{
	return s[strspn(s, "*/")] == '\0' && strstr(s, "**");
}

static void lint_paths(struct lint *l, const char *what, char *const *v, const struct pol_at *at,
		       size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_all(v[i]))
			lint_add(l, LINT_ANY_PATH, at[i], "\"%.64s\" declares every %s", v[i],
				 what);
}

void lint_wide(struct lint *l)
{
	const struct pol *p = l->p;

	for (size_t i = 0; i < p->nconns; i++) {
		const struct pol_conn *c = &p->conns[i];

		lint_to(l, c);
		if (has_ports(c->protocol, c->application))
			lint_ports(l, c->id, c->at, c->ports, c->nports);
	}
	for (size_t i = 0; i < p->nlistens; i++)
		if (has_ports(p->listens[i].protocol, NULL))
			lint_ports(l, p->listens[i].id, p->listens[i].at, p->listens[i].ports,
				   p->listens[i].nports);
	for (size_t i = 0; i < p->nnames; i++) {
		if (!strcmp(p->names[i], "*"))
			lint_add(l, LINT_ANY_DESTINATION, p->names_at[i],
				 "\"*\" declares lookups of every name");
		lint_name(l, p->names[i], p->names_at[i]);
	}
	lint_paths(l, "program", p->executes, p->executes_at, p->nexecutes);
	lint_paths(l, "file", p->write, p->write_at, p->nwrite);
}
