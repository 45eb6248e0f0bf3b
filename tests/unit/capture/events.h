/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.h - what a part of this room appended to the record, read back
 */
#ifndef TESTS_EVENTS_H
#define TESTS_EVENTS_H

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/sink.h"
#include "tcbox/record.h"

#define MAX_EVENTS 64

struct events {
	int fd;
	struct rec_out *rec;
	struct sink sink;
	size_t n;
	struct ev v[MAX_EVENTS];
};

static inline int events_append(void *arg, struct ev *ev)
{
	return rec_append(arg, ev);
}

static inline void events_open(struct events *e)
{
	e->n = 0;
	e->fd = memfd_create("events", MFD_CLOEXEC);
	e->rec = rec_out_new(e->fd, EV_SRC_NET, 0);
	e->sink = (struct sink){ events_append, e->rec, 0 };
}

/* events_read() - everything appended since the last call */
static inline void events_read(struct events *e)
{
	static char text[1 << 20];
	char *line = text, *end;
	ssize_t len;

	while (e->n)
		ev_clear(&e->v[--e->n]);
	(void)rec_flush(e->rec);
	len = pread(e->fd, text, sizeof(text) - 1, 0);
	text[len > 0 ? len : 0] = '\0';
	if (ftruncate(e->fd, 0))
		_exit(98);
	(void)lseek(e->fd, 0, SEEK_SET);
	while ((end = strchr(line, '\n')) && e->n < MAX_EVENTS) {
		if (ev_parse(line, (size_t)(end - line), &e->v[e->n], NULL) == 0)
			e->n++;
		line = end + 1;
	}
}

static inline void events_close(struct events *e)
{
	events_read(e);
	while (e->n)
		ev_clear(&e->v[--e->n]);
	rec_out_free(e->rec);
	(void)close(e->fd);
}

#endif
