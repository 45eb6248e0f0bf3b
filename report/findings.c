/* SPDX-License-Identifier: Apache-2.0 */
/*
 * findings.c - findings by severity, those of one code together
 *
 * A product that does one wrong thing does it a hundred times. So of each code the first findings are told in full and the
 * others in two lines each, with everything needed to look them up.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/derive.h"
#include "report/sections.h"
#include "tcbox/own.h"

#define FULL_MAX 3		/* of one code told in full, when there are more than FULL_ALL */
#define FULL_ALL 5
#define SHORT_MAX 60		/* of one code told in two lines; report.json has all */
#define CMDLINE_MAX 300		/* bytes of a command line */
#define CHAIN_ENDS 3		/* of a long ancestry, that many are shown at each end */
#define INDENT 2
#define LABELS 12		/* columns of labels */

static void add_name(struct tb_buf *b, const struct fnd_proc *p)
{
	tb_buf_adds(b, p->exe ? p->exe : "unknown program");
	tb_buf_addf(b, " (%" PRId64 ")", p->pid);
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

static void who(struct page *p, size_t indent, const struct rpt_input *in, const struct fnd *f, struct tb_buf *b)
{
	const struct fnd_proc *proc = fnd_result_program(in->result, f->proc, f->acted);
	size_t hang = indent + LABELS;

	if (!proc) {
		if (f->packets.n)
			tb_buf_adds(b, "not known: no recorded call explains these packets");
		text_item(p, indent, "process", hang, b);
		return;
	}
	tb_buf_addf(b, "%s, pid %" PRId64, proc->exe ? proc->exe : "unknown program", proc->pid);
	if (proc->sha256)
		tb_buf_addf(b, ", SHA-256 %.16s...", proc->sha256);
	text_item(p, indent, "process", hang, b);
	add_chain(b, in->result, proc);
	text_item(p, indent, "started by", hang, b);
	if (!proc->cmdline)
		return;
	tb_buf_add(b, proc->cmdline, page_cut(proc->cmdline, CMDLINE_MAX));
	if (strlen(proc->cmdline) > CMDLINE_MAX)
		tb_buf_addf(b, " ... (%zu bytes)", strlen(proc->cmdline));
	text_item(p, indent, "command", hang, b);
}

static bool is_undeclared(const char *code)
{
	static const char suffix[] = "-UNDECLARED";
	size_t len = strlen(code), n = sizeof(suffix) - 1;

	return len > n && !strcmp(code + len - n, suffix);
}

static void declared(struct tb_buf *b, const struct fnd *f)
{
	if (f->declared)
		tb_buf_addf(b, "rule \"%s\"", f->declared);
	else if (f->nearest || is_undeclared(f->code))
		tb_buf_adds(b, "nothing");
	if (f->nearest)
		tb_buf_addf(b, "; the nearest rule is \"%s\"", f->nearest);
	if (f->differs) {
		amount_join(b, ": ");
		tb_buf_adds(b, f->differs);
	}
}

/* when() - relative to the start, then absolute; the date of the end only if it is another day */
static void when(struct tb_buf *b, const struct rpt_input *in, const struct fnd *f)
{
	char first[RPT_TIMELEN], last[RPT_TIMELEN];

	if (!f->count || (!f->first && !f->last))
		return;
	amount_span(b, f->first, f->last);
	tb_buf_adds(b, " after the start");
	if (rpt_time_format(in->run->started_ns, f->first, first) || rpt_time_format(in->run->started_ns, f->last, last))
		return;
	tb_buf_addf(b, " (%.10s %.12s", first, first + 11);
	if (strncmp(first, last, 10))
		tb_buf_addf(b, " to %.10s %.12s", last, last + 11);
	else if (strncmp(first, last, 23))
		tb_buf_addf(b, " to %.12s", last + 11);
	tb_buf_adds(b, " UTC)");
}

static void how_much(struct tb_buf *b, const struct fnd *f, bool exact)
{
	if (f->count)
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

	if (!n)
		return;
	amount_join(b, "; ");
	tb_buf_adds(b, n == 1 ? one : many);
	for (size_t i = 0; i < n; i++)
		tb_buf_addf(b, "%s%" PRIu64, i ? ", " : " ", v[i]);
	if (n == FND_REFS)
		tb_buf_adds(b, ", ...");
}

static void title(struct page *p, const struct fnd *f, size_t number, size_t indent, enum page_style style)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	tb_buf_addf(&b, "%*zu  ", (int)indent - 2, number);
	page_put(p, PAGE_DIM, b.failed ? "" : b.data);
	page_put(p, style, f->code);
	tb_buf_reset(&b);
	tb_buf_addf(&b, "  %s, %s", fnd_severity_name(f->severity),
		    f->basis == FND_NOT_OBSERVABLE ? "not observable" : fnd_basis_name(f->basis));
	page_para(p, indent + strlen(f->code), indent, PAGE_DIM, b.failed ? "" : b.data);
	if (f->title)
		page_item(p, indent, "", indent, PAGE_BOLD, f->title);
}

