/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence.c - what the verdict rests on: totals, loss, the control, the product's files, shares of the processes
 */
#include <inttypes.h>
#include <string.h>

#include "report/sections.h"

#define INDENT 2
#define HANG 15
#define SHARES_MAX 30

static void packets(struct page *p, const struct fnd_totals *t, struct tb_buf *b)
{
	tb_buf_addf(b, "%" PRIu64 " captured, %" PRIu64 " dropped, %" PRIu64 " not decoded, %" PRIu64
		    " without an owner", t->packets, t->packets_dropped, t->packets_undecoded, t->packets_unowned);
	if (t->packets_link)
		tb_buf_addf(b, "; %" PRIu64 " of the kernels themselves (ARP, neighbour discovery)", t->packets_link);
	text_item(p, INDENT, "packets", HANG, b);
	amount_traffic(b, t->bytes_out, t->bytes_in, true);
	text_item(p, INDENT, "bytes", HANG, b);
	amount_bytes_exact(b, t->bytes_opaque);
	tb_buf_adds(b, " encrypted, content not seen; ");
	amount_bytes_exact(b, t->bytes_unowned);
	tb_buf_adds(b, " without an owner");
	text_item(p, INDENT, "opaque", HANG, b);
}

static void activity(struct page *p, const struct fnd_totals *t, struct tb_buf *b)
{
	amount_count(b, t->flows, "flow", "flows");
	tb_buf_adds(b, ", ");
	amount_count(b, t->lookups, "lookup", "lookups");
	tb_buf_adds(b, " of ");
	amount_count(b, t->names, "name", "names");
	text_item(p, INDENT, "network", HANG, b);
	amount_count(b, t->processes, "process", "processes");
	tb_buf_adds(b, ", ");
	amount_count(b, t->executions, "execution", "executions");
	tb_buf_adds(b, ", ");
	amount_count(b, t->files_written, "file", "files");
	tb_buf_adds(b, " written");
	text_item(p, INDENT, "activity", HANG, b);
	tb_buf_addf(b, "%" PRIu64 " recorded, ", t->calls);
	amount_count(b, t->attempts, "dangerous one", "dangerous ones");
	tb_buf_adds(b, " refused");
	text_item(p, INDENT, "calls", HANG, b);
}

/* control() - tcbox's own lookup and connection, which every layer must have seen */
static void control(struct page *p, const struct fnd_result *r, struct tb_buf *b)
{
	const struct {
		const char *layer;
		bool seen;
	} layers[] = {
		{ "system calls", r->canary_calls }, { "packets", r->canary_packets }, { "lab", r->canary_lab },
	};
	bool missed = false;

	tb_buf_adds(b, "tcbox's own lookup and connection, seen by");
	for (size_t i = 0; i < 3; i++) {
		tb_buf_addf(b, "%s %s: %s", i ? "," : "", layers[i].layer, layers[i].seen ? "yes" : "NO");
		missed |= !layers[i].seen;
	}
	page_item(p, INDENT, "control", HANG, missed ? PAGE_BAD : PAGE_PLAIN, b->failed ? "" : b->data);
	tb_buf_reset(b);
}

static void files(struct page *p, const struct run_info *run, struct tb_buf *b)
{
	size_t changed = 0;

	if (!run->nfiles)
		return;
	for (size_t i = 0; i < run->nfiles; i++) {
		const struct run_file *f = &run->files[i];

		if (f->sha256_before && f->sha256_after && !strcmp(f->sha256_before, f->sha256_after))
			continue;
		tb_buf_addf(b, "%s%s %s", changed++ ? ", " : "", f->path ? f->path : "(not named)",
			    f->sha256_after ? "was changed during the run" : "was not hashed after the run");
	}
	if (!changed) {
		amount_count(b, run->nfiles, "file of the product", "files of the product");
		tb_buf_adds(b, " hashed before and after the run: not changed");
	}
	text_item(p, INDENT, "product", HANG, b);
}

