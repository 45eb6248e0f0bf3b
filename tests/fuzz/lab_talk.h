/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lab_talk.h - any bytes to a TCP port of the lab, and what must be so afterwards
 */
#ifndef TESTS_FUZZ_LAB_TALK_H
#define TESTS_FUZZ_LAB_TALK_H

#include "tcbox/log.h"
#include "tests/unit/lab/world.h"

/* lab_talk() - say @data to the lab at @fd, the first @first bytes before the others, and close it
 */
static inline void lab_talk(struct world *w, int fd, size_t first, const uint8_t *data, size_t size)
{
	static char answer[1 << 20];

	for (int i = 0; i < 2 && size; i++) {
		size_t n = i || first > size ? size : first;

		(void)send(fd, data, n, MSG_NOSIGNAL);
		world_run(w);
		(void)world_hear(fd, answer, sizeof(answer));
		data += n;
		size -= n;
	}
	(void)close(fd);
	world_run(w);
	serve_end(&w->lab);
}

/* lab_judge() - no byte that came is in two events, whatever it was */
static inline void lab_judge(struct world *w, size_t sent)
{
	uint64_t in = 0;

	world_events(w);
	TB_BUG_ON(w->lab.nconns || w->lab.record_error);
	for (size_t i = 0; i < w->n; i++)
		if (w->v[i].kind == EV_SERVED)
			in += w->v[i].u.served.bytes_in;
	TB_BUG_ON(in > sent);
}

#endif
