/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doh.h - DNS queries over HTTPS, RFC 8484
 */
#ifndef LAB_DOH_H
#define LAB_DOH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab/content.h"

struct conn;

/*
 * doh_decode() - base64url without padding, RFC 4648, 5. Return: bytes; 0 if it is none, is empty
 * or too long
 */
size_t doh_decode(const char *text, size_t len, uint8_t *out, size_t size);

/**
 * doh_find() - answer a request of c->http that is a DNS query, and record the lookup
 * @path:	Of its target, in origin form
 *
 * Return: false if it is none
 */
bool doh_find(struct conn *c, const char *path, struct content *out);

#endif
