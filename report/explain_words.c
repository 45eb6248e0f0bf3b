/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_words.c - the parts of a rule as a person says them
 */
#include "report/explain.h"

#include <inttypes.h>
#include <string.h>

#include "report/amounts.h"
#include "tcbox/own.h"

/* list() - what stands before the element @i of @n: "a, b and c" */
static void list(struct tb_buf *b, size_t i, size_t n)
{
	if (i)
		tb_buf_adds(b, i + 1 == n ? " and " : ", ");
}

void explain_name(struct tb_buf *b, const char *name)
{
	if (!strcmp(name, "*"))
		tb_buf_adds(b, "every name");
	else if (!strncmp(name, "*.", 2) && !strchr(name + 2, '*'))
		tb_buf_addf(b, "every name below %s", name + 2);
	else
		tb_buf_adds(b, name);
}

static void net(struct tb_buf *b, const struct pol_dest *d)
{
	bool whole = d->prefix == (d->net.family == AF_INET ? 32u : 128u);
	char addr[EV_ADDR_STRLEN];

	ev_addr_format(&d->net, addr);
	if (!d->prefix)
		tb_buf_addf(b, "every %s address", d->net.family == AF_INET ? "IPv4" : "IPv6");
	else if (whole)
		tb_buf_adds(b, addr);
	else
		tb_buf_addf(b, "the network %s/%u", addr, d->prefix);
}

void explain_where(struct tb_buf *b, const struct pol_conn *c)
{
	if (!c->nto)
		tb_buf_adds(b, "any destination");
	for (size_t i = 0; i < c->nto; i++) {
		list(b, i, c->nto);
		if (c->to[i].kind == POL_DEST_NET)
			net(b, &c->to[i]);
		else
			explain_name(b, c->to[i].name);
	}
}

/* protocol() - as people write it */
static void protocol(struct tb_buf *b, const char *word)
{
	static const char *const words[][2] = {
		{ "tcp", "TCP" },   { "udp", "UDP" },	{ "icmp", "ICMP (ping)" },
		{ "sctp", "SCTP" }, { "dccp", "DCCP" }, { "udplite", "UDP-Lite" },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(words); i++) {
		if (strcmp(word, words[i][0]) != 0)
			continue;
		tb_buf_adds(b, words[i][1]);
		return;
	}
	tb_buf_addf(b, "IP protocol %s", word + 3);	/* "ip-47" */
}

void explain_ports(struct tb_buf *b, const char *word, const struct pol_range *v, size_t n)
{
	if (word)
		protocol(b, word);
	else
		tb_buf_adds(b, n ? "any protocol," : "any protocol");
	if (n)
		tb_buf_adds(b, n == 1 && v->lo == v->hi ? " port " : " ports ");
	for (size_t i = 0; i < n; i++) {
		list(b, i, n);
		tb_buf_addf(b, "%u", v[i].lo);
		if (v[i].hi != v[i].lo)
			tb_buf_addf(b, " to %u", v[i].hi);
	}
}

/* explain_requests() - ", only GET and HEAD requests of /a and /b at c.example" */
static void explain_requests(struct tb_buf *b, const struct pol_conn *c)
{
	tb_buf_adds(b, ", only ");
	for (size_t i = 0; i < c->nmethods; i++) {
		list(b, i, c->nmethods);
		tb_buf_adds(b, c->methods[i]);
	}
	tb_buf_adds(b, c->nmethods ? " requests" : "requests");
	if (c->npaths)
		tb_buf_adds(b, " of ");
	for (size_t i = 0; i < c->npaths; i++) {
		list(b, i, c->npaths);
		tb_buf_adds(b, c->paths[i]);
	}
	if (c->nhosts)
		tb_buf_adds(b, " at ");
	for (size_t i = 0; i < c->nhosts; i++) {
		list(b, i, c->nhosts);
		tb_buf_adds(b, c->hosts[i]);
	}
}

void explain_how(struct tb_buf *b, const struct pol_conn *c)
{
	explain_ports(b, c->protocol, c->ports, c->nports);
	if (c->application && !strcmp(c->application, "unknown"))
		tb_buf_adds(b, ", in a protocol that is not recognised");
	else if (c->application)
		tb_buf_addf(b, ", %s", c->application);
	if (c->tls_min)
		tb_buf_addf(b, ", TLS %s or newer", c->tls_min);
	if (pol_has_requests(c))
		explain_requests(b, c);
	for (size_t i = 0; i < c->ndata; i++) {
		tb_buf_adds(b, i ? ", " : "; data: ");
		tb_buf_adds(b, c->data[i]);
	}
	for (size_t i = 0; i < c->nphases; i++) {
		tb_buf_adds(b, i ? ", " : "; only in the phase ");
		tb_buf_adds(b, c->phases[i]);
	}
	if (c->until)
		tb_buf_addf(b, "; until %s", c->until);
}

enum { CONNECTIONS, REQUESTS, OUT, IN, LIMITS };

/* add_limit() - @n of one kind, in words */
static void add_limit(struct tb_buf *b, unsigned int kind, uint64_t n)
{
	if (kind == CONNECTIONS)
		amount_count(b, n, "connection", "connections");
	else if (kind == REQUESTS)
		amount_count(b, n, "request", "requests");
	else
		amount_bytes(b, n);
	if (kind == OUT)
		tb_buf_adds(b, " sent");
	if (kind == IN)
		tb_buf_adds(b, " received");
}

/* quota() - @behind: what the limits are of, " in a run". @any: something was said before */
static void quota(struct tb_buf *b, bool *any, const struct pol_quota *q, const char *behind)
{
	const uint64_t all[LIMITS] = {
		[CONNECTIONS] = q->connections, [REQUESTS] = q->requests, [OUT] = q->bytes_out,
		[IN] = q->bytes_in,
	};
	size_t n = 0, told = 0;

	for (size_t i = 0; i < LIMITS; i++)
		n += all[i] != 0;
	for (unsigned int i = 0; i < LIMITS; i++) {
		if (!all[i])
			continue;
		if (!told)
			tb_buf_adds(b, *any ? ", " : "at most ");
		else
			tb_buf_adds(b, told + 1 == n ? " and " : ", ");
		add_limit(b, i, all[i]);
		told++;
		*any = true;
	}
	if (n)
		tb_buf_adds(b, behind);
}

void explain_limits(struct tb_buf *b, const struct pol_conn *c)
{
	bool any = false;

	quota(b, &any, &c->run, " in a run");
	quota(b, &any, &c->each_connection, " in each connection");
	quota(b, &any, &c->each_destination, " with each destination");
	for (size_t i = 0; i < c->nrates; i++) {
		const struct pol_quota q = {
			.connections = c->rates[i].connections, .requests = c->rates[i].requests,
		};

		quota(b, &any, &q, " in any ");
		tb_buf_adds(b, c->rates[i].every.text);
	}
}

/* directory() - Return: how long the directory is of which @glob means all that is below; 0: it
 * means something else */
static size_t directory(const char *glob)
{
	size_t len = strlen(glob);

	if (len < 4 || strcmp(glob + len - 3, "/**") || strcspn(glob, "*?[\\") != len - 2)
		return 0;
	return len - 3;
}

void explain_path(struct tb_buf *b, const char *glob)
{
	size_t len = directory(glob);

	if (!strcmp(glob, "**") || !strcmp(glob, "/**"))
		tb_buf_adds(b, "everything");
	else if (len)
		tb_buf_addf(b, "everything below %.*s", (int)len, glob);
	else
		tb_buf_adds(b, glob);
}
