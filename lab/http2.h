/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2.h - HTTP/2 (RFC 9113): many requests at a time in one connection
 */
#ifndef LAB_HTTP2_H
#define LAB_HTTP2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define HTTP2_PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"	/* what a client says first: 3.4 */
#define HTTP2_STREAMS 32	/* at a time, of a connection */
#define HTTP2_ALL 4096		/* of all connections */
#define HTTP2_RESETS 200	/* requests that were taken back: the connection ends */

struct conn;
struct http2_stream;
struct nghttp2_session;

struct http2 {
	struct nghttp2_session *session;
	TAILQ_HEAD(http2_streams, http2_stream) streams;
	unsigned int resets;
	uint8_t preface;	/* bytes of it that came */
	uint8_t head[9];	/* of a frame, 4.1 */
	uint8_t nhead;		/* bytes of it that came; 0: no frame has begun */
	uint32_t left;		/* bytes of the frame behind its head that did not come yet */
	bool asks, begun;	/* it should begin a request; it did, for the library */
	bool answers;		/* one was given: what is sent from now on is more than manners */
	bool broken;		/* it could not be read any more */
	bool refused;		/* a request was, without a look: that is recorded */
};

/* The begin(), input() and end() of a responder, see responder.h. */
bool http2_begin(struct conn *c);
void http2_input(struct conn *c);
void http2_end(struct conn *c);
/* http2_half() - did a frame begin that did not end? The library does not tell */
bool http2_half(const struct conn *c);

#endif
