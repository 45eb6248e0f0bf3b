/* SPDX-License-Identifier: Apache-2.0 */
/*
 * across.c - several runs of a product against the first: what shows only in some of them
 *
 * How it works: each run is compared with the first as any two are, and what differs is kept as a
 * mark, with the runs in which it is so. So only two runs are in memory at a time.
 *
 * Limits: MARKS_MAX marks; more are counted. Amounts are no difference here: what fails is tried
 * again.
 */
#include "report/diff/across.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/doc.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"
#include "tcbox/word.h"

#define MARKS_MAX 20000
#define POOL_FIRST 65536
#define VALUES_MAX 400		/* bytes of the values of one mark */

static const char *const hows[] = {
	[ACROSS_UNDER] = "under", [ACROSS_NOT_UNDER] = "not-under",
	[ACROSS_OTHERWISE] = "otherwise-under",
};

const char *across_how_name(enum across_how how)
{
	return hows[how];
}

/* keep() - a text that lives as long as the comparison; NULL stays NULL */
static const char *keep(struct rpt_across *a, const char *text)
{
	size_t len = text ? strlen(text) : 0;
	char *p = text ? tb_pool_alloc(a->pool, len + 1) : NULL;

	if (p)
		memcpy(p, text, len + 1);
	a->failed |= text && !p;
	return p;
}

/* kept() - what was collected, cut to what a reader wants; empties @b */
static const char *kept(struct rpt_across *a, struct tb_buf *b)
{
	const char *text = NULL;

	a->failed |= b->failed;
	if (!b->failed && b->len > VALUES_MAX) {
		b->len = doc_cut(b->data, VALUES_MAX);
		tb_buf_adds(b, "...");
	}
	if (!b->failed && b->len)
		text = keep(a, b->data);
	tb_buf_reset(b);
	return text;
}

static void add_words(struct tb_buf *b, const struct diff_words *w)
{
	if (!w->n)
		tb_buf_adds(b, "nothing");
	for (size_t i = 0; i < w->n; i++)
		tb_buf_addf(b, "%s%s", i ? ", " : "", w->v[i]);
}

static void add_label(struct tb_buf *b, const char *key)
{
	if (b->len)
		tb_buf_adds(b, "; ");
	for (; *key; key++)
		tb_buf_addc(b, *key == '_' ? ' ' : *key);
	tb_buf_adds(b, ": ");
}

static bool has_word(const struct diff_words *w, const char *word)
{
	for (size_t i = 0; i < w->n; i++)
		if (!strcmp(w->v[i], word))
			return true;
	return false;
}

/* collect() - the values of what only one run has, with those of other runs. @m: with room for
 * them */
static void collect(struct rpt_across *a, struct across_mark *m, const struct diff_item *i)
{
	const struct diff_about *about = &diff_about[m->kind];

	for (int v = 0; v < DIFF_VALUES && about->values[v]; v++) {
		struct diff_words *to = &m->words[v];

		for (size_t n = 0; n < i->values[v].n && to->n < DIFF_SET; n++) {
			if (has_word(to, i->values[v].v[n]))
				continue;
			if (!to->v)
				to->v = tb_pool_alloc(a->pool, DIFF_SET * sizeof(*to->v));
			a->failed |= !to->v;
			if (a->failed)
				return;
			to->v[to->n++] = keep(a, i->values[v].v[n]);
		}
	}
}

/* make_room() - for the values of a new mark */
static void make_room(struct rpt_across *a, struct across_mark *m)
{
	const size_t size = DIFF_VALUES * sizeof(*m->words);

	m->words = tb_pool_alloc(a->pool, size);
	if (m->words)
		memset(m->words, 0, size);
	else
		a->failed = true;
}

/* describe() - those values, once no more come */
static void describe(struct rpt_across *a, struct across_mark *m)
{
	const struct diff_about *about = &diff_about[m->kind];
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	for (int v = 0; v < DIFF_VALUES && about->values[v]; v++) {
		if (!m->words[v].n)
			continue;
		add_label(&b, about->values[v]);
		add_words(&b, &m->words[v]);
	}
	m->values = kept(a, &b);
}

