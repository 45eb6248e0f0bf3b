/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read.c - consumer's side: events.jsonl from start to end
 *
 * The file may come from anybody: it is never waited for, and memory is bounded however long a line
 * is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/lines.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/record.h"

#define CHUNK (256u << 10)
#define ROOM (REC_LINE_MAX + CHUNK)

struct reader {
	int (*fn)(void *arg, const struct ev *ev);
	void *arg;
	struct rec_read_stats *stats;
	uint64_t n[EV_SRCS];
	uint64_t line;
	char *text;		/* ROOM bytes: what was read and not yet handed on; begins with the
				 * start of a line */
	size_t len;
	bool skipping;		/* in the middle of a line that is too long */
};

/* note_number() - a number that does not follow the last one shows that something is missing */
static void note_number(struct reader *r, const struct ev *ev)
{
	uint64_t last = r->n[ev->src], missing;

	missing = ev->n > last ? ev->n - last - 1 : 1;
	if (__builtin_add_overflow(r->stats->gaps, missing, &r->stats->gaps))
		r->stats->gaps = UINT64_MAX;
	r->n[ev->src] = ev->n;
}

/* read_line() - one line without its newline; what is no event is counted, and reading goes on */
static int read_line(struct reader *r, const char *line, size_t len)
{
	struct ev ev;
	int ret;

	r->line++;
	ret = r->skipping ? -EBADMSG : ev_parse(line, len, &ev, NULL);
	r->skipping = false;
	if (ret == -ENOMEM)
		return ret;
	if (ret) {
		r->stats->bad_lines++;
		return 0;
	}
	ev.line = r->line;
	note_number(r, &ev);
	r->stats->final[ev.src] = ev.kind == EV_COUNTERS && ev.u.counters.final;
	r->stats->events++;
	if (ev.kind == EV_LOSS && ev.src == EV_SRC_RUN && ev.u.loss.what &&
	    !strcmp(ev.u.loss.what, REC_LEFT_OUT))
		r->stats->left_out = ev.u.loss.count;
	ret = r->fn(r->arg, &ev);
	ev_clear(&ev);
	return ret;
}

/* read_lines() - all complete lines; keep the rest */
static int read_lines(struct reader *r)
{
	size_t at = 0, len;
	const char *nl;
	int ret = 0;

	while (!ret && (nl = memchr(r->text + at, '\n', r->len - at))) {
		len = (size_t)(nl - (r->text + at));
		ret = read_line(r, r->text + at, len);
		at += len + 1;
	}
	r->len -= at;
	memmove(r->text, r->text + at, r->len);
	r->skipping = r->skipping || r->len > REC_LINE_MAX;
	if (r->skipping)
		r->len = 0;
	return ret;
}

int rec_read(int bundle_fd, int (*fn)(void *arg, const struct ev *ev), void *arg,
	     struct rec_read_stats *stats,
	     struct tb_err *err)
{
	struct reader r = { .fn = fn, .arg = arg, .stats = stats };
	TB_AUTOCLOSE int fd = -1;
	ssize_t n;
	int ret = 0;

	memset(stats, 0, sizeof(*stats));
	fd = tb_open_regular(bundle_fd, REC_EVENTS_FILE, err);
	if (fd < 0)
		return fd;
	r.text = malloc(ROOM);
	if (!r.text)
		return tb_err_set(err, ENOMEM, "read %s", REC_EVENTS_FILE);
	while (!ret && (n = read(fd, r.text + r.len, CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			ret = tb_err_set(err, errno, "read %s", REC_EVENTS_FILE);
		} else {
			r.len += (size_t)n;
			ret = read_lines(&r);
			if (ret == -ENOMEM)
				(void)tb_err_set(err, ENOMEM, "read %s, line %llu", REC_EVENTS_FILE,
						 (unsigned long long)r.line);
		}
	}
	stats->gaps -= stats->left_out < stats->gaps ? stats->left_out : stats->gaps;
	stats->truncated = !ret && (r.len || r.skipping);
	free(r.text);
	return ret;
}
