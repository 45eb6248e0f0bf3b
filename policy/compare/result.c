/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result.c - totals, shares, rules, processes, and at the very end the verdict
 */
#include "policy/compare/cmp_state.h"

#include <stdlib.h>
#include <string.h>

#define PROCS_SHOWN 1024	/* processes that are listed although nothing refers to them */

uint64_t cmp_link_packets(const struct cmp *c)
{
	return cmp_counter(c, EV_SRC_NET, "packets_link_arp") + cmp_counter(c, EV_SRC_NET, "packets_link_nd") +
	       cmp_counter(c, EV_SRC_NET, "packets_link_mld");
}

/* copy() - heap copy; NULL stays NULL */
static char *copy(struct cmp *c, const char *s)
{
	char *p = s ? strdup(s) : NULL;

	if (s && !p)
		c->failed = true;
	return p;
}

static void add_flow(struct fnd_totals *t, const struct cmp_flow *f)
{
	t->flows++;
	t->bytes_out += f->bytes_out;
	t->bytes_in += f->bytes_in;
	if (match_encrypted(f->app, f->app_detail))
		t->bytes_opaque += f->bytes_out + f->bytes_in;
	if (f->call == CMP_NONE) {
		t->packets_unowned += f->pkts;
		t->bytes_unowned += f->bytes_out + f->bytes_in;
	}
}

static void totals(struct cmp *c, struct fnd_result *r)
{
	struct fnd_totals *t = &r->totals;
	uint64_t packets = 0;

	for (size_t i = 0; i < c->nprocs; i++)
		t->processes += !c->procs[i]->canary;
	for (size_t i = 0; i < c->nflows; i++) {
		packets += c->flows[i]->pkts;
		if (!c->flows[i]->canary)
			add_flow(t, c->flows[i]);
	}
	t->executions = c->executions;
	t->calls = cmp_counter(c, EV_SRC_BOX, "notifications");
	if (!t->calls)
		t->calls = c->socket_calls + c->other_calls;
	t->files_written = c->files;
	t->attempts = c->attempts;
	t->packets = cmp_counter(c, EV_SRC_CAPTURE, "packets_captured");
	if (!t->packets)
		t->packets = packets;
	t->packets_dropped = cmp_counter(c, EV_SRC_CAPTURE, "packets_dropped") + cmp_counter(c, EV_SRC_CAPTURE,
											     "packets_ifdropped");
	t->packets_undecoded = cmp_counter(c, EV_SRC_CAPTURE, "packets_undecoded");
	t->packets_link = cmp_link_packets(c);
}

static uint64_t owner(const struct cmp *c, const struct cmp_flow *f)
{
	return f->call == CMP_NONE ? 0 : c->calls[f->call].proc;
}

static int by_proc(const void *pa, const void *pb)
{
	const struct fnd_share *a = pa, *b = pb;

	return a->proc < b->proc ? -1 : a->proc > b->proc;
}

/* by_traffic() - packets without an owner first, whatever their number */
static int by_traffic(const void *pa, const void *pb)
{
	const struct fnd_share *a = pa, *b = pb;
	uint64_t x = a->bytes_out + a->bytes_in, y = b->bytes_out + b->bytes_in;

	if (!a->proc != !b->proc)
		return a->proc ? 1 : -1;
	return x != y ? x > y ? -1 : 1 : by_proc(pa, pb);
}

static void add_share(struct fnd_share *to, const struct fnd_share *s)
{
	to->flows += s->flows;
	to->bytes_out += s->bytes_out;
	to->bytes_in += s->bytes_in;
	to->opaque_out += s->opaque_out;
}

/* sum_others() - keep the largest */
static void sum_others(struct fnd_result *r)
{
	if (r->nshares <= FND_SHARES)
		return;
	qsort(r->shares, r->nshares, sizeof(*r->shares), by_traffic);
	r->nothers = r->nshares - FND_SHARES;
	for (size_t i = FND_SHARES; i < r->nshares; i++)
		add_share(&r->others, &r->shares[i]);
	r->nshares = FND_SHARES;
	qsort(r->shares, r->nshares, sizeof(*r->shares), by_proc);
}

