/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - the report as a tree: report.json, as doc/schema/tcbox-report-1.schema.json and tcbox-report(5)
 * describe it
 *
 * The same bundle and policy give the same bytes: nothing here looks at the clock, the locale or the machine.
 */
#include "tcbox/report.h"

#include <errno.h>
#include <stdlib.h>

#include "report/derive.h"
#include "tcbox/json_write.h"
#include "tcbox/own.h"

static void time_at(struct rpt_writer *w, const char *key, const struct rpt_input *in, int64_t t)
{
	char s[RPT_TIMELEN];

	rpt_str(w, key, rpt_time_format(in->run->started_ns, t, s) ? NULL : s);
}

/* first and last time. Without a count nothing happened; without times it has none, as evidence that was lost */
static void time_span(struct rpt_writer *w, const struct rpt_input *in, uint64_t count, int64_t first, int64_t last)
{
	if (count && (first || last)) {
		time_at(w, "first", in, first);
		time_at(w, "last", in, last);
	} else {
		rpt_str(w, "first", NULL);
		rpt_str(w, "last", NULL);
	}
}

static void run(struct rpt_writer *w, const struct rpt_input *in)
{
	rpt_object(w, "run");
	run_info_tree(w, in->run, RUN_FOR_REPORT);
	rpt_end(w);
}

static void policy(struct rpt_writer *w, const struct rpt_input *in)
{
	if (!in->policy) {
		rpt_str(w, "policy", NULL);
		return;
	}
	rpt_object(w, "policy");
	rpt_bool(w, "of_run", !in->policy_path);
	rpt_str(w, "path", in->policy_path ? in->policy_path : in->run->policy_path);
	rpt_str(w, "sha256", in->policy_path ? in->policy_sha256 : in->run->policy_sha256);
	rpt_str(w, "vendor", in->policy->vendor);
	rpt_str(w, "product", in->policy->product);
	rpt_str(w, "version", in->policy->version);
	rpt_bool(w, "compares_syscalls", in->policy->has_syscalls);
	rpt_end(w);
}

static void process_head(struct rpt_writer *w, const struct fnd_proc *p)
{
	rpt_uint(w, "proc", p->id);
	rpt_sint(w, "pid", p->pid);
	rpt_str(w, "exe", p->exe);
}

static void finding_process(struct rpt_writer *w, const struct fnd_result *r, const struct fnd *f)
{
	const struct fnd_proc *up[RPT_ANCESTORS], *p = fnd_result_program(r, f->proc, f->acted);
	size_t n;

	if (!p) {
		rpt_str(w, "process", NULL);
		return;
	}
	rpt_object(w, "process");
	process_head(w, p);
	rpt_str(w, "sha256", p->sha256);
	rpt_str(w, "cmdline", p->cmdline);
	rpt_array(w, "ancestry");
	n = rpt_ancestry(r, p, up);
	for (size_t i = 0; i < n; i++) {
		rpt_object(w, NULL);
		process_head(w, up[i]);
		rpt_end(w);
	}
	rpt_end(w);
	rpt_end(w);
}

static void refs(struct rpt_writer *w, const char *key, const struct fnd_refs *refs)
{
	uint64_t v[FND_REFS];
	size_t n = rpt_refs(refs, v);

	rpt_array(w, key);
	for (size_t i = 0; i < n; i++)
		rpt_uint(w, NULL, v[i]);
	rpt_end(w);
}

static void finding(struct rpt_writer *w, const struct rpt_input *in, const struct fnd *f, size_t number)
{
	rpt_object(w, NULL);
	rpt_uint(w, "number", number);
	rpt_str(w, "code", f->code);
	rpt_str(w, "severity", fnd_severity_name(f->severity));
	rpt_str(w, "basis", fnd_basis_name(f->basis));
	rpt_str(w, "title", f->title);
	rpt_str(w, "declared", f->declared);
	rpt_str(w, "observed", f->observed);
	rpt_str(w, "nearest", f->nearest);
	rpt_str(w, "differs", f->differs);
	finding_process(w, in->result, f);
	time_span(w, in, f->count, f->first, f->last);
	rpt_uint(w, "count", f->count);
	rpt_uint(w, "bytes_out", f->bytes_out);
	rpt_uint(w, "bytes_in", f->bytes_in);
	refs(w, "packets", &f->packets);
	refs(w, "events", &f->events);
	rpt_str(w, "question", f->question);
	rpt_end(w);
}

static void rules(struct rpt_writer *w, const struct rpt_input *in, const char *key, bool seen)
{
	rpt_array(w, key);
	for (size_t i = 0; i < in->result->nrules; i++) {
		const struct fnd_rule *r = &in->result->rules[i];

		if (seen != (r->count > 0))
			continue;
		rpt_object(w, NULL);
		rpt_str(w, "section", r->section);
		rpt_str(w, "id", r->id);
		rpt_str(w, "why", r->why);
		rpt_bool(w, "required", r->required);
		if (seen) {
			rpt_uint(w, "count", r->count);
			rpt_uint(w, "bytes_out", r->bytes_out);
			rpt_uint(w, "bytes_in", r->bytes_in);
			time_span(w, in, r->count, r->first, r->last);
		}
		rpt_end(w);
	}
	rpt_end(w);
}

