/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.c - the report for people: its sections in their order, in each format
 *
 * Verdict first, then what the reader must act on, then what must be known to judge it. Times are
 * UTC and sizes powers of 1024, so that two readers in two places see the same. Lists that grow
 * with the product are cut after a stated number of entries; report.json is always complete.
 */
#include "tcbox/report.h"

#include <assert.h>
#include <errno.h>

#include "report/derive.h"
#include "report/markdown.h"
#include "report/sections.h"
#include "report/select.h"
#include "report/text.h"
#include "report/width.h"
#include "report/words.h"
#include "tcbox/own.h"

static void seen(struct doc *d, const struct rpt_input *in)
{
	rpt_rules(d, in, true);
}

static void not_seen(struct doc *d, const struct rpt_input *in)
{
	rpt_rules(d, in, false);
}

static void findings(struct doc *d, const struct rpt_input *in)
{
	rpt_findings(d, in);
	rpt_decided_gone(d, in);
}

/* In the order of the report. */
static const struct {
	const char *name;
	void (*write)(struct doc *d, const struct rpt_input *in);
} sections[] = {
	[RPT_SUMMARY] = { "summary", rpt_summary },
	[RPT_DESTINATIONS] = { "destinations", rpt_dests },
	[RPT_UPLOADS] = { "uploads", rpt_uploads },
	[RPT_PATTERNS] = { "patterns", rpt_patterns },
	[RPT_NAMES] = { "names", rpt_names },
	[RPT_LISTENERS] = { "listeners", rpt_listeners },
	[RPT_PROGRAMS] = { "programs", rpt_programs },
	[RPT_FILES] = { "files", rpt_files },
	[RPT_CALLS] = { "calls", rpt_calls },
	[RPT_FINDINGS] = { "findings", findings },
	[RPT_NOTES] = { "notes", rpt_notes },
	[RPT_SEEN] = { "seen", seen },
	[RPT_NOT_SEEN] = { "not-seen", not_seen },
	[RPT_NOT_OBSERVABLE] = { "not-observable", rpt_gaps },
	[RPT_CHANGES] = { "changes", rpt_changes },
	[RPT_SETUP] = { "setup", rpt_setup },
	[RPT_EVIDENCE] = { "evidence", rpt_evidence },
};

static_assert(TB_ARRAY_SIZE(sections) == RPT_SECTIONS, "a row for each section");

const char *rpt_section_name(enum rpt_section s)
{
	return s < RPT_SECTIONS ? sections[s].name : NULL;
}

void rpt_sections(struct doc *d, const struct rpt_input *in)
{
	rpt_verdict(d, in);
	for (enum rpt_section s = 0; s < RPT_SECTIONS; s++)
		if (select_section(in, s))
			sections[s].write(d, in);
}

static int write_all(struct doc *d, const struct rpt_input *in, struct tb_err *err)
{
	if (in->only) {
		rpt_verdict(d, in);
		rpt_finding(d, in);
	} else if (in->layout == RPT_EXAMINER) {
		rpt_examiner(d, in);
	} else {
		rpt_sections(d, in);
	}
	return d->out->failed ? tb_err_set(err, ENOMEM, "write report") : 0;
}

int rpt_text(const struct rpt_input *in, const struct rpt_style *style, struct tb_buf *out,
	     struct tb_err *err)
{
	static const struct rpt_style plain = { 0 };
	struct text t;

	if (!style)
		style = &plain;
	text_init(&t, out, style->width, style->colour);
	return write_all(&t.doc, in, err);
}

int rpt_markdown(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err)
{
	struct markdown m;

	markdown_init(&m, out);
	return write_all(&m.doc, in, err);
}

int rpt_text_finding(const struct rpt_input *in, const struct rpt_style *style, struct tb_buf *out,
		     struct tb_err *err)
{
	struct text t;

	text_init(&t, out, style->width, style->colour);
	rpt_finding(&t.doc, in);
	return out->failed ? tb_err_set(err, ENOMEM, "write finding") : 0;
}

const struct fnd *rpt_numbered(const struct rpt_input *in, size_t number)
{
	TB_AUTOFREE size_t *order = rpt_order(in->result, in->facts);

	if (!order || !number || number > in->result->nfindings)
		return NULL;
	return &in->result->findings[order[number - 1]];
}

void rpt_title(struct tb_buf *b, const struct fnd *f)
{
	words_title(b, f);
}

size_t rpt_fit(const char *s, size_t len, size_t columns)
{
	size_t at = 0, used = 0;

	while (at < len) {
		size_t bytes, wide = rpt_char_width(s + at, len - at, &bytes);

		if (used + wide > columns)
			break;
		used += wide;
		at += bytes;
	}
	return at;
}
