/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.c - the process that looks into packets
 *
 * It reads the heads of packets from the capture, gives them to the dissector (dissect.c), and
 * appends the flows and lookups that come out to the record. Everything it reads was chosen by
 * the product or by who talks to it, and nDPI is a large parser: so the process owns nothing but
 * its two pipes and some memory (see lib/lockup.c) and may die at any moment without harm to the
 * capture.
 */
#include "tcbox/capture.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture/dissect.h"
#include "capture/spill.h"
#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tcbox/lockup.h"
#include "tcbox/memory.h"
#include "tcbox/record.h"

#define READ_BYTES (1u << 20)
#define MEMORY (UINT64_C(2) << 30)
#define TICK_MS 500

#define ADDRS_MAX 8		/* of the box, and of the gate */
#define COUNTERS_MAX 32

struct dec {
	struct rec_out *rec;
	struct dissect *dissect;
	struct ev_addr box[ADDRS_MAX], gate[ADDRS_MAX];
	int64_t read_ns;	/* monotonic time when the last packet was read */
	size_t have;
	uint8_t buf[READ_BYTES];
};

static void dec_free(struct dec *d)
{
	if (!d)
		return;
	dissect_free(d->dissect);
	rec_out_free(d->rec);
	free(d);
}

/* counters() - the dissector's, and what this process needed for them */
static int counters(struct dec *d, const struct ev_counters *of)
{
	const struct ev_pair own[] = {
		{ "memory_peak_kib", tb_memory_peak_kib() },
	};
	struct ev_pair pairs[COUNTERS_MAX];
	struct ev ev = { .kind = EV_COUNTERS, .u.counters = { .v = pairs, .final = of->final } };

	if (of->n + TB_ARRAY_SIZE(own) > COUNTERS_MAX)
		return -E2BIG;
	memcpy(pairs, of->v, of->n * sizeof(pairs[0]));
	memcpy(pairs + of->n, own, sizeof(own));
	ev.u.counters.n = of->n + TB_ARRAY_SIZE(own);
	return rec_append(d->rec, &ev);
}

/* to_record() - a sink_fn */
static int to_record(void *arg, struct ev *ev)
{
	struct dec *d = arg;

	if (ev->kind == EV_COUNTERS)
		return counters(d, &ev->u.counters);
	return rec_append(d->rec, ev);
}

/* read_addrs() - @text: NULL: none. Return: false if one is no address, or there are too many */
static bool read_addrs(struct ev_addrs *out, struct ev_addr room[ADDRS_MAX],
		       const char *const *text)
{
	out->v = room;
	for (out->n = 0; text && text[out->n]; out->n++)
		if (out->n == ADDRS_MAX || ev_addr_parse(text[out->n], &room[out->n]))
			return false;
	return true;
}

static int dec_new(struct dec **out, const struct dec_options *opt, struct tb_err *err)
{
	struct dec *d = calloc(1, sizeof(*d));
	struct dissect_options o = { .sink = { to_record, d, opt->t0_ns },
				     .max_flows = opt->max_flows };

	*out = d;
	if (!d)
		return tb_err_set(err, ENOMEM, "start the packet decoder");
	if (!read_addrs(&o.box, d->box, opt->box) || !read_addrs(&o.gate, d->gate, opt->gate))
		return tb_err_msg(err, EINVAL,
				  "start the packet decoder: addresses of the box and the gate");
	d->rec = rec_out_new(opt->record_fd, EV_SRC_NET, opt->t0_ns);
	d->dissect = dissect_new(&o);
	if (!d->rec || !d->dissect)
		return tb_err_set(err, ENOMEM, "start the packet decoder");
	return 0;
}

