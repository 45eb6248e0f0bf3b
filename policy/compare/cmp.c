/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmp.c - front door of the comparison, and what its files share
 */
#include "policy/compare/cmp_state.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"

static bool seen_new(struct cmp *c, const struct pol *p)
{
	c->conn_seen = calloc(p->nconns + 1, sizeof(*c->conn_seen));
	c->listen_seen = calloc(p->nlistens + 1, sizeof(*c->listen_seen));
	c->name_seen = calloc(p->nnames + 1, sizeof(*c->name_seen));
	c->exec_seen = calloc(p->nexecutes + 1, sizeof(*c->exec_seen));
	c->write_seen = calloc(p->nwrite + 1, sizeof(*c->write_seen));
	c->index = match_index_conns(p);
	c->names = match_index_names(p);
	return c->conn_seen && c->listen_seen && c->name_seen && c->exec_seen && c->write_seen && c->index && c->names;
}

struct cmp *cmp_new(const struct pol *policy)
{
	struct cmp *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->policy = policy;
	c->product_t = INT64_MAX;
	c->strs = intern_new(CMP_MAX_STRINGS, CMP_MAX_BYTES);
	c->findings = fnd_table_new();
	c->procs_by_id = tb_map_new(CMP_MAX_PROCS);
	c->flows_by_id = tb_map_new(CMP_MAX_FLOWS);
	c->named = tb_map_new(CMP_MAX_LOOKUPS);
	c->once = tb_map_new(CMP_MAX_STRINGS);
	if (c->strs && c->findings && c->procs_by_id && c->flows_by_id && c->named && c->once && (!policy || seen_new(c, policy)))
		return c;
	cmp_free(c);
	return NULL;
}

static void free_all(void **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i]);
	free(v);
}

void cmp_free(struct cmp *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->nprocs; i++)
		free(c->procs[i]->past);
	free_all((void **)c->procs, c->nprocs);
	free_all((void **)c->flows, c->nflows);
	free_all((void **)c->named_all, c->nnamed);
	fnd_changes_free(c->changes, c->nchanges);
	free(c->calls);
	free(c->lookups);
	free(c->conn_seen);
	free(c->listen_seen);
	free(c->name_seen);
	free(c->exec_seen);
	free(c->write_seen);
	match_index_free(c->index);
	match_index_free(c->names);
	tb_map_free(c->procs_by_id);
	tb_map_free(c->flows_by_id);
	tb_map_free(c->named);
	tb_map_free(c->once);
	fnd_table_free(c->findings);
	intern_free(c->strs);
	free(c);
}

void cmp_progress(const struct cmp *c, struct cmp_progress *out)
{
	out->processes = c->nprocs;
	out->flows = c->nflows;
	out->findings = fnd_table_count(c->findings);
}

int cmp_finish(struct cmp *c, const struct run_info *run, const struct rec_read_stats *stats, struct fnd_result **out,
	       struct tb_err *err)
{
	struct fnd_result *r = calloc(1, sizeof(*r));

	*out = NULL;
	if (!r)
		return tb_err_set(err, ENOMEM, "compare the record");
	cmp_counted_calls(c);
	c->calls_whole = stats && stats->final[EV_SRC_BOX];
	cmp_join(c);
	cmp_reconcile(c);
	cmp_flows(c, run);
	cmp_names(c, run, r);
	cmp_trust(c, run, stats, r);
	cmp_result(c, r);
	if (c->failed || intern_failed(c->strs) || fnd_table_failed(c->findings)) {
		fnd_result_free(r);
		return tb_err_set(err, ENOMEM, "compare the record");
	}
	*out = r;
	return 0;
}

void *cmp_grow(struct cmp *c, void *v, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : 64;
	void *p;

	if (n < *cap)
		return v;
	p = reallocarray(v, more, size);
	if (!p) {
		c->failed = true;
		return NULL;
	}
	*cap = more;
	return p;
}

struct cmp_proc *cmp_proc(const struct cmp *c, uint64_t id)
{
	return id ? tb_map_get(c->procs_by_id, &id, sizeof(id)) : NULL;
}

struct cmp_flow *cmp_flow_by_id(const struct cmp *c, uint64_t id)
{
	return id ? tb_map_get(c->flows_by_id, &id, sizeof(id)) : NULL;
}

bool cmp_level(enum pol_level level, enum fnd_severity *out)
{
	static const enum fnd_severity severities[] = {
		[POL_INFO] = FND_INFO, [POL_WARNING] = FND_WARNING, [POL_VIOLATION] = FND_VIOLATION,
	};

	if (level == POL_IGNORE)
		return false;
	*out = severities[level];
	return true;
}

void cmp_seen_add(struct cmp_seen *s, int64_t first, int64_t last, uint64_t count, uint64_t bytes_out, uint64_t bytes_in)
{
	if (!s->count || first < s->first)
		s->first = first;
	if (!s->count || last > s->last)
		s->last = last;
	s->count += count;
	s->bytes_out += bytes_out;
	s->bytes_in += bytes_in;
}

void cmp_text(struct cmp *c, char **where, const char *fmt, ...)
{
	va_list ap;

	free(*where);
	va_start(ap, fmt);
	if (vasprintf(where, fmt, ap) < 0) {
		*where = NULL;
		c->failed = true;
	}
	va_end(ap);
}
