/* SPDX-License-Identifier: Apache-2.0 */
/*
 * programs.c - programs that were started
 *
 * The product's own first program needs no declaration, its interpreter does. A start that failed
 * because there was no such file is a search along PATH, and is left out.
 */
#include "policy/learn/state.h"

#include <string.h>

#include "tcbox/own.h"
#include "tcbox/word.h"

const char *lrn_program(struct learn *l, const struct evd_program *p)
{
	TB_AUTOBUF struct tb_buf glob = TB_BUF_INIT;
	struct lrn_shape shape = { 0 };

	if (!p)
		return NULL;
	lrn_path(l, p->path, NULL, true, &glob, &shape);
	return lrn_take(l, &glob);
}

/* was_written() - did the product make this file itself? */
static bool was_written(const struct evd_facts *ev, const char *path)
{
	for (size_t i = 0; i < ev->nacts; i++)
		if (ev->acts[i].kind == EVD_FILE && !ev->acts[i].denied &&
		    !strcmp(ev->acts[i].u.file.path, path))
			return true;
	return false;
}

/* is_search() - a start that failed because no such file was there */
static bool is_search(const struct evd_act *a)
{
	return a->denied && (tb_is_word(a->error, "ENOENT") || tb_is_word(a->error, "ENOTDIR"));
}

static void note(struct learn *l, const struct evd_act *a)
{
	const char *path = a->u.exec.program->path;
	TB_AUTOBUF struct tb_buf glob = TB_BUF_INIT;
	struct lrn_shape shape = { 0 };
	struct lrn_act act = { .section = LRN_EXECS, .count = a->count, .first = a->first,
			       .last = a->last };
	struct lrn_item *it;
	bool fresh;

	lrn_path(l, path, NULL, true, &glob, &shape);
	act.key[0] = lrn_take(l, &glob);
	act.key[1] = a->denied ? "denied" : NULL;
	it = lrn_note(l, &act, &fresh);
	if (!it || !fresh)
		return;
	it->what = act.key[0];
	it->program = a->program ? a->program->path : NULL;
	it->alias = a->u.exec.alias;
	it->stars = shape.stars;
	it->own_work = was_written(lrn_run(l)->evidence, path);
	if (shape.stars)
		it->examples[it->nexamples++] = path;
	if (a->denied) {
		it->doubts = LRN_DENIED;
		it->detail = a->error;
	}
}

void lrn_programs(struct learn *l)
{
	const struct learn_run *r = lrn_run(l);
	const struct evd_facts *ev = r->evidence;

	for (size_t i = 0; i < ev->nacts && !l->failed; i++) {
		const struct evd_act *a = &ev->acts[i];

		if (a->kind == EVD_EXEC && !a->own && a->u.exec.program && !is_search(a) &&
		    lrn_wanted(l, fnd_stand_at(&r->result->acts, i)))
			note(l, a);
	}
}
