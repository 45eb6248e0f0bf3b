/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_head.h - the head of an HTTP/1.x request, where nDPI does not read it
 */
#ifndef CAPTURE_HTTP_HEAD_H
#define CAPTURE_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum http_head_state {
	HTTP_HEAD_NONE,		/* no request begins so */
	HTTP_HEAD_MAYBE,	/* one may, there is too little to tell */
	HTTP_HEAD_MORE,		/* one does, and its head goes on */
	HTTP_HEAD_WHOLE,
	HTTP_HEAD_ODD,		/* a lenient server may read one here, or behind it: blanks before
				 * it, a line for a proxy, other versions */
};

struct http_head {
	char host[256];		/* of CONNECT, of an absolute URI, or Host; lower case, without
				 * port; empty: none */
	char request[256];	/* "GET /path", cut */
	bool others;		/* it says more names than this one, or a longer one, also in
				 * headers other than Host */
};

/**
 * http_head_read() - read the beginning of a stream
 *
 * Any token is a method: nDPI 4.2 knows ten of them. @out is set for HTTP_HEAD_WHOLE only.
 */
enum http_head_state http_head_read(struct http_head *out, const uint8_t *data, size_t len);

#endif
