/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.c - the rules of connections and listens of one policy, asked of the other
 */
#include "policy/diff/state.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "policy/match.h"
#include "tcbox/own.h"

#define PORTS_MAX 64
#define TRIES_MAX 20000		/* of one rule */
#define ANY_PROGRAM "/any-one"

/* What a rule leaves open is tried with these. */
static const char *const protocols[] = { "tcp", "udp", "icmp", "sctp" };
static const char *const apps[] = { "tls", "http", "unknown" };
static const char *const versions[] = { "1.0", "1.1", "1.2", "1.3" };

/* An act while it is made up. */
struct probe {
	struct match_flow flow;
	struct ev_addr remote;
	const char *name;		/* NULL: an address */
	const struct pol_conn *rule;
	unsigned int tries;
};

struct ports {
	uint16_t v[PORTS_MAX];
	size_t n;
};

static void add_port(struct ports *p, const struct pol_range *ranges, size_t n, unsigned int port)
{
	bool in = !n;

	for (size_t i = 0; i < n; i++)
		in |= port >= ranges[i].lo && port <= ranges[i].hi;
	if (in && port && port <= UINT16_MAX && p->n < PORTS_MAX)
		p->v[p->n++] = (uint16_t)port;
}

/* edges() - ports of @ranges where something may change: their ends, and those of the other's */
static void edges(struct ports *out, const struct pol_range *ranges, size_t n,
		  const struct pol_range *others, size_t nothers)
{
	for (size_t i = 0; i < n; i++) {
		add_port(out, ranges, n, ranges[i].lo);
		add_port(out, ranges, n, ranges[i].hi);
	}
	if (!n)
		add_port(out, ranges, n, 64999);
	for (size_t i = 0; i < nothers; i++) {
		add_port(out, ranges, n, others[i].lo);
		add_port(out, ranges, n, others[i].lo - 1u);
		add_port(out, ranges, n, others[i].hi + 1u);
	}
}

static bool allows(struct match_index *index, const struct match_flow *f)
{
	struct match found;

	return match_find(index, f, &found) && found.level == MATCH_FULL;
}

static void add_act(const struct probe *p, struct tb_buf *out)
{
	char addr[INET6_ADDRSTRLEN] = "";

	tb_buf_addf(out, "%s ", p->flow.proto);
	if (p->name)
		tb_buf_adds(out, p->name);
	else if (inet_ntop(p->remote.family, p->remote.ip, addr, sizeof(addr)))
		tb_buf_adds(out, addr);
	if (p->remote.port && strcmp(p->flow.proto, "icmp") != 0)
		tb_buf_addf(out, " port %u", p->remote.port);
	if (p->flow.app)
		tb_buf_addf(out, ", %s", p->flow.app);
	if (p->flow.tls_version)
		tb_buf_addf(out, " %s", p->flow.tls_version);
	tb_buf_addf(out, ", by %s", strcmp(p->flow.exe, ANY_PROGRAM) ? p->flow.exe : "any program");
}

/* tried() - is this act the rule's, and not the other policy's? Then it is told */
static bool tried(struct diff *d, struct probe *p)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct match_parts parts;

	p->tries++;
	p->flow.remote = &p->remote;
	p->flow.names = p->name ? &p->name : NULL;
	p->flow.nnames = p->name != NULL;
	p->flow.bytes = p->flow.app ? 1 : 0;
	match_rule(p->rule, &p->flow, &parts);
	if (match_level(&parts) != MATCH_FULL || allows(d->rules, &p->flow))
		return false;
	add_act(p, &text);
	diff_tell(d, "connections", p->rule->id, &text);
	return true;
}

/* with_version() - as far as it is TLS */
static bool with_version(struct diff *d, struct probe *p)
{
	bool tls = p->flow.app && !strcmp(p->flow.app, "tls");

	for (size_t v = 0; v < (tls ? TB_ARRAY_SIZE(versions) : 1); v++) {
		p->flow.tls_version = tls ? versions[v] : NULL;
		if (tried(d, p))
			return true;
	}
	return false;
}

/* with_app() - the application of the rule; if it has none, nothing that is said, and each one */
static bool with_app(struct diff *d, struct probe *p)
{
	p->flow.app = p->rule->application;
	if (with_version(d, p))
		return true;
	for (size_t i = 0; i < TB_ARRAY_SIZE(apps) && !p->rule->application; i++) {
		p->flow.app = apps[i];
		if (p->tries < TRIES_MAX && with_version(d, p))
			return true;
	}
	return false;
}

static bool with_port(struct diff *d, struct probe *p)
{
	struct ports ports = { .n = 0 };

	if (!strcmp(p->flow.proto, "icmp")) {
		p->remote.port = 0;
		p->flow.app = p->flow.tls_version = NULL;
		return tried(d, p);
	}
	edges(&ports, p->rule->ports, p->rule->nports, NULL, 0);
	for (size_t i = 0; i < d->other->nconns; i++)
		edges(&ports, p->rule->ports, p->rule->nports, d->other->conns[i].ports,
		      d->other->conns[i].nports);
	for (size_t i = 0; i < ports.n && p->tries < TRIES_MAX; i++) {
		p->remote.port = ports.v[i];
		if (with_app(d, p))
			return true;
	}
	return false;
}

