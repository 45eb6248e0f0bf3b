/* SPDX-License-Identifier: Apache-2.0 */
/*
 * join.c - which process sent it: flows and network calls are brought together
 *
 * How it works: calls are sorted by protocol, local port and time. A flow may belong to the calls
 * with its protocol and local port that were made before its first packet (or, if there is none,
 * SLACK later at most: the two clocks are read by two processes) on a socket with its local
 * address. Among these, in this order:
 *
 *	1. the latest call that names the flow's destination; a TCP connection counts for one flow
 *	   only, because a port that was used again would otherwise lend an old, honest call to a
 *	   new, lying one
 *	2. the latest call that names another destination and that no flow has followed: the owner
 *	   is known, and the call and its packets disagree (an argument changed behind the
 *	   supervisor's back, seccomp_unotify(2))
 *	3. a call of 1. that another flow has used: a conversation that the flow table had cut in
 *	   two
 *	4. for flows from outside, and for datagrams: the latest bind, listen or accept
 *
 * A call whose local address could not be read explains a flow to its destination if no other
 * process made such a call. The identifier of an ICMP echo is the port of a ping socket, icmp(7).
 * Other ICMP, and protocols that only raw sockets speak, have none: the process that made raw
 * sockets for the destination owns them, or the one that made such sockets at all, if there is only
 * one. A membership report (IGMP, MLD) is the kernel's own packet: the latest call that joined the
 * group owns it, if no raw socket named the group. So is the question who has an address (ARP,
 * neighbour discovery): the latest call that named the address owns it. A flow that nothing of this
 * explains has no owner. It is never guessed.
 *
 * Limits: which thread or which of two processes that share a socket sent a packet cannot be told;
 * the caller of connect owns it.
 */
#include "evidence/state.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/clock.h"
#include "tcbox/own.h"

#define SLACK (20 * TB_NS_PER_MS)
/* Calls looked at for one flow: a product may make a million calls on one port. Who else might be
 * the owner is not known then, and so nobody is concluded to be. */
#define SCAN_MAX 4096
#define SNI_KEPT 79
/* Between a call without a local address and its first packet. */
#define UNREAD_WINDOW (2 * TB_NS_PER_S)

typedef int order_fn(const struct evd_call *a, const struct evd_call *b);

/* Calls in some order. Every order ends with the time. */
struct order {
	const struct evd *e;
	order_fn *by;
	uint32_t *v;
	size_t n;
};

struct join {
	struct evd *e;
	struct order exact;	/* calls that name a destination: protocol, local port,
				 * destination */
	struct order port;	/* the same calls: protocol, local port */
	struct order bound;	/* bind, listen: protocol, local port */
	struct order joins;	/* of multicast groups: group */
	struct order dests;	/* calls that name a destination: its address alone */
	struct order portless;	/* ICMP and raw sockets: protocol, destination */
};

static int by_time(const struct evd_call *a, const struct evd_call *b)
{
	return a->t < b->t ? -1 : a->t > b->t;
}

static int by_proto(const struct evd_call *a, const struct evd_call *b)
{
	return a->proto == b->proto ? 0 : strcmp(a->proto, b->proto);
}

static int by_ip(const struct ev_addr *a, const struct ev_addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->ip, b->ip, a->family == AF_INET ? 4 : 16);
}

static int order_exact(const struct evd_call *a, const struct evd_call *b)
{
	int ret = by_proto(a, b);

	if (!ret)
		ret = (int)a->local.port - b->local.port;
	if (!ret)
		ret = (int)a->remote.port - b->remote.port;
	if (!ret)
		ret = by_ip(&a->remote, &b->remote);
	return ret ? ret : by_time(a, b);
}

static int order_port(const struct evd_call *a, const struct evd_call *b)
{
	int ret = by_proto(a, b);

	if (!ret)
		ret = (int)a->local.port - b->local.port;
	return ret ? ret : by_time(a, b);
}

static int order_portless(const struct evd_call *a, const struct evd_call *b)
{
	int ret = by_proto(a, b);

	if (!ret)
		ret = by_ip(&a->remote, &b->remote);
	return ret ? ret : by_time(a, b);
}