/* differences() - the values that are others */
static void differences(struct tb_buf *b, const struct diff_about *about,
			const struct diff_entry *e)
{
	if (e->program) {
		const char *by = e->item[DIFF_B]->program;

		add_label(b, "by");
		tb_buf_adds(b, by ? by : "not known");
	}
	for (int v = 0; v < DIFF_VALUES && about->values[v]; v++) {
		if (!(e->values & (1u << v)))
			continue;
		add_label(b, about->values[v]);
		add_words(b, &e->item[DIFF_A]->values[v]);
		tb_buf_adds(b, " -> ");
		add_words(b, &e->item[DIFF_B]->values[v]);
	}
}

/* is_clear() - did it go in the clear in the second run, and not in the first? */
static bool is_clear(const struct diff_about *about, const struct diff_entry *e)
{
	for (int v = 0; v < DIFF_VALUES && about->values[v]; v++) {
		const struct diff_item *x = e->item[DIFF_A], *y = e->item[DIFF_B];

		if (!tb_is_word(about->values[v], "content"))
			continue;
		return y && has_word(&y->values[v], "clear") &&
		       !(x && has_word(&x->values[v], "clear"));
	}
	return false;
}

/* key() - what makes the marks of two runs one: of what looks temporary, its looks */
static void key(const struct rpt_diff *d, const struct across_mark *m, struct tb_buf *out)
{
	const char *values = m->how == ACROSS_OTHERWISE && m->values ? m->values : "";
	const char *program = m->program ? m->program : "";

	tb_buf_addf(out, "%d %d\n%s\n%s\n", (int)m->kind, (int)m->how, program, values);
	if (diff_about[m->kind].shapes)
		(void)diff_shape(d, DIFF_B, m->what, diff_in_temporary_place(m->what), out);
	else
		tb_buf_adds(out, m->what);
}

/* add() - Return: the mark, which may have been there; NULL: it is not kept */
static struct across_mark *add(struct rpt_across *a, const struct rpt_diff *d,
			       const struct across_mark *m)
{
	TB_AUTOBUF struct tb_buf k = TB_BUF_INIT;
	struct across_mark *v;
	size_t at;

	key(d, m, &k);
	a->failed |= k.failed;
	if (a->failed)
		return NULL;
	at = (uintptr_t)tb_map_get(a->known, k.data, k.len);
	if (at) {
		v = &a->marks[at - 1];
		v->runs |= m->runs;
		v->clear |= m->clear;
		return v;
	}
	if (a->nmarks == MARKS_MAX) {
		a->left_out++;
		return NULL;
	}
	v = tb_grow(a->marks, a->nmarks, 1, sizeof(*v));
	if (!v || tb_map_put(a->known, k.data, k.len, (void *)(uintptr_t)(a->nmarks + 1)) < 0) {
		a->marks = v ? v : a->marks;
		a->failed = true;
		return NULL;
	}
	a->marks = v;
	v = &v[a->nmarks++];
	*v = *m;
	v->what = keep(a, m->what);
	v->program = keep(a, m->program);
	if (v->how != ACROSS_OTHERWISE)
		make_room(a, v);
	return v;
}

/* mark() - a difference between the first run and this one */
static void mark(struct rpt_across *a, const struct rpt_diff *d, const struct diff_entry *e)
{
	static const enum across_how how[] = {
		[DIFF_NEW] = ACROSS_UNDER, [DIFF_ONLY_B] = ACROSS_UNDER,
		[DIFF_GONE] = ACROSS_NOT_UNDER, [DIFF_ONLY_A] = ACROSS_NOT_UNDER,
		[DIFF_CHANGED] = ACROSS_OTHERWISE,
	};
	const struct diff_item *i = e->item[e->item[DIFF_B] ? DIFF_B : DIFF_A];
	const struct diff_about *about = &diff_about[e->kind];
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct across_mark *kept_as;
	struct across_mark m = {
		.kind = e->kind, .how = how[e->change], .what = i->what, .program = i->program,
		.clear = is_clear(about, e), .runs = UINT64_C(1) << (a->nruns - 1),
	};

	if (m.how == ACROSS_OTHERWISE && !e->values && !e->program)
		return;
	if (m.how == ACROSS_OTHERWISE)
		differences(&b, about, e);
	m.values = kept(a, &b);
	kept_as = add(a, d, &m);
	if (kept_as && kept_as->words)
		collect(a, kept_as, i);
}

/* is_bounded() - may it have missed something? What is encrypted is so in all of them */
static bool is_bounded(const struct fnd_result *r)
{
	const unsigned int all = (1u << DIFF_KINDS) - 1;

	for (size_t i = 0; i < r->ngaps; i++) {
		unsigned int row = diff_gap_row(r->gaps[i].code);

		if (r->gaps[i].code != FND_GAP_ENCRYPTED && (!row || row & all))
			return true;
	}
	return false;
}

