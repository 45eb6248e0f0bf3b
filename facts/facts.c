/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts.c - front door of the facts
 */
#include "facts/make.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/grow.h"
#include "tcbox/own.h"

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

void *make_more(struct make *m, void *v, size_t n, size_t size)
{
	void *p = tb_grow(v, n, 1, size);

	m->failed |= !p;
	return p;
}

int make_words(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

int make_weigh(const struct make_weight *a, const struct make_weight *b)
{
	int ret = (int)(a->tls_version != NULL) - (int)(b->tls_version != NULL);

	if (ret)
		return ret;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	for (size_t i = 0; !ret && i < TB_ARRAY_SIZE(a->words); i++)
		ret = make_words(a->words[i], b->words[i]);
	return ret;
}

void *make_list(struct make *m, void *v, size_t *n, size_t size,
		int (*order)(const void *a, const void *b), uint64_t *more)
{
	size_t kept = *n < FACTS_MAX ? *n : FACTS_MAX;
	void *out = make_array(m, kept, size);

	if (out && *n) {
		qsort(v, *n, size, order);
		memcpy(out, v, kept * size);
	}
	free(v);
	*more = *n - kept;
	*n = out ? kept : 0;
	return out;
}

struct fact_owner make_owner(const struct make *m, const struct evd_program *program,
			     uint64_t proc)
{
	const struct evd_proc *p = evd_proc(m->ev, proc);
	struct fact_owner o = { .proc = proc };

	if (program)
		o.program = program->path;
	if (p)
		o.pid = p->pid;
	return o;
}

static void make_all(struct make *m)
{
	uint64_t entries;

	m->facts->disk_listed = evd_counted(m->ev, EV_SRC_DISK, "entries", &entries);
	make_dests(m);
	make_names(m);
	make_listeners(m);
	make_programs(m);
	make_files(m);
	make_calls(m);
	make_uploads(m);
	if (m->failed)
		return;
	make_patterns(m);
	make_links(m);
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
	make_all(&m);
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
