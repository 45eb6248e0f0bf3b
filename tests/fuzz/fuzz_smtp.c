/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_smtp.c - any bytes to the lab's mail server, over a socket pair
 *
 * The first byte says how many bytes, itself included, come before the rest.
 */
#include "lab/conn.h"
#include "tcbox/log.h"
#include "tests/unit/lab/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* drain() - read what the server says: whole lines, each of which begins with a code */
static void drain(int fd)
{
	static char text[1 << 20];
	char *line = text, *end;

	(void)world_hear(fd, text, sizeof(text));
	for (; *line; line = end + 2) {
		end = strstr(line, "\r\n");
		TB_BUG_ON(!end || strspn(line, "0123456789") != 3 ||
			  (line[3] != ' ' && line[3] != '-'));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;
	static const struct responder *smtp;
	size_t first = size ? data[0] : 0;
	struct conn *c;
	int fd;

	if (!smtp) {
		TB_BUG_ON(world_open(&w));
		smtp = responder_greeting(25, false);
	}
	fd = world_connect(&w, 25);
	(void)send(fd, "NOOP\r\n", 6, MSG_NOSIGNAL);
	c = TAILQ_FIRST(&w.lab.conns);
	c->talks = smtp;		/* as after the greeting, for which it need not wait */
	for (int i = 0; i < 2 && size; i++) {
		size_t n = i || first > size ? size : first;

		world_run(&w);
		drain(fd);
		(void)send(fd, data, n, MSG_NOSIGNAL);
		data += n;
		size -= n;
	}
	world_run(&w);
	drain(fd);
	(void)close(fd);
	world_run(&w);
	serve_end(&w.lab);
	TB_BUG_ON(w.lab.nconns || w.lab.record_error);
	world_events(&w);
	TB_BUG_ON(w.n < 1 || w.v[0].kind != EV_SERVED);
	return 0;
}
