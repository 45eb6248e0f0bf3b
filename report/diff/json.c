/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - two runs side by side as JSON, as doc/schema/tcbox-diff-1.schema.json describes it
 */
#include <errno.h>

#include "report/derive.h"
#include "report/diff/diff.h"
#include "report/sections.h"
#include "tcbox/json_write.h"

static const char *const sides[] = { "a", "b", "both" };

static void run(struct jw *w, const struct rpt_diff *d, int side)
{
	const struct rpt_input *in = d->in[side];
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	char time[RPT_TIMELEN];

	rpt_product_name(&b, in);
	w->out->failed |= b.failed;
	jw_object(w, sides[side]);
	jw_str(w, "product", b.len ? b.data : NULL);
	jw_str(w, "started", rpt_time_format(in->run->started_ns, 0, time) ? NULL : time);
	jw_str(w, "verdict", fnd_verdict_name(in->result->verdict));
	jw_bool(w, "compared", in->policy);
	jw_end(w);
}

static void kinds(struct jw *w, const char *key, unsigned int bits)
{
	jw_array(w, key);
	for (int k = 0; k < DIFF_KINDS; k++)
		if (bits & (1u << k))
			jw_str(w, NULL, diff_about[k].name);
	jw_end(w);
}

static void limits(struct jw *w, const struct rpt_diff *d)
{
	jw_array(w, "limits");
	for (size_t i = 0; i < d->nlimits; i++) {
		const struct diff_limit *l = &d->limits[i];

		jw_object(w, NULL);
		jw_str(w, "of", sides[l->side]);
		jw_str(w, "text", l->text);
		kinds(w, "may_hide_in_a", l->hides[DIFF_A]);
		kinds(w, "may_hide_in_b", l->hides[DIFF_B]);
		jw_end(w);
	}
	jw_end(w);
}

static void item(struct jw *w, const char *key, enum diff_kind kind, const struct diff_item *i)
{
	const struct diff_about *about = &diff_about[kind];

	if (!i) {
		jw_str(w, key, NULL);
		return;
	}
	jw_object(w, key);
	jw_str(w, "what", i->what);
	jw_str(w, "program", i->program);
	jw_array(w, "values");
	for (int v = 0; v < DIFF_VALUES && about->values[v]; v++) {
		if (!i->values[v].n)
			continue;
		jw_object(w, NULL);
		jw_str(w, "name", about->values[v]);
		jw_array(w, "words");
		for (size_t n = 0; n < i->values[v].n; n++)
			jw_str(w, NULL, i->values[v].v[n]);
		jw_end(w);
		jw_end(w);
	}
	jw_end(w);
	jw_array(w, "amounts");
	for (int a = 0; a < DIFF_AMOUNTS && about->amounts[a]; a++) {
		jw_object(w, NULL);
		jw_str(w, "name", about->amounts[a]);
		jw_uint(w, "number", i->amounts[a]);
		jw_end(w);
	}
	jw_end(w);
	jw_end(w);
}

static void entry(struct jw *w, const struct diff_entry *e)
{
	const struct diff_about *about = &diff_about[e->kind];

	jw_object(w, NULL);
	jw_str(w, "change", diff_change_name(e->change));
	jw_bool(w, "bounded", e->bounded);
	jw_array(w, "differs");
	if (e->program)
		jw_str(w, NULL, e->kind == DIFF_PROGRAMS ? "arguments" : "program");
	for (int i = 0; i < DIFF_VALUES; i++)
		if (e->values & (1u << i))
			jw_str(w, NULL, about->values[i]);
	for (int i = 0; i < DIFF_AMOUNTS; i++)
		if (e->amounts & (1u << i))
			jw_str(w, NULL, about->amounts[i]);
	jw_end(w);
	item(w, "a", e->kind, e->item[DIFF_A]);
	item(w, "b", e->kind, e->item[DIFF_B]);
	jw_end(w);
}

static void differences(struct jw *w, const struct rpt_diff *d)
{
	size_t at = 0;

	jw_object(w, "differences");
	for (int k = 0; k < DIFF_KINDS; k++) {
		jw_array(w, diff_about[k].name);
		for (; at < d->nentries && (int)d->entries[at].kind == k; at++)
			entry(w, &d->entries[at]);
		jw_end(w);
	}
	jw_end(w);
}

static void rules(struct jw *w, const struct rpt_diff *d)
{
	jw_array(w, "rules");
	for (size_t i = 0; i < d->nrules; i++) {
		jw_object(w, NULL);
		jw_str(w, "section", d->rules[i].section);
		jw_str(w, "id", d->rules[i].id);
		jw_str(w, "a", diff_rule_name(d->rules[i].state[DIFF_A]));
		jw_str(w, "b", diff_rule_name(d->rules[i].state[DIFF_B]));
		jw_end(w);
	}
	jw_end(w);
}

/* alike() - what was taken for the same by its looks */
static void alike(struct jw *w, const struct rpt_diff *d)
{
	jw_array(w, "taken_for_same");
	for (size_t i = 0; i < d->nalike; i++) {
		jw_object(w, NULL);
		jw_str(w, "kind", diff_about[d->alike[i].kind].name);
		jw_str(w, "a", d->alike[i].item[DIFF_A]->what);
		jw_str(w, "b", d->alike[i].item[DIFF_B]->what);
		jw_end(w);
	}
	jw_end(w);
	jw_uint(w, "taken_for_same_left_out", d->nalike_all - d->nalike);
	jw_uint(w, "contents_differ", d->contents_differ);
}

int rpt_diff_json(const struct rpt_diff *d, struct tb_buf *out, struct tb_err *err)
{
	static const char *const outcomes[] = {
		[RPT_DIFF_SAME] = "same", [RPT_DIFF_DIFFERS] = "differ",
		[RPT_DIFF_NOT_KNOWN] = "not-known",
	};
	struct jw w;

	jw_init(&w, out);
	jw_object(&w, NULL);
	jw_uint(&w, "tcbox_diff", RPT_DIFF_FORMAT);
	jw_str(&w, "outcome", outcomes[rpt_diff_outcome(d)]);
	run(&w, d, DIFF_A);
	run(&w, d, DIFF_B);
	limits(&w, d);
	differences(&w, d);
	rules(&w, d);
	alike(&w, d);
	jw_end(&w);
	return out->failed ? tb_err_set(err, ENOMEM, "write comparison") : 0;
}
