/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read.c - consumer's side: events.jsonl from start to end
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcbox/own.h"
#include "tcbox/record.h"

struct reader {
	int (*fn)(void *arg, const struct ev *ev);
	void *arg;
	struct rec_read_stats *stats;
	uint64_t n[EV_SRCS];
	uint64_t line;
};

/* read_line() - one line; what is no event is counted, and reading goes on */
static int read_line(struct reader *r, const char *line, size_t len)
{
	struct ev ev;
	int ret;

	r->line++;
	if (line[len - 1] != '\n') {
		r->stats->truncated = true;
		return 0;
	}
	ret = ev_parse(line, len - 1, &ev, NULL);
	if (ret == -ENOMEM)
		return ret;
	if (ret) {
		r->stats->bad_lines++;
		return 0;
	}
	ev.line = r->line;
	if (ev.n != r->n[ev.src] + 1)
		r->stats->gaps += ev.n > r->n[ev.src] ? ev.n - r->n[ev.src] - 1 : 1;
	r->n[ev.src] = ev.n;
	r->stats->final[ev.src] = ev.kind == EV_COUNTERS && ev.u.counters.final;
	r->stats->events++;
	ret = r->fn(r->arg, &ev);
	ev_clear(&ev);
	return ret;
}

int rec_read(int bundle_fd, int (*fn)(void *arg, const struct ev *ev), void *arg, struct rec_read_stats *stats,
	     struct tb_err *err)
{
	struct reader r = { .fn = fn, .arg = arg, .stats = stats };
	TB_AUTOFREE char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	int fd, ret = 0;
	FILE *f;

	memset(stats, 0, sizeof(*stats));
	fd = openat(bundle_fd, REC_EVENTS_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return tb_err_set(err, errno, "open %s", REC_EVENTS_FILE);
	f = fdopen(fd, "r");
	if (!f) {
		ret = tb_err_set(err, errno, "open %s", REC_EVENTS_FILE);
		(void)close(fd);
		return ret;
	}
	while (!ret && (len = getline(&line, &cap, f)) > 0)
		ret = read_line(&r, line, (size_t)len);
	if (!ret && ferror(f))
		ret = tb_err_set(err, EIO, "read %s", REC_EVENTS_FILE);
	else if (ret == -ENOMEM)
		(void)tb_err_set(err, ENOMEM, "read %s, line %llu", REC_EVENTS_FILE, (unsigned long long)r.line);
	(void)fclose(f);
	return ret;
}
