/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - reads one HTTP/1.x request after the other out of a byte stream
 *
 * Keeps the parts that the answer needs and forgets the rest as it passes, so that a request of
 * any size takes a few kilobytes of memory, and what is to be kept of its body.
 */
#ifndef LAB_HTTP_H
#define LAB_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab/body.h"
#include "tcbox/buf.h"

#define HTTP_HEAD_MAX 65536	/* request line and headers */
#define HTTP_LINE_MAX 8192	/* request line: longer is refused; header: what is longer is cut */
#define HTTP_NAME_LEN 256
#define HTTP_KEPT 1024		/* of the body of a lookup by HTTP (RFC 8484) */
#define HTTP_NAMES 6		/* of the server that one request may ask for; kept of them */

enum http_state {
	HTTP_REQUEST_LINE,
	HTTP_HEADERS,
	HTTP_BODY,		/* as many bytes as Content-Length said */
	HTTP_CHUNK_SIZE,
	HTTP_CHUNK_DATA,
	HTTP_CHUNK_END,
	HTTP_TRAILERS,
	HTTP_COMPLETE,		/* the next byte belongs to the next request */
	HTTP_BAD,		/* status says why */
};

struct http_req {
	enum http_state state;
	int status;		/* HTTP_BAD: the answer's status, or 0: this is not HTTP at all */
	struct tb_buf line;	/* the line that is being read */
	bool line_cut;
	unsigned int empty;	/* lines before it */
	size_t head_len;	/* bytes of request line, headers and trailers so far */
	uint64_t left;		/* of the body or the chunk */
	uint64_t body;		/* bytes of the body so far */
	struct body sent;	/* the same: what they are */
	char method[24];
	char target[HTTP_LINE_MAX];
	/* Whom it asks for, each once, lower case and without port: the authority of an absolute
	 * URI, then each Host, then those in other headers that proxies and servers go by. The
	 * first is the one that counts, RFC 9112, 3.2.2. */
	char host[HTTP_NAMES][HTTP_NAME_LEN];
	unsigned int hosts;
	unsigned int own_hosts;	/* of these, without those of other headers */
	bool host_cut;		/* one was longer, and ends in "..." */
	bool hosts_cut;		/* there were more, or one that readers differ in */
	bool after_host;	/* the header before was a Host: a line may continue it */
	bool after_named;	/* it was another one that names hosts */
	bool after_end;		/* it was one that says where the request ends */
	bool unclear;		/* readers differ in where it ends */
	int minor;		/* HTTP/1.minor */
	bool headed;		/* its headers were read to their end */
	bool keep_alive;
	bool expects_continue;
	bool has_length, chunked;
	/* What else the answer depends on, cut at their sizes. */
	char accept[256], agent[64], type[128];
	char encoding[32];	/* of its body, as it was sent */
	char encodings[128];	/* Accept-Encoding */
	char range[48];		/* of the body, RFC 9110, 14.2; "" without one, or cut */
	char key[32];		/* of a WebSocket, RFC 6455, 4.1; "" if it does not ask for one */
	bool websocket;		/* Upgrade names one */
	bool keeps;		/* its body is kept: a lookup by HTTP */
	uint8_t kept[HTTP_KEPT];
	size_t nkept;
};

void http_req_init(struct http_req *r);
void http_req_reset(struct http_req *r);	/* ready for the next request; keeps the memory */
void http_req_free(struct http_req *r);

/**
 * http_req_feed() - read on
 *
 * Returns early when the headers are complete, so that the caller can answer "Expect:
 * 100-continue", and when the request is complete or bad.
 *
 * Return: how many bytes were used
 */
size_t http_req_feed(struct http_req *r, const char *data, size_t len);

/* http_is_begun() - more than an empty line of it is there, and not all of it */
bool http_is_begun(const struct http_req *r);

/* http_req_body() - bytes of a body whose end something else says: counted, and kept if need be */
void http_req_body(struct http_req *r, const char *data, size_t len);

/* http_in_body() - the headers are complete, the body is not */
bool http_in_body(const struct http_req *r);

#endif
