/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup.c - DNS queries of the product: answered, recorded, and their addresses opened in the gate
 */
#include <event2/buffer.h>
#include <string.h>

#include "lab/conn.h"

void lab_lookup(struct lab *lab, const struct dns_query *q, struct dns_reply *reply)
{
	const struct lab_scenario *scenario = fault_of(lab);
	const struct dns_faults faults = { .names = scenario->names, .family = scenario->family,
					   .fixture = lab->opt->fixture,
					   .spared = lab->opt->canary_name,
					   .may_resolve = lab->opt->may_resolve,
					   .arg = lab->opt->arg };
	const char *target = reply->target;
	struct ev ev = { .kind = EV_LOOKUP };

	dns_answer(lab->names, &faults, q->data, q->len, reply);
	if (!reply->asked)
		return;
	lab->count.lookups++;
	lab->count.refused += reply->refused;
	ev.u.lookup = (struct ev_lookup){
		.name = reply->name,
		.type = reply->type,
		.rcode = reply->rcode,
		.addrs = { reply->addrs, reply->naddrs },
		.values = { &target, reply->target[0] ? 1 : 0 },
		.client = *q->client,
		.server = *q->server,
		.proto = q->proto,
	};
	/* Before the answer leaves: the product may use the address at once. */
	if (reply->naddrs && lab->opt->on_answer)
		ev.u.lookup.declared = lab->opt->on_answer(lab->opt->arg, reply->name, reply->addrs,
							   reply->naddrs);
	lab_record(lab, &ev);
}

/* lookup_input() - messages after their length, RFC 1035, 4.2.2 */
void lookup_input(struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	struct dns_query q = { .client = &c->client, .server = &c->server, .proto = "tcp" };
	struct dns_reply reply;

	while (c->state == CONN_TALKING && !conn_full(c)) {
		uint8_t head[2], out[2 + sizeof(reply.data)];
		const uint8_t *msg;

		if (evbuffer_copyout(in, head, 2) < 2)
			return;
		q.len = (size_t)head[0] << 8 | head[1];
		if (q.len > DNS_QUERY_MAX) {
			conn_sink(c);
			return;
		}
		if (evbuffer_get_length(in) < 2 + q.len)
			return;
		msg = evbuffer_pullup(in, (ev_ssize_t)(2 + q.len));
		if (!msg)
			return;
		q.data = msg + 2;
		lab_lookup(c->lab, &q, &reply);
		conn_used(c, msg, 2 + q.len);
		c->requests++;
		out[0] = (uint8_t)(reply.len >> 8);
		out[1] = (uint8_t)reply.len;
		memcpy(out + 2, reply.data, reply.len);
		if (reply.len)
			conn_send(c, out, 2 + reply.len);
	}
}