/* shares() - one for each flow, sorted by process, then folded */
static void shares(struct cmp *c, struct fnd_result *r)
{
	struct fnd_share *v = calloc(c->nflows + 1, sizeof(*v));
	size_t n = 0, out = 0;

	if (!v) {
		c->failed = true;
		return;
	}
	for (size_t i = 0; i < c->nflows; i++) {
		const struct cmp_flow *f = c->flows[i];

		if (!f->canary)
			v[n++] = (struct fnd_share){ owner(c, f), 1, f->bytes_out, f->bytes_in,
						     match_encrypted(f->app, f->app_detail) ? f->bytes_out : 0 };
	}
	qsort(v, n, sizeof(*v), by_proc);
	for (size_t i = 0; i < n; i++) {
		if (!out || v[out - 1].proc != v[i].proc) {
			v[out++] = v[i];
			continue;
		}
		add_share(&v[out - 1], &v[i]);
	}
	r->shares = v;
	r->nshares = out;
	sum_others(r);
}

static void add_rule(struct cmp *c, struct fnd_result *r, const char *section, const char *id, const char *why, bool required,
		     const struct cmp_seen *seen)
{
	r->rules[r->nrules++] = (struct fnd_rule){
		.section = section, .id = copy(c, id), .why = copy(c, why), .required = required, .count = seen->count,
		.bytes_out = seen->bytes_out, .bytes_in = seen->bytes_in, .first = seen->first, .last = seen->last,
	};
}

static void rules(struct cmp *c, struct fnd_result *r)
{
	const struct pol *p = c->policy;

	if (!p)
		return;
	r->rules = calloc(p->nconns + p->nlistens + p->nnames + p->nexecutes + p->nwrite + 1, sizeof(*r->rules));
	if (!r->rules) {
		c->failed = true;
		return;
	}
	for (size_t i = 0; i < p->nconns; i++)
		add_rule(c, r, "connections", p->conns[i].id, p->conns[i].why, p->conns[i].required, &c->conn_seen[i]);
	for (size_t i = 0; i < p->nlistens; i++)
		add_rule(c, r, "listens", p->listens[i].id, p->listens[i].why, p->listens[i].required, &c->listen_seen[i]);
	for (size_t i = 0; i < p->nnames; i++)
		add_rule(c, r, "names", p->names[i], NULL, false, &c->name_seen[i]);
	for (size_t i = 0; i < p->nexecutes; i++)
		add_rule(c, r, "executes", p->executes[i], NULL, false, &c->exec_seen[i]);
	for (size_t i = 0; i < p->nwrite; i++)
		add_rule(c, r, "files.write", p->write[i], NULL, false, &c->write_seen[i]);
}

static const struct fnd_gap *first_blocker(const struct fnd_result *r)
{
	for (size_t i = 0; i < r->ngaps; i++)
		if (r->gaps[i].blocks_conforms)
			return &r->gaps[i];
	return NULL;
}

/* missing() - a required rule that was not seen. With lost evidence it may only have been missed: no violation
 * then */
static void missing(struct cmp *c, const struct fnd_result *r)
{
	bool blocked = first_blocker(r) != NULL;

	for (size_t i = 0; i < r->nrules; i++) {
		struct fnd_act act = { .code = CODE_MISSING_REQUIRED, .severity = blocked ? FND_WARNING : FND_VIOLATION,
				       .basis = FND_INFERRED, .what = r->rules[i].id, .rule = r->rules[i].id, .count = 1 };
		struct fnd *f;
		bool fresh;

		if (!r->rules[i].required || r->rules[i].count || !act.what)
			continue;
		f = fnd_note(c->findings, &act, &fresh);
		if (fresh)
			cmp_text(c, &f->observed, "nothing in this run%s", blocked ? ", but evidence was lost" : "");
	}
}

static bool any_missing(const struct fnd_result *r)
{
	for (size_t i = 0; i < r->nrules; i++)
		if (r->rules[i].required && !r->rules[i].count)
			return true;
	return false;
}

