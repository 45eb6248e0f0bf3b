/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - the report as a tree: report.json, as doc/schema/tcbox-report-1.schema.json and
 * tcbox-report(5) describe it
 *
 * The same bundle and policy give the same bytes: nothing here looks at the clock, the locale or
 * the machine.
 */
#include "tcbox/report.h"

#include <errno.h>
#include <stdlib.h>

#include "report/decided.h"
#include "report/notes.h"
#include "report/derive.h"
#include "report/gaps.h"
#include "report/json_facts.h"
#include "report/watched.h"
#include "report/words.h"
#include "tcbox/json_write.h"
#include "tcbox/own.h"

static void time_at(struct jw *w, const char *key, const struct rpt_input *in, int64_t t)
{
	char s[RPT_TIMELEN];

	jw_str(w, key, rpt_time_format(in->run->started_ns, t, s) ? NULL : s);
}

/* first and last time. Without a count nothing happened; without times it has none, as evidence
 * that was lost */
static void time_span(struct jw *w, const struct rpt_input *in, uint64_t count, int64_t first,
		      int64_t last)
{
	if (count && (first || last)) {
		time_at(w, "first", in, first);
		time_at(w, "last", in, last);
	} else {
		jw_str(w, "first", NULL);
		jw_str(w, "last", NULL);
	}
}

static void run(struct jw *w, const struct rpt_input *in)
{
	jw_object(w, "run");
	run_info_tree(w, in->run, RUN_FOR_REPORT);
	jw_end(w);
}

static void policy(struct jw *w, const struct rpt_input *in)
{
	if (!in->policy) {
		jw_str(w, "policy", NULL);
		return;
	}
	jw_object(w, "policy");
	jw_bool(w, "of_run", !in->policy_path);
	jw_str(w, "path", in->policy_path ? in->policy_path : in->run->policy_path);
	jw_str(w, "sha256", in->policy_path ? in->policy_sha256 : in->run->policy_sha256);
	jw_str(w, "vendor", in->policy->vendor);
	jw_str(w, "product", in->policy->product);
	jw_str(w, "version", in->policy->version);
	jw_bool(w, "compares_syscalls", in->policy->has_syscalls);
	jw_end(w);
}

static void process_head(struct jw *w, const struct fnd_proc *p)
{
	jw_uint(w, "proc", p->id);
	jw_sint(w, "pid", p->pid);
	jw_str(w, "exe", p->exe);
}

static void finding_process(struct jw *w, const struct fnd_result *r, const struct fnd *f)
{
	const struct fnd_proc *up[RPT_ANCESTORS], *p = fnd_result_program(r, f->proc, f->acted);
	size_t n;

	if (!p) {
		jw_str(w, "process", NULL);
		return;
	}
	jw_object(w, "process");
	process_head(w, p);
	jw_str(w, "sha256", p->sha256);
	jw_str(w, "cmdline", p->cmdline);
	jw_array(w, "ancestry");
	n = rpt_ancestry(r, p, up);
	for (size_t i = 0; i < n; i++) {
		jw_object(w, NULL);
		process_head(w, up[i]);
		jw_end(w);
	}
	jw_end(w);
	jw_end(w);
}

static void refs(struct jw *w, const char *key, const struct fnd_refs *refs)
{
	uint64_t v[FND_REFS];
	size_t n = rpt_refs(refs, v);

	jw_array(w, key);
	for (size_t i = 0; i < n; i++)
		jw_uint(w, NULL, v[i]);
	jw_end(w);
}

/* said() - what was collected in @b, and empties it; nothing: null */
static void said(struct jw *w, const char *key, struct tb_buf *b)
{
	w->out->failed |= b->failed;
	jw_str(w, key, b->len ? b->data : NULL);
	tb_buf_reset(b);
}

/* objects() - of a finding about many; else an empty list */
static void objects(struct jw *w, const struct fnd_objects *o)
{
	jw_array(w, "objects");
	for (size_t i = 0; i < o->n; i++)
		jw_str(w, NULL, o->v[i]);
	jw_end(w);
	jw_uint(w, "objects_left_out", o->left_out);
}

static void finding(struct jw *w, const struct rpt_input *in, const struct fnd *f, size_t number)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	jw_object(w, NULL);
	jw_uint(w, "number", number);
	jw_str(w, "id", f->id);
	jw_str(w, "code", fnd_code_name(f->code));
	jw_str(w, "severity", fnd_severity_name(f->severity));
	jw_str(w, "basis", fnd_basis_name(f->basis));
	words_title(&b, f);
	said(w, "title", &b);
	jw_str(w, "declared", f->declared);
	words_observed(&b, f);
	said(w, "observed", &b);
	objects(w, &f->objects);
	jw_str(w, "nearest", f->nearest);
	words_differs(&b, f);
	said(w, "differs", &b);
	finding_process(w, in->result, f);
	time_span(w, in, f->count, f->first, f->last);
	jw_uint(w, "count", f->count);
	jw_uint(w, "bytes_out", f->bytes_out);
	jw_uint(w, "bytes_in", f->bytes_in);
	refs(w, "packets", &f->packets);
	refs(w, "events", &f->events);
	words_question(&b, f);
	said(w, "question", &b);
	decided_json(w, in, f);
	jw_end(w);
}

