/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow.c - packets gathered into conversations
 *
 * How it works: a flow is found by its addresses, ports and protocol, the smaller end first, so
 * that both directions meet. Flows wait in three lists, each in the order of their last packet,
 * so that the ones to end are always at the front: TCP that is open, TCP that has ended and
 * lingers for late packets, and everything else. Time is the time of the packets.
 *
 * Which end is the box: the one with an address of the box, else the one with the box's MAC
 * address (learned from packets with its address), else the sender of the first packet.
 *
 * Fragments after the first have no ports; they are credited to the flow of the first by their
 * IP id. A late fragment without a first one is a flow without ports: it carries data to an
 * address all the same. ICMP errors are credited to the flow that they are about, if there is
 * one.
 */
#include "capture/flow.h"

#include "capture/sent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/clock.h"
#include "tcbox/map.h"

#define LINGER_NS (10 * TB_NS_PER_S)
#define IDLE_TCP_NS (3600 * TB_NS_PER_S)
#define IDLE_OTHER_NS (120 * TB_NS_PER_S)
#define FRAGMENTS 1024			/* first fragments remembered; a power of two */

enum list { LIST_OPEN, LIST_CLOSED, LIST_OTHER, LISTS };

static const int64_t list_idle_ns[LISTS] = { IDLE_TCP_NS, LINGER_NS, IDLE_OTHER_NS };

struct key {
	uint8_t ip[2][16];
	uint16_t port[2];
	uint16_t proto;
	uint8_t family;
	bool link;
};

struct flow {
	struct flow *prev, *next;
	struct meta_flow *meta;
	const struct names_of *names;	/* the first nnames of these were known when the flow
					 * began */
	uint64_t id;
	int64_t first, last;
	uint64_t pkts[2], bytes[2], wire[2];	/* 0: from the box, 1: to it */
	uint64_t acks[2];			/* of wire: of TCP that only acknowledges */
	uint64_t pkt_first, pkt_last;
	uint32_t nnames;
	uint32_t isn;			/* of the first SYN */
	struct key key;
	uint8_t local;			/* which end of the key is the box */
	uint8_t list;
	bool inbound;
	bool syn, fin[2], rst, refused, answered;
	bool based;			/* there was none: isn is that of the first payload */
	struct sent sent;		/* by who began, over TCP */
};

struct fragment {
	struct key first;		/* addresses, protocol, with ports: the flow */
	uint32_t id;
	bool used;
};

struct flow_table {
	struct flow_options opt;
	struct tb_map *map;
	size_t budget;			/* of bytes that are kept of what was sent */
	struct flow *head[LISTS], *tail[LISTS];
	uint64_t count, evicted;
	uint8_t box_mac[6];
	bool mac_known;
	struct fragment fragments[FRAGMENTS];
};

struct flow_table *flow_table_new(const struct flow_options *opt)
{
	struct flow_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->opt = *opt;
	if (!t->opt.max)
		t->opt.max = FLOW_DEFAULT_MAX;
	t->budget = SENT_BUDGET;
	t->map = tb_map_new(t->opt.max);
	if (!t->map) {
		flow_table_free(t);
		return NULL;
	}
	return t;
}

static void free_flow(struct flow_table *t, struct flow *f)
{
	if (f->meta)
		meta_close(t->opt.meta, f->meta);
	sent_free(&f->sent, &t->budget);
	free(f);
}

void flow_table_free(struct flow_table *t)
{
	struct flow *f, *next;
	int i;

	if (!t)
		return;
	for (i = 0; i < LISTS; i++) {
		for (f = t->head[i]; f; f = next) {
			next = f->next;
			free_flow(t, f);
		}
	}
	tb_map_free(t->map);
	free(t);
}

uint64_t flow_count(const struct flow_table *t)
{
	return t->count;
}

uint64_t flow_evicted(const struct flow_table *t)
{
	return t->evicted;
}

static void list_remove(struct flow_table *t, struct flow *f)
{
	*(f->prev ? &f->prev->next : &t->head[f->list]) = f->next;
	*(f->next ? &f->next->prev : &t->tail[f->list]) = f->prev;
}