static void verdict(struct cmp *c, struct fnd_result *r)
{
	const struct fnd_gap *gap = first_blocker(r);
	size_t violations = 0;

	while (violations < r->nfindings && r->findings[violations].severity == FND_VIOLATION)
		violations++;
	r->verdict = FND_INCONCLUSIVE;
	if (!c->policy) {
		cmp_text(c, &r->reason, "No policy was given, so nothing was compared.");
	} else if (violations) {
		r->verdict = FND_VIOLATES;
		if (violations > 1)
			cmp_text(c, &r->reason, "%zu findings contradict the policy; the first: %s.", violations,
				 r->findings[0].title);
		else
			cmp_text(c, &r->reason, "%s.", r->findings[0].title);
	} else if (gap) {
		cmp_text(c, &r->reason, "Nothing contradicts the policy, but not everything was seen. %s.",
			 gap->why);
	} else if (any_missing(r)) {
		cmp_text(c, &r->reason, "Nothing contradicts the policy, but a required rule was not seen.");
	} else {
		r->verdict = FND_CONFORMS;
		cmp_text(c, &r->reason, "Everything that was seen is declared, and no evidence was lost.");
	}
}

static void show_program(struct cmp_proc *p, int64_t t)
{
	size_t i = 0;

	while (i < p->npast && t >= p->past[i].until)
		i++;
	if (i < p->npast)
		p->past[i].shown = true;
}

/* show() - mark a process, as it was at @t, and its ancestors; a mark ends the walk, also in a circle of an
 * edited record */
static void show(struct cmp *c, uint64_t id, int64_t t)
{
	struct cmp_proc *p = cmp_proc(c, id);
	bool known = false;

	for (; p && !known; t = p->born, p = cmp_proc(c, p->parent)) {
		show_program(p, t);
		known = p->shown;
		p->shown = true;
	}
}

static void add_proc(struct cmp *c, struct fnd_result *r, const struct cmp_proc *p)
{
	const struct fnd_proc head = { .id = p->id, .pid = p->pid, .parent = p->parent, .born = p->born, .canary = p->canary };
	struct fnd_proc *out;

	for (size_t i = 0; i < p->npast; i++) {
		if (!p->past[i].shown)
			continue;
		out = &r->procs[r->nprocs++];
		*out = head;
		out->past = true;
		out->until = p->past[i].until;
		out->exe = copy(c, p->past[i].exe);
		out->sha256 = copy(c, p->past[i].sha256);
		out->cmdline = copy(c, p->past[i].cmdline);
	}
	out = &r->procs[r->nprocs++];
	*out = head;
	out->exe = copy(c, p->exe);
	out->sha256 = copy(c, p->sha256);
	out->cmdline = copy(c, p->cmdline);
}

static int by_id(const void *pa, const void *pb)
{
	const struct cmp_proc *a = *(struct cmp_proc *const *)pa, *b = *(struct cmp_proc *const *)pb;

	return a->id < b->id ? -1 : a->id > b->id;
}

static void procs(struct cmp *c, struct fnd_result *r)
{
	size_t n = c->nprocs;

	if (c->nprocs)
		qsort(c->procs, c->nprocs, sizeof(struct cmp_proc *), by_id);
	for (size_t i = 0; i < r->nfindings; i++)
		show(c, r->findings[i].proc, r->findings[i].acted);
	for (size_t i = 0; i < r->nshares; i++)
		show(c, r->shares[i].proc, INT64_MAX);
	for (size_t i = 0; i < c->nprocs; i++)
		for (size_t j = 0; j < c->procs[i]->npast; j++)
			n += c->procs[i]->past[j].shown;
	r->procs = calloc(n + 1, sizeof(*r->procs));
	if (!r->procs) {
		c->failed = true;
		return;
	}
	for (size_t i = 0; i < c->nprocs; i++)
		if (c->procs[i]->shown || i < PROCS_SHOWN)
			add_proc(c, r, c->procs[i]);
}

static void changes(struct cmp *c, struct fnd_result *r)
{
	r->changes = c->changes;
	r->nchanges = c->nchanges;
	r->changes_left_out = c->changes_left_out + cmp_counter(c, EV_SRC_DISK, "left_out");
	c->changes = NULL;
	c->nchanges = 0;
}

void cmp_result(struct cmp *c, struct fnd_result *r)
{
	totals(c, r);
	changes(c, r);
	shares(c, r);
	rules(c, r);
	missing(c, r);
	if (fnd_table_take(c->findings, &r->findings, &r->nfindings))
		c->failed = true;
	verdict(c, r);
	procs(c, r);
}
