/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_serve.c - any bytes to a TCP port of the lab, over a socket pair: TLS, HTTP, DNS or nothing
 * of them
 *
 * The first byte chooses the port, the second says how many of the rest come before the others.
 */
#include "tcbox/log.h"
#include "tests/unit/lab/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void start(struct world *w)
{
	struct tb_err err = { 0 };

	TB_BUG_ON(world_open(w) || lab_authority_new(&w->opt.authority, &err));
}

/* judge() - every byte that came is in exactly one event, whatever it was */
static void judge(struct world *w, size_t sent)
{
	uint64_t in = 0;

	world_events(w);
	TB_BUG_ON(w->lab.nconns || w->lab.record_error);
	for (size_t i = 0; i < w->n; i++)
		if (w->v[i].kind == EV_SERVED)
			in += w->v[i].u.served.bytes_in;
	TB_BUG_ON(in > sent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t ports[] = { 80, 443, 53, 853, 8080, 6667, 23, 4321 };
	static char answer[1 << 20];
	static struct world w;
	size_t first, sent;
	int fd;

	if (!w.lab.base)
		start(&w);
	if (size < 2)
		return 0;
	fd = world_connect(&w, ports[data[0] & 7]);
	first = data[1];
	data += 2;
	size -= 2;
	sent = size;
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