/* packets() - decode what is whole in the buffer, keep the rest */
static int packets(struct dec *d, struct tb_err *err)
{
	struct spill_head head;
	struct pkt_frame f;
	size_t at = 0;
	int rc;

	while (d->have - at >= sizeof(head)) {
		memcpy(&head, d->buf + at, sizeof(head));
		if (head.caplen > CAPT_DECODE_LEN)
			return tb_err_msg(err, EBADMSG, "the pipe from the capture is out of step");
		if (d->have - at - sizeof(head) < head.caplen)
			break;
		f = (struct pkt_frame){ .time = head.time_ns,
					.number = head.number,
					.caplen = head.caplen,
					.origlen = head.origlen,
					.data = d->buf + at + sizeof(head),
					.link = PKT_LINK_ETHERNET };
		rc = dissect_feed(d->dissect, &f);
		if (rc)
			return tb_err_set(err, -rc, "decode packet %llu",
					  (unsigned long long)head.number);
		at += sizeof(head) + head.caplen;
	}
	memmove(d->buf, d->buf + at, d->have - at);
	d->have -= at;
	if (at)
		d->read_ns = tb_monotonic_ns();
	return 0;
}

/*
 * flush() - before waiting: readers of the record follow the run
 *
 * Flows also end while no packets come. Not by the clock of today, because the packets may be
 * from a file.
 */
static int flush(struct dec *d, struct tb_err *err)
{
	int rc = dissect_idle(d->dissect, tb_monotonic_ns() - d->read_ns);

	if (!rc)
		rc = rec_flush(d->rec);
	return rc ? tb_err_set(err, -rc, "append to the record") : 0;
}

static int until_end(struct dec *d, int fd, struct tb_err *err)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;
	int rc;

	for (;;) {
		rc = poll(&p, 1, 0);
		if (rc == 0) {
			rc = flush(d, err);
			if (rc)
				return rc;
			(void)poll(&p, 1, TICK_MS);
			continue;
		}
		n = read(fd, d->buf + d->have, sizeof(d->buf) - d->have);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return tb_err_set(err, errno, "read from the capture");
		if (n == 0)
			return 0;
		d->have += (size_t)n;
		rc = packets(d, err);
		if (rc)
			return rc;
	}
}

static int finish(struct dec *d, struct tb_err *err)
{
	int rc = dissect_end(d->dissect);

	if (!rc)
		rc = rec_flush(d->rec);
	return rc ? tb_err_set(err, -rc, "append to the record") : 0;
}

/* say_why() - the record is the one place where the decoder can still say something */
static void say_why(struct dec *d, const struct tb_err *err)
{
	struct ev ev = { .kind = EV_LOSS, .u.loss = { .what = "decoder", .detail = err->msg } };

	(void)rec_append(d->rec, &ev);
	(void)rec_flush(d->rec);
}

static int lock_up(const struct dec_options *opt, struct tb_err *err)
{
	const int keep[] = { opt->packets_fd, opt->record_fd, opt->ready_fd };
	int rc;

	/* nDPI looks at certificate times: with a time zone that needs no file, the C library
	 * opens none */
	if (setenv("TZ", "UTC0", 1))
		return tb_err_set(err, errno, "set the time zone");
	tzset();
	rc = tb_lock_fds(keep, TB_ARRAY_SIZE(keep), err);
	if (!rc)
		rc = tb_lock_privileges(0, err);
	if (!rc)
		rc = tb_lock_memory(MEMORY, err);
	if (!rc)
		rc = tb_lock_terminal(err);
	if (!rc)
		rc = tb_lock_open(err);
	if (!rc)
		rc = tb_lock_calls(NULL, 0, err);
	return rc;
}

int dec_main(const struct dec_options *opt, struct tb_err *err)
{
	struct dec *d;
	int rc;

	rc = dec_new(&d, opt, err);
	if (rc) {
		dec_free(d);
		return rc;
	}
	rc = lock_up(opt, err);
	if (!rc && opt->ready_fd >= 0 && tb_write_all(opt->ready_fd, "r", 1))
		rc = tb_err_set(err, errno, "say that the decoder is ready");
	if (!rc)
		rc = until_end(d, opt->packets_fd, err);
	if (!rc && d->have)
		rc = tb_err_msg(err, EBADMSG, "the capture ended in the middle of a packet");
	if (!rc)
		rc = finish(d, err);
	else
		say_why(d, err);
	dec_free(d);
	return rc;
}
