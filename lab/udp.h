/* SPDX-License-Identifier: Apache-2.0 */
/*
 * udp.h - answers of small protocols over UDP: one request in, one reply out
 *
 * Each function returns whether the datagram is a request of its protocol; if so, the reply is
 * not empty.
 */
#ifndef LAB_UDP_H
#define LAB_UDP_H

#include "lab/responder.h"

/*
 * udp_stun() - a binding request gets the address that it came from (RFC 8489): there is no
 * translation
 */
bool udp_stun(const struct udp_query *q, struct udp_reply *out);

/*
 * udp_natpmp() - a gateway that speaks NAT-PMP (RFC 6886) and PCP (RFC 6887), and maps no port
 * for anybody
 */
bool udp_natpmp(const struct udp_query *q, struct udp_reply *out);

/* udp_dht() - a node of the BitTorrent DHT that knows no other (BEP 5): ping and find_node */
bool udp_dht(const struct udp_query *q, struct udp_reply *out);

#endif
