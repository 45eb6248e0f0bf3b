/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_words.h - what DNS calls its numbers
 */
#ifndef CAPTURE_DNS_WORDS_H
#define CAPTURE_DNS_WORDS_H

#include <stdint.h>

#define DNS_WORD 16

/* dns_type_name() - "A", "AAAA", ... or "TYPE65"; @out is used for the latter */
const char *dns_type_name(uint16_t type, char out[DNS_WORD]);
/* dns_rcode_name() - "NOERROR", "NXDOMAIN", ... or "RCODE23" */
const char *dns_rcode_name(int rcode, char out[DNS_WORD]);

#endif