static void told_in_full(struct page *p, const struct rpt_input *in, const struct fnd *f, size_t indent)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	size_t hang = indent + LABELS;

	if (f->observed)
		tb_buf_adds(&b, f->observed);
	text_item(p, indent, "observed", hang, &b);
	declared(&b, f);
	text_item(p, indent, "declared", hang, &b);
	who(p, indent, in, f, &b);
	when(&b, in, f);
	text_item(p, indent, "when", hang, &b);
	how_much(&b, f, true);
	text_item(p, indent, "how much", hang, &b);
	add_refs(&b, "packet", "packets", &f->packets);
	if (b.len)
		tb_buf_adds(&b, " in " RUN_CAPTURE_FILE);
	add_refs(&b, "events.jsonl line", "events.jsonl lines", &f->events);
	text_item(p, indent, "evidence", hang, &b);
	if (f->question)
		tb_buf_adds(&b, f->question);
	text_item(p, indent, "question", hang, &b);
}

static void told_in_short(struct page *p, const struct rpt_input *in, const struct fnd *f, size_t number, size_t indent)
{
	const struct fnd_proc *proc = fnd_result_program(in->result, f->proc, f->acted);
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	char label[32];

	(void)snprintf(label, sizeof(label), "%*zu", (int)indent - 2, number);
	page_item(p, 0, label, indent, PAGE_PLAIN, f->observed ? f->observed : f->title ? f->title : f->code);
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
	text_item(p, indent, "", indent, &b);
}

/* one_code() - findings @from to @to of the order, all of one severity and code */
static void one_code(struct page *p, const struct rpt_input *in, const size_t *order, size_t from, size_t to,
		     size_t indent, enum page_style style)
{
	const struct fnd *all = in->result->findings;
	size_t full = to - from > FULL_ALL ? FULL_MAX : to - from, i;
	char text[160];

	for (i = from; i < from + full; i++) {
		tb_buf_adds(p->out, "\n");
		title(p, &all[order[i]], i + 1, indent, style);
		told_in_full(p, in, &all[order[i]], indent);
	}
	if (i == to)
		return;
	(void)snprintf(text, sizeof(text), "%zu more of the same kind", to - i);
	tb_buf_adds(p->out, "\n");
	page_item(p, indent, "", indent, PAGE_BOLD, text);
	for (; i < to && i < from + full + SHORT_MAX; i++)
		told_in_short(p, in, &all[order[i]], i + 1, indent);
	if (i == to)
		return;
	(void)snprintf(text, sizeof(text), "and %zu more, numbers %zu to %zu, in the JSON report", to - i, i + 1, to);
	page_item(p, indent, "", indent, PAGE_PLAIN, text);
}

static size_t digits(size_t n)
{
	size_t d = 1;

	for (; n >= 10; n /= 10)
		d++;
	return d;
}

int text_findings(struct page *p, const struct rpt_input *in, struct tb_err *err)
{
	static const char *const headings[] = {
		[FND_INFO] = "Notes", [FND_WARNING] = "Warnings", [FND_VIOLATION] = "Violations",
	};
	static const enum page_style colours[] = {
		[FND_INFO] = PAGE_BOLD, [FND_WARNING] = PAGE_DOUBT, [FND_VIOLATION] = PAGE_BAD,
	};
	const struct fnd_result *r = in->result;
	TB_AUTOFREE size_t *order = rpt_order(r);
	size_t indent = INDENT + digits(r->nfindings) + 2, from, to, end;

	if (!order)
		return tb_err_set(err, ENOMEM, "write report");
	for (from = 0, end = 0; from < r->nfindings; from = to) {
		const struct fnd *f = &r->findings[order[from]];

		if (from == end) {
			for (; end < r->nfindings && r->findings[order[end]].severity == f->severity; end++)
				;
			page_heading(p, PAGE_BOLD, headings[f->severity], end - from);
		}
		for (to = from; to < end && !strcmp(r->findings[order[to]].code, f->code); to++)
			;
		one_code(p, in, order, from, to, indent, colours[f->severity]);
	}
	return 0;
}
