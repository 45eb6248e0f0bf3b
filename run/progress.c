/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress.c - one line on the technician's terminal while a run goes on
 */
#include "run/progress.h"

#include <inttypes.h>
#include <unistd.h>

#include "tcbox/buf.h"
#include "tcbox/clock.h"
#include "tcbox/fd.h"

#define FIRST_NS (TB_NS_PER_S)		/* a short run needs no progress */
#define EVERY_NS (TB_NS_PER_S / 4)

void progress_init(struct progress *p, bool wanted)
{
	*p = (struct progress){ .on = wanted && isatty(STDERR_FILENO),
				.start_ns = tb_monotonic_ns() };
}

void progress_show(struct progress *p)
{
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;
	int64_t now = tb_monotonic_ns();
	unsigned int s;

	if (!p->on || now - p->start_ns < FIRST_NS || now - p->last_ns < EVERY_NS)
		return;
	p->last_ns = now;
	s = (unsigned int)((now - p->start_ns) / TB_NS_PER_S);
	tb_buf_addf(&line, "\r\033[Ktcbox %u:%02u  processes %" PRIu64 "  flows %" PRIu64, s / 60,
		    s % 60,
		    p->processes, p->flows);
	tb_buf_addf(&line, "  packets %" PRIu64 "  dropped %" PRIu64, p->packets, p->dropped);
	if (line.failed)
		return;
	(void)tb_write_all(STDERR_FILENO, line.data, line.len);
	p->shown = true;
}

void progress_hide(struct progress *p)
{
	static const char erase[] = "\r\033[K";

	if (p->shown)
		(void)tb_write_all(STDERR_FILENO, erase, sizeof(erase) - 1);
	p->shown = false;
}
