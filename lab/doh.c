/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doh.c - DNS queries over HTTPS: in the query of a GET, in the body of a POST (RFC 8484, 4.1)
 */
#include "lab/doh.h"

#include <string.h>

#include "lab/conn.h"

static int digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789-_";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)(p - digits) : -1;
}

size_t doh_decode(const char *text, size_t len, uint8_t *out, size_t size)
{
	uint32_t bits = 0;
	size_t n = 0;

	if (len % 4 == 1 || len / 4 * 3 + 2 > size)
		return 0;
	for (size_t i = 0; i < len; i++) {
		int d = digit(text[i]);

		if (d < 0)
			return 0;
		bits = bits << 6 | (uint32_t)d;
		if (i % 4) /* the digit completes a byte */
			out[n++] = (uint8_t)(bits >> (6 - i % 4 * 2));
	}
	return n;
}

/* find_query() - Return: the bytes of the message; 0: there is none */
static size_t find_query(const struct http_req *r, const char *path, uint8_t out[HTTP_KEPT])
{
	const char *query = strchr(path, '?'), *text;

	if (!strcmp(r->method, "POST") && r->keeps && r->nkept == r->body) {
		memcpy(out, r->kept, r->nkept);
		return r->nkept;
	}
	if (strcmp(r->method, "GET") != 0 || !query)
		return 0;
	text = strstr(query, "dns=");
	if (!text || (text[-1] != '?' && text[-1] != '&'))
		return 0;
	text += 4;
	return doh_decode(text, strcspn(text, "&#"), out, HTTP_KEPT);
}

bool doh_find(struct conn *c, const char *path, struct content *out)
{
	uint8_t query[HTTP_KEPT];
	const struct dns_query q = {
		.data = query,
		.len = find_query(c->http, path, query),
		.client = &c->client,
		.server = &c->server,
		.proto = "tcp",
	};
	struct dns_reply reply;

	if (!q.len)
		return false;
	lab_lookup(c->lab, &q, &reply);
	if (!reply.len)
		return false;
	*out = (struct content){ .status = 200, .type = "application/dns-message", .headers = "" };
	tb_buf_add(&out->body, reply.data, reply.len);
	return true;
}
