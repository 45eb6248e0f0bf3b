/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts.c - front door of the facts
 */
#include "facts/make.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define POOL_FIRST 65536

struct made {
	struct facts facts;	/* first: it is what the caller has */
	struct tb_pool *pool;
};

void *make_array(struct make *m, size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n ? n : 1, size, &bytes)) {
		m->failed = true;
		return NULL;
	}
	p = tb_pool_alloc(m->pool, bytes);
	if (p)
		memset(p, 0, bytes);
	else
		m->failed = true;
	return p;
}

struct facts *facts_new(const struct facts_input *in, struct tb_err *err)
{
	struct made *made = calloc(1, sizeof(*made));
	struct make m = { .ev = in->evidence, .result = in->result };

	if (made)
		made->pool = tb_pool_new(POOL_FIRST);
	if (!made || !made->pool) {
		free(made);
		(void)tb_err_set(err, ENOMEM, "collect facts");
		return NULL;
	}
	m.facts = &made->facts;
	m.pool = made->pool;
	make_dests(&m);
	if (!m.failed)
		return &made->facts;
	facts_free(&made->facts);
	(void)tb_err_set(err, ENOMEM, "collect facts");
	return NULL;
}

void facts_free(struct facts *f)
{
	struct made *made = (struct made *)(void *)f;

	if (!f)
		return;
	tb_pool_free(made->pool);
	free(made);
}
