/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live_view.h - the view of a run on a terminal: what stands on which line, and the note that is
 * being typed
 */
#ifndef RUN_LIVE_VIEW_H
#define RUN_LIVE_VIEW_H

#include "run/live.h"
#include "run/live_seen.h"
#include "tcbox/buf.h"

#define VIEW_NOTE_MAX 1000	/* bytes of a note that is typed */

struct live_frame {
	const struct seen *seen;
	const char *bundle;
	bool has_policy;
	bool can_note;
	bool too_large;			/* the record, for comparisons while it grows */
	bool unsettled;			/* a comparison saw what the one before did not */
	bool mid_line;
	struct live_counts counts;
	uint64_t notes;
	bool typing;			/* a note */
	char note[VIEW_NOTE_MAX + 1];
	size_t note_len;
	char message[200];		/* what came of the last note */
};

/* view_begin(), view_end() - append what takes and gives back the screen */
void view_begin(struct tb_buf *b);
void view_end(struct tb_buf *b);

/* view_draw() - append one frame, of the size of the terminal at standard error */
void view_draw(const struct live_frame *f, int64_t seconds, struct tb_buf *b);

/* view_draw_at() - the same, for a terminal of this size */
void view_draw_at(const struct live_frame *f, int64_t seconds, size_t rows, size_t columns,
		  struct tb_buf *b);

/* view_keys() - what was typed. Return: true if f->note is to be stored now */
bool view_keys(struct live_frame *f, const char *keys, size_t n);

#endif
