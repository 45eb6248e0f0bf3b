/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_words.c - any bytes to the lab's servers that speak first, over a socket pair
 *
 * The first byte chooses the server, the second says how many of the rest come before the others.
 */
#include "lab/conn.h"
#include "tcbox/log.h"
#include "tests/unit/lab/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t ports[] = { 21, 22, 23, 110, 143, 3306, 25, 6667 };

/* greeted() - a client that heard the greeting, for which it need not wait */
static int greeted(struct world *w, uint16_t port)
{
	const struct responder *r = responder_greeting(port, false);
	int fd = world_connect(w, port);
	struct conn *c = TAILQ_FIRST(&w->lab.conns);

	if (!r)
		return fd;
	c->talks = r;
	c->greeted = true;
	return fd;
}

/* judge() - no byte is in two events, and no port of FTP is left behind */
static void judge(struct world *w, size_t sent)
{
	uint64_t in = 0;

	world_events(w);
	TB_BUG_ON(w->lab.nconns || w->lab.record_error);
	for (size_t i = 0; i < w->n; i++)
		if (w->v[i].kind == EV_SERVED)
			in += w->v[i].u.served.bytes_in;
	TB_BUG_ON(in > sent);
	for (size_t i = 0; i < FTP_SLOTS; i++)
		TB_BUG_ON(w->lab.ftp[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char answer[1 << 20];
	static struct world w;
	size_t first, sent;
	int fd;

	if (!w.lab.base)
		TB_BUG_ON(world_open(&w));
	if (size < 2)
		return 0;
	fd = greeted(&w, ports[data[0] & 7]);
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
