/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup.c - one DNS query of the product: answered, recorded, and its addresses opened in the gate
 */
#include <string.h>

#include "lab/loop.h"

void lab_lookup(struct lab *lab, const uint8_t *query, size_t len, const struct ev_addr *client,
		const struct ev_addr *server, const char *proto, struct dns_reply *reply)
{
	const char *target = reply->target;
	struct ev ev = { .kind = EV_LOOKUP };

	dns_answer(lab->names, query, len, reply);
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
		.client = *client,
		.server = *server,
		.proto = proto,
	};
	/* Before the answer leaves: the product may use the address at once. */
	if (reply->naddrs && lab->opt->on_answer)
		ev.u.lookup.declared =
			lab->opt->on_answer(lab->opt->arg, reply->name, reply->addrs, reply->naddrs);
	lab_record(lab, &ev);
}
