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

/* take_code() - append the findings from @from on that have its severity and code. Return: the new
 * number in @order */
static size_t take_code(const struct fnd_result *r, size_t from, bool *taken, size_t *order,
			size_t n)
{
	const struct fnd *first = &r->findings[from];

	for (size_t i = from; i < r->nfindings; i++) {
		const struct fnd *f = &r->findings[i];

		if (taken[i] || f->severity != first->severity || f->code != first->code)
			continue;
		taken[i] = true;
		order[n++] = i;
	}
	return n;
}

size_t *rpt_order(const struct fnd_result *r)
{
	static const enum fnd_severity severities[] = { FND_VIOLATION, FND_WARNING, FND_INFO };
	TB_AUTOFREE bool *taken = calloc(r->nfindings + 1, sizeof(*taken));
	size_t *order = calloc(r->nfindings + 1, sizeof(*order)), n = 0;

	if (!taken || !order) {
		free(order);
		return NULL;
	}
	for (size_t s = 0; s < TB_ARRAY_SIZE(severities); s++)
		for (size_t i = 0; i < r->nfindings; i++)
			if (!taken[i] && r->findings[i].severity == severities[s])
				n = take_code(r, i, taken, order, n);
	return order;
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
