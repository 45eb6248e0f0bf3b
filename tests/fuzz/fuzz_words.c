/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_words.c - any bytes to the lab's servers that speak first, over a socket pair
 *
 * The first byte chooses the server, the second says how many of the rest come before the others.
 */
#include "lab/conn.h"
#include "tcbox/log.h"
#include "tests/fuzz/lab_talk.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;

	if (!w.lab.base)
		TB_BUG_ON(world_open(&w));
	if (size < 2)
		return 0;
	lab_talk(&w, greeted(&w, ports[data[0] & 7]), data[1], data + 2, size - 2);
	lab_judge(&w, size - 2);
	for (size_t i = 0; i < FTP_SLOTS; i++)
		TB_BUG_ON(w.lab.ftp[i]);	/* no port is left behind */
	return 0;
}
