/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint.h - the address of a service as a URI
 */
#ifndef POLICY_EXCHANGE_ENDPOINT_H
#define POLICY_EXCHANGE_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "tcbox/buf.h"

struct endpoint {
	char host[256];			/* a name or an address, without brackets */
	const char *protocol;		/* of IP; NULL: its scheme is not known */
	const char *application;	/* NULL: any */
	uint16_t port;			/* 0: any */
	bool more;			/* a path, a query, a user: what is not in here */
};

/* endpoint_read() - Return: false if @uri names no host */
bool endpoint_read(const char *uri, struct endpoint *out);

/* A way to say an application in a URI. */
struct endpoint_scheme {
	const char *name, *protocol;
	uint16_t port;			/* that it says where the URI has none */
};

/* endpoint_scheme() - of an application. Return: false if it has none */
bool endpoint_scheme(const char *application, struct endpoint_scheme *out);

/* endpoint_write() - append a URI. Return: false if it does not say the application */
bool endpoint_write(struct tb_buf *out, const struct endpoint *e);

#endif
