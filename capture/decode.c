/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.c - the process that looks into packets
 *
 * It reads the heads of packets from the capture, and appends flows and lookups to the record. Everything it
 * reads was chosen by the product or by who talks to it, and nDPI is a large parser: so the process owns
 * nothing but its two pipes and some memory (see lib/lockup.c) and may die at any moment without harm to the
 * capture.
 */
#include "tcbox/capture.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture/dns.h"
#include "capture/flow.h"
#include "capture/spill.h"
#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tcbox/lockup.h"
#include "tcbox/memory.h"
#include "tcbox/record.h"

#define READ_BYTES (1u << 20)
#define MEMORY (UINT64_C(2) << 30)
#define TICK_MS 500

struct dec {
	struct rec_out *rec;
	struct names *names;
	struct meta *meta;
	struct dns *dns;
	struct flow_table *flows;
	uint64_t decoded, malformed, arp, nd, mld, other;
	int64_t packet_ns;	/* time of the last packet */
	int64_t read_ns;	/* monotonic time when it was read */
	size_t have;
	uint8_t buf[READ_BYTES];
};

static void dec_free(struct dec *d)
{
	if (!d)
		return;
	flow_table_free(d->flows);
	dns_free(d->dns);
	meta_free(d->meta);
	names_free(d->names);
	rec_out_free(d->rec);
	free(d);
}

static struct dec *dec_new(const struct dec_options *opt)
{
	struct dec *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->rec = rec_out_new(opt->record_fd, EV_SRC_NET, opt->t0_ns);
	d->names = names_new();
	d->meta = meta_new();
	if (d->rec && d->names && d->meta) {
		d->dns = dns_new(d->rec, d->names);
		d->flows = flow_table_new(d->rec, d->names, d->meta, opt->max_flows);
	}
	if (!d->dns || !d->flows) {
		dec_free(d);
		return NULL;
	}
	return d;
}

/* one_packet() - Return: 0, or negative errno of the record or memory */
static int one_packet(struct dec *d, const struct spill_head *head, const uint8_t *data)
{
	struct flow_hit hit;
	struct pkt p;
	int rc;

	pkt_parse(&p, data, head->caplen, head->origlen);
	p.time = head->time_ns;
	p.number = head->number;
	d->packet_ns = head->time_ns;
	d->decoded++;
	d->malformed += p.broken || p.kind == PKT_MALFORMED;
	switch (p.kind) {
	case PKT_ARP:
		d->arp++;
		return 0;
	case PKT_ND:
		d->nd++;
		return 0;
	case PKT_MLD:
		d->mld++;
		return 0;
	case PKT_OTHER:
		d->other++;
		return 0;
	case PKT_MALFORMED:
		return 0;
	case PKT_IP:
		break;
	}
	rc = flow_packet(d->flows, &p, &hit);
	if (!rc && dns_is(&p))
		rc = dns_packet(d->dns, &p, hit.from_box, hit.id);
	if (!rc && (head->number & 1023) == 0)
		rc = flow_expire(d->flows, head->time_ns);
	return rc;
}

/* packets() - decode what is whole in the buffer, keep the rest */
static int packets(struct dec *d, struct tb_err *err)
{
	struct spill_head head;
	size_t at = 0;
	int rc;

	while (d->have - at >= sizeof(head)) {
		memcpy(&head, d->buf + at, sizeof(head));
		if (head.caplen > CAPT_DECODE_LEN)
			return tb_err_msg(err, EBADMSG, "the pipe from the capture is out of step");
		if (d->have - at - sizeof(head) < head.caplen)
			break;
		rc = one_packet(d, &head, d->buf + at + sizeof(head));
		if (rc)
			return tb_err_set(err, -rc, "decode packet %llu", (unsigned long long)head.number);
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
 * Flows also end while no packets come. Not by the clock of today, because the packets may be from a file.
 */
static int flush(struct dec *d, struct tb_err *err)
{
	int rc = flow_expire(d->flows, d->packet_ns + tb_monotonic_ns() - d->read_ns);

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
	struct ev ev = { .kind = EV_COUNTERS };
	int rc;

	rc = dns_end(d->dns);
	if (!rc)
		rc = flow_end(d->flows);
	if (!rc) {
		struct ev_pair pairs[] = {
			{ "flows", flow_count(d->flows) },
			{ "packets_decoded", d->decoded },
			{ "packets_malformed", d->malformed },
			{ "packets_link_arp", d->arp },
			{ "packets_link_nd", d->nd },
			{ "packets_link_mld", d->mld },
			{ "packets_other", d->other },
			{ "flows_evicted", flow_evicted(d->flows) },
			{ "lookups_malformed", dns_malformed(d->dns) },
			{ "names_lost", names_lost(d->names) },
			{ "memory_peak_kib", tb_memory_peak_kib() },
		};

		ev.u.counters.v = pairs;
		ev.u.counters.n = TB_ARRAY_SIZE(pairs);
		ev.u.counters.final = true;
		rc = rec_append(d->rec, &ev);
	}
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

	/* nDPI looks at certificate times: with a time zone that needs no file, the C library opens none */
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

	d = dec_new(opt);
	if (!d)
		return tb_err_set(err, ENOMEM, "start the packet decoder");
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
