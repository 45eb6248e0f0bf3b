/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_words.h - what DNS calls its numbers
 *
 * One list for who answers and for who watches: the comparison joins what both wrote.
 */
#ifndef TCBOX_DNS_WORDS_H
#define TCBOX_DNS_WORDS_H

#include <stdint.h>

#define TB_DNS_WORD 16

/* tb_dns_type() - "A", "AAAA", ..., or "TYPE1234" (RFC 3597, 5): @out is used for the latter */
const char *tb_dns_type(uint16_t type, char out[TB_DNS_WORD]);
/* tb_dns_rcode() - "NOERROR", "NXDOMAIN", ..., or "RCODE23": @out is used for the latter */
const char *tb_dns_rcode(unsigned int rcode, char out[TB_DNS_WORD]);

#endif
