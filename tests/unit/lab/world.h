/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - a lab without its process: connections are socket pairs, the record is memory
 *
 * The loop runs only in world_run() and world_wait(), so a test says when the lab gets its turn.
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab/authority.h"
#include "lab/datagram.h"
#include "lab/loop.h"
#include "lab/serve.h"
#include "tcbox/clock.h"

#define WORLD_EVENTS 128

struct world {
	struct lab lab;
	struct lab_options opt;
	int record;
	size_t n, nasked;
	struct ev v[WORLD_EVENTS];	/* but for requests, which are here: */
	struct ev asked[WORLD_EVENTS];
};

static inline int world_open(struct world *w)
{
	memset(w, 0, sizeof(*w));
	(void)signal(SIGPIPE, SIG_IGN);		/* as lab_main() does */
	w->record = memfd_create("record", MFD_CLOEXEC);
	w->lab.opt = &w->opt;
	w->lab.max_conns = 16;
	TAILQ_INIT(&w->lab.conns);
	w->lab.base = event_base_new();
	w->lab.rec = rec_out_new(w->record, EV_SRC_LAB, 0);
	w->lab.names = lab_names_new();
	return w->record < 0 || !w->lab.base || !w->lab.rec || !w->lab.names;
}

static inline void world_forget(struct world *w)
{
	while (w->n)
		ev_clear(&w->v[--w->n]);
	while (w->nasked)
		ev_clear(&w->asked[--w->nasked]);
}

static inline void world_close(struct world *w)
{
	serve_end(&w->lab);
	datagrams_end(&w->lab);
	world_forget(w);
	SSL_CTX_free(w->lab.tls);
	leaf_mint_free(w->lab.mint);
	lab_authority_free(w->lab.stranger);
	lab_names_free(w->lab.names);
	rec_out_free(w->lab.rec);
	event_base_free(w->lab.base);
	lab_authority_free(w->opt.authority);
	(void)close(w->record);
}

/* world_events() - what the lab recorded since the last call */
static inline void world_events(struct world *w)
{
	static char text[1 << 20];
	char *line = text, *end;
	ssize_t len;

	world_forget(w);
	(void)rec_flush(w->lab.rec);
	len = pread(w->record, text, sizeof(text) - 1, 0);
	text[len > 0 ? len : 0] = '\0';
	if (ftruncate(w->record, 0))
		_exit(98);
	(void)lseek(w->record, 0, SEEK_SET);
	for (; (end = strchr(line, '\n')) && w->n < WORLD_EVENTS && w->nasked < WORLD_EVENTS;
	     line = end + 1) {
		struct ev ev;

		if (ev_parse(line, (size_t)(end - line), &ev, NULL) < 0)
			continue;
		if (ev.kind == EV_REQUEST)
			w->asked[w->nasked++] = ev;
		else
			w->v[w->n++] = ev;
	}
}

/* world_connect() - the product connects to @port. Return: its end of the connection,
 * non-blocking */
static inline int world_connect(struct world *w, uint16_t port)
{
	struct ev_addr client, server;
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, s) ||
	    ev_addr_parse("198.19.255.2:4000", &client) || ev_addr_parse("198.18.0.7:1", &server))
		_exit(97);
	server.port = port;
	serve_stream(&w->lab, s[0], &client, &server);
	return s[1];
}

/* world_run() - the lab does what it can do at once */
static inline void world_run(struct world *w)
{
	for (int i = 0; i < 8; i++)
		(void)event_base_loop(w->lab.base, EVLOOP_NONBLOCK);
}

/* world_wait() - run until there is something to read at @fd. Return: false after twenty seconds
 * without */
static inline bool world_wait(struct world *w, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t deadline = tb_monotonic_ns() + 20 * TB_NS_PER_S;

	do {
		world_run(w);
		if (poll(&p, 1, 5) == 1)
			return true;
	} while (tb_monotonic_ns() < deadline);
	return false;
}

/* world_say() - the product sends, and the lab reads */
static inline void world_say(struct world *w, int fd, const void *data, size_t len)
{
	if (send(fd, data, len, MSG_NOSIGNAL) != (ssize_t)len)
		_exit(96);
	world_run(w);
}

/* world_hear() - everything that the lab has said, as a string. Return: false at the end of the
 * stream */
static inline bool world_hear(int fd, char *out, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while ((n = recv(fd, out + len, size - 1 - len, 0)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	return n < 0 && errno == EAGAIN;
}

#endif
