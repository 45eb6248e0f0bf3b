/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence.c - what the verdict rests on: totals, loss, the control, the product's files, shares of
 * the processes
 */
#include <inttypes.h>
#include <string.h>

#include "report/sections.h"
#include "tcbox/own.h"

#define SHARES_MAX 20

/* so_far() - the counts of packets where the parts that count did not come to say their last */
static void so_far(struct doc *d, const struct fnd_totals *t, struct tb_buf *b)
{
	tb_buf_addf(b, "at least %" PRIu64 "; how many there were, or were dropped, is not known",
		    t->packets);
	doc_item(d, "packets", b);
	tb_buf_adds(b, "at least ");
	amount_traffic(b, t->bytes_out, t->bytes_in, true);
	doc_item(d, "bytes", b);
}

static void packets(struct doc *d, const struct fnd_totals *t)
{
	const struct doc_number packets[] = {
		{ .n = t->packets, .one = "captured", .many = "captured" },
		{ .n = t->packets_dropped, .one = "dropped", .many = "dropped" },
		{ .n = t->packets_undecoded, .one = "not decoded", .many = "not decoded" },
		{ .n = t->packets_unowned, .one = "without an owner", .many = "without an owner" },
		{ .n = t->packets_link,
		  .one = "of the kernels themselves (ARP, neighbour discovery)",
		  .many = "of the kernels themselves (ARP, neighbour discovery)",
		  .apart = true },
	};
	const struct doc_number bytes[] = {
		{ .n = t->bytes_out, .kind = DOC_BYTES_EXACT, .many = "out" },
		{ .n = t->bytes_in, .kind = DOC_BYTES_EXACT, .many = "in" },
	};
	const struct doc_number opaque[] = {
		{ .n = t->bytes_opaque,
		  .kind = DOC_BYTES_EXACT,
		  .many = "encrypted, content not seen" },
		{ .n = t->bytes_unowned,
		  .kind = DOC_BYTES_EXACT,
		  .many = "without an owner",
		  .apart = true },
	};

	doc_figure(d, "packets", packets, t->packets_link ? 5 : 4);
	doc_figure(d, "bytes", bytes, TB_ARRAY_SIZE(bytes));
	doc_figure(d, "opaque", opaque, TB_ARRAY_SIZE(opaque));
}

static void activity(struct doc *d, const struct fnd_totals *t, struct tb_buf *b)
{
	const struct doc_number activity[] = {
		{ .n = t->processes, .one = "process", .many = "processes" },
		{ .n = t->executions, .one = "execution", .many = "executions" },
		{ .n = t->files_written, .one = "file written", .many = "files written" },
	};
	const struct doc_number calls[] = {
		{ .n = t->calls, .one = "recorded", .many = "recorded" },
		{ .n = t->attempts,
		  .one = "dangerous one refused",
		  .many = "dangerous ones refused" },
	};

	amount_count(b, t->flows, "flow", "flows");
	tb_buf_adds(b, ", ");
	amount_count(b, t->lookups, "lookup", "lookups");
	tb_buf_adds(b, " of ");
	amount_count(b, t->names, "name", "names");
	doc_item(d, "network", b);
	doc_figure(d, "activity", activity, TB_ARRAY_SIZE(activity));
	doc_figure(d, "calls", calls, TB_ARRAY_SIZE(calls));
}

/* control_word() - did a layer see the control, before the product and after its end? */
static const char *control_word(bool first, bool last)
{
	if (first && last)
		return "yes";
	if (first)
		return "NOT AT THE END";
	if (last)
		return "NOT AT THE START";
	return "NO";
}

/* control() - tcbox's own lookup and connection, which every layer must have seen */
static void control(struct doc *d, const struct rpt_input *in, struct tb_buf *b)
{
	const struct fnd_canary *first = &in->result->canary, *last = &in->result->last_canary;
	const struct {
		const char *layer;
		bool first, last;
	} layers[] = {
		{ "system calls", first->calls, last->calls },
		{ "packets", first->packets, last->packets },
		{ "lab", first->lab, last->lab },
	};
	size_t n = TB_ARRAY_SIZE(layers) - (in->run->net == RUN_NET_NONE);
	enum doc_tone tone = DOC_PLAIN;
	const char *sep = " ";

	tb_buf_adds(b, "tcbox's own lookup and connection at the start and at the end, seen by");
	for (size_t i = 0; i < n; i++) {
		tb_buf_addf(b, "%s%s: %s", sep, layers[i].layer,
			    control_word(layers[i].first, layers[i].last));
		if (!layers[i].first || !layers[i].last)
			tone = DOC_BAD;
		sep = ", ";
	}
	doc_item_tone(d, tone, "control", doc_text(d, b));
	tb_buf_reset(b);
}

static bool is_same(const struct run_file *f)
{
	return f->sha256_before && f->sha256_after && !strcmp(f->sha256_before, f->sha256_after);
}

