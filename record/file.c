/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.c - recorder's side: lines from all producers into events.jsonl
 *
 * Whole lines only: a producer that dies in the middle of a line leaves no half line between the others' lines. Each
 * line is read back with ev_parse() before it is stored, so what is in the file is readable, and what a producer garbled
 * is counted as loss instead.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcbox/io.h"
#include "tcbox/own.h"
#include "tcbox/record.h"

#define CHUNK 65536
#define LINE_LIMIT (1u << 20)

struct producer {
	struct tb_buf partial;	/* the beginning of a line that has not ended yet */
	uint64_t n;		/* number of the last event */
	uint64_t bad;		/* lines that were no events of this source in sequence */
	bool final;
};

struct rec_file {
	int fd;
	rec_event_fn *on_event;
	void *arg;
	uint64_t count;
	struct producer producers[EV_SRCS];
};

int rec_file_create(struct rec_file **out, int bundle_fd, rec_event_fn *on_event, void *arg, struct tb_err *err)
{
	struct rec_file *f = calloc(1, sizeof(*f));

	if (!f)
		return tb_err_set(err, ENOMEM, "create %s", REC_EVENTS_FILE);
	f->fd = openat(bundle_fd, REC_EVENTS_FILE, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
	if (f->fd < 0) {
		free(f);
		return tb_err_set(err, errno, "create %s", REC_EVENTS_FILE);
	}
	f->on_event = on_event;
	f->arg = arg;
	*out = f;
	return 0;
}

static int store(struct rec_file *f, const char *line, size_t len, struct tb_err *err)
{
	int ret = tb_write_all(f->fd, line, len);

	if (ret)
		return tb_err_set(err, -ret, "write %s", REC_EVENTS_FILE);
	f->count++;
	return 0;
}

/* take_line() - check one complete line of a producer, store it, and tell */
static int take_line(struct rec_file *f, enum ev_src src, const char *line, size_t len, struct tb_err *err)
{
	struct producer *p = &f->producers[src];
	struct ev ev;
	int ret;

	if (ev_parse(line, len - 1, &ev, NULL)) {
		p->bad++;
		return 0;
	}
	if (ev.src != src || ev.n != p->n + 1)
		p->bad++;
	p->n = ev.n;
	p->final = ev.kind == EV_COUNTERS && ev.u.counters.final;
	ret = ev.src == src ? store(f, line, len, err) : 0;
	ev.line = f->count;
	if (!ret && ev.src == src && f->on_event)
		f->on_event(f->arg, &ev);
	ev_clear(&ev);
	return ret;
}

/* take_lines() - consume all complete lines of the buffer */
static int take_lines(struct rec_file *f, enum ev_src src, struct tb_err *err)
{
	struct producer *p = &f->producers[src];
	size_t at = 0, len;
	const char *nl;
	int ret = 0;

	while (!ret && at < p->partial.len) {
		nl = memchr(p->partial.data + at, '\n', p->partial.len - at);
		if (!nl)
			break;
		len = (size_t)(nl - (p->partial.data + at)) + 1;
		ret = take_line(f, src, p->partial.data + at, len, err);
		at += len;
	}
	tb_buf_drop(&p->partial, at);
	if (p->partial.len > LINE_LIMIT) {
		p->bad++;
		tb_buf_reset(&p->partial);
	}
	return ret;
}

int rec_file_pump(struct rec_file *f, int fd, enum ev_src src, struct tb_err *err)
{
	struct producer *p = &f->producers[src];
	char chunk[CHUNK];
	ssize_t n;
	int ret;

	n = read(fd, chunk, sizeof(chunk));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 1;
	if (n < 0)
		return tb_err_set(err, errno, "read the events of %s", ev_src_name(src));
	if (n == 0) {
		if (p->partial.len)
			p->bad++;
		tb_buf_reset(&p->partial);
		return 0;
	}
	tb_buf_add(&p->partial, chunk, (size_t)n);
	if (p->partial.failed)
		return tb_err_set(err, ENOMEM, "read the events of %s", ev_src_name(src));
	ret = take_lines(f, src, err);
	return ret ? ret : 1;
}

int rec_file_append(struct rec_file *f, struct ev *ev, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;
	struct producer *p = &f->producers[EV_SRC_RUN];
	int ret;

	ev->src = EV_SRC_RUN;
	ev->n = ++p->n;
	p->final = ev->kind == EV_COUNTERS && ev->u.counters.final;
	ev_format(ev, &line);
	if (line.failed)
		return tb_err_set(err, ENOMEM, "append event");
	ret = store(f, line.data, line.len, err);
	ev->line = f->count;
	if (!ret && f->on_event)
		f->on_event(f->arg, ev);
	return ret;
}

bool rec_file_finished(const struct rec_file *f, enum ev_src src)
{
	return f->producers[src].final && !f->producers[src].bad;
}

uint64_t rec_file_count(const struct rec_file *f)
{
	return f->count;
}

int rec_file_close(struct rec_file *f, struct tb_err *err)
{
	int ret = 0;
	size_t i;

	if (!f)
		return 0;
	if (fsync(f->fd))
		ret = tb_err_set(err, errno, "write %s", REC_EVENTS_FILE);
	if (close(f->fd) && !ret)
		ret = tb_err_set(err, errno, "close %s", REC_EVENTS_FILE);
	for (i = 0; i < EV_SRCS; i++)
		tb_buf_free(&f->producers[i].partial);
	free(f);
	return ret;
}
