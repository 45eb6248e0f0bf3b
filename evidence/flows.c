/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows.c - conversations and lookups: what the packets and the lab say
 */
#include "evidence/state.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/word.h"

struct evd_flow *evd_flow_known(const struct evd *e, uint64_t id)
{
	return id ? tb_map_get(e->flows_by_id, &id, sizeof(id)) : NULL;
}

/* flow_get() - the flow with this id; makes one if it is new */
static struct evd_flow *flow_get(struct evd *e, uint64_t id)
{
	struct evd_flow *f = evd_flow_known(e, id), **v;

	if (f || !id)
		return f;
	if (e->facts.nflows >= e->limits.flows) {
		e->facts.dropped++;
		return NULL;
	}
	v = evd_grow(e, e->flows, e->facts.nflows, sizeof(*v));
	if (!v)
		return NULL;
	e->flows = v;
	f = calloc(1, sizeof(*f));
	if (!f || tb_map_put(e->flows_by_id, &id, sizeof(id), f)) {
		free(f);
		e->failed = true;
		return NULL;
	}
	f->id = id;
	f->proto = "ip-0";
	e->flows[e->facts.nflows++] = f;
	return f;
}

/* renew() - later totals of a flow replace earlier ones, but silence does not */
static void renew(const char **value, const char *now)
{
	if (now)
		*value = now;
}

static void words_of_flow(struct evd *e, struct evd_flow *f, const struct ev_flow *from)
{
	const struct evd_names *names = intern_list(e->strs, from->names.v, from->names.n);

	renew(&f->proto, intern_str(e->strs, from->proto));
	renew(&f->state, intern_str(e->strs, from->state));
	renew(&f->app, intern_str(e->strs, from->app));
	renew(&f->app_detail, intern_str(e->strs, from->app_detail));
	renew(&f->sni, intern_host(e->strs, from->sni));
	renew(&f->http_host, intern_host(e->strs, from->http_host));
	renew(&f->tls_version, intern_str(e->strs, from->tls_version));
	if (names)
		f->names = names;
}

#define ACK_LEN 80		/* the longest: IPv6, 40 bytes of TCP with time and gaps */
#define ACK_EACH 536		/* of received bytes: the least segment, RFC 9293, 3.7.1 */

/* One direction of a flow. */
struct way {
	uint64_t bytes, wire, acks;
	uint64_t pkts_back, bytes_back;	/* of the other one */
};

/*
 * cost() - of packets with their headers, in which small packets and options can carry data as well
 * as payload can. How many acknowledgements there are is the receiver's affair: they cost nothing,
 * as far as what was received explains them
 */
static uint64_t cost(const struct way *w)
{
	uint64_t explained = (2 * w->pkts_back + w->bytes_back / ACK_EACH + 8) * ACK_LEN;
	uint64_t free_of = w->acks < explained ? w->acks : explained;

	return w->wire > w->bytes + free_of ? w->wire - free_of : w->bytes;
}

void evd_feed_flow(struct evd *e, const struct ev *ev)
{
	const struct ev_flow *from = &ev->u.flow;
	struct evd_flow *f = flow_get(e, from->id);

	if (!f)
		return;
	if (!f->line)
		f->line = ev->line;
	f->first = from->first;
	f->last = from->last > from->first ? from->last : from->first;
	f->local = ev_addr_plain(&from->local);
	f->remote = ev_addr_plain(&from->remote);
	f->link = from->link;
	f->inbound = from->inbound;
	f->ech |= from->ech;
	f->ended |= from->end;
	f->unread |= from->unread;
	f->sent = from->stream;
	f->ambiguous |= from->ambiguous;
	f->pkts = from->pkts_out + from->pkts_in;
	f->bytes_out = from->bytes_out;
	f->bytes_in = from->bytes_in;
	f->cost_out = cost(&(struct way){ from->bytes_out, from->wire_out, from->acks_out,
					  from->pkts_in, from->bytes_in });
	f->cost_in = cost(&(struct way){ from->bytes_in, from->wire_in, from->acks_in,
					 from->pkts_out, from->bytes_out });
	f->pkt_first = from->pkt_first;
	f->pkt_last = from->pkt_last;
	words_of_flow(e, f, from);
	f->lookup = evd_is_lookup(e, f);
}

void evd_addr_key(const struct ev_addr *a, unsigned char key[EVD_ADDR_KEY])
{
	memset(key, 0, EVD_ADDR_KEY);
	key[0] = (unsigned char)a->family;
	memcpy(key + 1, a->ip, a->family == AF_INET ? 4 : 16);
}

/* keep_name() - one more name of an address. Return: NULL without memory */
static struct named *keep_name(struct evd *e, const struct named *from)
{
	struct named **v = evd_grow(e, e->named_all, e->nnamed, sizeof(*v)), *n;

	if (!v)
		return NULL;
	e->named_all = v;
	n = malloc(sizeof(*n));
	if (!n) {
		e->failed = true;
		return NULL;
	}
	*n = *from;
	e->named_all[e->nnamed++] = n;
	return n;
}

/*
 * name_address() - remember that a lookup gave this address for the name, for flows whose own names
 * are missing
 */
static void name_address(struct evd *e, const struct ev_addr *addr, const char *name, int64_t t)
{
	struct ev_addr a = ev_addr_plain(addr);
	unsigned char key[EVD_ADDR_KEY];
	struct named *known, *n;
	size_t names = 0;

	evd_addr_key(&a, key);
	known = tb_map_get(e->named, key, sizeof(key));
	for (n = known; n; n = n->next, names++)
		if (n->name == name)
			return;
	if (e->nnamed >= e->limits.lookups || names >= EVD_MAX_NAMES) {
		e->facts.dropped++;
		return;
	}
	n = keep_name(e, &(struct named){ t, name, known ? known->next : NULL });
	if (!n)
		return;
	if (known)
		known->next = n;	/* behind the first, so that the table's entry stays */
	else if (tb_map_put(e->named, key, sizeof(key), n))
		e->failed = true;
}

static struct evd_lookup lookup_of(struct evd *e, const struct ev *ev)
{
	const struct ev_lookup *from = &ev->u.lookup;
	struct evd_lookup l = {
		.t = ev->t, .line = ev->line, .flow_id = from->flow, .src = ev->src
	};

	l.name = intern_host(e->strs, from->name);
	if (!l.name)
		l.name = intern_str(e->strs, ".");	/* the root of all names */
	l.type = intern_str(e->strs, from->type);
	l.client = ev_addr_plain(&from->client);
	l.server = ev_addr_plain(&from->server);
	l.extra = from->extra;
	l.tcp = tb_is_word(from->proto, "tcp");
	l.answered = from->rcode && *from->rcode;
	l.refused = l.answered && tb_is_word(from->rcode, "REFUSED");
	l.gate = evd_is_resolver(e, &l.server);
	return l;
}

void evd_feed_lookup(struct evd *e, const struct ev *ev)
{
	const struct ev_addrs *addrs = &ev->u.lookup.addrs;
	struct evd_lookup l = lookup_of(e, ev), *v;

	if (!l.name)
		return;
	for (size_t i = 0; i < addrs->n; i++)
		name_address(e, &addrs->v[i], l.name, ev->t);
	if (e->facts.nlookups >= e->limits.lookups) {
		e->facts.dropped++;
		return;
	}
	v = evd_grow(e, e->lookups, e->facts.nlookups, sizeof(*v));
	if (!v)
		return;
	e->lookups = v;
	e->lookups[e->facts.nlookups++] = l;
}
