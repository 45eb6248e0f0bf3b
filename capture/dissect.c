/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dissect.c - packets in, events out
 *
 * How it works: each frame is taken apart once (packet.c) and credited to a flow (flow.c), which
 * asks nDPI (meta.c); what could be DNS is read as such (dns.c) and teaches the names of later
 * flows (names.c). ARP, neighbour discovery and membership reports are the kernel's own, but the
 * product may have chosen the addresses in them: they are credited to a flow to each. What says the
 * addresses of the link's two ends only is counted.
 */
#include "capture/dissect.h"

#include <stdlib.h>

#include "capture/dns_other.h"
#include "capture/flow.h"
#include "tcbox/own.h"

#define EXPIRE_EACH 1024	/* packets; a power of two */

struct dissect {
	struct dissect_options opt;
	struct names *names;
	struct meta *own_meta;	/* NULL if it was borrowed */
	struct dns *dns;
	struct dns_other *dns_other;
	struct flow_table *flows;
	uint64_t decoded, malformed, arp, nd, mld, other;
	int64_t last;		/* time of the last packet */
};

struct dissect *dissect_new(const struct dissect_options *opt)
{
	struct dissect *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->opt = *opt;
	d->names = names_new();
	if (!opt->meta)
		d->opt.meta = d->own_meta = meta_new();
	if (d->names && d->opt.meta) {
		struct flow_options flow = { .sink = &d->opt.sink,
					     .names = d->names,
					     .meta = d->opt.meta,
					     .box = opt->box,
					     .max = opt->max_flows };

		d->dns = dns_new(&d->opt.sink, d->names);
		d->flows = flow_table_new(&flow);
		d->dns_other = d->dns ? dns_other_new(d->dns) : NULL;
	}
	if (!d->dns_other || !d->flows) {
		dissect_free(d);
		return NULL;
	}
	return d;
}

void dissect_free(struct dissect *d)
{
	if (!d)
		return;
	flow_table_free(d->flows);
	dns_other_free(d->dns_other);
	dns_free(d->dns);
	meta_free(d->own_meta);
	names_free(d->names);
	free(d);
}

static bool is_one_of(const struct ev_addr *a, const struct ev_addrs *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (ev_addr_eq(a, &list->v[i]))
			return true;
	return false;
}

/* is_group_of() - of solicited nodes, for one of these addresses: RFC 4291, 2.7.1 */
static bool is_group_of(const struct ev_addr *group, const struct ev_addrs *list)
{
	static const uint8_t solicited[13] = { 0xff, 2, [11] = 1, [12] = 0xff };

	if (group->family != AF_INET6 || memcmp(group->ip, solicited, sizeof(solicited)) != 0)
		return false;
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].family == AF_INET6 &&
		    !memcmp(group->ip + 13, list->v[i].ip + 13, 3))
			return true;
	return false;
}

/* is_own_group() - does one of the two ends join it by itself, when it gets its addresses? */
static bool is_own_group(const struct dissect *d, const struct ev_addr *group)
{
	return is_group_of(group, &d->opt.box) || is_group_of(group, &d->opt.gate);
}

/* report() - a membership report, to each of its addresses that the kernel did not choose itself */
static int report(struct dissect *d, struct pkt *p)
{
	struct flow_hit hit;
	bool any = false;
	int rc = 0;

	do {
		if (is_own_group(d, &p->dst))
			continue;
		p->counted = any;
		any = true;
		rc = flow_packet(d->flows, p, &hit);
	} while (!rc && pkt_next_group(p));
	d->mld += !any;
	return rc;
}

/* lookups() - what could be DNS, at its own ports and at others */
static int lookups(struct dissect *d, const struct pkt *p, const struct flow_hit *hit)
{
	const struct dns_in in = { p, hit->from_box, hit->id };

	if (dns_is(p))
		return dns_packet(d->dns, &in);
	return dns_other_packet(d->dns_other, &in, hit->at);
}

static int ip_packet(struct dissect *d, struct pkt *p)
{
	struct flow_hit hit;
	int rc;

	if (p->neighbour && (is_one_of(&p->dst, &d->opt.box) || is_one_of(&p->dst, &d->opt.gate))) {
		d->arp += p->proto == PKT_PROTO_ARP;
		d->nd += p->proto != PKT_PROTO_ARP;
		return 0;
	}
	if (p->report)
		return report(d, p);
	rc = flow_packet(d->flows, p, &hit);
	if (!rc)
		rc = lookups(d, p, &hit);
	if (!rc && (p->number & (EXPIRE_EACH - 1)) == 0)
		rc = flow_expire(d->flows, p->time);
	return rc;
}

int dissect_feed(struct dissect *d, const struct pkt_frame *f)
{
	struct pkt p;

	pkt_parse(&p, f);
	d->last = f->time;
	d->decoded++;
	d->malformed += p.broken || p.kind == PKT_MALFORMED;
	switch (p.kind) {
	case PKT_OTHER:
		d->other++;
		return 0;
	case PKT_MALFORMED:
		return 0;
	case PKT_IP:
		break;
	}
	return ip_packet(d, &p);
}

int dissect_idle(struct dissect *d, int64_t ns)
{
	return flow_expire(d->flows, d->last + ns);
}

static int give_counters(struct dissect *d)
{
	struct ev_pair pairs[] = {
		{ "flows", flow_count(d->flows) },
		{ "packets_decoded", d->decoded },
		{ "packets_malformed", d->malformed },
		{ "packets_link_arp", d->arp },
		{ "packets_link_nd", d->nd },
		{ "packets_link_mld", d->mld },
		{ "packets_other", d->other },
		{ "flows_evicted", flow_evicted(d->flows) },
		{ "lookups_malformed", dns_malformed(d->dns) + dns_other_lost(d->dns_other) },
		{ "names_lost", names_lost(d->names) },
	};
	struct ev ev = { .kind = EV_COUNTERS };

	ev.u.counters =
		(struct ev_counters){ .v = pairs, .n = TB_ARRAY_SIZE(pairs), .final = true };
	return sink_append(&d->opt.sink, &ev);
}

int dissect_end(struct dissect *d)
{
	int rc = dns_end(d->dns);

	if (!rc)
		rc = flow_end(d->flows);
	return rc ? rc : give_counters(d);
}
