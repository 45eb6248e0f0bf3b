/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serve.h - TCP connections of the product, from accept to the event in the record
 */
#ifndef LAB_SERVE_H
#define LAB_SERVE_H

#include "lab/loop.h"

/* serve_accept() - event callback: the listening socket @fd is readable; @arg is the lab */
void serve_accept(evutil_socket_t fd, short what, void *arg);

/*
 * serve_stream() - answer on a connected socket, which is non-blocking and whose ownership
 * passes. @server is what the client wanted to talk to
 */
void serve_stream(struct lab *lab, int fd, const struct ev_addr *client,
		  const struct ev_addr *server);

/* serve_end() - record every connection that is still open, and close it */
void serve_end(struct lab *lab);

/* serve_drain() - a connection is over: read what the kernel still has of it. What nobody reads is
 * recorded as that */
void serve_drain(struct conn *c);

/* serve_close() - end a connection, once all that was sent is out */
void serve_close(struct conn *c);

#endif