static int order_joins(const struct evd_call *a, const struct evd_call *b)
{
	int ret = by_ip(&a->remote, &b->remote);

	return ret ? ret : by_time(a, b);
}

static int by_order(const void *pa, const void *pb, void *arg)
{
	const struct order *o = arg;
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
	int ret = o->by(&o->e->calls[a], &o->e->calls[b]);

	if (ret)
		return ret;
	return a < b ? -1 : a > b;
}

static bool is_portless(const char *proto)
{
	static const char *const with_ports[] = { "tcp", "udp", "sctp", "udplite", "dccp" };

	for (size_t i = 0; i < TB_ARRAY_SIZE(with_ports); i++)
		if (!strcmp(proto, with_ports[i]))
			return false;
	return true;
}

static bool has_destination(const struct evd_call *call)
{
	return call->remote.family &&
	       (call->op == EVD_CONNECT || call->op == EVD_SEND || call->op == EVD_ACCEPT);
}

static bool is_bound(const struct evd_call *call)
{
	return call->op == EVD_BIND || call->op == EVD_LISTEN;
}

static bool is_join(const struct evd_call *call)
{
	return call->op == EVD_JOIN && call->remote.family;
}

static bool is_portless_call(const struct evd_call *call)
{
	return is_portless(call->proto);
}

static void order_init(struct order *o, struct evd *e, order_fn *by,
		       bool (*want)(const struct evd_call *))
{
	*o = (struct order){ .e = e, .by = by, .v = malloc((e->facts.ncalls + 1) * sizeof(*o->v)) };
	if (!o->v) {
		e->failed = true;
		return;
	}
	for (size_t i = 0; i < e->facts.ncalls; i++)
		if (want(&e->calls[i]))
			o->v[o->n++] = (uint32_t)i;
	qsort_r(o->v, o->n, sizeof(*o->v), by_order, o);
}

