/* SPDX-License-Identifier: Apache-2.0 */
/*
 * datagram.h - UDP: whom responder.h has for it, and a sink for the rest
 */
#ifndef LAB_DATAGRAM_H
#define LAB_DATAGRAM_H

#include "lab/loop.h"

int datagrams_new(struct lab *lab, struct tb_err *err);

/* datagrams_receive() - event callback: the UDP socket @fd is readable; @arg is the lab */
void datagrams_receive(evutil_socket_t fd, short what, void *arg);

/*
 * datagrams_tick() - event callback: end the conversations that have been quiet for long; @arg
 * is the lab
 */
void datagrams_tick(evutil_socket_t fd, short what, void *arg);

/*
 * datagrams_end() - record what is still open, and release everything; safe without
 * datagrams_new()
 */
void datagrams_end(struct lab *lab);

#endif
