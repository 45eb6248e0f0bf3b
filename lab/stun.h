/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stun.h - STUN over TCP and TLS (RFC 8489, 6.2.2)
 */
#ifndef LAB_STUN_H
#define LAB_STUN_H

#include "lab/responder.h"

/* stun_begins() - is it the beginning of a request with the cookie? */
enum responder_begins stun_begins(uint16_t port, const uint8_t *first, size_t len);

/* stun_input() - see responder.h */
void stun_input(struct conn *c);

#endif
