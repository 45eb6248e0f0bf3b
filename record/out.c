/* SPDX-License-Identifier: Apache-2.0 */
/*
 * out.c - producer's side of the record: lines into a pipe
 */
#include <errno.h>
#include <stdlib.h>

#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tcbox/record.h"

#define FLUSH_AT (48u << 10)		/* less than a pipe's 64 KiB, pipe(7) */

struct rec_out {
	int fd;
	enum ev_src src;
	int64_t t0_ns;
	uint64_t n;
	int failed;		/* negative errno of the first failure: half a line may be written,
				 * so nothing may follow it */
	struct tb_buf buf;
};

struct rec_out *rec_out_new(int fd, enum ev_src src, int64_t t0_ns)
{
	struct rec_out *out = calloc(1, sizeof(*out));

	if (!out)
		return NULL;
	out->fd = fd;
	out->src = src;
	out->t0_ns = t0_ns;
	return out;
}

void rec_out_free(struct rec_out *out)
{
	if (!out)
		return;
	tb_buf_free(&out->buf);
	free(out);
}

int64_t rec_time(const struct rec_out *out, int64_t realtime_ns)
{
	return realtime_ns - out->t0_ns;
}

int rec_append(struct rec_out *out, struct ev *ev)
{
	ev->src = out->src;
	ev->n = ++out->n;
	if (!ev->t)
		ev->t = rec_time(out, tb_realtime_ns());
	ev_format(ev, &out->buf);
	if (out->buf.failed && !out->failed)
		out->failed = -ENOMEM;
	return out->failed || out->buf.len >= FLUSH_AT ? rec_flush(out) : 0;
}

int rec_flush(struct rec_out *out)
{
	if (!out->failed && out->buf.len)
		out->failed = tb_write_all(out->fd, out->buf.data, out->buf.len);
	tb_buf_reset(&out->buf);
	return out->failed;
}
