/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uploads.c - what was sent in the bodies of requests
 */
#include "facts/make.h"

#include <stdlib.h>
#include <string.h>

/* What makes two alike. Equal strings of the evidence are one pointer. */
struct key {
	const char *words[6];
	struct ev_addr server;	/* if it names none */
	uint16_t port;
};

static struct key key_of(const struct fact_upload *u)
{
	struct key k;

	memset(&k, 0, sizeof(k));	/* it is compared with its padding */
	k.words[0] = u->sha256;
	k.words[1] = u->host;
	k.words[2] = u->service;
	k.words[3] = u->method;
	k.words[4] = u->path;
	k.words[5] = u->tls_version;
	k.port = u->server.port;
	if (u->host)
		return k;
	k.server.family = u->server.family;
	memcpy(k.server.ip, u->server.ip, sizeof(k.server.ip));
	return k;
}

static int compare(const struct fact_upload *a, const struct fact_upload *b)
{
	const struct key ka = key_of(a), kb = key_of(b);

	return memcmp(&ka, &kb, sizeof(ka));
}

/* by_key() - those that are alike stand together, in their order */
static int by_key(const void *pa, const void *pb)
{
	const struct fact_upload *a = pa, *b = pb;
	int ret = compare(a, b);

	if (ret)
		return ret;
	return a->first < b->first ? -1 : a->first > b->first;
}

static struct make_weight weight_of(const struct fact_upload *x)
{
	return (struct make_weight){ x->tls_version, x->bytes, x->first,
				     { x->host, x->path, x->sha256 } };
}

static int by_weight(const void *a, const void *b)
{
	const struct make_weight wa = weight_of(a), wb = weight_of(b);

	return make_weigh(&wa, &wb);
}

static struct fact_upload upload_of(const struct evd_request *r)
{
	const struct evd_call *call = r->flow ? r->flow->call : NULL;
	struct fact_upload u = {
		.host = r->names && r->names->n ? r->names->v[0] : r->sni, .server = r->server,
		.service = r->service, .method = r->method, .path = r->path,
		.tls_version = r->tls_version, .type = r->type, .encoding = r->encoding,
		.sha256 = r->sha256, .begins = r->begins, .status = r->status, .bytes = r->bytes_in,
		.count = r->count, .kept = r->kept, .kept_at = r->kept_at, .first = r->first,
		.last = r->last,
	};

	if (call)
		u.proc = call->proc;
	if (call && call->program)
		u.program = call->program->path;
	return u;
}

/* fold() - those that are alike are one. Return: how many are left */
static size_t fold(struct fact_upload *v, size_t n)
{
	size_t out = 0;

	qsort(v, n, sizeof(*v), by_key);
	for (size_t i = 1; i < n; i++) {
		if (compare(&v[out], &v[i])) {
			v[++out] = v[i];
			continue;
		}
		v[out].count += v[i].count;
		v[out].last = v[i].last > v[out].last ? v[i].last : v[out].last;
	}
	return out + 1;
}

void make_uploads(struct make *m)
{
	const struct evd_facts *ev = m->ev;
	struct fact_upload *v;
	size_t n = 0, at = 0;

	for (size_t i = 0; i < ev->nrequests; i++)
		n += ev->requests[i].sha256 != NULL;
	if (!n)
		return;
	v = calloc(n, sizeof(*v));
	if (!v) {
		m->failed = true;
		return;
	}
	for (size_t i = 0; i < ev->nrequests; i++)
		if (ev->requests[i].sha256)
			v[at++] = upload_of(&ev->requests[i]);
	m->facts->nuploads = fold(v, n);
	m->facts->uploads = make_list(m, v, &m->facts->nuploads, sizeof(*v), by_weight,
				      &m->facts->more_uploads);
}
