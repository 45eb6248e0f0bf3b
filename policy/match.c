/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match.c - one rule against one flow, dimension by dimension; nearest rules
 *
 * This is the meaning of a rule. match_index.c only finds the rules that are worth asking.
 */
#include "policy/match.h"

#include <string.h>
#include <strings.h>

#include "tcbox/app_words.h"
#include "tcbox/own.h"

#define NEAR 3			/* of five dimensions must agree before a rule is worth naming as
				 * near */

/* What else a declared application may be called by nDPI 4.2. The first word is the declared
 * one. */
static const char *const also[][6] = {
	{ "tls", "https", "doh_dot", "smtps", "imaps", "pops" },
	{ "https", "tls" },
	{ "http", "http_connect", "http_proxy", "websocket", "ocsp" },
	{ "quic", "http3" },
	{ "http3", "quic" },
	{ "dot", "doh_dot" },
	{ "doh", "doh_dot" },
	{ "icmp", "icmpv6" },
	{ "ftp_control", "ftp" },	/* as the lab calls it, where nDPI does not know it */
};

static bool is_app(const char *word, const struct match_flow *f)
{
	return tb_app_is(f->app, f->app_detail, word);
}

static bool unrecognised(const struct match_flow *f)
{
	return !tb_app_known(f->app);
}

bool match_application(const char *declared, const struct match_flow *f)
{
	if (!declared || !f->bytes || is_app(declared, f))
		return true;
	if (unrecognised(f))
		return !strcasecmp(declared, "unknown");
	for (size_t i = 0; i < TB_ARRAY_SIZE(also); i++)
		for (size_t j = 1; !strcasecmp(declared, also[i][0]) &&
		     j < TB_ARRAY_SIZE(also[i]) && also[i][j]; j++)
			if (is_app(also[i][j], f))
				return true;
	return false;
}

/* tls_number() - the last digit of "1.2"; -1 for what is no version of TLS, as "ssl3": older than
 * all of them */
static int tls_number(const char *version)
{
	bool known = version[0] == '1' && version[1] == '.' && version[2] >= '0' &&
		     version[2] <= '9' && !version[3];

	return known ? version[2] : -1;
}

/* is_over_tls() - a protocol that begins with TLS. SSH and tunnels are encrypted, too, and have
 * none */
static bool is_over_tls(const struct match_flow *f)
{
	static const char *const words[] = { "tls", "https", "quic", "http3", "dtls", "doh_dot",
					     "doh", "dot", "smtps", "imaps", "pops", "ftps" };

	for (size_t i = 0; i < TB_ARRAY_SIZE(words); i++)
		if (is_app(words[i], f))
			return true;
	return false;
}

/*
 * tls_ok() - without any TLS to be seen, a flow that carried data in some other protocol breaks the
 * rule, and an empty one does not
 */
static bool tls_ok(const char *min, const struct match_flow *f)
{
	if (!min)
		return true;
	if (f->tls_version)
		return tls_number(f->tls_version) >= tls_number(min);
	return is_over_tls(f) || f->bytes == 0;
}

static bool proto_ok(const char *declared, const char *proto)
{
	if (!declared || !strcmp(declared, proto))
		return true;
	return !strcmp(declared, "icmp") && !strcmp(proto, "icmpv6");
}

static bool port_ok(const struct pol_conn *rule, uint16_t port)
{
	for (size_t i = 0; i < rule->nports; i++)
		if (port >= rule->ports[i].lo && port <= rule->ports[i].hi)
			return true;
	return !rule->nports;
}

static bool in_net(const struct pol_dest *d, const struct ev_addr *a)
{
	unsigned int whole = d->prefix / 8, rest = d->prefix % 8;

	if (a->family != d->net.family || memcmp(a->ip, d->net.ip, whole))
		return false;
	return !rest || !((a->ip[whole] ^ d->net.ip[whole]) >> (8 - rest));
}

static bool host_ok(const struct pol_conn *rule, const struct match_flow *f, bool *by_address)
{
	bool ok = !rule->nto;

	*by_address = false;
	for (size_t i = 0; i < rule->nto; i++) {
		const struct pol_dest *d = &rule->to[i];

		if (d->kind == POL_DEST_NET) {
			if (f->remote && in_net(d, f->remote))
				ok = *by_address = true;
			continue;
		}
		for (size_t n = 0; n < f->nnames && !ok; n++)
			ok = d->kind == POL_DEST_NAME ? !strcmp(d->name, f->names[n]) :
				pol_name_glob(d->name, f->names[n]);
	}
	return ok;
}

bool match_process(const char *glob, const char *exe, const char *const aliases[MATCH_ALIASES])
{
	bool ok = !glob || (exe && pol_program_glob(glob, exe));

	for (size_t i = 0; !ok && exe && i < MATCH_ALIASES && aliases[i]; i++)
		ok = pol_program_glob(glob, aliases[i]);
	return ok;
}

void match_rule(const struct pol_conn *rule, const struct match_flow *f, struct match_parts *out)
{
	out->process = match_process(rule->process, f->exe, f->aliases);
	out->host = host_ok(rule, f, &out->by_address);
	out->protocol = proto_ok(rule->protocol, f->proto);
	out->port = port_ok(rule, f->remote ? f->remote->port : 0);
	out->application = match_application(rule->application, f);
	out->tls = tls_ok(rule->tls_min, f);
}

enum match_level match_level(const struct match_parts *p)
{
	if (!p->process || !p->host || !p->protocol || !p->port)
		return MATCH_NONE;
	if (!p->application)
		return MATCH_APPLICATION;
	return p->tls ? MATCH_FULL : MATCH_TLS;
}

/*
 * weight() - how near a rule is: dimensions in agreement first, then how telling they are
 *
 * 0: not near. That both are TCP, or TLS, says nothing; host, port or process must agree.
 */
static unsigned int weight(const struct pol_conn *rule, const struct match_parts *p)
{
	unsigned int agree =
		(unsigned int)p->host + p->port + p->process + p->application + p->protocol;
	unsigned int telling = 0;

	if (rule->nto && p->host)
		telling += 16;
	if (rule->nports && p->port)
		telling += 8;
	if (rule->process && p->process)
		telling += 4;
	if (rule->application && p->application)
		telling += 2;
	if (rule->protocol && p->protocol)
		telling += 1;

	return telling >= 4 && agree >= NEAR ? agree * 32 + telling : 0;
}

static bool has_port(const struct pol_listen *rule, uint16_t port)
{
	for (size_t i = 0; i < rule->nports; i++)
		if (port >= rule->ports[i].lo && port <= rule->ports[i].hi)
			return true;
	return !rule->nports;
}

bool match_listen(const struct pol_listen *rule, const struct match_listener *who,
		  struct match_listen_parts *out)
{
	*out = (struct match_listen_parts){
		.process = match_process(rule->process, who->exe, who->aliases),
		.protocol = !rule->protocol || !strcmp(rule->protocol, who->proto),
		.port = has_port(rule, who->port),
		.on = rule->on != POL_ON_LOOPBACK || who->loopback,
	};
	return out->process && out->protocol && out->port && out->on;
}

long match_nearest(const struct pol *p, const struct match_flow *f)
{
	unsigned int best = 0, w;
	struct match_parts parts;
	long nearest = -1;

	for (size_t i = 0; i < p->nconns; i++) {
		match_rule(&p->conns[i], f, &parts);
		w = weight(&p->conns[i], &parts);
		if (w > best) {
			best = w;
			nearest = (long)i;
		}
	}
	return nearest;
}
