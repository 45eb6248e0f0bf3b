/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust.c - can the evidence be trusted, and what could it not show?
 *
 * Everything that may have hidden an act of the product is a gap that blocks "conforms": the
 * verdict can then not be "conforms". What was lost is told in lost.c, what can never be seen in
 * unseen.c.
 */
#include "policy/compare/details.h"
#include "policy/compare/gap.h"

#include <string.h>

static void run_end(struct cmp *c)
{
	const struct run_info *run = c->run;

	if (run->state == RUN_RUNNING)
		(void)gap_add(c, true, FND_GAP_RUN_GOES_ON);
	else if (run->state == RUN_FAILED)
		gap_text(c, true, FND_GAP_RUN_FAILED, FND_KEY_ERROR, run->error);
	else if (run->timed_out)
		gap_number(c, false, FND_GAP_RUN_TIMED_OUT, FND_KEY_MS, run->timeout_ms);
	else if (run->interrupted)
		(void)gap_add(c, false, FND_GAP_RUN_INTERRUPTED);
	else if (run->exit_signal)
		gap_number(c, true, FND_GAP_RUN_SIGNAL, FND_KEY_SIGNAL, (uint64_t)run->exit_signal);
	else if (!run->exited)
		(void)gap_add(c, true, FND_GAP_RUN_NO_STATUS);
}

/* executed_other() - the product executed something else in the place of one of its files: in the
 * box it may change them */
static void executed_other(struct cmp *c, const struct run_file *file)
{
	struct fnd_act act = { .code = FND_EXEC_CHANGED,
			       .severity = FND_WARNING,
			       .basis = FND_SEEN,
			       .what = file->path,
			       .count = 1 };
	const struct evd_program *p = evd_program(c->ev, file->path);
	const char *executed = p ? p->sha256 : NULL;
	struct fnd_details *seen;

	if (!executed || !strcmp(executed, file->sha256_before))
		return;
	seen = cmp_note(c, &act);
	details_text(c, seen, FND_KEY_EXECUTED, executed);
	details_text(c, seen, FND_KEY_BEFORE, file->sha256_before);
}

static void product_files(struct cmp *c)
{
	const struct run_info *run = c->run;

	for (size_t i = 0; i < run->nfiles; i++) {
		const struct run_file *file = &run->files[i];
		struct fnd_act act = { .code = FND_PRODUCT_CHANGED,
				       .severity = FND_WARNING,
				       .basis = FND_SEEN,
				       .what = file->path,
				       .count = 1 };
		struct fnd_details *seen;

		if (file->path && file->sha256_before)
			executed_other(c, file);
		if (run->state == RUN_RUNNING || !file->path || !file->sha256_before ||
		    (file->sha256_after && !strcmp(file->sha256_before, file->sha256_after)))
			continue;
		gap_text(c, true, FND_GAP_PRODUCT, FND_KEY_PATH, file->path);
		seen = cmp_note(c, &act);
		details_text(c, seen, FND_KEY_BEFORE, file->sha256_before);
		details_text(c, seen, FND_KEY_AFTER, file->sha256_after);
	}
}

static void unowned(struct cmp *c)
{
	uint64_t flows = 0, pkts = 0;
	struct fnd_details *details;

	for (size_t i = 0; i < c->ev->nflows; i++) {
		if (c->ev->flows[i]->call)
			continue;
		flows++;
		pkts += c->ev->flows[i]->pkts;
	}
	if (!flows)
		return;
	details = gap_add(c, true, FND_GAP_UNOWNED);
	details_number(c, details, FND_KEY_PACKETS, pkts);
	details_number(c, details, FND_KEY_FLOWS, flows);
}

void cmp_trust(struct cmp *c)
{
	const struct run_info *run = c->run;

	run_end(c);
	cmp_lost(c);
	cmp_control(c);
	unowned(c);
	cmp_passed(c);
	cmp_unread(c);
	product_files(c);
	for (size_t i = 0; i < run->ndegraded; i++)
		gap_text(c, true, FND_GAP_DEGRADED, FND_KEY_SAID, run->degraded[i]);
	for (size_t i = 0; i < run->nreduced; i++)
		gap_text(c, false, FND_GAP_REDUCED, FND_KEY_SAID, run->reduced[i]);
	cmp_unseen(c);
}