/* upto() - how many calls stand at or before @probe */
static size_t upto(const struct order *o, const struct evd_call *probe)
{
	size_t lo = 0, hi = o->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (o->by(&o->e->calls[o->v[mid]], probe) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/*
 * earlier() - walk back in time over the calls that equal @probe in all but the time. Return: NULL
 * at the end
 */
static struct evd_call *earlier(const struct order *o, const struct evd_call *probe, size_t *at)
{
	struct evd_call *call, same = *probe;

	if (!*at)
		return NULL;
	call = &o->e->calls[o->v[--*at]];
	same.t = call->t;
	return o->by(call, &same) ? NULL : call;
}

static struct evd_call probe_of(const struct evd_flow *f)
{
	return (struct evd_call){
		.proto = f->proto, .local = f->local, .remote = f->remote, .t = f->first + SLACK
	};
}

/* on_socket_of() - can a socket with this local address have sent the flow? */
static bool on_socket_of(const struct evd_call *call, const struct evd_flow *f)
{
	return evd_is_unspecified(&call->local) || !by_ip(&call->local, &f->local);
}

/* is_spent() - a TCP connection, by connect(2) or MSG_FASTOPEN, whose flow is already known */
static bool is_spent(const struct evd_call *call)
{
	return call->used && call->op != EVD_ACCEPT && !strcmp(call->proto, "tcp");
}

static void own(struct evd_flow *f, struct evd_call *call)
{
	f->call = call;
	f->canary = call->canary;
	call->used = true;
}

/* join_exact() - the flow's own call. @spent: take a call that another flow has used */
static struct evd_call *join_exact(struct join *j, const struct evd_flow *f, bool spent)
{
	struct evd_call probe = probe_of(f), *call, *late = NULL;
	size_t at = upto(&j->exact, &probe);

	for (int i = 0; i < SCAN_MAX && (call = earlier(&j->exact, &probe, &at)); i++) {
		if (!on_socket_of(call, f) || is_spent(call) != spent)
			continue;
		if (call->t <= f->first)
			return call;
		late = call;		/* may be the next one that uses the port */
	}
	return late;
}

/* join_bound() - who listens there */
static struct evd_call *join_bound(struct join *j, const struct evd_flow *f)
{
	struct evd_call probe = probe_of(f), *call;
	size_t at = upto(&j->bound, &probe);

	for (int i = 0; i < SCAN_MAX && (call = earlier(&j->bound, &probe, &at)); i++)
		if (on_socket_of(call, f))
			return call;
	return NULL;
}

/*
 * join_other() - the latest call on the flow's port that names another destination and that no flow
 * followed
 */
static struct evd_call *join_other(struct join *j, const struct evd_flow *f)
{
	struct evd_call probe = probe_of(f), *call;
	size_t at = upto(&j->port, &probe);

	for (int i = 0; i < SCAN_MAX && (call = earlier(&j->port, &probe, &at)); i++)
		if (on_socket_of(call, f) && !is_spent(call) && call->op != EVD_ACCEPT)
			return call;
	return NULL;
}

/*
 * join_unread() - a call to the same destination whose local address could not be read, if one
 * process only made such calls
 */
static struct evd_call *join_unread(struct join *j, const struct evd_flow *f)
{
	struct evd_call probe = probe_of(f), *call, *found = NULL;
	size_t at;

	probe.local.port = 0;
	at = upto(&j->exact, &probe);
	for (int i = 0; (call = earlier(&j->exact, &probe, &at)) &&
			call->t >= f->first - UNREAD_WINDOW;
	     i++) {
		if (i == SCAN_MAX || (found && found->proc != call->proc))
			return NULL;
		if (!found || !call->used)
			found = call;
	}
	return found;
}

/*
 * sole_owner() - the process of all calls on sockets of this protocol, if it is one. Return: a call
 * of it, the earliest
 */
static struct evd_call *sole_owner(struct join *j, const char *proto, int64_t before)
{
	struct evd_call probe = { .proto = proto }, *found = NULL;

	probe.t = INT64_MIN;
	for (size_t i = upto(&j->portless, &probe), n = 0; i < j->portless.n; i++, n++) {
		struct evd_call *call = &j->e->calls[j->portless.v[i]];

		if (strcmp(call->proto, proto))
			return found;
		if (n == SCAN_MAX)
			return NULL;
		if (call->t > before)
			continue;
		if (found && found->proc != call->proc)
			return NULL;
		if (!found || call->t < found->t)
			found = call;
	}
	return found;
}

/*
 * portless_exact() - the process whose sockets of this protocol named the destination. Return: the
 * earliest call of it
 */
static struct evd_call *portless_exact(struct join *j, const struct evd_flow *f, const char *proto)
{
	struct evd_call probe = probe_of(f), *call, *found = NULL;
	size_t at;

	probe.proto = proto;
	at = upto(&j->portless, &probe);
	for (int i = 0; (call = earlier(&j->portless, &probe, &at)); i++) {
		if (i == SCAN_MAX)
			return NULL;
		if (!has_destination(call))
			continue;
		if (found && found->proc != call->proc)
			return NULL;
		found = call;
	}
	return found;
}

/* join_member() - who joined the group of a membership report last, before it was sent */
static struct evd_call *join_member(struct join *j, const struct evd_flow *f)
{
	struct evd_call probe = probe_of(f);
	size_t at;

	if (f->inbound || !f->link ||
	    (strcmp(f->proto, "ip-2") != 0 && strcmp(f->proto, "icmpv6") != 0))
		return NULL;
	at = upto(&j->joins, &probe);
	return earlier(&j->joins, &probe, &at);
}

/* join_asked() - for whose sake the kernel asked on the link who has an address: the latest call
 * that named it */
static struct evd_call *join_asked(struct join *j, const struct evd_flow *f)
{
	struct evd_call probe = probe_of(f);
	size_t at;

	if (f->inbound || !f->link ||
	    (strcmp(f->proto, "arp") != 0 && strcmp(f->proto, "icmpv6") != 0))
		return NULL;
	at = upto(&j->dests, &probe);
	return earlier(&j->dests, &probe, &at);
}

/*
 * join_portless() - by the destination that a call names, else by the only process with such
 * sockets
 */
static struct evd_call *join_portless(struct join *j, struct evd_flow *f)
{
	struct evd_call *found = f->local.port ? NULL : portless_exact(j, f, f->proto), *raw;

	if (!found)
		found = portless_exact(j, f, "raw");
	if (!found)
		found = join_member(j, f);
	if (!found)
		found = join_asked(j, f);
	if (!found && f->local.port && (found = join_other(j, f)))
		f->mismatch = true;
	if (found)
		return found;
	found = sole_owner(j, f->proto, f->first + SLACK);
	raw = sole_owner(j, "raw", f->first + SLACK);
	if (found && raw && found->proc != raw->proc)
		return NULL;
	f->inferred = found || raw;
	return found ? found : raw;
}

/* join_late() - what is left once every honest call has its flow */
static void join_late(struct join *j, struct evd_flow *f)
{
	struct evd_call *other = join_other(j, f), *spent = join_exact(j, f, true), *call = NULL;

	if (is_portless(f->proto)) {
		call = join_portless(j, f);
	} else if (spent && (!other || other->t < spent->t)) {
		call = spent;
	} else if (other) {
		f->mismatch = true;
		call = other;
	} else if ((call = join_unread(j, f))) {
		f->inferred = true;
	} else if ((call = join_bound(j, f))) {
		f->mismatch = !f->inbound;
	}
	if (call)
		own(f, call);
}

static int by_first(const void *pa, const void *pb)
{
	const struct evd_flow *a = *(struct evd_flow *const *)pa,
			      *b = *(struct evd_flow *const *)pb;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/*
 * late_names() - without names from the wire, what any lookup said about the address before the
 * flow began
 */
static void late_names(struct evd *e, struct evd_flow *f)
{
	const char *names[EVD_MAX_NAMES];
	unsigned char key[EVD_ADDR_KEY];
	size_t n = 0;

	if (f->names || !f->remote.family)
		return;
	evd_addr_key(&f->remote, key);
	for (struct named *d = tb_map_get(e->named, key, sizeof(key)); d && n < EVD_MAX_NAMES;
	     d = d->next)
		if (d->t <= f->first + SLACK)
			names[n++] = d->name;
	f->names = intern_list(e->strs, names, n);
}

/*
 * whole_sni() - nDPI 4.2 keeps the last SNI_KEPT bytes of a server name: it is the looked-up name
 * that ends so
 */
static void whole_sni(struct evd_flow *f)
{
	size_t len;

	if (!f->sni || !f->names || strlen(f->sni) != SNI_KEPT)
		return;
	for (size_t i = 0; i < f->names->n; i++) {
		len = strlen(f->names->v[i]);
		if (len > SNI_KEPT && !strcmp(f->names->v[i] + len - SNI_KEPT, f->sni)) {
			f->sni = f->names->v[i];
			return;
		}
	}
}

/* join_sure() - the flows whose own call is known, before any is concluded */
static void join_sure(struct join *j, struct evd_flow *f)
{
	struct evd_call *call = f->local.port ? join_exact(j, f, false) : NULL;

	if (!call && f->inbound)
		call = join_bound(j, f);
	if (call)
		own(f, call);
	late_names(j->e, f);
	whole_sni(f);
}

static void join_rest(struct join *j, struct evd_flow *f)
{
	const struct evd_facts *facts = &j->e->facts;

	if (!f->call)
		join_late(j, f);
	/* Before the product's program began, only the control process can have sent anything. */
	if (!f->call && facts->canary.planned && f->first < facts->product_t)
		f->canary = true;
}

void evd_join(struct evd *e)
{
	struct join j = { .e = e };
	size_t n = e->facts.nflows;

	if (n)
		qsort(e->flows, n, sizeof(struct evd_flow *), by_first);
	order_init(&j.exact, e, order_exact, has_destination);
	order_init(&j.port, e, order_port, has_destination);
	order_init(&j.bound, e, order_port, is_bound);
	order_init(&j.joins, e, order_joins, is_join);
	order_init(&j.dests, e, order_joins, has_destination);
	order_init(&j.portless, e, order_portless, is_portless_call);
	for (size_t i = 0; i < n && !e->failed; i++)
		join_sure(&j, e->flows[i]);
	for (size_t i = 0; i < n && !e->failed; i++)
		join_rest(&j, e->flows[i]);
	free(j.exact.v);
	free(j.port.v);
	free(j.bound.v);
	free(j.joins.v);
	free(j.dests.v);
	free(j.portless.v);
}

bool evd_is_membership(const struct evd_flow *f)
{
	return f->call && f->call->op == EVD_JOIN;
}