static void rules(struct jw *w, const struct rpt_input *in, const char *key, bool seen)
{
	jw_array(w, key);
	for (size_t i = 0; i < in->result->nrules; i++) {
		const struct fnd_rule *r = &in->result->rules[i];

		if (seen != (r->count > 0))
			continue;
		jw_object(w, NULL);
		jw_str(w, "section", r->section);
		jw_str(w, "id", r->id);
		jw_str(w, "why", r->why);
		jw_bool(w, "required", r->required);
		if (seen) {
			jw_uint(w, "count", r->count);
			jw_uint(w, "bytes_out", r->bytes_out);
			jw_uint(w, "bytes_in", r->bytes_in);
			time_span(w, in, r->count, r->first, r->last);
		}
		jw_end(w);
	}
	jw_end(w);
}

static void gaps(struct jw *w, const struct fnd_result *r)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	jw_array(w, "not_observable");
	for (size_t i = 0; i < r->ngaps; i++) {
		jw_object(w, NULL);
		gaps_what(&b, &r->gaps[i]);
		said(w, "what", &b);
		gaps_why(&b, r->gaps[i].code, &r->gaps[i].details);
		said(w, "why", &b);
		jw_bool(w, "blocks_conforms", r->gaps[i].blocks_conforms);
		jw_end(w);
	}
	jw_end(w);
}

/* witnesses() - who sees each kind of acts, and how they were */
static void witnesses(struct jw *w, const struct fnd_result *r)
{
	const struct watched *acts;

	jw_array(w, "witnesses");
	for (size_t i = 0; (acts = watched_at(i)); i++) {
		jw_object(w, NULL);
		jw_str(w, "acts", acts->what);
		jw_object(w, "seen_by");
		for (int by = 0; by < FND_WITNESSES; by++)
			if (watched_by(acts, (enum fnd_witness)by))
				jw_str(w, fnd_witness_name((enum fnd_witness)by),
				       fnd_sight_name(r->sights[by]));
		jw_end(w);
		jw_str(w, "not_seen", acts->not_seen);
		jw_end(w);
	}
	jw_end(w);
}

static void traffic(struct jw *w, const struct fnd_share *s)
{
	jw_uint(w, "flows", s->flows);
	jw_uint(w, "bytes_out", s->bytes_out);
	jw_uint(w, "bytes_in", s->bytes_in);
	jw_uint(w, "opaque_out", s->opaque_out);
}

static void processes(struct jw *w, const struct fnd_result *r)
{
	jw_array(w, "processes");
	for (size_t i = 0; i < r->nprocs; i++) {
		const struct fnd_proc *p = &r->procs[i];

		if (p->past)
			continue;
		jw_object(w, NULL);
		process_head(w, p);
		jw_uint(w, "parent", p->parent);
		jw_str(w, "sha256", p->sha256);
		jw_str(w, "cmdline", p->cmdline);
		jw_bool(w, "canary", p->canary);
		jw_end(w);
	}
	jw_end(w);
	jw_array(w, "shares");
	for (size_t i = 0; i < r->nshares; i++) {
		jw_object(w, NULL);
		jw_uint(w, "proc", r->shares[i].proc);
		traffic(w, &r->shares[i]);
		jw_end(w);
	}
	jw_end(w);
	jw_object(w, "other_shares");
	jw_uint(w, "processes", r->nothers);
	traffic(w, &r->others);
	jw_end(w);
}

static void canary(struct jw *w, const struct fnd_canary *seen)
{
	jw_bool(w, "calls", seen->calls);
	jw_bool(w, "packets", seen->packets);
	jw_bool(w, "lab", seen->lab);
}

static void totals(struct jw *w, const struct fnd_result *r)
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

	jw_object(w, "totals");
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		jw_uint(w, rows[i].key, rows[i].value);
	jw_end(w);
	jw_object(w, "canary");
	canary(w, &r->canary);
	jw_object(w, "at_end");
	canary(w, &r->last_canary);
	jw_end(w);
	jw_end(w);
}

static void changes(struct jw *w, const struct fnd_result *r)
{
	jw_array(w, "changes");
	for (size_t i = 0; i < r->nchanges; i++) {
		const struct fnd_change *c = &r->changes[i];

		jw_object(w, NULL);
		jw_str(w, "op", c->op);
		jw_str(w, "path", c->path);
		jw_str(w, "type", c->type);
		jw_uint(w, "size", c->size);
		jw_str(w, "sha256", c->sha256);
		jw_str(w, "target", c->target);
		jw_uint(w, "event", c->line);
		jw_end(w);
	}
	jw_end(w);
	jw_uint(w, "changes_left_out", r->changes_left_out);
}

int rpt_json(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err)
{
	TB_AUTOFREE size_t *order = rpt_order(in->result, in->facts);
	TB_AUTOBUF struct tb_buf reason = TB_BUF_INIT;
	struct jw w;

	if (!order)
		return tb_err_set(err, ENOMEM, "write report");
	jw_init(&w, out);
	jw_object(&w, NULL);
	jw_uint(&w, "tcbox_report", RPT_FORMAT);
	jw_str(&w, "verdict", fnd_verdict_name(in->result->verdict));
	words_reason(&reason, in);
	said(&w, "reason", &reason);
	run(&w, in);
	policy(&w, in);
	if (!in->facts_apart)
		json_facts(&w, in);
	jw_array(&w, "findings");
	for (size_t i = 0; i < in->result->nfindings; i++)
		finding(&w, in, &in->result->findings[order[i]], i + 1);
	jw_end(&w);
	notes_json(&w, in);
	rules(&w, in, "declared_seen", true);
	rules(&w, in, "declared_not_seen", false);
	gaps(&w, in->result);
	witnesses(&w, in->result);
	changes(&w, in->result);
	processes(&w, in->result);
	totals(&w, in->result);
	jw_end(&w);
	return out->failed ? tb_err_set(err, ENOMEM, "write report") : 0;
}
