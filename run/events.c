/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.c - "--events": the attempts of the product as lines of JSON, while it runs
 */
#include "run/events.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcbox/clock.h"
#include "tcbox/log.h"

#define QUIET_MS 1000		/* a reader that takes nothing for so long, after the end */
#define DRAIN_MS 5000		/* for all that waits */

int events_open(struct events *e, const char *where, struct tb_err *err)
{
	unsigned long fd;
	int ret;

	*e = (struct events){ .line = TB_BUF_INIT };
	stream_init(&e->stream);
	if (!where)
		return 0;
	if (!*where || where[strspn(where, "0123456789")]) {
		ret = stream_file(&e->stream, where, err);
		return ret ? tb_err_wrap(err, "--events") : 0;
	}
	errno = 0;
	fd = strtoul(where, NULL, 10);
	if (fd <= STDERR_FILENO)
		return tb_err_msg(err, EINVAL, "--events: descriptor %lu is for the product; use 3 "
				  "or more, or a file (./%lu)", fd, fd);
	if (errno || fd > INT32_MAX)
		return tb_err_msg(err, EINVAL, "--events: %s is no descriptor", where);
	ret = stream_fd(&e->stream, (int)fd, err);
	return ret ? tb_err_wrap(err, "--events") : 0;
}

static void add_text(struct tb_buf *b, const char *key, const char *text)
{
	if (!text || !*text)
		return;
	tb_buf_addf(b, ",\"%s\":", key);
	tb_buf_add_json(b, text, strlen(text));
}

static void add_number(struct tb_buf *b, const char *key, uint64_t n)
{
	if (n)
		tb_buf_addf(b, ",\"%s\":%" PRIu64, key, n);
}

/* tell_dropped() - before what follows, so that the reader knows where lines are missing */
static void tell_dropped(struct events *e)
{
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;
	uint64_t n = e->stream.dropped - e->told;

	if (!n)
		return;
	tb_buf_addf(&line, "{\"event\":\"dropped\",\"count\":%" PRIu64 "}\n", n);
	if (line.failed || !stream_has_room(&e->stream, line.len + e->line.len))
		return;
	stream_line(&e->stream, &line);
	e->told += n;
}

static void send_line(struct events *e)
{
	tb_buf_adds(&e->line, "}\n");
	tell_dropped(e);
	stream_line(&e->stream, &e->line);
	if (e->line.failed)
		tb_buf_free(&e->line);
	tb_buf_reset(&e->line);
}

void events_start(struct events *e, const struct run_info *run, const char *bundle)
{
	struct tb_buf *b = &e->line;
	char time[TB_TIMELEN];

	if (!events_wanted(e))
		return;
	(void)tb_time_format(run->started_ns, time);
	tb_buf_addf(b, "{\"event\":\"start\",\"tcbox_events\":%d", EVENTS_FORMAT);
	add_text(b, "time", time);
	add_text(b, "bundle", bundle);
	tb_buf_adds(b, ",\"argv\":[");
	for (size_t i = 0; i < run->argc; i++) {
		if (i)
			tb_buf_addc(b, ',');
		tb_buf_add_json(b, run->argv[i], strlen(run->argv[i]));
	}
	tb_buf_addc(b, ']');
	send_line(e);
	stream_step(&e->stream);
}

void events_attempt(struct events *e, const struct attempt *a)
{
	struct tb_buf *b = &e->line;

	e->attempts++;
	tb_buf_addf(b, "{\"event\":\"attempt\",\"t\":%" PRId64, a->t);
	add_number(b, "line", a->line);
	add_text(b, "act", attempt_act_name(a->act));
	add_text(b, "call", a->call);
	add_number(b, "proc", a->proc);
	if (a->pid)
		tb_buf_addf(b, ",\"pid\":%" PRId64, a->pid);
	add_text(b, "program", a->program);
	add_text(b, "object", a->object);
	add_text(b, "name", a->name);
	add_text(b, "outcome", attempt_outcome_name(a->outcome));
	add_text(b, "error", a->error);
	if (a->count > 1)
		add_number(b, "count", a->count);
	add_number(b, "bytes_out", a->bytes_out);
	add_number(b, "bytes_in", a->bytes_in);
	send_line(e);
}

void events_end(struct events *e, const char *verdict)
{
	struct tb_buf *b = &e->line;

	if (!events_wanted(e))
		return;
	tb_buf_addf(b, "{\"event\":\"end\",\"attempts\":%" PRIu64 ",\"dropped\":%" PRIu64,
		    e->attempts, e->stream.dropped);
	add_text(b, "verdict", verdict);
	tb_buf_adds(b, "}\n");
	tell_dropped(e);
	stream_last_line(&e->stream, b);
	stream_drain(&e->stream, QUIET_MS, DRAIN_MS);
	if (!e->stream.dropped)
		return;
	if (e->stream.gone)
		tb_warn("events", "the reader of the events went away, or did not read on: %" PRIu64
			" lines were not written; all is in the bundle", e->stream.dropped);
	else
		tb_warn("events", "the reader of the events was too slow: %" PRIu64
			" lines were not written; all is in the bundle", e->stream.dropped);
}

void events_close(struct events *e)
{
	stream_close(&e->stream);
	tb_buf_free(&e->line);
}
