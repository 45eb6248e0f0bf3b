/* SPDX-License-Identifier: Apache-2.0 */
/*
 * content.h - what is found at a path: an answer that the client can read
 */
#ifndef LAB_CONTENT_H
#define LAB_CONTENT_H

#include "lab/http.h"
#include "tcbox/buf.h"

struct content {
	int status;
	const char *type; /* of its body, as in Content-Type; NULL: there is no body */
	const char *headers; /* more of them, with their ends; "": none */
	const char *encoding; /* of its body as it is sent; NULL: none */
	char range[72]; /* which part of it: "bytes 2-4/6"; "": all */
	struct tb_buf body; /* released by who asked */
	const char *given; /* the technician's body, in the place of this; NULL: none. Borrowed */
	size_t ngiven;
};

/* content_data(), content_len() - of the body */
static inline const char *content_data(const struct content *c)
{
	return c->given ? c->given : c->body.data;
}

static inline size_t content_len(const struct content *c)
{
	return c->given ? c->ngiven : c->body.len;
}

/**
 * content_find() - the answer to a request that was read to its end
 * @path:	Of its target, in origin form
 * @tls:	It came in TLS
 *
 * By the path, then by the program that asks, then by what it accepts or sends. An index of
 * packages says that there is no such package, so that its client ends with its own words.
 */
void content_find(const struct http_req *r, const char *path, bool tls, struct content *out);

#endif
