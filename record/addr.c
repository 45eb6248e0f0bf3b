/* SPDX-License-Identifier: Apache-2.0 */
/*
 * addr.c - addresses of events as text and back
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/event.h"

void ev_addr_format(const struct ev_addr *a, char out[EV_ADDR_STRLEN])
{
	char ip[INET6_ADDRSTRLEN];

	out[0] = '\0';
	if ((a->family != AF_INET && a->family != AF_INET6) ||
	    !inet_ntop(a->family, a->ip, ip, sizeof(ip)))
		return;
	if (!a->port)
		(void)snprintf(out, EV_ADDR_STRLEN, "%s", ip);
	else
		(void)snprintf(out, EV_ADDR_STRLEN, a->family == AF_INET6 ? "[%s]:%u" : "%s:%u", ip,
			       a->port);
}

static int parse_port(const char *s, uint16_t *port)
{
	unsigned long v;
	char *end;

	if (s[0] < '1' || s[0] > '9')		/* no sign, no blank, no leading 0; port 0 is not
						 * written */
		return -EINVAL;
	v = strtoul(s, &end, 10);
	if (*end || v > 65535)
		return -EINVAL;
	*port = (uint16_t)v;
	return 0;
}

int ev_addr_parse(const char *s, struct ev_addr *a)
{
	char ip[INET6_ADDRSTRLEN + 2];
	const char *colon = strrchr(s, ':');
	struct ev_addr r = { 0 };
	size_t len = strlen(s);
	const char *from = s;

	if (s[0] == '[') {			/* [v6]:port */
		if (!colon || colon == s || colon[-1] != ']')
			return -EINVAL;
		from = s + 1;
		len = (size_t)(colon - s) - 2;
	} else if (colon && strchr(s, ':') == colon) {	/* v4:port: the only colon */
		len = (size_t)(colon - s);
	} else {
		colon = NULL;
	}
	if (len >= sizeof(ip))
		return -EINVAL;
	memcpy(ip, from, len);
	ip[len] = '\0';
	r.family = strchr(ip, ':') ? AF_INET6 : AF_INET;
	if (r.family == AF_INET && from != s)
		return -EINVAL;
	if (inet_pton(r.family, ip, r.ip) != 1)
		return -EINVAL;
	if (colon && parse_port(colon + 1, &r.port))
		return -EINVAL;
	*a = r;
	return 0;
}

struct ev_addr ev_addr_plain(const struct ev_addr *a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };
	struct ev_addr r = *a;

	if (a->family == AF_INET6 && !memcmp(a->ip, prefix, sizeof(prefix))) {
		r.family = AF_INET;
		memcpy(r.ip, a->ip + 12, 4);
	}
	if (r.family == AF_INET)
		memset(r.ip + 4, 0, sizeof(r.ip) - 4);
	return r;
}

bool ev_addr_eq(const struct ev_addr *a, const struct ev_addr *b)
{
	struct ev_addr x = ev_addr_plain(a), y = ev_addr_plain(b);
	size_t len = 0;

	if (x.family == AF_INET6)
		len = 16;
	else if (x.family == AF_INET)
		len = 4;
	return x.family == y.family && x.port == y.port && !memcmp(x.ip, y.ip, len);
}
