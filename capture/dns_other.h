/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_other.h - name lookups at ports that are not those of DNS
 */
#ifndef CAPTURE_DNS_OTHER_H
#define CAPTURE_DNS_OTHER_H

#include "capture/dns.h"

/*
 * dns_looks() - is this a message of DNS with one question, as far as it is there?
 * @have:	Bytes that are there
 * @len:	Bytes of the whole message
 *
 * What goes to another port may be anything. So this asks for more than parsers of DNS do: a header
 * with no flag that queries do not have, one question in a class that exists (RFC 1035, 4.1), its
 * name written out. Answers may have all flags.
 */
bool dns_looks(const uint8_t *msg, size_t have, size_t len);

struct dns_other;

/* dns_other_new() - @dns is borrowed. Return: NULL without memory */
struct dns_other *dns_other_new(struct dns *dns);
void dns_other_free(struct dns_other *o);

/*
 * dns_other_packet() - give what the lookups in a packet say, for which dns_is() is false
 * @at:		Where its payload stands in what the client says over TCP
 *
 * Return: 0, -ENOMEM, or negative errno of the sink
 */
int dns_other_packet(struct dns_other *o, const struct dns_in *in, int64_t at);

/* dns_other_lost() - messages that could not be read, and connections that could not be followed */
uint64_t dns_other_lost(const struct dns_other *o);

#endif
