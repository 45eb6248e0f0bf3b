/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packets.c - to which conversation each packet of a capture belongs
 *
 * How it works: packets come in their order, and flows are opened in the order of their first
 * packet. Of the flows with the same two ends the one that was opened last is looked at first; one
 * whose last packet has passed is never looked at again. So the work is that of the flows and that
 * of the packets, also where a product uses the same two ends again and again.
 *
 * Limits: of protocols without ports flows with the same addresses are not told apart where they
 * overlap: the packet is of the one that began last.
 */
#include "run/packets.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/map.h"
#include "tcbox/own.h"

/* The two ends of a conversation, the box's first. */
struct ends {
	uint8_t proto;
	uint8_t local[16], remote[16];
	uint16_t local_port, remote_port;
};

struct packets {
	const struct evd_facts *ev;
	struct tb_map *open;	/* by ends: number of the flow that was opened last, from 1 */
	size_t *before;		/* the one that was opened before it, from 1 */
	size_t *order;		/* flows by their first packet */
	size_t opened;		/* so many of these */
};

static bool has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
}

/* proto_of() - as the decoder names it, capture/flow.c. Return: 0: another one */
static uint8_t proto_of(const char *name)
{
	static const struct { const char *name; uint8_t proto; } rows[] = {
		{ "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "sctp", IPPROTO_SCTP },
		{ "icmp", IPPROTO_ICMP }, { "icmpv6", IPPROTO_ICMPV6 },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name))
			return rows[i].proto;
	return 0;
}

static void ends_make(struct ends *k, uint8_t proto, const struct ev_addr *local,
		      const struct ev_addr *remote)
{
	memset(k, 0, sizeof(*k));
	k->proto = proto;
	memcpy(k->local, local->ip, sizeof(k->local));
	memcpy(k->remote, remote->ip, sizeof(k->remote));
	if (!has_ports(proto))
		return;
	k->local_port = local->port;
	k->remote_port = remote->port;
}

static int by_first_packet(const void *a, const void *b, void *arg)
{
	const struct evd_flow *const *v = ((const struct packets *)arg)->ev->flows;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	if (v[x]->pkt_first != v[y]->pkt_first)
		return v[x]->pkt_first < v[y]->pkt_first ? -1 : 1;
	return x < y ? -1 : x > y;
}

struct packets *packets_new(const struct evd_facts *ev)
{
	struct packets *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->ev = ev;
	p->open = tb_map_new(SIZE_MAX);
	p->before = calloc(ev->nflows + 1, sizeof(*p->before));
	p->order = calloc(ev->nflows + 1, sizeof(*p->order));
	if (!p->open || !p->before || !p->order) {
		packets_free(p);
		return NULL;
	}
	for (size_t i = 0; i < ev->nflows; i++)
		p->order[i] = i;
	qsort_r(p->order, ev->nflows, sizeof(*p->order), by_first_packet, p);
	return p;
}

void packets_free(struct packets *p)
{
	if (!p)
		return;
	tb_map_free(p->open);
	free(p->before);
	free(p->order);
	free(p);
}

/* open_until() - the flows that have begun with this packet */
static int open_until(struct packets *p, uint64_t packet)
{
	for (; p->opened < p->ev->nflows; p->opened++) {
		size_t i = p->order[p->opened];
		const struct evd_flow *f = p->ev->flows[i];
		struct ends k;
		int ret;

		if (f->pkt_first > packet)
			break;
		ends_make(&k, proto_of(f->proto), &f->local, &f->remote);
		p->before[i] = (uintptr_t)tb_map_get(p->open, &k, sizeof(k));
		ret = tb_map_put(p->open, &k, sizeof(k), (void *)(uintptr_t)(i + 1));
		if (ret)
			return ret;
	}
	return 0;
}

/* is_over() - has the flow's last packet passed? Of one that was cut short nobody knows it */
static bool is_over(const struct evd_flow *f, uint64_t packet)
{
	return f->ended && f->pkt_last < packet;
}

static size_t flow_between(struct packets *p, const struct ends *k, uint64_t packet)
{
	size_t newest = (uintptr_t)tb_map_get(p->open, k, sizeof(*k)), at = newest;

	while (at && is_over(p->ev->flows[at - 1], packet))
		at = p->before[at - 1];
	if (!at && newest)
		(void)tb_map_del(p->open, k, sizeof(*k));
	else if (at != newest)
		(void)tb_map_put(p->open, k, sizeof(*k), (void *)(uintptr_t)at);
	return at ? at - 1 : SIZE_MAX;
}

int packets_flow(struct packets *p, const struct capt_seen *seen, size_t *out)
{
	int ret = open_until(p, seen->number);
	struct ends k;

	if (ret)
		return ret;
	ends_make(&k, seen->proto, &seen->src, &seen->dst);
	*out = flow_between(p, &k, seen->number);
	if (*out != SIZE_MAX)
		return 0;
	ends_make(&k, seen->proto, &seen->dst, &seen->src);
	*out = flow_between(p, &k, seen->number);
	return 0;
}
