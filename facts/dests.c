/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dests.c - where conversations went, or came from
 *
 * How it works: flows are sorted by everything that makes two of them one destination, and each
 * run of equal ones is folded. Equal strings of the evidence are one pointer, so the order in
 * between is that of the memory; the last sort, by weight, ends with the number of the first flow,
 * so that the same evidence gives the same list.
 */
#include "facts/make.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/app_words.h"
#include "tcbox/own.h"

/* What makes flows alike. */
struct key {
	const void *words[10];
	struct ev_addr addr;	/* where no name is known */
	uint16_t port;
	uint8_t content, answer;
	uint8_t stand, marks;
	uint32_t rule;
};

/* A flow of the evidence with its key. */
struct keyed {
	struct key key;
	uint32_t flow;
};

struct dests {
	struct make *m;
	struct keyed *v;
	size_t n;
	struct fact_dest *out;
	size_t nout;
};

static enum fact_content content_of(const struct evd_flow *f)
{
	if (!f->bytes_out && !f->bytes_in)
		return FACT_NO_CONTENT;
	if (evd_opaque(f))
		return FACT_ENCRYPTED;
	if (tb_app_encrypted(f->app, f->app_detail))
		return FACT_READ;
	return tb_app_known(f->app) ? FACT_CLEAR : FACT_UNKNOWN_CONTENT;
}

/* answer_of() - conversations that came about are one kind, however they ended */
static uint8_t answer_of(const struct evd_flow *f)
{
	static const char *const states[] = { "refused", "timeout" };

	for (size_t i = 0; f->state && i < TB_ARRAY_SIZE(states); i++)
		if (!strcmp(f->state, states[i]))
			return (uint8_t)(i + 1);
	return 0;
}

static const struct evd_program *program_of(const struct evd_flow *f)
{
	return f->call ? f->call->program : NULL;
}

/* port_of() - of an echo it is the identifier, which no reader wants */
static uint16_t port_of(const struct evd_flow *f)
{
	if (!strncmp(f->proto, "icmp", 4))
		return 0;
	return f->inbound ? f->local.port : f->remote.port;
}

static struct ev_addr other_end(const struct evd_flow *f)
{
	struct ev_addr a = f->remote;

	a.port = 0;
	return a;
}

static void key_of(const struct dests *s, uint32_t flow, struct key *k)
{
	const struct evd_flow *f = s->m->ev->flows[flow];
	const struct fnd_flow *stand = &s->m->result->flows[flow];
	bool known = tb_app_known(f->app);
	const void *const words[] = {
		program_of(f),	   f->inbound ? NULL : evd_host(f), f->proto,
		known ? f->app : NULL,   known ? f->app_detail : NULL, f->tls_version,
		f->sni,		   f->http_host,		    f->call,
		f->tls_refused,
	};

	memset(k, 0, sizeof(*k));
	memcpy(k->words, words, sizeof(words));
	if (f->call)		/* only whether an owner is known */
		k->words[8] = f->proto;
	if (!k->words[1])
		k->addr = other_end(f);
	k->port = port_of(f);
	k->content = content_of(f);
	k->answer = answer_of(f);
	k->stand = stand->stand;
	k->rule = stand->rule;
	k->marks = f->inbound | f->ech << 1 | evd_is_membership(f) << 2 |
		   f->tls_failed << 3;
}

static int by_key(const void *pa, const void *pb)
{
	const struct keyed *a = pa, *b = pb;
	int ret = memcmp(&a->key, &b->key, sizeof(a->key));

	if (ret)
		return ret;
	return a->flow < b->flow ? -1 : a->flow > b->flow;
}