static void files(struct doc *d, const struct run_info *run, struct tb_buf *b)
{
	if (!run->nfiles)
		return;
	for (size_t i = 0; i < run->nfiles; i++) {
		const struct run_file *f = &run->files[i];

		if (is_same(f))
			continue;
		amount_join(b, ", ");
		tb_buf_adds(b, f->path ? f->path : "(not named)");
		if (f->sha256_after)
			tb_buf_adds(b, " was changed during the run");
		else
			tb_buf_adds(b, " was not hashed after the run");
	}
	if (!b->len) {
		amount_count(b, run->nfiles, "file of the product", "files of the product");
		tb_buf_adds(b, " hashed before and after the run: not changed");
	}
	doc_item(d, "product", b);
}

/* is_gap() - was it told among what could not be observed? */
static bool is_gap(const struct fnd_result *r, const char *text)
{
	for (size_t i = 0; i < r->ngaps; i++) {
		const struct fnd_detail *detail = fnd_detail(&r->gaps[i].details, FND_KEY_SAID);

		if (r->gaps[i].code == FND_GAP_DEGRADED && detail && !strcmp(detail->text, text))
			return true;
	}
	return false;
}

/* kept_from() - what stood between the product and undeclared files */
static void kept_from(struct doc *d, const struct run_info *run, struct tb_buf *b)
{
	if (run->writes_by)
		tb_buf_addf(b, "writing outside declared places failed: %s", run->writes_by);
	doc_item(d, "enforced", b);
	if (run->reads_by)
		tb_buf_addf(b, "reading outside declared places failed: %s", run->reads_by);
	doc_item(d, run->writes_by ? "" : "enforced", b);
}

static void degraded(struct doc *d, const struct rpt_input *in)
{
	const char *label = "degraded";

	for (size_t i = 0; i < in->run->ndegraded; i++) {
		if (is_gap(in->result, in->run->degraded[i]))
			continue;
		doc_item_tone(d, DOC_PLAIN, label, in->run->degraded[i]);
		label = "";
	}
}

/* per_call() - "SRC.calls_all_NAME" of --observe all: hundreds, and for programs */
static bool per_call(const char *name)
{
	return strstr(name, ".calls_all_");
}

/* counters() - those that are not 0 in this run, but for the counts of each system call */
static void counters(struct doc *d, const struct run_info *run, struct tb_buf *b)
{
	size_t left_out = 0;

	for (size_t i = 0; i < run->ncounters; i++) {
		const struct run_counter *c = &run->counters[i];

		if (per_call(c->name)) {
			left_out++;
		} else if (c->value) {
			amount_join(b, ", ");
			tb_buf_addf(b, "%s %" PRIu64, c->name, c->value);
		}
	}
	if (left_out) {
		amount_join(b, ", ");
		tb_buf_addf(b, "and each of %zu system calls in run.json", left_out);
	}
	doc_item(d, "counters", b);
}

static void add_owner(struct tb_buf *b, const struct fnd_result *r, uint64_t id)
{
	const struct fnd_proc *proc = fnd_result_proc(r, id);

	if (proc)
		tb_buf_addf(b, "%s (%" PRId64 ")", proc->exe ? proc->exe : "unknown program",
			    proc->pid);
	else if (id)
		tb_buf_adds(b, "a process that is not recorded");
	else
		tb_buf_adds(b, "without an owner");
}

static void shares(struct doc *d, const struct fnd_result *r, bool whole, struct tb_buf *b)
{
	static const struct doc_column columns[] = {
		{ .head = "Process" },
		{ .head = "Flows", .number = { .one = "flow", .many = "flows" } },
		{ .head = "Out", .number = { .kind = DOC_BYTES, .many = "out" } },
		{ .head = "In", .number = { .kind = DOC_BYTES, .many = "in" } },
		{ .head = "Sent encrypted",
		  .number = { .kind = DOC_BYTES, .many = "of it sent encrypted" },
		  .optional = true },
	};

	if (!r->nshares)
		return;
	doc_heading(d, whole ? "Traffic by process" : "Traffic by process, as far as recorded", 0);
	doc_table(d, columns, TB_ARRAY_SIZE(columns));
	for (size_t i = 0; i < r->nshares && i < SHARES_MAX; i++) {
		const struct fnd_share *s = &r->shares[i];
		const uint64_t values[] = { s->flows, s->bytes_out, s->bytes_in, s->opaque_out };

		add_owner(b, r, s->proc);
		doc_row(d, doc_text(d, b), values);
		tb_buf_reset(b);
	}
	if (r->nshares > SHARES_MAX) {
		tb_buf_addf(b, "and %" PRIu64 " more processes, see the JSON report",
			    r->nshares - SHARES_MAX + r->nothers);
		doc_para(d, doc_text(d, b));
		tb_buf_reset(b);
	}
}

void rpt_evidence(struct doc *d, const struct rpt_input *in)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	shares(d, in->result, in->run->state == RUN_COMPLETE, &b);
	doc_heading(d, "Evidence", 0);
	if (in->run->state == RUN_COMPLETE)
		packets(d, &in->result->totals);
	else
		so_far(d, &in->result->totals, &b);
	activity(d, &in->result->totals, &b);
	control(d, in, &b);
	files(d, in->run, &b);
	kept_from(d, in->run, &b);
	degraded(d, in);
	if (in->verbose)
		counters(d, in->run, &b);
}
