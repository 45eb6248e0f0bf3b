/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.c - recorder's side: lines from all producers into events.jsonl
 *
 * How it works: one read and, unless something is wrong with a line, one write for what a producer
 * has sent. Whole lines only: a producer that dies in the middle of a line leaves no half line
 * between the others' lines. Each line's head is looked at before it is stored (lines.h), and only
 * kinds that somebody wants to be told of are read with ev_parse(). What a producer garbled is not
 * stored but counted. After a failed write nothing more is written: at most the last line of the
 * file is a part of one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/chain_file.h"
#include "record/lines.h"
#include "tcbox/fd.h"
#include "tcbox/own.h"
#include "tcbox/record.h"

#define CHUNK (256u << 10)
#define ROOM (REC_LINE_MAX + CHUNK)

struct producer {
	char *text;		/* ROOM bytes: what was read and is not stored yet; begins with the
				 * start of a line */
	size_t len;
	bool skipping;		/* in the middle of a line that is too long */
	uint64_t n;		/* number of the last event */
	uint64_t bytes[EV_KINDS];	/* stored, by kind */
	uint64_t bad;		/* lines that were no events of this source in sequence */
	bool final;
};

struct rec_file {
	int fd;
	int failed;		/* negative errno of the write that failed */
	struct chain_file *chain;	/* NULL: none */
	struct rec_file_options opt;
	uint64_t count, left_out;
	struct producer producers[EV_SRCS];
};

int rec_file_create(struct rec_file **out, int bundle_fd, const struct rec_file_options *options,
		    struct tb_err *err)
{
	struct rec_file *f = calloc(1, sizeof(*f));
	int ret;

