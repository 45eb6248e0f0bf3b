/* SPDX-License-Identifier: Apache-2.0 */
/*
 * findings.c - findings by severity, those of one code together
 *
 * A product that does one wrong thing does it a hundred times. So of each code the first findings
 * are told in full and the others in two lines each, with everything needed to look them up.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/decided.h"
#include "report/derive.h"
#include "report/sections.h"
#include "report/select.h"
#include "report/words.h"
#include "tcbox/own.h"

#define FULL_MAX 3		/* of one code told in full, when there are more than FULL_ALL */
#define FULL_ALL 5
#define SHORT_MAX 17		/* of one code told in two lines; report.json has all */
#define CMDLINE_MAX 120		/* bytes of a command line */
#define CHAIN_ENDS 3		/* of a long ancestry, that many are shown at each end */

static const char *program_name(const struct fnd_proc *p)
{
	return p->exe ? p->exe : "unknown program";
}

static void add_name(struct tb_buf *b, const struct fnd_proc *p)
{
	tb_buf_addf(b, "%s (%" PRId64 ")", program_name(p), p->pid);
}

/* add_chain() - from the oldest ancestor to the parent */
static void add_chain(struct tb_buf *b, const struct fnd_result *r, const struct fnd_proc *p)
{
	const struct fnd_proc *up[RPT_ANCESTORS];
	size_t n = rpt_ancestry(r, p, up);

	for (size_t i = n; i > 0; i--) {
		amount_join(b, " > ");
		if (n > 2 * CHAIN_ENDS + 1 && i == n - CHAIN_ENDS) {
			tb_buf_addf(b, "%zu more", n - 2 * CHAIN_ENDS);
			i = CHAIN_ENDS + 1;
		} else {
			add_name(b, up[i - 1]);
		}
	}
}

/* command() - the arguments, as far as they help to know the process again */
static void command(struct doc *d, const struct fnd_proc *proc, struct tb_buf *b)
{
	if (!proc->cmdline)
		return;
	tb_buf_add(b, proc->cmdline, doc_cut(proc->cmdline, CMDLINE_MAX));
	if (strlen(proc->cmdline) > CMDLINE_MAX)
		tb_buf_addf(b, " ... (%zu bytes)", strlen(proc->cmdline));
	doc_item(d, "command", b);
}

static void who(struct doc *d, const struct rpt_input *in, const struct fnd *f, struct tb_buf *b)
{
	const struct fnd_proc *proc = fnd_result_program(in->result, f->proc, f->acted);

	if (!proc) {
		if (f->object && f->packets.n)
			tb_buf_adds(b, "not known: no recorded call explains these packets");
		doc_item(d, "process", b);
		return;
	}
	tb_buf_addf(b, "%s, pid %" PRId64, program_name(proc), proc->pid);
	if (proc->sha256)
		tb_buf_addf(b, ", SHA-256 %.16s...", proc->sha256);
	doc_item(d, "process", b);
	add_chain(b, in->result, proc);
	doc_item(d, "started by", b);
	command(d, proc, b);
}

/* when() - relative to the start, then absolute; the date of the end only if it is another day */
static void when(struct tb_buf *b, const struct rpt_input *in, const struct fnd *f)
{
	char first[RPT_TIMELEN], last[RPT_TIMELEN];

	if (!f->count || (!f->first && !f->last))
		return;
	amount_span(b, f->first, f->last);
	tb_buf_adds(b, " after the start");
	if (rpt_time_format(in->run->started_ns, f->first, first) ||
	    rpt_time_format(in->run->started_ns, f->last, last))
		return;
	tb_buf_addf(b, " (%.10s %.12s", first, first + 11);
	if (strncmp(first, last, 10))
		tb_buf_addf(b, " to %.10s %.12s", last, last + 11);
	else if (strncmp(first, last, 23))
		tb_buf_addf(b, " to %.12s", last + 11);
	tb_buf_adds(b, " UTC)");
}

/* how_much() - what was not seen has no number */
static void how_much(struct tb_buf *b, const struct fnd *f, bool exact)
{
	if (f->count && f->code != FND_MISSING_REQUIRED)
		amount_times(b, f->count);
	if (!f->bytes_out && !f->bytes_in)
		return;
	amount_join(b, ", ");
	amount_traffic(b, f->bytes_out, f->bytes_in, exact);
}

static void add_refs(struct tb_buf *b, const char *one, const char *many, const struct fnd_refs *r)
{
	uint64_t v[FND_REFS];
	size_t n = rpt_refs(r, v);
	const char *sep = " ";

	if (!n)
		return;
	amount_join(b, "; ");
	tb_buf_adds(b, n == 1 ? one : many);
	for (size_t i = 0; i < n; i++) {
		tb_buf_addf(b, "%s%" PRIu64, sep, v[i]);
		sep = ", ";
	}
	if (n == FND_REFS)
		tb_buf_adds(b, ", ...");
}

/* title() - what is said of every finding that is told in full */
static void title(struct doc *d, const struct fnd *f, struct doc_entry *e)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT, text = TB_BUF_INIT;

	tb_buf_addf(&b, "%s, ", fnd_severity_name(f->severity));
	if (f->basis == FND_NOT_OBSERVABLE)
		tb_buf_adds(&b, "not observable");
	else
		tb_buf_adds(&b, fnd_basis_name(f->basis));
	words_title(&text, f);
	e->name = fnd_code_name(f->code);
	e->text = doc_text(d, &text);
	e->aside = doc_text(d, &b);
	doc_entry(d, e);
}

