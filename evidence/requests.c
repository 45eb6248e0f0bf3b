/* SPDX-License-Identifier: Apache-2.0 */
/*
 * requests.c - what the lab read and understood of each conversation, and all names that were said
 * in it
 *
 * How it works: a request belongs to the flow between its two ends that had begun when its first
 * byte was read; of several, because a port was used again, to the latest. Then the names of each
 * flow are gathered, those in its packets first. What names no host is left as it is, so that it
 * equals nothing else.
 *
 * Limits: EVD_MAX_SAID names of one conversation; what exceeds them is counted.
 */
#include "evidence/state.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/app_words.h"
#include "tcbox/clock.h"
#include "tcbox/word.h"

#define SLACK (20 * TB_NS_PER_MS)	/* between the clocks of two processes */

static struct evd_request request_of(struct evd *e, const struct ev *ev)
{
	const struct ev_request *from = &ev->u.request;
	struct evd_request r = {
		.line = ev->line, .number = from->number, .count = from->count ? from->count : 1,
		.first = from->first, .last = from->last, .status = from->status,
		.bytes_in = from->bytes_in, .bytes_out = from->bytes_out, .ech = from->ech,
		.cut = from->cut, .unread = from->unread, .kept = from->kept,
		.kept_at = from->kept_at,
	};

	r.client = ev_addr_plain(&from->client);
	r.server = ev_addr_plain(&from->server);
	r.service = intern_str(e->strs, from->service);
	r.method = intern_str(e->strs, from->method);
	r.path = intern_str(e->strs, from->path);
	r.target = intern_str(e->strs, from->target);
	r.via = intern_str(e->strs, from->via);
	r.sni = intern_host(e->strs, from->sni);
	r.tls_version = intern_str(e->strs, from->tls_version);
	r.type = intern_str(e->strs, from->type);
	r.encoding = intern_str(e->strs, from->encoding);
	r.sha256 = intern_str(e->strs, from->sha256);
	r.begins = intern_str(e->strs, from->begins);
	r.names = intern_list(e->strs, from->names.v, from->names.n);
	return r;
}

void evd_feed_request(struct evd *e, const struct ev *ev)
{
	struct evd_request *v;

	if (e->facts.nrequests >= e->limits.requests) {
		e->facts.dropped++;
		return;
	}
	v = evd_grow(e, e->requests, e->facts.nrequests, sizeof(*v));
	if (!v)
		return;
	e->requests = v;
	v[e->facts.nrequests++] = request_of(e, ev);
}

void evd_feed_stream(struct evd *e, const struct ev *ev)
{
	const struct ev_served *from = &ev->u.served;
	struct stream *v;

	if (e->nstreams >= e->limits.flows) {
		e->facts.dropped++;
		return;
	}
	v = evd_grow(e, e->streams, e->nstreams, sizeof(*v));
	if (!v)
		return;
	e->streams = v;
	v[e->nstreams++] = (struct stream){
		.client = ev_addr_plain(&from->client), .server = ev_addr_plain(&from->server),
		.first = from->first, .bytes = from->stream,
		.tls_refused = intern_str(e->strs, from->tls_refused),
		.tls_failed = from->tls_failed,
	};
}

static int by_end(const struct ev_addr *a, const struct ev_addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return memcmp(a->ip, b->ip, a->family == AF_INET ? 4 : 16);
}

static int by_ends(const struct evd_flow *a, const struct evd_flow *b)
{
	int ret = by_end(&a->local, &b->local);

	return ret ? ret : by_end(&a->remote, &b->remote);
}

