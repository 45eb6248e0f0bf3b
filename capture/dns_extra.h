/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_extra.h - bytes of a query that a plain resolver would not have sent
 */
#ifndef CAPTURE_DNS_EXTRA_H
#define CAPTURE_DNS_EXTRA_H

#include <stddef.h>
#include <stdint.h>

/*
 * dns_extra() - how many bytes of the message a product could have filled as it liked. 0: a
 * plain query
 */
size_t dns_extra(const uint8_t *msg, size_t len);

#endif
