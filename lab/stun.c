/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stun.c - STUN over TCP and TLS (RFC 8489, 6.2.2): the messages of udp.c, one behind the other
 */
#include "lab/stun.h"

#include <string.h>

#include "lab/conn.h"
#include "lab/udp.h"

#define HEADER 20
#define MESSAGE_MAX 1500	/* a longer one is no request that anybody makes */

static const uint8_t cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };

enum responder_begins stun_begins(uint16_t port, const uint8_t *first, size_t len)
{
	size_t n = len < 8 ? len : 8;

	(void)port;
	/* a request of any method: 5 */
	if (first[0] & 0xfe || (n > 1 && first[1] & 0x10) || (n > 3 && first[3] & 3))
		return BEGINS_NOT;
	if (n > 4 && memcmp(first + 4, cookie, n - 4) != 0)
		return BEGINS_NOT;
	return n == 8 ? BEGINS : BEGINS_MAYBE;
}

void stun_input(struct conn *c)
{
	struct udp_query q = { .lab = c->lab, .client = &c->client, .server = &c->server };
	struct udp_reply reply;

	while (c->state == CONN_TALKING && !conn_full(c)) {
		size_t have = conn_pull(c, &q.data, MESSAGE_MAX);

		if (have < HEADER)
			return;
		q.len = HEADER + ((size_t)q.data[2] << 8 | q.data[3]);
		if (q.len > MESSAGE_MAX) {
			conn_sink(c);
			return;
		}
		if (have < q.len)
			return;
		reply.len = 0;
		(void)udp_stun(&q, &reply);
		conn_used(c, q.data, q.len);
		c->requests++;
		if (reply.len)
			conn_send(c, reply.data, reply.len);
	}
}