/* name_of() - its scenario, or its bundle where there is none, or another run has the same one */
static const char *name_of(const struct rpt_across *a, const struct rpt_input *in)
{
	const char *scenario = in->run->scenario;

	for (size_t i = 0; scenario && i < a->nruns; i++)
		if (tb_is_word(a->runs[i].name, scenario))
			scenario = NULL;
	if (scenario)
		return scenario;
	return in->bundle ? in->bundle : "without a name";
}

/* note() - one more run */
static void note(struct rpt_across *a, const struct rpt_diff *d, int side)
{
	const struct rpt_input *in = d->in[side];
	const char *name = name_of(a, in);
	struct across_run *r = &a->runs[a->nruns++];

	*r = (struct across_run){
		.name = keep(a, name), .means = keep(a, in->run->scenario_means),
		.bundle = keep(a, in->bundle), .verdict = fnd_verdict_name(in->result->verdict),
		.compared = in->policy, .bounded = is_bounded(in->result),
		.exit_code = in->run->exit_code, .exited = in->run->exited,
		.timed_out = in->run->timed_out,
	};
	for (int k = 0; k < DIFF_KINDS; k++)
		r->items[k] = d->lists[side][k].n + d->lists[side][k].left_out;
}

struct rpt_across *rpt_across_new(const struct rpt_input *first, struct tb_err *err)
{
	struct rpt_across *a = calloc(1, sizeof(*a));

	if (a) {
		a->first = first;
		a->pool = tb_pool_new(POOL_FIRST);
		a->known = tb_map_new(MARKS_MAX);
	}
	if (a && a->pool && a->known)
		return a;
	rpt_across_free(a);
	(void)tb_err_set(err, ENOMEM, "compare runs");
	return NULL;
}

int rpt_across_add(struct rpt_across *a, const struct rpt_input *in, struct tb_err *err)
{
	const struct rpt_diff_input two = { .a = a->first, .b = in };
	struct rpt_diff *d;

	if (a->nruns == RPT_ACROSS_MAX)
		return tb_err_msg(err, E2BIG, "at most %d runs are compared", RPT_ACROSS_MAX);
	d = rpt_diff_new(&two, err);
	if (!d)
		return -ENOMEM;
	if (!a->nruns)
		note(a, d, DIFF_A);
	note(a, d, DIFF_B);
	for (size_t i = 0; i < d->nentries && !a->failed; i++)
		mark(a, d, &d->entries[i]);
	rpt_diff_free(d);
	return a->failed ? tb_err_set(err, ENOMEM, "compare runs") : 0;
}

static int by_weight(const void *pa, const void *pb)
{
	const struct across_mark *a = pa, *b = pb;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->how != b->how)
		return a->how < b->how ? -1 : 1;
	if (a->clear != b->clear)
		return a->clear ? -1 : 1;
	if (strcmp(a->what, b->what) != 0)
		return strcmp(a->what, b->what);
	return (a->runs > b->runs) - (a->runs < b->runs);
}

void rpt_across_end(struct rpt_across *a)
{
	for (size_t i = 0; i < a->nmarks; i++)
		if (a->marks[i].words)
			describe(a, &a->marks[i]);
	if (a->nmarks)
		qsort(a->marks, a->nmarks, sizeof(*a->marks), by_weight);
	tb_map_free(a->known);		/* its numbers are those of the order before */
	a->known = NULL;
}

enum rpt_diff_outcome rpt_across_outcome(const struct rpt_across *a)
{
	if (a->nmarks)
		return RPT_DIFF_DIFFERS;
	for (size_t i = 0; i < a->nruns; i++)
		if (a->runs[i].bounded)
			return RPT_DIFF_NOT_KNOWN;
	return RPT_DIFF_SAME;
}

size_t across_count(const struct rpt_across *a, enum diff_kind kind, enum across_how how)
{
	size_t n = 0;

	for (size_t i = 0; i < a->nmarks; i++)
		n += a->marks[i].how == how &&
		     (kind == DIFF_KINDS || a->marks[i].kind == kind);
	return n;
}

void rpt_across_free(struct rpt_across *a)
{
	if (!a)
		return;
	tb_map_free(a->known);
	free(a->marks);
	tb_pool_free(a->pool);
	free(a);
}