static int by_number(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

/* count_owners() - the different processes of @n flows */
static void count_owners(struct dests *s, struct fact_owner *o, const struct keyed *v, size_t n)
{
	TB_AUTOFREE uint64_t *procs = calloc(n, sizeof(*procs));
	size_t known = 0;

	if (!procs) {
		s->m->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct evd_call *call = s->m->ev->flows[v[i].flow]->call;

		if (call)
			procs[known++] = call->proc;
	}
	qsort(procs, known, sizeof(*procs), by_number);
	for (size_t i = 0; i < known; i++)
		o->processes += !i || procs[i] != procs[i - 1];
}

/* add_addr() - @room: of the addresses of @d, which are kept once each */
static void add_addr(struct fact_dest *d, struct ev_addr *room, const struct ev_addr *a)
{
	for (size_t i = 0; i < d->naddrs; i++)
		if (ev_addr_eq(&room[i], a))
			return;
	if (d->naddrs < FACT_ADDRS)
		room[d->naddrs++] = *a;
	else
		d->addrs_left_out = true;
}

static void add_flow(struct fact_dest *d, const struct evd_flow *f)
{
	d->count++;
	d->first = d->count == 1 || f->first < d->first ? f->first : d->first;
	d->last = d->count == 1 || f->last > d->last ? f->last : d->last;
	d->unfinished += !f->ended;
	d->pkts += f->pkts;
	d->bytes_out += f->bytes_out;
	d->bytes_in += f->bytes_in;
}

static struct fact_dest dest_of(const struct make *m, const struct keyed *first)
{
	const struct evd_flow *f = m->ev->flows[first->flow];
	const struct key *k = &first->key;
	struct fact_dest d = {
		.host = k->words[1], .port = k->port, .proto = f->proto, .state = f->state,
		.app = k->words[3], .app_detail = k->words[4], .tls_version = f->tls_version,
		.sni = f->sni, .http_host = f->http_host, .content = k->content,
		.inbound = f->inbound, .ech = f->ech, .group = evd_is_membership(f),
		.stand = k->stand, .tls_failed = f->tls_failed, .tls_refused = f->tls_refused,
	};
	const struct evd_proc *p = f->call ? evd_proc(m->ev, f->call->proc) : NULL;

	if (k->rule && k->rule <= m->result->nrules)
		d.rule = m->result->rules[k->rule - 1].id;
	if (program_of(f))
		d.owner.program = program_of(f)->path;
	if (f->call)
		d.owner.proc = f->call->proc;
	if (p)
		d.owner.pid = p->pid;
	return d;
}

/* fold() - @n flows that are alike as one destination */
static void fold(struct dests *s, const struct keyed *v, size_t n)
{
	struct fact_dest *d = &s->out[s->nout++];
	uint32_t *flows = make_array(s->m, n, sizeof(*flows));
	size_t room = n < FACT_ADDRS ? n : FACT_ADDRS;
	struct ev_addr *addrs = make_array(s->m, room, sizeof(*addrs));

	*d = dest_of(s->m, v);
	if (!flows || !addrs)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct evd_flow *f = s->m->ev->flows[v[i].flow];
		struct ev_addr a = other_end(f);

		flows[i] = v[i].flow;
		add_flow(d, f);
		add_addr(d, addrs, &a);
	}
	d->flows = flows;
	d->addrs = addrs;
	count_owners(s, &d->owner, v, n);
	make_requests(s->m, d);
}

/* stand_weight() - what is not declared comes first */
static int stand_weight(enum fnd_stand stand)
{
	static const int weights[] = {
		[FND_UNDECLARED] = 0, [FND_BROKEN] = 1, [FND_NOT_COMPARED] = 2, [FND_IGNORED] = 3,
		[FND_DECLARED] = 4,
	};

	return weights[stand];
}

static int by_weight(const void *pa, const void *pb)
{
	const struct fact_dest *a = pa, *b = pb;
	int ret = stand_weight(a->stand) - stand_weight(b->stand);

	if (!ret)
		ret = (int)fact_unresolved(b) - (int)fact_unresolved(a);
	if (!ret)
		ret = (int)(b->content == FACT_CLEAR) - (int)(a->content == FACT_CLEAR);
	if (ret)
		return ret;
	if (a->bytes_out != b->bytes_out)
		return a->bytes_out > b->bytes_out ? -1 : 1;
	if (a->bytes_in != b->bytes_in)
		return a->bytes_in > b->bytes_in ? -1 : 1;
	return a->flows[0] < b->flows[0] ? -1 : a->flows[0] > b->flows[0];
}

/* publish() - the weightiest */
static void publish(struct dests *s)
{
	struct facts *out = s->m->facts;
	size_t kept = s->nout < FACTS_MAX ? s->nout : FACTS_MAX;
	struct fact_dest *v = make_array(s->m, kept, sizeof(*v));

	if (s->m->failed)
		return;
	qsort(s->out, s->nout, sizeof(*s->out), by_weight);
	memcpy(v, s->out, kept * sizeof(*v));
	out->dests = v;
	out->ndests = kept;
	for (size_t i = kept; i < s->nout; i++) {
		out->more_dests.n++;
		out->more_dests.count += s->out[i].count;
		out->more_dests.bytes_out += s->out[i].bytes_out;
		out->more_dests.bytes_in += s->out[i].bytes_in;
	}
}

/* gather() - the flows that are the product's and no lookups: those are told by their names */
static void gather(struct dests *s)
{
	const struct evd_facts *ev = s->m->ev;

	for (size_t i = 0; i < ev->nflows; i++) {
		if (ev->flows[i]->canary || ev->flows[i]->lookup)
			continue;
		s->v[s->n].flow = (uint32_t)i;
		key_of(s, (uint32_t)i, &s->v[s->n].key);
		s->n++;
	}
	qsort(s->v, s->n, sizeof(*s->v), by_key);
}

void make_dests(struct make *m)
{
	struct dests s = { .m = m };
	size_t from, to;

	s.v = calloc(m->ev->nflows + 1, sizeof(*s.v));
	if (s.v)
		gather(&s);
	s.out = calloc(s.n + 1, sizeof(*s.out));
	if (!s.v || !s.out)
		m->failed = true;
	for (from = 0; from < s.n && !m->failed; from = to) {
		for (to = from + 1; to < s.n; to++)
			if (memcmp(&s.v[from].key, &s.v[to].key, sizeof(s.v[to].key)) != 0)
				break;
		fold(&s, &s.v[from], to - from);
	}
	publish(&s);
	free(s.v);
	free(s.out);
}
