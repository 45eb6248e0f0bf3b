/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.c - the files that a bundle may have
 */
#include <string.h>

#include "tcbox/chain.h"
#include "tcbox/note.h"
#include "tcbox/record.h"
#include "tcbox/review.h"
#include "tcbox/run.h"

/* In the order of their names, in which a seal lists them. */
const struct run_part run_parts[] = {
	{ .name = RUN_BODIES_FILE },
	{ .name = RUN_CAPTURE_FILE, .needed = true },
	{ .name = CHAIN_FILE, .needed = true },
	{ .name = REC_EVENTS_FILE, .needed = true },
	{ .name = NOTE_FILE, .grows = true },
	{ .name = RUN_POLICY_FILE },
	{ .name = REDACTED_FILE, .of_copy = true },
	{ .name = REDACTED_PARTS_FILE, .of_copy = true },
	{ .name = RUN_PAGE_FILE },
	{ .name = RUN_REPORT_FILE },
	{ .name = REVIEW_FILE, .grows = true },
	{ .name = RUN_FILE, .needed = true },
	{ .name = SEAL_FILE, .of_seal = true },
	{ .name = STAMP_REQUEST_FILE, .of_seal = true },
	{ .name = STAMP_FILE, .of_seal = true },
	{ .name = RUN_STDERR_FILE, .needed = true },
	{ .name = RUN_STDOUT_FILE, .needed = true },
	{ .name = NULL },
};

const struct run_part *run_part(const char *name)
{
	for (const struct run_part *p = run_parts; p->name; p++)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}