/* is_gap() - was it told among what could not be observed? */
static bool is_gap(const struct fnd_result *r, const char *text)
{
	for (size_t i = 0; i < r->ngaps; i++)
		if ((r->gaps[i].what && !strcmp(r->gaps[i].what, text)) || (r->gaps[i].why && !strcmp(r->gaps[i].why, text)))
			return true;
	return false;
}

/* kept_from() - what stood between the product and undeclared files */
static void kept_from(struct page *p, const struct run_info *run, struct tb_buf *b)
{
	if (run->writes_by)
		tb_buf_addf(b, "writing outside declared places failed: %s", run->writes_by);
	text_item(p, INDENT, "enforced", HANG, b);
	if (run->reads_by)
		tb_buf_addf(b, "reading outside declared places failed: %s", run->reads_by);
	text_item(p, INDENT, run->writes_by ? "" : "enforced", HANG, b);
}

static void degraded(struct page *p, const struct rpt_input *in)
{
	const char *label = "degraded";

	for (size_t i = 0; i < in->run->ndegraded; i++) {
		if (is_gap(in->result, in->run->degraded[i]))
			continue;
		page_item(p, INDENT, label, HANG, PAGE_PLAIN, in->run->degraded[i]);
		label = "";
	}
}

/* per_call() - "SRC.calls_all_NAME" of --observe all: hundreds, and for programs */
static bool per_call(const char *name)
{
	return strstr(name, ".calls_all_");
}

/* counters() - those that are not 0 in this run, but for the counts of each system call */
static void counters(struct page *p, const struct run_info *run, struct tb_buf *b)
{
	size_t left_out = 0;

	for (size_t i = 0; i < run->ncounters; i++) {
		const struct run_counter *c = &run->counters[i];

		left_out += per_call(c->name);
		if (c->value && !per_call(c->name))
			tb_buf_addf(b, "%s%s %" PRIu64, b->len ? ", " : "", c->name, c->value);
	}
	if (left_out)
		tb_buf_addf(b, "%sand each of %zu system calls in run.json", b->len ? ", " : "", left_out);
	text_item(p, INDENT, "counters", HANG, b);
}

static void shares(struct page *p, const struct fnd_result *r, struct tb_buf *b)
{
	if (!r->nshares)
		return;
	page_heading(p, PAGE_BOLD, "Traffic by process", 0);
	for (size_t i = 0; i < r->nshares && i < SHARES_MAX; i++) {
		const struct fnd_share *s = &r->shares[i];
		const struct fnd_proc *proc = fnd_result_proc(r, s->proc);

		if (proc)
			tb_buf_addf(b, "%s (%" PRId64 "): ", proc->exe ? proc->exe : "unknown program", proc->pid);
		else
			tb_buf_adds(b, s->proc ? "a process that is not recorded: " : "without an owner: ");
		amount_count(b, s->flows, "flow", "flows");
		tb_buf_adds(b, ", ");
		amount_traffic(b, s->bytes_out, s->bytes_in, false);
		if (s->opaque_out) {
			tb_buf_adds(b, ", ");
			amount_bytes(b, s->opaque_out);
			tb_buf_adds(b, " of it sent encrypted");
		}
		page_put(p, PAGE_PLAIN, "  ");
		page_para(p, INDENT, INDENT + 2, PAGE_PLAIN, b->failed ? "" : b->data);
		p->out->failed |= b->failed;
		tb_buf_reset(b);
	}
	if (r->nshares > SHARES_MAX) {
		tb_buf_addf(b, "and %" PRIu64 " more processes, see the JSON report", r->nshares - SHARES_MAX + r->nothers);
		text_item(p, INDENT, "", INDENT, b);
	}
}

void text_evidence(struct page *p, const struct rpt_input *in)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	shares(p, in->result, &b);
	page_heading(p, PAGE_BOLD, "Evidence", 0);
	packets(p, &in->result->totals, &b);
	activity(p, &in->result->totals, &b);
	control(p, in->result, &b);
	files(p, in->run, &b);
	kept_from(p, in->run, &b);
	degraded(p, in);
	counters(p, in->run, &b);
}
