/* SPDX-License-Identifier: Apache-2.0 */
/*
 * across_json.c - several runs against the first as JSON, as doc/schema/tcbox-across-1.schema.json
 * describes it
 */
#include <errno.h>

#include "report/derive.h"
#include "report/diff/across.h"
#include "report/sections.h"
#include "tcbox/json_write.h"

static void runs(struct jw *w, const struct rpt_across *a)
{
	jw_array(w, "runs");
	for (size_t i = 0; i < a->nruns; i++) {
		const struct across_run *r = &a->runs[i];

		jw_object(w, NULL);
		jw_str(w, "name", r->name);
		jw_str(w, "means", r->means);
		jw_str(w, "bundle", r->bundle);
		jw_bool(w, "compared", r->compared);
		jw_str(w, "verdict", r->verdict);
		jw_bool(w, "bounded", r->bounded);
		jw_bool(w, "timed_out", r->timed_out);
		if (r->exited)
			jw_sint(w, "exit_code", r->exit_code);
		else
			jw_str(w, "exit_code", NULL);
		jw_object(w, "items");
		for (int k = 0; k < DIFF_KINDS; k++)
			jw_uint(w, diff_about[k].name, r->items[k]);
		jw_end(w);
		jw_end(w);
	}
	jw_end(w);
}

static void mark(struct jw *w, const struct rpt_across *a, const struct across_mark *m)
{
	jw_object(w, NULL);
	jw_str(w, "kind", diff_about[m->kind].name);
	jw_str(w, "how", across_how_name(m->how));
	jw_str(w, "what", m->what);
	jw_str(w, "program", m->program);
	jw_bool(w, "clear", m->clear);
	jw_str(w, "values", m->values);
	jw_array(w, "runs");
	for (size_t i = 0; i < a->nruns; i++)
		if (m->runs & UINT64_C(1) << i)
			jw_str(w, NULL, a->runs[i].name);
	jw_end(w);
	jw_end(w);
}

int rpt_across_json(const struct rpt_across *a, struct tb_buf *out, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf name = TB_BUF_INIT;
	struct jw w;

	rpt_product_name(&name, a->first);
	out->failed |= name.failed;
	jw_init(&w, out);
	jw_object(&w, NULL);
	jw_uint(&w, "tcbox_across", RPT_ACROSS_FORMAT);
	jw_str(&w, "product", name.len ? name.data : NULL);
	runs(&w, a);
	jw_array(&w, "differences");
	for (size_t i = 0; i < a->nmarks; i++)
		mark(&w, a, &a->marks[i]);
	jw_end(&w);
	jw_uint(&w, "differences_left_out", a->left_out);
	jw_end(&w);
	return out->failed || a->failed ? tb_err_set(err, ENOMEM, "write comparison") : 0;
}
