/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff.c - two runs side by side: front door
 */
#include "report/diff/diff.h"

#include <errno.h>
#include <stdlib.h>

#define POOL_FIRST 65536

struct rpt_diff *rpt_diff_new(const struct rpt_diff_input *in, struct tb_err *err)
{
	struct rpt_diff *d = calloc(1, sizeof(*d));

	if (d) {
		d->in[DIFF_A] = in->a;
		d->in[DIFF_B] = in->b;
		d->contents = in->contents;
		d->pool = tb_pool_new(POOL_FIRST);
		d->failed = !d->pool;
	}
	if (d && !d->failed)
		diff_find_moves(d);
	if (d && !d->failed)
		diff_gather(d);
	if (d && !d->failed)
		diff_limits(d);
	if (d && !d->failed)
		diff_rules(d);
	if (d && !d->failed)
		diff_pair(d);
	if (d && !d->failed)
		return d;
	rpt_diff_free(d);
	(void)tb_err_set(err, ENOMEM, "compare two runs");
	return NULL;
}

enum rpt_diff_outcome rpt_diff_outcome(const struct rpt_diff *d)
{
	if (d->nentries || d->nrules_changed)
		return RPT_DIFF_DIFFERS;
	return d->doubt ? RPT_DIFF_NOT_KNOWN : RPT_DIFF_SAME;
}

const char *diff_change_name(enum diff_change c)
{
	static const char *const words[] = {
		[DIFF_NEW] = "new", [DIFF_GONE] = "gone", [DIFF_CHANGED] = "changed",
		[DIFF_ONLY_A] = "only-a", [DIFF_ONLY_B] = "only-b",
	};

	return words[c];
}

const char *diff_rule_name(enum diff_rule_state s)
{
	static const char *const words[] = {
		[DIFF_RULE_ABSENT] = "absent", [DIFF_RULE_SUPPORTED] = "supported",
		[DIFF_RULE_REFUTED] = "refuted", [DIFF_RULE_UNPROVEN] = "unproven",
		[DIFF_RULE_STALE] = "stale",
	};

	return words[s];
}

void rpt_diff_free(struct rpt_diff *d)
{
	if (!d)
		return;
	for (int side = 0; side < DIFF_SIDES; side++) {
		free(d->pids[side]);
		for (int k = 0; k < DIFF_KINDS; k++)
			free(d->lists[side][k].v);
	}
	free(d->limits);
	free(d->rules);
	free(d->entries);
	free(d->alike);
	tb_pool_free(d->pool);
	free(d);
}