static bool with_proto(struct diff *d, struct probe *p)
{
	for (size_t i = 0; i <= TB_ARRAY_SIZE(protocols); i++) {
		const char *proto = i ? protocols[i - 1] : p->rule->protocol;

		if (!proto || (i && p->rule->protocol))
			continue;
		p->flow.proto = proto;
		if (with_port(d, p))
			return true;
	}
	return false;
}

static const struct ev_addr anywhere = { .family = AF_INET, .ip = { 203, 0, 113, 77 } };

/* last_of() - the last address of a network */
static struct ev_addr last_of(const struct pol_dest *dest)
{
	struct ev_addr a = dest->net;
	unsigned int bits = a.family == AF_INET ? 32 : 128;

	for (unsigned int i = dest->prefix; i < bits; i++)
		a.ip[i / 8] |= (uint8_t)(0x80 >> i % 8);
	return a;
}

/* with_dest() - @dest: NULL: any */
static bool with_dest(struct diff *d, struct probe *p, const struct pol_dest *dest)
{
	struct tb_buf samples[DIFF_SAMPLES] = { TB_BUF_INIT, TB_BUF_INIT };
	bool found = false;
	size_t n;

	p->name = NULL;
	p->remote = anywhere;
	if (dest && dest->kind == POL_DEST_NET) {
		p->remote = dest->net;
		found = with_proto(d, p);
		p->remote = last_of(dest);
		return found || with_proto(d, p);
	}
	if (!dest && with_proto(d, p))
		return true;
	n = diff_name_samples(dest ? dest->name : "*", samples);
	for (size_t i = 0; i < n && !found; i++) {
		p->name = samples[i].data;
		found = with_proto(d, p);
	}
	for (size_t i = 0; i < DIFF_SAMPLES; i++) {
		d->failed |= samples[i].failed;
		tb_buf_free(&samples[i]);
	}
	return found;
}

/* conn() - one rule */
static void conn(struct diff *d, const struct pol_conn *rule)
{
	struct tb_buf exe[DIFF_SAMPLES] = { TB_BUF_INIT, TB_BUF_INIT };
	size_t n = rule->process ? diff_path_samples(rule->process, exe) : 1;
	bool found = false;

	for (size_t i = 0; i < n && !found; i++) {
		struct probe p = { .rule = rule };

		p.flow.exe = rule->process ? exe[i].data : ANY_PROGRAM;
		if (!rule->nto)
			found = with_dest(d, &p, NULL);
		for (size_t k = 0; k < rule->nto && !found; k++)
			found = with_dest(d, &p, &rule->to[k]);
	}
	for (size_t i = 0; i < DIFF_SAMPLES; i++) {
		d->failed |= exe[i].failed;
		tb_buf_free(&exe[i]);
	}
}

void diff_conns(struct diff *d)
{
	d->rules = match_index_conns(d->other);
	d->failed |= !d->rules;
	for (size_t i = 0; i < d->has->nconns && !d->failed; i++)
		conn(d, &d->has->conns[i]);
	match_index_free(d->rules);
	d->rules = NULL;
}

static bool allows_listen(const struct pol *p, const struct match_listener *who)
{
	struct match_listen_parts parts;

	for (size_t i = 0; i < p->nlistens; i++)
		if (match_listen(&p->listens[i], who, &parts))
			return true;
	return false;
}

/* listen_as() - one rule, by one program. Return: whether it is told */
static bool listen_as(struct diff *d, const struct pol_listen *rule, const char *exe)
{
	struct ports ports = { .n = 0 };

	edges(&ports, rule->ports, rule->nports, NULL, 0);
	for (size_t i = 0; i < d->other->nlistens; i++)
		edges(&ports, rule->ports, rule->nports, d->other->listens[i].ports,
		      d->other->listens[i].nports);
	for (size_t i = 0; i < ports.n * 2; i++) {
		const struct match_listener who = {
			.proto = rule->protocol ? rule->protocol : protocols[i % 2],
			.port = ports.v[i / 2], .exe = exe, .loopback = rule->on != POL_ON_ANY,
		};
		TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

		if (allows_listen(d->other, &who))
			continue;
		tb_buf_addf(&text, "%s port %u of %s, by %s", who.proto, who.port,
			    rule->on == POL_ON_ANY ? "any address" : "loopback",
			    strcmp(exe, ANY_PROGRAM) ? exe : "any program");
		diff_tell(d, "listens", rule->id, &text);
		return true;
	}
	return false;
}

void diff_listens(struct diff *d)
{
	for (size_t i = 0; i < d->has->nlistens && !d->failed; i++) {
		const struct pol_listen *rule = &d->has->listens[i];
		struct tb_buf exe[DIFF_SAMPLES] = { TB_BUF_INIT, TB_BUF_INIT };
		size_t n = rule->process ? diff_path_samples(rule->process, exe) : 1, k = 0;

		while (k < n && !listen_as(d, rule, rule->process ? exe[k].data : ANY_PROGRAM))
			k++;
		for (k = 0; k < DIFF_SAMPLES; k++) {
			d->failed |= exe[k].failed;
			tb_buf_free(&exe[k]);
		}
	}
}
