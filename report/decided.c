/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decided.c - what examiners decided about findings, beside what the comparison says of them
 *
 * A decision never changes a verdict: a report that somebody reviewed says the same as one that
 * nobody did, and who decided what.
 */
#include "report/decided.h"

#include <stdlib.h>
#include <string.h>

#include "report/sections.h"
#include "tcbox/own.h"

#define GONE_MAX 20		/* told one by one */

static bool reviewed(const struct rpt_input *in)
{
	return in->review && in->review->n;
}

static const char *word(const struct review_decision *d)
{
	static const char *const words[] = {
		[REVIEW_CONFIRMED] = "confirmed",
		[REVIEW_ACCEPTED] = "accepted",
		[REVIEW_QUESTION] = "question to the vendor",
		[REVIEW_FALSE_ALARM] = "false alarm",
	};

	return words[d->word];
}

void decided_sentence(struct tb_buf *b, const struct review_decision *d)
{
	tb_buf_addf(b, "%s by %s", word(d), d->reviewer);
	tb_buf_addf(b, " on %.10s", d->time);
	if (d->until)
		tb_buf_addf(b, " until %s", d->until);
	if (d->reason)
		tb_buf_addf(b, ": %s", d->reason);
}

const struct review_decision *rpt_excused(const struct rpt_input *in, const struct fnd *f)
{
	const struct review_decision *r = reviewed(in) ? review_of(in->review, f->id) : NULL;

	if (!r || review_state_of(in->review, r) != REVIEW_DECIDED)
		return NULL;
	return r->word == REVIEW_ACCEPTED || r->word == REVIEW_FALSE_ALARM ? r : NULL;
}

bool rpt_fails(const struct rpt_input *in, enum fnd_severity least)
{
	for (size_t i = 0; i < in->result->nfindings; i++) {
		const struct fnd *f = &in->result->findings[i];

		if (f->severity >= least && !rpt_excused(in, f))
			return true;
	}
	return false;
}

void decided_item(struct doc *d, const struct rpt_input *in, const struct fnd *f)
{
	const struct review_decision *r = reviewed(in) ? review_of(in->review, f->id) : NULL;
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	if (!r)
		return;
	decided_sentence(&b, r);
	if (review_state_of(in->review, r) == REVIEW_EXPIRED)
		doc_item_tone(d, DOC_DOUBT, "expired", doc_text(d, &b));
	else
		doc_item(d, "decided", &b);
}

void decided_aside(struct tb_buf *b, const struct rpt_input *in, const struct fnd *f)
{
	const struct review_decision *r = reviewed(in) ? review_of(in->review, f->id) : NULL;

	if (!r)
		return;
	amount_join(b, "; ");
	if (review_state_of(in->review, r) == REVIEW_EXPIRED)
		tb_buf_addf(b, "expired: %s by %s until %s", word(r), r->reviewer, r->until);
	else
		tb_buf_addf(b, "%s by %s", word(r), r->reviewer);
}

void decided_tally(struct doc *d, const struct rpt_input *in)
{
	struct doc_number rows[] = {
		[REVIEW_OPEN] = { .one = "open", .many = "open" },
		[REVIEW_DECIDED] = { .one = "decided", .many = "decided" },
		[REVIEW_EXPIRED] = { .one = "expired", .many = "expired" },
	};
	const struct fnd_result *r = in->result;

	if (!reviewed(in))
		return;
	for (size_t i = 0; i < r->nfindings; i++) {
		const struct review_decision *of = review_of(in->review, r->findings[i].id);

		rows[review_state_of(in->review, of)].n++;
	}
	doc_figure(d, "review", rows, TB_ARRAY_SIZE(rows));
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* ids_of() - of all findings, sorted; NULL without memory */
static const char **ids_of(const struct fnd_result *r)
{
	const char **ids = malloc((r->nfindings + 1) * sizeof(*ids));

	if (!ids)
		return NULL;
	for (size_t i = 0; i < r->nfindings; i++)
		ids[i] = r->findings[i].id;
	qsort(ids, r->nfindings, sizeof(*ids), by_text);
	return ids;
}

static void one_gone(struct doc *d, const struct review *review, const struct review_decision *r)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	tb_buf_addf(&b, "%s: ", r->id);
	if (review_state_of(review, r) == REVIEW_EXPIRED)
		tb_buf_adds(&b, "expired: ");
	decided_sentence(&b, r);
	doc_point(d, false, doc_text(d, &b));
}

void rpt_decided_gone(struct doc *d, const struct rpt_input *in)
{
	TB_AUTOFREE const char **ids = reviewed(in) ? ids_of(in->result) : NULL;
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	size_t n = 0;

	if (!reviewed(in))
		return;
	if (!ids) {
		d->out->failed = true;
		return;
	}
	for (size_t i = 0; i < in->review->n; i++) {
		const struct review_decision *r = &in->review->v[i];
		const char *id = r->id;

		if (bsearch(&id, ids, in->result->nfindings, sizeof(*ids), by_text))
			continue;
		if (!n++)
			doc_heading(d, "Decided, and not a finding of this report", 0);
		if (n <= GONE_MAX)
			one_gone(d, in->review, r);
	}
	if (n <= GONE_MAX)
		return;
	tb_buf_addf(&b, "and %zu more in the review", n - GONE_MAX);
	doc_para(d, doc_text(d, &b));
}

void decided_json(struct jw *w, const struct rpt_input *in, const struct fnd *f)
{
	const struct review_decision *r;

	if (!reviewed(in))
		return;
	r = review_of(in->review, f->id);
	jw_object(w, "review");
	jw_str(w, "state", review_state_name(review_state_of(in->review, r)));
	if (r) {
		jw_str(w, "decision", review_word_name(r->word));
		jw_str(w, "reviewer", r->reviewer);
		jw_str(w, "time", r->time);
		jw_str(w, "reason", r->reason);
		jw_str(w, "until", r->until);
	}
	jw_end(w);
}
