/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_http2.c - any bytes behind the preface of HTTP/2: every stream is released, and every byte
 * that came is in one event
 *
 * The first byte says how many of the rest come before the others.
 */
#include "lab/conn.h"
#include "tcbox/log.h"
#include "tests/unit/lab/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(struct world *w, size_t sent)
{
	uint64_t in = 0;

	world_events(w);
	TB_BUG_ON(w->lab.nconns || w->lab.http2_streams || w->lab.record_error);
	for (size_t i = 0; i < w->n; i++)
		if (w->v[i].kind == EV_SERVED)
			in += w->v[i].u.served.bytes_in;
	TB_BUG_ON(in > sent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char answer[1 << 20];
	static struct world w;
	size_t first, sent = sizeof(HTTP2_PREFACE) - 1;
	int fd;

	if (!w.lab.base)
		TB_BUG_ON(world_open(&w));
	if (!size)
		return 0;
	fd = world_connect(&w, 8080);
	(void)send(fd, HTTP2_PREFACE, sent, MSG_NOSIGNAL);
	first = data[0];
	data++;
	size--;
	sent += size;
	for (int i = 0; i < 2 && size; i++) {
		size_t n = i || first > size ? size : first;

		(void)send(fd, data, n, MSG_NOSIGNAL);
		world_run(&w);
		(void)world_hear(fd, answer, sizeof(answer));
		data += n;
		size -= n;
	}
	(void)close(fd);
	world_run(&w);
	serve_end(&w.lab);
	judge(&w, sent);
	return 0;
}