static void list_append(struct flow_table *t, struct flow *f, enum list list)
{
	f->list = (uint8_t)list;
	f->next = NULL;
	f->prev = t->tail[list];
	*(f->prev ? &f->prev->next : &t->head[list]) = f;
	t->tail[list] = f;
}

static bool proto_is_icmp(uint16_t proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

/* make_key() - Return: which end of the key sent the packet */
static int make_key(struct key *k, const struct pkt *p)
{
	size_t len = p->src.family == AF_INET ? 4 : 16;
	uint16_t sport = p->src.port, dport = p->dst.port;
	int order, src;

	if (proto_is_icmp(p->proto))
		sport = dport = p->icmp_id;		/* two runs of ping(8) are two flows */
	order = memcmp(p->src.ip, p->dst.ip, len);
	src = order > 0 || (order == 0 && sport > dport);
	memset(k, 0, sizeof(*k));
	memcpy(k->ip[src], p->src.ip, len);
	memcpy(k->ip[!src], p->dst.ip, len);
	k->port[src] = sport;
	k->port[!src] = dport;
	k->proto = p->proto;
	k->family = (uint8_t)p->src.family;
	k->link = p->link;
	return src;
}

static struct ev_addr end_of(const struct key *k, int end)
{
	struct ev_addr a = { .family = k->family };

	memcpy(a.ip, k->ip[end], sizeof(a.ip));
	a.port = k->port[end];
	return a;
}

static bool same_ip(const struct ev_addr *a, const struct ev_addr *b)
{
	return a->family == b->family && !memcmp(a->ip, b->ip, a->family == AF_INET ? 4 : 16);
}

static bool is_box(const struct flow_table *t, const struct ev_addr *a)
{
	for (size_t i = 0; i < t->opt.box.n; i++)
		if (same_ip(a, &t->opt.box.v[i]))
			return true;
	return false;
}

/* sent_by_box() - as the head comment says; in doubt the first packet is the box's */
static bool sent_by_box(struct flow_table *t, const struct pkt *p)
{
	static const uint8_t no_mac[6];
	bool src = is_box(t, &p->src), dst = is_box(t, &p->dst);

	if (src && !t->mac_known && memcmp(p->src_mac, no_mac, 6)) {
		memcpy(t->box_mac, p->src_mac, 6);
		t->mac_known = true;
	}
	if (src || dst)
		return src;
	if (t->mac_known && !memcmp(p->src_mac, t->box_mac, 6))
		return true;
	return !(t->mac_known && !memcmp(p->dst_mac, t->box_mac, 6));
}

static const char *proto_name(uint16_t proto, char out[8])
{
	switch (proto) {
	case IPPROTO_TCP: return "tcp";
	case IPPROTO_UDP: return "udp";
	case IPPROTO_ICMP: return "icmp";
	case IPPROTO_ICMPV6: return "icmpv6";
	case IPPROTO_SCTP: return "sctp";
	case IPPROTO_DCCP: return "dccp";
	case IPPROTO_UDPLITE: return "udplite";
	case PKT_PROTO_ARP: return "arp";
	default: break;
	}
	(void)snprintf(out, 8, "ip-%u", proto & 0xffu);
	return out;
}

/* state_of() - how the flow ended; @over: the run did, not the flow's time */
static const char *state_of(const struct flow *f, bool over)
{
	if (f->refused)
		return "refused";
	if (f->fin[0] && f->fin[1])
		return "fin";
	if (f->rst)
		return "rst";
	if (!f->answered)
		return "timeout";
	if (f->key.proto != IPPROTO_TCP && f->key.proto != IPPROTO_SCTP &&
	    f->key.proto != IPPROTO_DCCP)
		return "done";
	return over ? "open" : "idle";
}

static int emit(struct flow_table *t, struct flow *f, const char *state)
{
	const struct meta_info *m = state && f->meta ? meta_conclude(t->opt.meta, f->meta) : NULL;
	struct ev ev = { .kind = EV_FLOW, .t = sink_time(t->opt.sink, state ? f->last : f->first) };
	struct ev_flow *e = &ev.u.flow;
	char proto[8];

	e->id = f->id;
	e->end = state != NULL;
	e->proto = proto_name(f->key.proto, proto);
	e->local = end_of(&f->key, f->local);
	e->remote = end_of(&f->key, !f->local);
	if (proto_is_icmp(f->key.proto))
		e->remote.port = 0;		/* the identifier is told once, as the box's port */
	e->link = f->key.link;
	e->inbound = f->inbound;
	e->first = sink_time(t->opt.sink, f->first);
	e->last = sink_time(t->opt.sink, f->last);
	e->pkts_out = f->pkts[0];
	e->pkts_in = f->pkts[1];
	e->bytes_out = f->bytes[0];
	e->bytes_in = f->bytes[1];
	e->wire_out = f->wire[0];
	e->wire_in = f->wire[1];
	e->acks_out = f->acks[0];
	e->acks_in = f->acks[1];
	e->pkt_first = f->pkt_first;
	e->pkt_last = f->pkt_last;
	e->state = state;
	if (f->names)
		e->names = (struct ev_strs){ f->names->v, f->nnames };
	if (state) {
		e->stream = sent_bytes(&f->sent);
		e->ambiguous = f->sent.ambiguous;
		e->app = proto_is_icmp(f->key.proto) ? e->proto : "unknown";
	}
	if (m) {
		e->app = m->app;
		e->app_detail = m->app_detail;
		e->sni = m->sni;
		e->ech = m->ech;
		e->unread = m->unread;
		e->alpn = m->alpn;
		e->tls_version = m->tls_version;
		e->ja3 = m->ja3;
		e->http_host = m->http_host;
		e->http_request = m->http_request;
	}
	return sink_append(t->opt.sink, &ev);
}

/* end_flow() - append the final totals and forget the flow */
static int end_flow(struct flow_table *t, struct flow *f, bool over)
{
	int rc = emit(t, f, state_of(f, over));

	list_remove(t, f);
	(void)tb_map_del(t->map, &f->key, sizeof(f->key));
	free_flow(t, f);
	return rc;
}

int flow_expire(struct flow_table *t, int64_t now)
{
	int i, rc = 0;

	for (i = 0; i < LISTS; i++)
		while (!rc && t->head[i] && now - t->head[i]->last > list_idle_ns[i])
			rc = end_flow(t, t->head[i], false);
	return rc;
}

int flow_end(struct flow_table *t)
{
	int i, rc = 0;

	for (i = 0; i < LISTS; i++)
		while (!rc && t->head[i])
			rc = end_flow(t, t->head[i], true);
	return rc;
}

/*
 * evict() - make room: a flow that is closed already ends now, or else the one that has been
 * silent longest
 */
static int evict(struct flow_table *t)
{
	struct flow *open = t->head[LIST_OPEN], *other = t->head[LIST_OTHER],
		    *victim = t->head[LIST_CLOSED];

	if (!victim)
		victim = !other || (open && open->last < other->last) ? open : other;
	t->evicted++;
	return end_flow(t, victim, false);
}

static int begin(struct flow_table *t, const struct pkt *p, const struct key *key, int sender,
		 struct flow **out)
{
	bool from_box = sent_by_box(t, p);
	struct ev_addr remote;
	struct flow *f;
	int rc = 0;

	if (tb_map_count(t->map) >= t->opt.max)
		rc = evict(t);
	f = calloc(1, sizeof(*f));
	if (!f || tb_map_put(t->map, key, sizeof(*key), f)) {
		free(f);
		return -ENOMEM;
	}
	f->key = *key;
	f->id = ++t->count;
	f->local = (uint8_t)(from_box ? sender : !sender);
	f->inbound = !from_box;
	f->first = f->last = p->time;
	f->pkt_first = p->number;
	remote = end_of(key, !f->local);
	f->names = names_find(t->opt.names, &remote);
	f->nnames = f->names ? (uint32_t)f->names->n : 0;
	list_append(t, f, p->proto == IPPROTO_TCP ? LIST_OPEN : LIST_OTHER);
	*out = f;
	return rc;
}

static void track_tcp(struct flow *f, const struct pkt *p, int dir, bool from_first)
{
	if (p->tcp_flags & PKT_RST) {
		if (!f->answered && !from_first)
			f->refused = true;
		f->rst = true;
		return;
	}
	if (!from_first)
		f->answered = true;
	if (p->tcp_flags & PKT_FIN)
		f->fin[dir] = true;
	if ((p->tcp_flags & (PKT_SYN | PKT_ACK)) == PKT_SYN && !f->syn) {
		f->syn = true;
		f->isn = p->tcp_seq;
	}
}

/* only_acks() - does a packet of TCP say nothing but what has arrived? */
static bool only_acks(const struct pkt *p)
{
	return p->proto == IPPROTO_TCP && !p->payload_len && !p->ip_extra && !p->broken &&
	       !p->first_fragment && !p->later_fragment &&
	       (p->tcp_flags & (PKT_SYN | PKT_FIN | PKT_RST | PKT_ACK)) == PKT_ACK;
}

/* credit() - count a packet and put the flow where it belongs in time */
static void credit(struct flow_table *t, struct flow *f, const struct pkt *p, int dir,
		   uint32_t bytes)
{
	enum list list = (enum list)f->list;

	if (!p->counted) {
		f->pkts[dir]++;
		f->bytes[dir] += bytes;
		f->wire[dir] += p->wire;
		f->acks[dir] += only_acks(p) ? p->wire : 0;
	}
	f->pkt_last = p->number;
	if (p->time > f->last)
		f->last = p->time;
	if (list == LIST_OPEN && (f->rst || f->refused || (f->fin[0] && f->fin[1])))
		list = LIST_CLOSED;
	list_remove(t, f);
	list_append(t, f, list);
}

/*
 * icmp_about() - credit an ICMP error to the flow it is about. Return: the flow; NULL if there
 * is none
 */
static struct flow *icmp_about(struct flow_table *t, const struct pkt *p, struct flow_hit *hit)
{
	bool v6 = p->proto == IPPROTO_ICMPV6;
	struct pkt inner = { .kind = PKT_MALFORMED };
	struct flow *f;
	struct key key;
	int sender;

	if (!p->about)
		return NULL;
	pkt_parse_ip(&inner, p->about, p->about_cap, UINT32_MAX);
	if (inner.kind != PKT_IP || inner.later_fragment)
		return NULL;
	sender = make_key(&key, &inner);
	f = tb_map_get(t->map, &key, sizeof(key));
	/* An error goes back to who sent the packet: anything else is no answer to this flow,
	 * but traffic of its own. */
	if (!f || !same_ip(&inner.src, &p->dst))
		return NULL;
	hit->from_box = sender != f->local;
	if (p->icmp_type == (v6 ? 1 : 3) && !f->answered && hit->from_box == f->inbound)
		f->refused = true;			/* destination unreachable, RFC 792 and
							 * RFC 4443 */
	return f;
}

/*
 * fragment_slot() - where a first fragment is remembered; a later one with another id overwrites
 * it
 */
static struct fragment *fragment_slot(struct flow_table *t, const struct pkt *p)
{
	return &t->fragments[(p->frag_id ^ p->frag_id >> 16 ^ p->src.ip[3] ^ p->dst.ip[3] * 31u) &
			     (FRAGMENTS - 1)];
}

/* defragment() - give a later fragment the ports of its first */
static void defragment(struct flow_table *t, const struct pkt *p, struct key *key)
{
	struct fragment *s = fragment_slot(t, p);

	if (p->first_fragment)
		*s = (struct fragment){ *key, p->frag_id, true };
	else if (p->later_fragment && s->used && s->id == p->frag_id &&
		 s->first.proto == key->proto && !memcmp(s->first.ip, key->ip, sizeof(key->ip)))
		*key = s->first;
}

/*
 * is_new_connection() - a SYN with another sequence number on a flow that is over, or that
 * nobody answered
 */
static bool is_new_connection(const struct flow *f, const struct pkt *p)
{
	if (p->proto != IPPROTO_TCP || (p->tcp_flags & (PKT_SYN | PKT_ACK)) != PKT_SYN || !f->syn)
		return false;
	return p->tcp_seq != f->isn && (f->list == LIST_CLOSED || !f->answered);
}

/*
 * place_of() - where the payload stands in what the client says, who began; or META_...
 *
 * A receiver drops what is before the first byte, as in keep-alives, and reads what reaches behind
 * it: RFC 9293, 3.10.7.4.
 */
static int64_t place_of(struct flow *f, const struct pkt *p, bool from_client)
{
	uint32_t seq = p->tcp_seq + !!(p->tcp_flags & PKT_SYN);
	int64_t at;

	if (!from_client)
		return META_SERVER;
	if (p->proto != IPPROTO_TCP)
		return 0;
	if (p->later_fragment)
		return META_BEFORE;		/* it says no place */
	if (!f->syn && !f->based) {
		f->isn = seq - 1;	/* the SYN was not captured */
		f->based = true;
	}
	at = sent_place(&f->sent, seq - (f->isn + 1));
	if (at >= 0)
		return at;
	return at + p->payload_len > 0 ? META_BEFORE : META_OLD;
}

/* acked() - what the server has of what the client says */
static void acked(struct flow_table *t, struct flow *f, const struct pkt *p)
{
	int64_t upto;

	if (!(p->tcp_flags & PKT_ACK) || !(f->syn || f->based))
		return;
	upto = sent_place(&f->sent, p->tcp_ack - (f->isn + 1));
	if (upto <= 0)
		return;
	sent_acked(&f->sent, &t->budget, (uint64_t)upto);
	if (f->meta)
		meta_acked(t->opt.meta, f->meta,
			   upto < UINT32_MAX ? (uint32_t)upto : UINT32_MAX);
}

/*
 * count_sent() - by who began. @at: where its payload stands, or META_...
 *
 * What has no place in the stream is nothing that a receiver reads, and others on the way may. Nor
 * do receivers agree in what urgent data are (RFC 6093).
 */
static void count_sent(struct flow_table *t, struct flow *f, const struct pkt *p, int64_t at)
{
	const struct sent_segment g = { .at = at > 0 ? (uint64_t)at : 0, .len = p->payload_len,
					.data = p->payload, .cap = p->payload_cap };

	f->sent.ambiguous |= p->tcp_flags & PKT_URG || p->broken;
	if (!p->payload_len)
		return;
	f->sent.ambiguous |= at < 0 || p->first_fragment || p->later_fragment;
	if (at >= 0)
		sent_add(&f->sent, &t->budget, &g);
}

/* look_inside() - what does the flow speak? */
static void look_inside(struct flow_table *t, struct flow *f, const struct pkt *p, int64_t at)
{
	if (p->proto != IPPROTO_TCP && p->proto != IPPROTO_UDP)
		return;
	if (p->payload_len && !f->meta)
		f->meta = meta_open(t->opt.meta);
	if (!f->meta)
		return;
	if (p->payload_len)
		meta_packet(t->opt.meta, f->meta, p, at);
}

/* follow() - what who began says over TCP */
static void follow(struct flow_table *t, struct flow *f, const struct pkt *p, bool from_client,
		   int64_t at)
{
	if (p->proto != IPPROTO_TCP)
		return;
	if (from_client)
		count_sent(t, f, p, at);
	else if (!p->later_fragment)
		acked(t, f, p);
}

int flow_packet(struct flow_table *t, const struct pkt *p, struct flow_hit *hit)
{
	struct key key;
	struct flow *f;
	int sender, dir, rc = 0;
	bool is_new = false;

	f = icmp_about(t, p, hit);
	if (f) {
		credit(t, f, p, !hit->from_box, 0);
		hit->id = f->id;
		hit->at = META_SERVER;
		return 0;
	}
	sender = make_key(&key, p);
	if (p->first_fragment || p->later_fragment)
		defragment(t, p, &key);
	f = tb_map_get(t->map, &key, sizeof(key));
	if (f && is_new_connection(f, p)) {
		rc = end_flow(t, f, false);
		f = NULL;
	}
	if (!f && !rc) {
		rc = begin(t, p, &key, sender, &f);
		is_new = true;
	}
	if (rc)
		return rc;
	hit->id = f->id;
	hit->from_box = sender == f->local;
	dir = !hit->from_box;
	if (p->proto == IPPROTO_TCP && !p->later_fragment)
		track_tcp(f, p, dir, hit->from_box != f->inbound);
	else if (hit->from_box == f->inbound)
		f->answered = true;
	hit->at = p->payload_len ? place_of(f, p, hit->from_box != f->inbound) : META_SERVER;
	if (t->opt.meta)
		look_inside(t, f, p, hit->at);
	follow(t, f, p, hit->from_box != f->inbound, hit->at);
	credit(t, f, p, dir, p->payload_len);
	return is_new ? emit(t, f, NULL) : 0;
}
