/* SPDX-License-Identifier: Apache-2.0 */
/*
 * links.c - which destination a finding is about
 *
 * A finding refers to the packets of the conversations that it is about, and a lookup to the name.
 * The first of them that leads to a destination counts: findings about many are about one host.
 */
#include "facts/make.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"

/* The first packet of a conversation, and its destination. */
struct begin {
	uint64_t packet;
	uint32_t dest;
};

static int by_packet(const void *pa, const void *pb)
{
	const struct begin *a = pa, *b = pb;

	return a->packet < b->packet ? -1 : a->packet > b->packet;
}

/* begins() - of all conversations of the destinations, sorted. Return: how many */
static size_t begins(const struct make *m, struct begin *v)
{
	size_t n = 0;

	for (size_t i = 0; i < m->facts->ndests; i++) {
		const struct fact_dest *d = &m->facts->dests[i];

		for (size_t j = 0; j < d->count; j++)
			v[n++] = (struct begin){ .packet = m->ev->flows[d->flows[j]]->pkt_first,
						 .dest = (uint32_t)i };
	}
	qsort(v, n, sizeof(*v), by_packet);
	return n;
}

static bool is_text(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* by_name() - the destination that a lookup led to */
static uint32_t by_name(const struct facts *f, const struct fnd *finding)
{
	for (size_t i = 0; i < f->ndests; i++)
		if (is_text(f->dests[i].host, finding->object) &&
		    is_text(f->dests[i].owner.program, finding->program))
			return (uint32_t)i;
	return FACT_NO_DEST;
}

static uint32_t dest_of(const struct make *m, const struct begin *v, size_t n,
			const struct fnd *finding)
{
	if (finding->code == FND_DNS_UNDECLARED)
		return by_name(m->facts, finding);
	for (size_t i = 0; i < finding->packets.n; i++) {
		const struct begin key = { .packet = finding->packets.v[i] };
		const struct begin *found = bsearch(&key, v, n, sizeof(*v), by_packet);

		if (found)
			return found->dest;
	}
	return FACT_NO_DEST;
}

void make_links(struct make *m)
{
	TB_AUTOFREE struct begin *v = calloc(m->ev->nflows + 1, sizeof(*v));
	uint32_t *out = make_array(m, m->result->nfindings, sizeof(*out));
	size_t n;

	if (!v || !out) {
		m->failed = true;
		return;
	}
	n = begins(m, v);
	for (size_t i = 0; i < m->result->nfindings; i++)
		out[i] = dest_of(m, v, n, &m->result->findings[i]);
	m->facts->dest_of = out;
}
