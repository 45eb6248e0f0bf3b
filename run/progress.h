/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress.h - one line on the technician's terminal while a run goes on
 */
#ifndef RUN_PROGRESS_H
#define RUN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool on;
	bool shown;			/* the line stands on the terminal */
	int64_t start_ns, last_ns;
	uint64_t processes, flows, packets, dropped;
};

/* progress_init() - @wanted: not with --quiet; the line is shown only on a terminal */
void progress_init(struct progress *p, bool wanted);

/* progress_show() - print the line if it is time to; nothing else may stand on the terminal's
 * current line */
void progress_show(struct progress *p);

/* progress_hide() - take the line away before anything else is printed */
void progress_hide(struct progress *p);

#endif
