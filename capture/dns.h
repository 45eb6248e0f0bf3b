/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns.h - name lookups on the wire
 */
#ifndef CAPTURE_DNS_H
#define CAPTURE_DNS_H

#include "capture/names.h"
#include "capture/packet.h"
#include "capture/sink.h"

struct dns;

/* dns_new() - @sink and @names are borrowed */
struct dns *dns_new(const struct sink *sink, struct names *names);
void dns_free(struct dns *d);

/* dns_is() - whether a packet has a port of DNS or multicast DNS. For others: dns_other.h */
bool dns_is(const struct pkt *p);

/*
 * dns_opens() - whether the first packet of a flow is a whole message of DNS over UDP, with one
 * question
 */
bool dns_opens(const struct pkt *p);

/* A packet, and which way it went in which flow. */
struct dns_in {
	const struct pkt *pkt;
	bool from_box;		/* its answers teach no names, or the product could name its own
				 * destinations */
	uint64_t flow;
};

/* dns_packet() - give what the lookups in a packet say. Return: 0, or negative errno of the sink */
int dns_packet(struct dns *d, const struct dns_in *in);

/*
 * dns_asked() - give what a query asks for, wherever it goes. @msg: with one question
 * dns_answered() - give what an answer says, if one to that question is awaited in the flow
 *
 * Return: 0, -ENOMEM, or negative errno of the sink
 */
int dns_asked(struct dns *d, const struct dns_in *in, const uint8_t *msg, size_t len);
int dns_answered(struct dns *d, const struct dns_in *in, const uint8_t *msg, size_t len);

/* dns_end() - append the lookups that were never answered */
int dns_end(struct dns *d);
uint64_t dns_malformed(const struct dns *d);

#endif
