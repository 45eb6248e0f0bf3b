/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence.c - front door of the evidence
 */
#include "evidence/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/grow.h"

static const struct evd_limits of_a_run = {
	.procs = 1u << 18, .programs = 1u << 20, .flows = 1u << 20, .calls = 1u << 20,
	.lookups = 1u << 20, .requests = 1u << 18, .acts = 1u << 21, .strings = 1u << 21,
	.shares = 1u << 20, .bytes = 256u << 20,
};

struct evd *evd_new_bounded(const struct evd_net *net, const struct evd_limits *limits)
{
	struct evd *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->limits = *limits;
	e->facts.product_t = e->facts.takes = e->canary_first = INT64_MAX;
	e->strs = intern_new(limits->strings, limits->bytes);
	e->procs_by_id = tb_map_new(limits->procs);
	e->programs_by_path = tb_map_new(limits->programs);
	e->flows_by_id = tb_map_new(limits->flows);
	e->named = tb_map_new(limits->lookups);
	if (e->strs && e->procs_by_id && e->programs_by_path && e->flows_by_id && e->named &&
	    evd_net_set(e, net))
		return e;
	evd_free(e);
	return NULL;
}

struct evd *evd_new(const struct evd_net *net)
{
	return evd_new_bounded(net, &of_a_run);
}

static void free_all(void **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i]);
	free(v);
}

static void free_changes(struct evd *e)
{
	for (size_t i = 0; i < e->facts.nchanges; i++) {
		free(e->changes[i].op);
		free(e->changes[i].path);
		free(e->changes[i].type);
		free(e->changes[i].sha256);
		free(e->changes[i].target);
	}
	free(e->changes);
}

void evd_free(struct evd *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->facts.nprocs; i++)
		free(e->procs[i]->past);
	for (size_t i = 0; i < e->facts.nacts; i++)
		free(e->acts[i].more);
	free_all((void **)e->procs, e->facts.nprocs);
	free_all((void **)e->programs, e->facts.nprograms);
	free_all((void **)e->flows, e->facts.nflows);
	free_all((void **)e->named_all, e->nnamed);
	free_changes(e);
	free(e->calls);
	free(e->lookups);
	free(e->requests);
	free(e->said);
	free(e->streams);
	free(e->ports);
	free(e->shares);
	free(e->acts);
	free(e->acts_slots);
	tb_map_free(e->procs_by_id);
	tb_map_free(e->programs_by_path);
	tb_map_free(e->flows_by_id);
	tb_map_free(e->named);
	tb_map_free(e->changed);
	intern_free(e->strs);
	free(e);
}

void evd_progress(const struct evd *e, struct evd_progress *out)
{
	out->processes = e->facts.nprocs;
	out->flows = e->facts.nflows;
}

static int by_id(const void *pa, const void *pb)
{
	const struct evd_proc *a = *(struct evd_proc *const *)pa,
			      *b = *(struct evd_proc *const *)pb;

	return a->id < b->id ? -1 : a->id > b->id;
}

static int by_path(const void *pa, const void *pb)
{
	const struct evd_program *a = *(struct evd_program *const *)pa;
	const struct evd_program *b = *(struct evd_program *const *)pb;

	return strcmp(a->path, b->path);
}

/* publish() - from here on the evidence is for reading */
static void publish(struct evd *e)
{
	struct evd_facts *f = &e->facts;

	if (f->nprocs)
		qsort(e->procs, f->nprocs, sizeof(struct evd_proc *), by_id);
	if (f->nprograms)
		qsort(e->programs, f->nprograms, sizeof(struct evd_program *), by_path);
	for (size_t i = 0; i < f->nprocs; i++) {
		e->procs[i]->at = i;
		f->totals.processes += !e->procs[i]->canary;
	}
	f->procs = (const struct evd_proc *const *)e->procs;
	f->programs = (const struct evd_program *const *)e->programs;
	f->flows = (const struct evd_flow *const *)e->flows;
	f->calls = e->calls;
	f->lookups = e->lookups;
	f->requests = e->requests;
	f->acts = e->acts;
	f->changes = e->changes;
	f->ports = e->ports;
	f->shares = e->shares;
	f->counters = e->counters;
	f->losses = e->losses;
	f->strings_full = intern_full(e->strs);
}

int evd_finish(struct evd *e, const struct evd_facts **out, struct tb_err *err)
{
	evd_count_files(e);
	evd_join(e);
	evd_passes(e);
	evd_share(e);
	evd_requests(e);
	evd_canary(e);
	evd_explain_ports(e);
	evd_explain_changes(e);
	publish(e);
	*out = &e->facts;
	if (e->failed || intern_failed(e->strs))
		return tb_err_set(err, ENOMEM, "join the record");
	return 0;
}

void *evd_grow(struct evd *e, void *v, size_t n, size_t size)
{
	void *p = tb_grow(v, n, 1, size);

	if (!p)
		e->failed = true;
	return p;
}

const struct evd_proc *evd_proc(const struct evd_facts *f, uint64_t id)
{
	struct evd_proc wanted = { .id = id };
	const struct evd_proc *key = &wanted, *const *found;

	if (!f->nprocs)
		return NULL;
	found = bsearch(&key, f->procs, f->nprocs, sizeof(key), by_id);
	return found ? *found : NULL;
}

const struct evd_program *evd_program(const struct evd_facts *f, const char *path)
{
	struct evd_program wanted = { .path = path };
	const struct evd_program *key = &wanted, *const *found;

	if (!f->nprograms)
		return NULL;
	found = bsearch(&key, f->programs, f->nprograms, sizeof(key), by_path);
	return found ? *found : NULL;
}

bool evd_counted(const struct evd_facts *f, enum ev_src src, const char *name, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < f->ncounters; i++) {
		if (f->counters[i].src != src || strcmp(f->counters[i].name, name) != 0)
			continue;
		*value = f->counters[i].value;
		return true;
	}
	return false;
}

uint64_t evd_counter(const struct evd_facts *f, enum ev_src src, const char *name)
{
	uint64_t value;

	(void)evd_counted(f, src, name, &value);
	return value;
}
