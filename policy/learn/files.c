/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.c - files that were changed
 */
#include "policy/learn/state.h"

#include <string.h>

#include "tcbox/own.h"
#include "tcbox/word.h"

/* was_refused() - not because the file is or is not there, which is no more than looking */
static bool was_refused(const struct evd_act *a)
{
	static const char *const harmless[] = {
		"ENOENT", "EEXIST", "ENOTDIR", "EISDIR", "ENOTEMPTY", "EINTR", "EAGAIN", "ENXIO",
		"EXDEV", "ELOOP", "EINVAL", "EBUSY", "ETXTBSY", "ENODATA", "EOPNOTSUPP",
	};

	for (size_t i = 0; a->error && i < TB_ARRAY_SIZE(harmless); i++)
		if (!strcmp(a->error, harmless[i]))
			return false;
	return a->denied;
}

/* A change, however it is known. */
struct change {
	const char *path, *error;
	const struct evd_program *program;
	uint64_t proc, count;
	int64_t first, last;
	unsigned int doubts;
};

static void note(struct learn *l, const struct change *c)
{
	TB_AUTOBUF struct tb_buf glob = TB_BUF_INIT;
	struct lrn_shape shape = { 0 };
	struct lrn_act act = { .section = LRN_WRITES, .count = c->count, .first = c->first,
			       .last = c->last };
	struct lrn_item *it;
	bool fresh;

	lrn_path(l, c->path, evd_proc(lrn_run(l)->evidence, c->proc), false, &glob, &shape);
	act.key[0] = lrn_take(l, &glob);
	act.key[1] = c->doubts ? "doubt" : NULL;
	it = lrn_note(l, &act, &fresh);
	if (!it)
		return;
	if (fresh) {
		it->what = act.key[0];
		it->path = c->path;
		it->program = c->program ? c->program->path : NULL;
		it->doubts = c->doubts;
		it->detail = c->error;
	}
	it->stars |= shape.stars;
	if (shape.stars && it->nexamples < LRN_EXAMPLES &&
	    (!it->nexamples || strcmp(it->examples[it->nexamples - 1], c->path) != 0))
		it->examples[it->nexamples++] = c->path;
}

void lrn_files(struct learn *l)
{
	const struct learn_run *r = lrn_run(l);
	const struct evd_facts *ev = r->evidence;

	for (size_t i = 0; i < ev->nacts && !l->failed; i++) {
		const struct evd_act *a = &ev->acts[i];

		if (a->kind != EVD_FILE || !a->u.file.path || *a->u.file.path != '/' ||
		    !lrn_wanted(l, fnd_stand_at(&r->result->acts, i)))
			continue;
		note(l, &(struct change){
			.path = a->u.file.path, .program = a->program, .proc = a->proc,
			.error = was_refused(a) ? a->error : NULL, .count = a->count,
			.first = a->first, .last = a->last,
			.doubts = was_refused(a) ? LRN_DENIED : 0,
		});
	}
	for (size_t i = 0; i < ev->nchanges && !l->failed; i++) {
		const struct evd_change *c = &ev->changes[i];

		if ((c->explained && !c->moved) ||
		    !lrn_wanted(l, fnd_stand_at(&r->result->changes_stand, i)))
			continue;
		note(l, &(struct change){
			.path = c->path, .count = 1,
			.doubts = c->moved ? 0 : LRN_UNEXPLAINED,
		});
	}
}