static void told_in_full(struct doc *d, const struct rpt_input *in, const struct fnd *f)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	words_observed(&b, f);
	doc_item(d, "observed", &b);
	if (f->object)
		words_declared(&b, f);
	doc_item(d, "declared", &b);
	who(d, in, f, &b);
	when(&b, in, f);
	doc_item(d, "when", &b);
	how_much(&b, f, true);
	doc_item(d, "how much", &b);
	add_refs(&b, "packet", "packets", &f->packets);
	if (b.len)
		tb_buf_adds(&b, " in " RUN_CAPTURE_FILE);
	add_refs(&b, "events.jsonl line", "events.jsonl lines", &f->events);
	doc_item(d, "evidence", &b);
	words_question(&b, f);
	doc_item(d, "question", &b);
	decided_item(d, in, f);
}

/* add_gist() - the one text that says most about a finding */
static void add_gist(struct tb_buf *b, const struct fnd *f)
{
	words_observed(b, f);
	if (!b->len)
		words_title(b, f);
}

static void told_in_short(struct doc *d, const struct rpt_input *in, const struct fnd *f,
			  struct doc_entry *e)
{
	const struct fnd_proc *proc = fnd_result_program(in->result, f->proc, f->acted);
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT, text = TB_BUF_INIT;

	how_much(&b, f, false);
	if (f->count && (f->first || f->last)) {
		amount_join(&b, ", ");
		amount_at(&b, f->first, f->last);
	}
	if (proc) {
		amount_join(&b, "; ");
		add_name(&b, proc);
	}
	if (f->nearest)
		tb_buf_addf(&b, "; nearest rule \"%s\"", f->nearest);
	add_refs(&b, "packet", "packets", &f->packets);
	add_refs(&b, "event", "events", &f->events);
	decided_aside(&b, in, f);
	add_gist(&text, f);
	e->text = doc_text(d, &text);
	e->aside = doc_text(d, &b);
	doc_brief(d, e);
}

/* Findings of one severity and code: numbers @from to @to of the order. */
struct kind {
	const size_t *order;
	size_t from, to;
	enum doc_tone tone;
};

static void one_kind(struct doc *d, const struct rpt_input *in, const struct kind *k)
{
	const struct fnd *all = in->result->findings;
	size_t full = k->to - k->from > FULL_ALL ? FULL_MAX : k->to - k->from, i;
	struct doc_entry e = { .of = in->result->nfindings, .tone = k->tone };
	char text[160];

	for (i = k->from; i < k->from + full; i++) {
		e.number = i + 1;
		title(d, &all[k->order[i]], &e);
		told_in_full(d, in, &all[k->order[i]]);
	}
	if (i == k->to)
		return;
	(void)snprintf(text, sizeof(text), "%zu more of the same kind", k->to - i);
	doc_group(d, text);
	for (e.name = NULL; i < k->to && i < k->from + full + SHORT_MAX; i++) {
		e.number = i + 1;
		told_in_short(d, in, &all[k->order[i]], &e);
	}
	if (i == k->to)
		return;
	(void)snprintf(text, sizeof(text), "and %zu more, numbers %zu to %zu, in the JSON report",
		       k->to - i, i + 1, k->to);
	doc_para(d, text);
}

/* end_of_severity() - Return: the place in the order behind the last finding as grave as that at
 * @at */
static size_t end_of_severity(const struct fnd_result *r, const size_t *order, size_t at)
{
	enum fnd_severity severity = r->findings[order[at]].severity;

	while (at < r->nfindings && r->findings[order[at]].severity == severity)
		at++;
	return at;
}

static const enum doc_tone tones[] = {
	[FND_INFO] = DOC_PLAIN, [FND_WARNING] = DOC_DOUBT, [FND_VIOLATION] = DOC_BAD,
};

void rpt_finding(struct doc *d, const struct rpt_input *in)
{
	TB_AUTOFREE size_t *order = rpt_order(in->result, in->facts);
	struct doc_entry e = { .of = in->result->nfindings, .tone = tones[in->only->severity] };

	if (!order) {
		d->out->failed = true;
		return;
	}
	while (e.number < e.of && &in->result->findings[order[e.number]] != in->only)
		e.number++;
	e.number++;
	doc_heading(d, "Finding", 0);
	title(d, in->only, &e);
	told_in_full(d, in, in->only);
}

void rpt_findings(struct doc *d, const struct rpt_input *in)
{
	static const char *const headings[] = {
		[FND_INFO] = "Notes", [FND_WARNING] = "Warnings", [FND_VIOLATION] = "Violations",
	};
	const struct fnd_result *r = in->result;
	TB_AUTOFREE size_t *order = rpt_order(r, in->facts);
	struct kind k = { .order = order };
	size_t end = 0;

	if (!order) {
		d->out->failed = true;
		return;
	}
	for (; k.from < r->nfindings; k.from = k.to) {
		const struct fnd *f = &r->findings[order[k.from]];

		if (k.from == end) {
			end = end_of_severity(r, order, end);
			if (!select_finding(in, f)) {
				k.to = end;
				continue;
			}
			doc_heading(d, headings[f->severity], end - k.from);
		}
		while (k.to < end && r->findings[order[k.to]].code == f->code)
			k.to++;
		k.tone = tones[f->severity];
		one_kind(d, in, &k);
	}
}
