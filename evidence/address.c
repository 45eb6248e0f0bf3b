/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.c - which addresses are the box's, the gate's or nobody's, and their names
 */
#include "tcbox/evidence.h"

#include <arpa/inet.h>
#include <string.h>

#include "tcbox/net.h"

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

/* is_text() - is this the address written in @ip4 or @ip6? */
static bool is_text(const struct ev_addr *a, const char *ip4, const char *ip6)
{
	uint8_t ip[16];

	if (a->family == AF_INET)
		return inet_pton(AF_INET, ip4, ip) == 1 && !memcmp(a->ip, ip, 4);
	return a->family == AF_INET6 && inet_pton(AF_INET6, ip6, ip) == 1 && !memcmp(a->ip, ip, 16);
}

bool evd_is_resolver(const struct ev_addr *a)
{
	return a->port == 53 && is_text(a, TB_GATE_IP4, TB_GATE_IP6);
}

bool evd_is_own(const struct ev_addr *a)
{
	return is_text(a, TB_BOX_IP4, TB_BOX_IP6);
}

bool evd_is_lookup(const struct evd_flow *f)
{
	if (f->inbound || !evd_is_resolver(&f->remote))
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

const char *evd_addr_text(const struct ev_addr *a, char out[EV_ADDR_STRLEN])
{
	struct ev_addr bare = *a;

	bare.port = 0;
	ev_addr_format(&bare, out);
	return out;
}