	if (!f)
		return tb_err_set(err, ENOMEM, "create %s", REC_EVENTS_FILE);
	f->fd = openat(bundle_fd, REC_EVENTS_FILE,
		       O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
	if (f->fd < 0) {
		ret = tb_err_set(err, errno, "create %s", REC_EVENTS_FILE);
		free(f);
		return ret;
	}
	ret = options->chain ? chain_file_create(&f->chain, bundle_fd, options->chain, err) : 0;
	if (ret) {
		(void)close(f->fd);
		free(f);
		return ret;
	}
	f->opt = *options;
	f->opt.chain = NULL;
	if (!f->opt.on_event)
		f->opt.wanted = 0;
	*out = f;
	return 0;
}

/* store() - write whole lines */
static int store(struct rec_file *f, const char *lines, size_t len, uint64_t count,
		 struct tb_err *err)
{
	if (!f->failed && len)
		f->failed = tb_write_all(f->fd, lines, len);
	if (f->failed)
		return tb_err_set(err, -f->failed, "write %s", REC_EVENTS_FILE);
	if (f->chain && len)
		f->failed = chain_file_add(f->chain, lines, len, err);
	if (!f->failed)
		f->count += count;
	return f->failed;
}

/* has_room() - for one more line of this kind */
static bool has_room(struct rec_file *f, struct producer *p, enum ev_kind kind, size_t len)
{
	if (p->bytes[kind] + len + 1 > f->opt.kind_bytes) {
		f->left_out++;
		return false;
	}
	p->bytes[kind] += len + 1;
	return true;
}

/* tell() - read a line of which more than its head is wanted. Counters are always read: whether
 * they are final is ours to know */
static bool tell(struct rec_file *f, struct producer *p, const char *line, size_t len,
		 uint64_t number)
{
	struct ev ev;

	if (ev_parse(line, len, &ev, NULL))
		return false;
	p->final = ev.kind == EV_COUNTERS && ev.u.counters.final;
	ev.line = number;
	if (f->opt.wanted & 1u << ev.kind)
		f->opt.on_event(f->opt.arg, &ev);
	ev_clear(&ev);
	return true;
}

/* take_line() - Return: whether it is to be stored, as this line of the file. A number that is
 * missing is bad, the line itself is not */
static bool take_line(struct rec_file *f, enum ev_src src, const char *line, size_t len,
		      uint64_t number)
{
	struct producer *p = &f->producers[src];
	struct ev head;

	if (p->skipping) {
		p->skipping = false;
		return false;
	}
	p->final = false;
	if (len > REC_LINE_MAX || !rec_line_head(line, len, &head) || head.src != src ||
	    ((head.kind == EV_COUNTERS || f->opt.wanted & 1u << head.kind) &&
	     !tell(f, p, line, len, number))) {
		p->bad++;
		return false;
	}
	if (head.n != p->n + 1)
		p->bad++;
	p->n = head.n;
	return has_room(f, p, head.kind, len);
}

/* take_lines() - store all complete lines but bad ones, a run of good lines at a time; keep the
 * rest */
static int take_lines(struct rec_file *f, enum ev_src src, struct tb_err *err)
{
	struct producer *p = &f->producers[src];
	size_t from = 0, at = 0, len;
	uint64_t count = 0;
	const char *nl;
	int ret = 0;

	while (!ret && (nl = memchr(p->text + at, '\n', p->len - at))) {
		len = (size_t)(nl - (p->text + at));
		if (take_line(f, src, p->text + at, len, f->count + count + 1)) {
			count++;
		} else {
			ret = store(f, p->text + from, at - from, count, err);
			from = at + len + 1;
			count = 0;
		}
		at += len + 1;
	}
	if (!ret)
		ret = store(f, p->text + from, at - from, count, err);
	p->len -= at;
	memmove(p->text, p->text + at, p->len);
	if (p->len > REC_LINE_MAX && !p->skipping) {
		p->skipping = true;
		p->bad++;
	}
	if (p->skipping)
		p->len = 0;
	return ret;
}

int rec_file_pump(struct rec_file *f, int fd, enum ev_src src, struct tb_err *err)
{
	struct producer *p = &f->producers[src];
	ssize_t n;
	int ret;

	if (!p->text && !(p->text = malloc(ROOM)))
		return tb_err_set(err, ENOMEM, "read the events of %s", ev_src_name(src));
	n = read(fd, p->text + p->len, CHUNK);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 1;
	if (n < 0)
		return tb_err_set(err, errno, "read the events of %s", ev_src_name(src));
	if (n == 0) {
		p->bad += p->len > 0;
		p->len = 0;
		return 0;
	}
	p->len += (size_t)n;
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
	ret = store(f, line.data, line.len, 1, err);
	ev->line = f->count;
	if (!ret && f->opt.wanted & 1u << ev->kind)
		f->opt.on_event(f->opt.arg, ev);
	return ret;
}

bool rec_file_finished(const struct rec_file *f, enum ev_src src)
{
	return f->producers[src].final && !f->producers[src].bad;
}

uint64_t rec_file_bad(const struct rec_file *f, enum ev_src src)
{
	return f->producers[src].bad;
}

uint64_t rec_file_left_out(const struct rec_file *f)
{
	return f->left_out;
}

uint64_t rec_file_lines(const struct rec_file *f)
{
	return f->count;
}

const char *rec_file_head(const struct rec_file *f)
{
	return f->chain ? chain_file_value(f->chain) : NULL;
}

int rec_file_close(struct rec_file *f, struct tb_err *err)
{
	struct tb_err chain_err = { 0 };
	int ret = 0;
	size_t i;

	if (!f)
		return 0;
	if (f->failed)
		ret = tb_err_set(err, -f->failed, "write %s", REC_EVENTS_FILE);
	if (fsync(f->fd) && !ret)
		ret = tb_err_set(err, errno, "write %s", REC_EVENTS_FILE);
	if (close(f->fd) && !ret)
		ret = tb_err_set(err, errno, "close %s", REC_EVENTS_FILE);
	if (chain_file_close(f->chain, &chain_err) && !ret)
		ret = tb_err_msg(err, chain_err.code, "%s", chain_err.msg);
	for (i = 0; i < EV_SRCS; i++)
		free(f->producers[i].text);
	free(f);
	return ret;
}
