/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_http.c - any bytes to the HTTP reader: however they are cut into pieces, the same requests
 * come out
 *
 * The first byte of the input is the length of the pieces.
 */
#include <string.h>

#include "lab/http.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* next() - one request. Return: bytes used */
static size_t next(struct http_req *r, const char *data, size_t len, size_t step)
{
	size_t used = 0;

	http_req_reset(r);
	while (used < len && r->state != HTTP_COMPLETE && r->state != HTTP_BAD) {
		size_t n = len - used < step ? len - used : step;
		size_t got = http_req_feed(r, data + used, n);

		TB_BUG_ON(!got || got > n);
		TB_BUG_ON(r->line.len >= HTTP_LINE_MAX);
		used += got;
	}
	return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t step = size ? data[0] : 1, used, other;
	const char *p = (const char *)data + 1;
	size_t len = size ? size - 1 : 0;
	struct http_req a, b;

	http_req_init(&a);
	http_req_init(&b);
	while (len) {
		used = next(&a, p, len, len);
		other = next(&b, p, len, step ? step : 1);
		TB_BUG_ON(a.state != b.state || a.status != b.status);
		if (a.state != HTTP_COMPLETE)
			break;
		TB_BUG_ON(used != other || a.keep_alive != b.keep_alive ||
			  a.expects_continue != b.expects_continue);
		TB_BUG_ON(strcmp(a.method, b.method) || strcmp(a.target, b.target) ||
			  memcmp(a.host, b.host, sizeof(a.host)));
		TB_BUG_ON(!a.method[0] || a.left);
		p += used;
		len -= used;
	}
	http_req_free(&a);
	http_req_free(&b);
	return 0;
}
