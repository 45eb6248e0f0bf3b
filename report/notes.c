/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notes.c - what examiners noted, with its time beside that of the run
 *
 * Times of notes and of the record are of one clock, the machine's; whoever sets that while a run
 * goes on moves the one against the other.
 */
#include "report/notes.h"

#include "report/sections.h"
#include "tcbox/clock.h"
#include "tcbox/own.h"

#define HOUR_NS (3600 * TB_NS_PER_S)	/* then seconds say no more than the date */

/* since() - "3.201 s after the start, ". Nothing if that moment is not known, or is later */
static bool since(struct tb_buf *b, const struct note *n, int64_t moment, const char *word)
{
	int64_t t;

	if (!moment || __builtin_sub_overflow(n->time_ns, moment, &t) || t < 0)
		return false;
	if (t < HOUR_NS) {
		amount_seconds(b, t);
		tb_buf_addc(b, ' ');
	}
	tb_buf_addf(b, "after the %s, ", word);
	return true;
}

static void when(struct tb_buf *b, const struct rpt_input *in, const struct note *n)
{
	if (!since(b, n, in->run->ended_ns, "end"))
		(void)since(b, n, in->run->started_ns, "start");
	tb_buf_addf(b, "%.10s %.8s UTC", n->time, n->time + 11);
}

void rpt_notes(struct doc *d, const struct rpt_input *in)
{
	if (!in->notes || !in->notes->n)
		return;
	doc_heading(d, "Notes of the examiner", in->notes->n);
	for (size_t i = 0; i < in->notes->n; i++) {
		const struct note *n = &in->notes->v[i];
		TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

		when(&b, in, n);
		tb_buf_addf(&b, ", %s: ", n->examiner);
		tb_buf_adds(&b, n->text);
		doc_point(d, false, doc_text(d, &b));
	}
}

void notes_json(struct jw *w, const struct rpt_input *in)
{
	if (!in->notes || !in->notes->n)
		return;
	jw_array(w, "notes");
	for (size_t i = 0; i < in->notes->n; i++) {
		const struct note *n = &in->notes->v[i];

		jw_object(w, NULL);
		jw_str(w, "time", n->time);
		jw_str(w, "examiner", n->examiner);
		jw_str(w, "text", n->text);
		jw_end(w);
	}
	jw_end(w);
}
