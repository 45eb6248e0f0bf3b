/* SPDX-License-Identifier: Apache-2.0 */
/*
 * places.c - the globs of files.write and files.read become places
 *
 * A kernel that keeps a product out of files knows directories, not globs: each glob becomes the
 * smallest place that has all that it may match. What the product does there beyond the globs
 * succeeds, and the comparison reports it as without enforcement.
 */
#include "run/places.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/grow.h"

static int add(struct places *p, char *const *globs, size_t n, bool readonly)
{
	struct sbx_place *grown = tb_grow(p->list, p->box.n, n, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	p->list = grown;
	p->box.list = grown;
	for (size_t i = 0; i < n; i++) {
		struct sbx_place *place = &grown[p->box.n];

		place->readonly = readonly;
		place->path = pol_path_place(globs[i], &place->exact);
		if (!place->path)
			return -ENOMEM;
		p->box.n++;
	}
	return 0;
}

int places_prepare(struct places *p, const struct pol *policy, struct tb_err *err)
{
	int ret = 0;

	memset(p, 0, sizeof(*p));
	if (!policy || policy->on_file == POL_IGNORE)
		return 0;
	p->box.writes = true;
	p->box.reads = policy->nread;
	ret = add(p, policy->write, policy->nwrite, false);
	if (!ret && p->box.reads)
		ret = add(p, policy->read, policy->nread, true);
	if (!ret && p->box.reads)			/* what is executed is read */
		ret = add(p, policy->executes, policy->nexecutes, true);
	return ret ? tb_err_set(err, -ret, "prepare the places of declared files") : 0;
}

void places_clear(struct places *p)
{
	for (size_t i = 0; i < p->box.n; i++)
		free(p->list[i].path);
	free(p->list);
	memset(p, 0, sizeof(*p));
}
