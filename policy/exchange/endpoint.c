/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint.c - the address of a service as a URI (RFC 3986)
 */
#include "policy/exchange/endpoint.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tcbox/own.h"

/* The first row of an application is the one that is written. */
static const struct {
	const char *scheme, *protocol, *application;
	uint16_t port;
} schemes[] = {
	{ "https", "tcp", "tls", 443 },
	{ "http", "tcp", "http", 80 },
	{ "tcp", "tcp", NULL, 0 },
	{ "udp", "udp", NULL, 0 },
	{ "sctp", "sctp", NULL, 0 },
	{ "icmp", "icmp", NULL, 0 },
	{ "wss", "tcp", "tls", 443 },
	{ "ws", "tcp", NULL, 80 },
	{ "mqtt", "tcp", "mqtt", 1883 },
	{ "mqtts", "tcp", "tls", 8883 },
	{ "amqp", "tcp", "amqp", 5672 },
	{ "amqps", "tcp", "tls", 5671 },
	{ "ldap", "tcp", "ldap", 389 },
	{ "ldaps", "tcp", "tls", 636 },
	{ "ftp", "tcp", "ftp_control", 21 },
	{ "ssh", "tcp", "ssh", 22 },
	{ "sftp", "tcp", "ssh", 22 },
	{ "smtp", "tcp", "smtp", 25 },
	{ "dns", "udp", "dns", 53 },
	{ "ntp", "udp", "ntp", 123 },
	{ "coap", "udp", "coap", 5683 },
	{ "coaps", "udp", "dtls", 5684 },
	{ "redis", "tcp", "redis", 6379 },
	{ "mysql", "tcp", "mysql", 3306 },
	{ "postgresql", "tcp", "postgresql", 5432 },
	{ "mongodb", "tcp", "mongodb", 27017 },
	{ "nats", "tcp", "nats", 4222 },
};

/* scheme_of() - what the scheme says; one that is not known says nothing */
static void scheme_of(const char *uri, size_t len, struct endpoint *out)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(schemes); i++) {
		if (strlen(schemes[i].scheme) != len || strncasecmp(schemes[i].scheme, uri, len))
			continue;
		out->protocol = schemes[i].protocol;
		out->application = schemes[i].application;
		out->port = schemes[i].port;
	}
}

/* port_of() - the port behind a host. Return: false if it is none */
static bool port_of(const char *text, size_t len, struct endpoint *out)
{
	char digits[8] = "";
	char *end = NULL;
	unsigned long n;

	if (!len)
		return true;
	if (len >= sizeof(digits) || strspn(text, "0123456789") < len)
		return false;
	memcpy(digits, text, len);
	n = strtoul(digits, &end, 10);
	out->port = (uint16_t)n;
	return n && n <= UINT16_MAX;
}

bool endpoint_read(const char *uri, struct endpoint *out)
{
	const char *colon = strstr(uri, "://"), *host, *end, *at;
	size_t len;

	*out = (struct endpoint){ .port = 0 };
	if (!colon || strcspn(uri, ":/?#") != (size_t)(colon - uri))
		return false;
	scheme_of(uri, (size_t)(colon - uri), out);
	host = colon + 3;
	end = host + strcspn(host, "/?#");
	out->more = *end && strcmp(end, "/") != 0;
	at = memrchr(host, '@', (size_t)(end - host));
	out->more = out->more || at;
	host = at ? at + 1 : host;
	if (*host == '[') {
		len = strcspn(++host, "]");
		if (host + len >= end)
			return false;
		colon = host + len + 1;
	} else {
		len = strcspn(host, ":/?#");
		colon = host + len;
	}
	if (!len || len >= sizeof(out->host))
		return false;
	memcpy(out->host, host, len);
	if (colon == end)
		return true;
	return *colon == ':' && port_of(colon + 1, (size_t)(end - colon - 1), out);
}

/* row_of() - the scheme for an application and protocol, or for the protocol alone */
static size_t row_of(const struct endpoint *e)
{
	size_t plain = 0;

	for (size_t i = 0; i < TB_ARRAY_SIZE(schemes); i++) {
		if (strcmp(schemes[i].protocol, e->protocol) != 0)
			continue;
		if (e->application && schemes[i].application &&
		    !strcmp(e->application, schemes[i].application))
			return i;
		if (!schemes[i].application && !schemes[i].port)
			plain = i;
	}
	return plain;
}

bool endpoint_scheme(const char *application, struct endpoint_scheme *out)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(schemes); i++) {
		if (!schemes[i].application || strcmp(schemes[i].application, application) != 0)
			continue;
		*out = (struct endpoint_scheme){ schemes[i].scheme, schemes[i].protocol,
						 schemes[i].port };
		return true;
	}
	return false;
}

bool endpoint_write(struct tb_buf *out, const struct endpoint *e)
{
	size_t i = row_of(e);
	bool brackets = strchr(e->host, ':') != NULL;

	/* A scheme has its port: where any port is meant, it would say too much. */
	if (!e->port && schemes[i].port) {
		const struct endpoint plain = { .protocol = e->protocol };

		i = row_of(&plain);
	}
	tb_buf_addf(out, "%s://%s%s%s", schemes[i].scheme, brackets ? "[" : "", e->host,
		    brackets ? "]" : "");
	if (e->port && e->port != schemes[i].port)
		tb_buf_addf(out, ":%u", e->port);
	return !e->application || schemes[i].application;
}
