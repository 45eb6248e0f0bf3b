/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.h - lines for a reader that may be slow, or go away, and must not hold up a run
 */
#ifndef RUN_STREAM_H
#define RUN_STREAM_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "tcbox/buf.h"
#include "tcbox/err.h"

#define STREAM_ROOM (1u << 20)		/* bytes that may wait for the reader */

struct stream {
	int fd;				/* -1: not open, or the reader is gone */
	bool socket;
	struct tb_buf queue;		/* whole lines, but for what is written of the first */
	size_t at;			/* bytes of it that are written */
	uint64_t lines, dropped;	/* that were taken; that were not */
	uint64_t unread;		/* lines of the queue when the reader went away */
	bool gone;
};

/* stream_init() - nowhere yet: lines are dropped */
void stream_init(struct stream *s);

/* stream_file() - to a file, which must be new or empty, a named pipe that is being read, a device.
 * Return: 0, or negative errno with a sentence */
int stream_file(struct stream *s, const char *path, struct tb_err *err);

/* stream_fd() - to a descriptor that whoever started tcbox opened; the stream has its own from now
 * on, and the given one is close-on-exec. Return: as stream_file() */
int stream_fd(struct stream *s, int fd, struct tb_err *err);

/* stream_has_room() - would a line of @len bytes be taken? */
bool stream_has_room(const struct stream *s, size_t len);

/* stream_line() - take a line, with its newline, or count it */
void stream_line(struct stream *s, const struct tb_buf *line);

/* stream_last_line() - the same for the one that says what came of all the others: it is taken also
 * where there is no room */
void stream_last_line(struct stream *s, const struct tb_buf *line);

/* stream_poll() - what to wait for. Return: 0 if nothing waits, else 1 and *p is filled in */
size_t stream_poll(const struct stream *s, struct pollfd *p);

/* stream_step() - write what the reader takes now; never waits */
void stream_step(struct stream *s);

/* stream_drain() - wait for the reader, as long as it goes on reading within @quiet_ms, and not
 * longer than @all_ms; then what is left is dropped */
void stream_drain(struct stream *s, int quiet_ms, int all_ms);

void stream_close(struct stream *s);

#endif
