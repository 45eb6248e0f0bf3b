/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gap.c - something that was not seen
 */
#include "policy/compare/gap.h"

#include "policy/compare/details.h"
#include "tcbox/grow.h"

struct fnd_details *gap_add(struct cmp *c, bool blocks_conforms, enum fnd_gap_code code)
{
	struct fnd_result *r = c->verdict.r;
	struct fnd_gap *v = tb_grow(r->gaps, r->ngaps, 1, sizeof(*v)), *g;

	if (!v) {
		c->verdict.failed = true;
		return NULL;
	}
	r->gaps = v;
	g = &v[r->ngaps++];
	*g = (struct fnd_gap){ .code = code, .blocks_conforms = blocks_conforms };
	return &g->details;
}

void gap_number(struct cmp *c, bool blocks_conforms, enum fnd_gap_code code, enum fnd_key key,
		uint64_t n)
{
	details_number(c, gap_add(c, blocks_conforms, code), key, n);
}

void gap_text(struct cmp *c, bool blocks_conforms, enum fnd_gap_code code, enum fnd_key key,
	      const char *text)
{
	details_text(c, gap_add(c, blocks_conforms, code), key, text);
}
