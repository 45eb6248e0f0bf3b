/* SPDX-License-Identifier: Apache-2.0 */
/*
 * changes.c - what changed on disk and no recorded call explains
 *
 * What a recorded act explains is judged as that act (acts.c). The rest was written in a way that the calls did
 * not show: the path that was looked at was not the one that the kernel used, or the file has another name.
 */
#include "policy/compare/cmp_state.h"

#include "tcbox/buf.h"
#include "tcbox/own.h"

static bool is_declared(const struct cmp *c, const char *path)
{
	for (size_t i = 0; i < c->policy->nwrite; i++)
		if (pol_file_glob(c->policy->write[i], path))
			return true;
	return false;
}

/* change_text() - "created on disk, SHA-256 ...; no recorded call explains it" */
static char *change_text(const struct evd_change *change)
{
	struct tb_buf text = TB_BUF_INIT;

	tb_buf_addf(&text, "%s on disk: %s", change->type, change->op);
	if (change->target)
		tb_buf_addf(&text, ", leads to %s", change->target);
	if (change->sha256)
		tb_buf_addf(&text, ", %llu bytes, SHA-256 %s", (unsigned long long)change->size, change->sha256);
	tb_buf_adds(&text, "; no recorded call explains it");
	return tb_buf_take(&text);
}

static void unexplained(struct cmp *c, const struct evd_change *change)
{
	TB_AUTOFREE char *text = change_text(change);
	struct fnd_act act = {
		.code = FND_FILE_UNEXPLAINED, .severity = FND_WARNING, .basis = FND_SEEN,
		.what = change->path, .count = 1, .lines = { change->line },
	};
	struct fnd *f;
	bool fresh;

	if (c->policy && !is_declared(c, change->path) && cmp_level(c->policy->on_file, &act.severity))
		act.code = FND_FILE_UNDECLARED;
	f = fnd_note(c->verdict.findings, &act, &fresh);
	if (!text)
		c->verdict.failed = true;
	else if (fresh)
		cmp_text(c, &f->observed, "%s", text);
}

void cmp_changes(struct cmp *c)
{
	for (size_t i = 0; i < c->ev->nchanges && !c->verdict.failed; i++)
		if (!c->ev->changes[i].explained)
			unexplained(c, &c->ev->changes[i]);
}
