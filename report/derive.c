/* SPDX-License-Identifier: Apache-2.0 */
/*
 * derive.c - order of findings, ancestry of processes, absolute times
 */
#include "report/derive.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"

/*
 * The order of codes within a severity: what left the machine, then what it let in, started and
 * changed, then calls. Codes that are not named stand at the end.
 */
static const enum fnd_code ranks[] = {
	FND_NET_UNDECLARED, FND_NET_RESOLVER, FND_PROTOCOL_UNKNOWN, FND_CALL_PACKET_MISMATCH,
	FND_FLOW_UNOWNED, FND_DNS_UNUSUAL, FND_DNS_UNDECLARED, FND_TLS_NAME_MISMATCH,
	FND_NET_REQUEST,
	FND_NET_APPLICATION, FND_TLS_VERSION, FND_NET_LIMIT, FND_NET_UNRESOLVED,
	FND_CALL_WITHOUT_PACKETS, FND_LISTEN_UNDECLARED, FND_EXEC_UNDECLARED, FND_EXEC_CHANGED,
	FND_EXEC_MAPPED, FND_FILE_UNDECLARED, FND_FILE_UNEXPLAINED, FND_BOX_ATTEMPT, FND_SYS_DENIED,
	FND_SYS_UNDECLARED, FND_MISSING_REQUIRED,
};

/* A finding with what its place depends on. */
struct placed {
	size_t at;		/* in the result */
	size_t rank;
	enum fnd_severity severity;
	bool rest;		/* it counts what is not told one by one */
	bool clear, unresolved;
	uint64_t bytes;
};

static size_t rank_of(enum fnd_code code)
{
	size_t i = 0;

	while (i < TB_ARRAY_SIZE(ranks) && ranks[i] != code)
		i++;
	return i < TB_ARRAY_SIZE(ranks) ? i : i + code;
}

static struct placed place(const struct fnd_result *r, const struct facts *facts, size_t at)
{
	const struct fnd *f = &r->findings[at];
	uint32_t dest = facts && facts->dest_of ? facts->dest_of[at] : FACT_NO_DEST;
	struct placed p = { .at = at, .rank = rank_of(f->code), .severity = f->severity };
	p.rest = !f->object;

	if (dest == FACT_NO_DEST)
		return p;
	p.clear = facts->dests[dest].content == FACT_CLEAR;
	p.unresolved = fact_unresolved(&facts->dests[dest]);
	p.bytes = f->bytes_out;
	return p;
}

static int by_place(const void *pa, const void *pb)
{
	const struct placed *a = pa, *b = pb;

	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->rest != b->rest)
		return a->rest ? 1 : -1;
	if (a->clear != b->clear)
		return a->clear ? -1 : 1;
	if (a->unresolved != b->unresolved)
		return a->unresolved ? -1 : 1;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

size_t *rpt_order(const struct fnd_result *r, const struct facts *facts)
{
	TB_AUTOFREE struct placed *v = calloc(r->nfindings + 1, sizeof(*v));
	size_t *order = calloc(r->nfindings + 1, sizeof(*order));

	if (!v || !order) {
		free(order);
		return NULL;
	}
	for (size_t i = 0; i < r->nfindings; i++)
		v[i] = place(r, facts, i);
	qsort(v, r->nfindings, sizeof(*v), by_place);
	for (size_t i = 0; i < r->nfindings; i++)
		order[i] = v[i].at;
	return order;
}

bool rpt_is_whole(const struct rpt_input *in)
{
	for (size_t i = 0; i < in->result->ngaps; i++)
		if (in->result->gaps[i].blocks_conforms)
			return false;
	return in->run->state == RUN_COMPLETE;
}

size_t rpt_ancestry(const struct fnd_result *r, const struct fnd_proc *p,
		    const struct fnd_proc *out[RPT_ANCESTORS])
{
	size_t n = 0;

	while (n < RPT_ANCESTORS) {
		p = fnd_result_program(r, p->parent, p->born);
		if (!p)
			break;
		out[n++] = p;
	}
	return n;
}

size_t rpt_refs(const struct fnd_refs *refs, uint64_t out[FND_REFS])
{
	size_t n = 0, at;

	for (; n < refs->n && n < FND_REFS; n++) {
		for (at = n; at > 0 && out[at - 1] > refs->v[n]; at--)
			out[at] = out[at - 1];
		out[at] = refs->v[n];
	}
	return n;
}

int rpt_time_format(int64_t started_ns, int64_t t, char out[RPT_TIMELEN])
{
	int64_t ns;

	out[0] = '\0';
	return __builtin_add_overflow(started_ns, t, &ns) ? -ERANGE : tb_time_format(ns, out);
}