static void gaps(struct rpt_writer *w, const struct fnd_result *r)
{
	rpt_array(w, "not_observable");
	for (size_t i = 0; i < r->ngaps; i++) {
		rpt_object(w, NULL);
		rpt_str(w, "what", r->gaps[i].what);
		rpt_str(w, "why", r->gaps[i].why);
		rpt_bool(w, "blocks_conforms", r->gaps[i].blocks_conforms);
		rpt_end(w);
	}
	rpt_end(w);
}

static void traffic(struct rpt_writer *w, const struct fnd_share *s)
{
	rpt_uint(w, "flows", s->flows);
	rpt_uint(w, "bytes_out", s->bytes_out);
	rpt_uint(w, "bytes_in", s->bytes_in);
	rpt_uint(w, "opaque_out", s->opaque_out);
}

static void processes(struct rpt_writer *w, const struct fnd_result *r)
{
	rpt_array(w, "processes");
	for (size_t i = 0; i < r->nprocs; i++) {
		const struct fnd_proc *p = &r->procs[i];

		if (p->past)
			continue;
		rpt_object(w, NULL);
		process_head(w, p);
		rpt_uint(w, "parent", p->parent);
		rpt_str(w, "sha256", p->sha256);
		rpt_str(w, "cmdline", p->cmdline);
		rpt_bool(w, "canary", p->canary);
		rpt_end(w);
	}
	rpt_end(w);
	rpt_array(w, "shares");
	for (size_t i = 0; i < r->nshares; i++) {
		rpt_object(w, NULL);
		rpt_uint(w, "proc", r->shares[i].proc);
		traffic(w, &r->shares[i]);
		rpt_end(w);
	}
	rpt_end(w);
	rpt_object(w, "other_shares");
	rpt_uint(w, "processes", r->nothers);
	traffic(w, &r->others);
	rpt_end(w);
}

static void totals(struct rpt_writer *w, const struct fnd_result *r)
{
	const struct fnd_totals *t = &r->totals;
	const struct {
		const char *key;
		uint64_t value;
	} rows[] = {
		{ "processes", t->processes },
		{ "executions", t->executions },
		{ "calls", t->calls },
		{ "attempts", t->attempts },
		{ "flows", t->flows },
		{ "lookups", t->lookups },
		{ "names", t->names },
		{ "files_written", t->files_written },
		{ "packets", t->packets },
		{ "packets_dropped", t->packets_dropped },
		{ "packets_undecoded", t->packets_undecoded },
		{ "packets_link", t->packets_link },
		{ "packets_unowned", t->packets_unowned },
		{ "bytes_out", t->bytes_out },
		{ "bytes_in", t->bytes_in },
		{ "bytes_unowned", t->bytes_unowned },
		{ "bytes_opaque", t->bytes_opaque },
	};

	rpt_object(w, "totals");
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		rpt_uint(w, rows[i].key, rows[i].value);
	rpt_end(w);
	rpt_object(w, "canary");
	rpt_bool(w, "calls", r->canary_calls);
	rpt_bool(w, "packets", r->canary_packets);
	rpt_bool(w, "lab", r->canary_lab);
	rpt_end(w);
}

static void changes(struct rpt_writer *w, const struct fnd_result *r)
{
	rpt_array(w, "changes");
	for (size_t i = 0; i < r->nchanges; i++) {
		const struct fnd_change *c = &r->changes[i];

		rpt_object(w, NULL);
		rpt_str(w, "op", c->op);
		rpt_str(w, "path", c->path);
		rpt_str(w, "type", c->type);
		rpt_uint(w, "size", c->size);
		rpt_str(w, "sha256", c->sha256);
		rpt_str(w, "target", c->target);
		rpt_uint(w, "event", c->line);
		rpt_end(w);
	}
	rpt_end(w);
	rpt_uint(w, "changes_left_out", r->changes_left_out);
}

int rpt_json(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err)
{
	TB_AUTOFREE size_t *order = rpt_order(in->result);
	struct rpt_writer w;

	if (!order)
		return tb_err_set(err, ENOMEM, "write report");
	rpt_writer_json(&w, out);
	rpt_object(&w, NULL);
	rpt_uint(&w, "tcbox_report", RPT_FORMAT);
	rpt_str(&w, "verdict", fnd_verdict_name(in->result->verdict));
	rpt_str(&w, "reason", in->result->reason);
	run(&w, in);
	policy(&w, in);
	rpt_array(&w, "findings");
	for (size_t i = 0; i < in->result->nfindings; i++)
		finding(&w, in, &in->result->findings[order[i]], i + 1);
	rpt_end(&w);
	rules(&w, in, "declared_seen", true);
	rules(&w, in, "declared_not_seen", false);
	gaps(&w, in->result);
	changes(&w, in->result);
	processes(&w, in->result);
	totals(&w, in->result);
	rpt_end(&w);
	return out->failed ? tb_err_set(err, ENOMEM, "write report") : 0;
}
