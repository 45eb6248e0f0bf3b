/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.c - which addresses are the box's, the gate's or nobody's, and their names
 */
#include "evidence/state.h"

#include <arpa/inet.h>
#include <string.h>

#define DYNAMIC_LO 32768
#define DYNAMIC_HI 60999

bool evd_is_loopback(const struct ev_addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (a->family == AF_INET)
		return a->ip[0] == 127;
	return a->family == AF_INET6 && !memcmp(a->ip, one, sizeof(one));
}

bool evd_is_unspecified(const struct ev_addr *a)
{
	static const uint8_t zero[16];

	return !a->family || !memcmp(a->ip, zero, a->family == AF_INET ? 4 : 16);
}

/* add() - the addresses of a list. Return: false if one is none, or there are too many */
static bool add(struct evd_addrs *out, const char *const *texts)
{
	for (; *texts; texts++)
		if (out->n == EVD_NET_ADDRS || ev_addr_parse(*texts, &out->v[out->n++]) != 0)
			return false;
	return true;
}

bool evd_net_set(struct evd *e, const struct evd_net *net)
{
	return add(&e->own, net->own) && add(&e->resolver, net->resolver);
}

/* is_among() - whatever its port */
static bool is_among(const struct evd_addrs *list, const struct ev_addr *a)
{
	struct ev_addr bare = *a;

	bare.port = 0;
	for (size_t i = 0; i < list->n; i++)
		if (ev_addr_eq(&list->v[i], &bare))
			return true;
	return false;
}

bool evd_is_resolver(const struct evd *e, const struct ev_addr *a)
{
	return a->port == 53 && is_among(&e->resolver, a);
}

bool evd_stays(const struct evd *e, const struct ev_addr *a)
{
	return evd_is_loopback(a) || is_among(&e->own, a);
}

bool evd_is_lookup(const struct evd *e, const struct evd_flow *f)
{
	if (f->inbound || !evd_is_resolver(e, &f->remote))
		return false;
	return !strcmp(f->proto, "udp") || !strcmp(f->proto, "tcp");
}

const char *evd_said_name(const struct evd_flow *f)
{
	return f->nsaid ? f->said[0].name : NULL;
}

bool evd_says(const struct evd_flow *f, const char *name)
{
	for (size_t i = 0; i < f->nsaid; i++)
		if (f->said[i].name == name)
			return true;
	return false;
}

bool evd_has_name(const struct evd_names *names, const char *name)
{
	for (size_t i = 0; names && i < names->n; i++)
		if (names->v[i] == name)
			return true;
	return false;
}

const char *evd_host(const struct evd_flow *f)
{
	if (!f->names)
		return NULL;
	for (size_t i = 0; i < f->nsaid; i++)
		if (evd_has_name(f->names, f->said[i].name))
			return f->said[i].name;
	return f->names->v[0];
}

bool evd_is_dynamic(uint16_t port)
{
	return port >= DYNAMIC_LO && port <= DYNAMIC_HI;
}

bool evd_listens(const struct evd_call *call)
{
	if (call->canary || call->client)
		return false;
	if (call->op == EVD_LISTEN)
		return true;
	return call->op == EVD_BIND && !strcmp(call->proto, "udp") && call->local.port &&
	       !evd_is_dynamic(call->local.port);
}

bool evd_port_told(const struct evd_port *port)
{
	const struct evd_call *call = port->call;

	if (!call || !evd_listens(call) || call->local.port != port->local.port)
		return false;
	return evd_is_unspecified(&call->local) || ev_addr_eq(&call->local, &port->local);
}

const char *evd_addr_text(const struct ev_addr *a, char out[EV_ADDR_STRLEN])
{
	struct ev_addr bare = *a;

	bare.port = 0;
	ev_addr_format(&bare, out);
	return out;
}