static int by_ends_and_time(const void *pa, const void *pb)
{
	const struct evd_flow *a = *(struct evd_flow *const *)pa,
			      *b = *(struct evd_flow *const *)pb;
	int ret = by_ends(a, b);

	if (!ret)
		ret = a->first < b->first ? -1 : a->first > b->first;
	if (ret)
		return ret;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* find_flow() - the latest between two ends that had begun then; NULL: there is none */
static struct evd_flow *find_flow(struct evd_flow *const *v, size_t n, const struct ev_addr *client,
				  const struct ev_addr *server, int64_t then)
{
	struct evd_flow probe = { .local = *client, .remote = *server, .first = then + SLACK,
				  .id = UINT64_MAX };
	const struct evd_flow *key = &probe;
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (by_ends_and_time(&v[mid], &key) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && !by_ends(v[lo - 1], &probe) ? v[lo - 1] : NULL;
}

/* is_heard() - a lookup that the lab took from a connection, perhaps an encrypted one */
static bool is_heard(const struct evd_lookup *l)
{
	return l->src == EV_SRC_LAB && l->tcp;
}

static bool is_any_heard(const struct evd *e)
{
	for (size_t i = 0; i < e->facts.nlookups; i++)
		if (is_heard(&e->lookups[i]))
			return true;
	return false;
}

/* compare_streams() - @v: the flows of TCP, as find_flow() needs them */
static void compare_streams(struct evd *e, struct evd_flow *const *v, size_t n)
{
	for (size_t i = 0; i < n && e->nstreams; i++)
		v[i]->compared = v[i]->ended && !v[i]->inbound;
	for (size_t i = 0; i < e->nstreams; i++) {
		const struct stream *s = &e->streams[i];
		struct evd_flow *f = find_flow(v, n, &s->client, &s->server, s->first);

		if (!f)
			continue;
		f->tls_failed = s->tls_failed && !f->read;
		f->read += s->bytes;
		f->tls_refused = s->tls_refused;
	}
}

bool evd_unheard(const struct evd_flow *f)
{
	return f->ambiguous || (f->compared && f->sent != f->read);
}

/* find_flows() - of requests, connections, and lookups that the lab heard */
static void find_flows(struct evd *e)
{
	struct evd_flow **v = malloc((e->facts.nflows + 1) * sizeof(*v));
	size_t n = 0;

	if (!v) {
		e->failed = true;
		return;
	}
	for (size_t i = 0; i < e->facts.nflows; i++)
		if (!strcmp(e->flows[i]->proto, "tcp"))
			v[n++] = e->flows[i];
	qsort(v, n, sizeof(*v), by_ends_and_time);
	for (size_t i = 0; i < e->facts.nrequests; i++) {
		const struct evd_request *r = &e->requests[i];

		e->requests[i].flow = find_flow(v, n, &r->client, &r->server, r->first);
	}
	for (size_t i = 0; i < e->facts.nlookups; i++) {
		struct evd_lookup *l = &e->lookups[i];

		if (is_heard(l))
			l->flow = find_flow(v, n, &l->client, &l->server, l->t);
	}
	compare_streams(e, v, n);
	free(v);
}

/* by_flow() - as facts.flows is ordered, then as the record */
static int by_flow(const void *pa, const void *pb)
{
	const struct evd_request *a = pa, *b = pb;
	const struct evd_flow *fa = a->flow, *fb = b->flow;

	if (!fa != !fb)
		return fa ? -1 : 1;
	if (fa && fa->first != fb->first)
		return fa->first < fb->first ? -1 : 1;
	if (fa && fa->id != fb->id)
		return fa->id < fb->id ? -1 : 1;
	return a->line < b->line ? -1 : a->line > b->line;
}

/*
 * give_requests() - each flow its own, which stand together. Return: how many names are said at
 * most
 */
static size_t give_requests(struct evd *e)
{
	size_t most = 0, at = 0;

	for (size_t i = 0; i < e->facts.nrequests; i++)
		most += 2 + (e->requests[i].names ? e->requests[i].names->n : 0);
	for (size_t i = 0; i < e->facts.nflows; i++) {
		struct evd_flow *f = e->flows[i];

		f->requests = e->requests + at;
		while (at < e->facts.nrequests && e->requests[at].flow == f)
			at++;
		f->nrequests = (size_t)(e->requests + at - f->requests);
		most += !!f->sni + !!f->http_host;
	}
	return most;
}

/* The names of one flow while they are gathered, behind those of the flows before it. */
struct gather {
	struct evd *e;
	struct evd_said *v;
	size_t n;
	uint64_t line;
	enum ev_src by;
};

static void say(struct gather *g, const char *name, enum evd_how how)
{
	size_t i = 0;

	if (!name)
		return;
	while (i < g->n && g->v[i].name != name)
		i++;
	if (i == EVD_MAX_SAID) {
		g->e->facts.dropped++;
		return;
	}
	if (i == g->n) {
		g->v[i] = (struct evd_said){ .name = name, .line = g->line };
		g->n++;
	}
	g->v[i].how |= 1u << how;
	g->v[i].heard |= 1u << g->by;
}

static void say_request(struct gather *g, const struct evd_request *r)
{
	g->line = r->line;
	say(g, r->sni, EVD_BY_SNI);
	say(g, intern_host(g->e->strs, r->target), EVD_BY_PROXY);
	for (size_t i = 0; r->names && i < r->names->n; i++)
		say(g, r->names->v[i], EVD_BY_HOST);
}

/* say_all() - the names of one flow. Return: their number */
static size_t say_all(struct evd *e, struct evd_flow *f, struct evd_said *v)
{
	struct gather g = { .e = e, .v = v, .line = f->line, .by = EV_SRC_NET };

	say(&g, f->sni, EVD_BY_SNI);
	say(&g, f->http_host, EVD_BY_HOST);
	g.by = EV_SRC_LAB;
	for (size_t i = 0; i < f->nrequests; i++)
		say_request(&g, &f->requests[i]);
	f->said = v;
	f->nsaid = g.n;
	return g.n;
}

/* is_tls_number() - "1.0" ... "1.3", which have an order */
static bool is_tls_number(const char *version)
{
	return version && version[0] == '1' && version[1] == '.';
}

/*
 * is_misread() - is that which the packets were taken for not what the lab understood? "SUBSCRIBE"
 * is a method of HTTP and a word of NATS. Who reads HTTP in packets finds its host there
 */
static bool is_misread(const struct evd_flow *f, const char *heard)
{
	if (!f->app || !strcmp(f->app, "unknown"))
		return true;
	if (!strcmp(heard, "socks"))	/* version 4 is one byte, which Cassandra has, too */
		return true;
	return !strcmp(heard, "http") && !f->http_host && strncmp(f->app, "http", 4) != 0;
}

/*
 * heed() - the lab ended the sessions, so its word on them counts: on a protocol that was not
 * recognised in the packets, on TLS that began later, and on the weakest of several
 */
static void heed(struct evd_flow *f)
{
	const char *app = evd_heard_app(f), *tls = evd_heard_tls(f);

	if (app && is_misread(f, app)) {
		f->app = app;
		f->app_detail = NULL;
	}
	if (tls && (!f->tls_version ||
		    (is_tls_number(f->tls_version) && strcmp(tls, f->tls_version) < 0)))
		f->tls_version = tls;
}

/* heed_refusal() - a version that the client refused was not used, whatever its hello says. Where
 * the lab tells of a session nothing was refused */
static void heed_refusal(struct evd_flow *f)
{
	for (size_t i = 0; i < f->nrequests; i++)
		if (f->requests[i].tls_version || f->requests[i].method)
			f->tls_failed = false;
	if (!f->tls_failed)
		f->tls_refused = NULL;
	if (f->tls_refused)
		f->tls_version = NULL;
}

void evd_requests(struct evd *e)
{
	size_t most, n = 0;

	if (e->facts.nrequests || e->nstreams || is_any_heard(e))
		find_flows(e);
	if (e->facts.nrequests)
		qsort(e->requests, e->facts.nrequests, sizeof(*e->requests), by_flow);
	most = give_requests(e);
	for (size_t i = 0; i < e->facts.nflows; i++)
		heed(e->flows[i]);
	for (size_t i = 0; i < e->facts.nflows; i++)
		heed_refusal(e->flows[i]);
	if (!most)
		return;
	e->said = malloc(most * sizeof(*e->said));
	if (!e->said) {
		e->failed = true;
		return;
	}
	for (size_t i = 0; i < e->facts.nflows; i++)
		n += say_all(e, e->flows[i], e->said + n);
}

/* leads_to_tls() - is it no more than the way to an encrypted session? */
static bool leads_to_tls(const struct evd_request *r)
{
	return r->target || tb_is_word(r->method, "STARTTLS");
}

const char *evd_heard_app(const struct evd_flow *f)
{
	const struct evd_request *first = f->requests;

	if (!f->nrequests)
		return NULL;
	return first->tls_version ? "tls" : first->service;
}

const char *evd_heard_tls(const struct evd_flow *f)
{
	const char *weakest = NULL;

	for (size_t i = 0; i < f->nrequests; i++) {
		const struct evd_request *r = &f->requests[i];

		if (!r->tls_version && !r->method && !r->status)
			continue;	/* a hello that led to no session */
		if (!r->tls_version && !leads_to_tls(r))
			return NULL;
		if (r->tls_version && (!weakest || strcmp(r->tls_version, weakest) < 0))
			weakest = r->tls_version;
	}
	return weakest;
}

bool evd_opaque(const struct evd_flow *f)
{
	if (!tb_app_encrypted(f->app, f->app_detail))
		return false;
	for (size_t i = 0; i < f->nrequests; i++)
		if (f->requests[i].tls_version)
			return false;
	return true;
}

bool evd_veiled(const struct evd_flow *f)
{
	bool heard = false;

	for (size_t i = 0; i < f->nrequests; i++) {
		const struct evd_request *r = &f->requests[i];

		if (r->ech && (!r->tls_version || (!r->method && !r->bytes_in)))
			return true;
		heard |= r->ech;
	}
	return f->ech && !heard;
}
