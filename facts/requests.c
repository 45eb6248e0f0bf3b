/* SPDX-License-Identifier: Apache-2.0 */
/*
 * requests.c - what was asked for in the conversations of a destination
 */
#include "facts/make.h"

#include <stdlib.h>
#include <string.h>

/* What makes two requests alike. Equal strings of the evidence are one pointer. */
struct key {
	const char *words[7];
	uint64_t status;
};

static struct key key_of(const struct fact_request *r)
{
	return (struct key){
		{ r->service, r->method, r->host, r->path, r->target, r->via, r->tls_version },
		r->status,
	};
}

/* by_key() - those that are alike stand together */
static int by_key(const void *pa, const void *pb)
{
	const struct fact_request *a = pa, *b = pb;
	const struct key ka = key_of(a), kb = key_of(b);
	int ret = memcmp(&ka, &kb, sizeof(ka));

	if (ret)
		return ret;
	return a->first < b->first ? -1 : a->first > b->first;
}

static bool alike(const struct fact_request *a, const struct fact_request *b)
{
	const struct key ka = key_of(a), kb = key_of(b);

	return !memcmp(&ka, &kb, sizeof(ka));
}

static struct make_weight weight_of(const struct fact_request *x)
{
	return (struct make_weight){ x->tls_version, x->bytes_out, x->first,
				     { x->host, x->path, x->method } };
}

static int by_weight(const void *a, const void *b)
{
	const struct make_weight wa = weight_of(a), wb = weight_of(b);

	return make_weigh(&wa, &wb);
}

static struct fact_request request_of(const struct evd_request *r)
{
	return (struct fact_request){
		.service = r->service, .method = r->method,
		.host = r->names && r->names->n ? r->names->v[0] : r->sni,
		.path = r->path, .target = r->target, .via = r->via, .tls_version = r->tls_version,
		.status = r->status, .count = r->count, .bytes_out = r->bytes_in,
		.bytes_in = r->bytes_out, .first = r->first, .last = r->last, .cut = r->cut,
		.unread = r->unread,
	};
}

static void add(struct fact_request *to, const struct fact_request *r)
{
	to->count += r->count;
	to->bytes_out += r->bytes_out;
	to->bytes_in += r->bytes_in;
	to->last = r->last > to->last ? r->last : to->last;
	to->cut |= r->cut;
	to->unread |= r->unread;
}

/* fold() - requests that are alike are one. Return: how many are left */
static size_t fold(struct fact_request *v, size_t n)
{
	size_t out = 0;

	if (!n)
		return 0;
	qsort(v, n, sizeof(*v), by_key);
	for (size_t i = 1; i < n; i++) {
		if (alike(&v[out], &v[i]))
			add(&v[out], &v[i]);
		else
			v[++out] = v[i];
	}
	return out + 1;
}

void make_requests(struct make *m, struct fact_dest *d)
{
	struct fact_request *v, *out;
	size_t n = 0, at = 0, kept;

	for (size_t i = 0; i < d->count; i++)
		n += m->ev->flows[d->flows[i]]->nrequests;
	if (!n)
		return;
	v = calloc(n, sizeof(*v));
	if (!v) {
		m->failed = true;
		return;
	}
	for (size_t i = 0; i < d->count; i++) {
		const struct evd_flow *f = m->ev->flows[d->flows[i]];

		for (size_t j = 0; j < f->nrequests; j++)
			v[at++] = request_of(&f->requests[j]);
	}
	n = fold(v, n);
	qsort(v, n, sizeof(*v), by_weight);
	kept = n < FACT_REQUESTS ? n : FACT_REQUESTS;
	out = make_array(m, kept, sizeof(*out));
	if (out)
		memcpy(out, v, kept * sizeof(*out));
	free(v);
	d->requests = out;
	d->nrequests = out ? kept : 0;
	d->more_requests = n - kept;
}
