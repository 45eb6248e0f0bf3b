/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture.c - the process that owns the packet socket: raw packets to the file, their heads to
 * the decoder
 *
 * How it works: libpcap's ring in the kernel (TPACKET_V3: packets are handed over in blocks of
 * 256 KiB, or after TIMEOUT_MS) is emptied into the file and the pipe. Immediate mode is not
 * used: it needs fixed frames of the snap length, so that 64 MiB would hold 256 packets. Once
 * the socket is open, the process gives up its privileges and all system calls but a few.
 *
 * libpcap's drop counter alone proves nothing (pcap_stats(3PCAP): zero does not mean none): so
 * the interface's own counters are read when the capture begins and at its end, and every packet
 * that they counted must have been captured. At the end the ring is emptied until they agree,
 * because the last block may not have been handed over yet.
 *
 * Limits: a packet has its time stamp a moment before the interface counts it; one that the
 * first clock reading falls between would be missed by one. The gate is silent then, but for two
 * listener reports of IPv6. On a link that is never silent the account begins all the same after
 * BASE_TRIES, and says that packets were lost rather than that none were.
 */
#include "tcbox/capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "capture/ifstats.h"
#include "capture/pcapng_write.h"
#include "capture/spill.h"
#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tcbox/lockup.h"
#include "tcbox/log.h"
#include "tcbox/memory.h"
#include "tcbox/record.h"

#define TIMEOUT_MS 4			/* the end of a run waits for it; 64 MiB of nearly empty
					 * blocks are still a second */
#define BATCH 20000			/* packets in a row before the other descriptors get a
					 * look */
#define TICK_NS (TB_NS_PER_S / 2)	/* the file is flushed and counters are appended this
					 * often */
#define DRAIN_NS (2 * TB_NS_PER_S)
#define DECODER_NS (10 * TB_NS_PER_S)	/* the decoder gets this long to take what was held back
					 * for it */
#define BASE_TRIES 1000
#define SPILL_BYTES (32u << 20)

struct capt {
	struct capt_options opt;
	pcap_t *pcap;
	struct png_writer *png;
	struct spill *spill;
	struct rec_out *rec;
	struct ifstats_source *ifstats;
	struct ifstats base, now;	/* when the capture began; last reading */
	int64_t base_ns;		/* packets before this are in the file but not in now -
					 * base */
	int64_t next_tick;		/* monotonic */
	uint64_t captured, bytes, undecoded;
	uint64_t accountable;		/* captured since base_ns */
	uint64_t received, dropped, ifdropped;
	struct pcap_stat last;
	uint64_t reported;		/* captured when counters were appended last */
	bool decoder_gone;
	int failed;			/* negative errno: the file cannot be written */
};

/*
 * pcap_stats(3PCAP) is getsockopt(2); link counters are a netlink request; a torn block is cut
 * off a full disk; libpcap asks for the flags of an interface that reports an error, and whether
 * the socket still has one
 */
static const struct tb_lock_call calls[] = {
	{ .nr = SYS_getsockopt },
	{ .nr = SYS_getsockname },
	{ .nr = SYS_sendto },
	{ .nr = SYS_sendmsg },
	{ .nr = SYS_recvmsg },
	{ .nr = SYS_recvfrom },
	{ .nr = SYS_ftruncate },
	{ .nr = SYS_ioctl, .kind = TB_LOCK_SECOND, .value = SIOCGIFFLAGS },
};

static int append_loss(struct capt *c, const char *what, const char *detail, uint64_t count)
{
	struct ev ev = { .kind = EV_LOSS };

	ev.u.loss.what = what;
	ev.u.loss.detail = detail;
	ev.u.loss.count = count;
	return rec_append(c->rec, &ev);
}

/*
 * since() - libpcap's counters are 32 bits wide and have been seen to run backwards: such a step
 * counts as none
 */
static uint64_t since(unsigned int now, unsigned int before)
{
	unsigned int step = now - before;

	return step < 0x80000000u ? step : 0;
}

static void read_pcap_stats(struct capt *c)
{
	struct pcap_stat s;

	if (pcap_stats(c->pcap, &s))
		return;
	c->received += since(s.ps_recv, c->last.ps_recv);
	c->dropped += since(s.ps_drop, c->last.ps_drop);
	c->ifdropped += since(s.ps_ifdrop, c->last.ps_ifdrop);
	c->last = s;
}

/* on_interface() - packets that the interface counted since the capture began */
static uint64_t on_interface(const struct capt *c)
{
	return c->now.rx_packets - c->base.rx_packets + c->now.tx_packets - c->base.tx_packets;
}

static uint64_t unaccounted(const struct capt *c)
{
	uint64_t n = on_interface(c);

	return n > c->accountable ? n - c->accountable : 0;
}

static int append_counters(struct capt *c, bool final)
{
	struct ev_pair pairs[] = {
		{ "packets_captured", c->captured },
		{ "packets_received", c->received },
		{ "packets_dropped", c->dropped },
		{ "packets_ifdropped", c->ifdropped },
		{ "interface_rx_packets", c->now.rx_packets - c->base.rx_packets },
		{ "interface_tx_packets", c->now.tx_packets - c->base.tx_packets },
		{ "interface_rx_dropped", c->now.rx_dropped - c->base.rx_dropped },
		{ "interface_tx_dropped", c->now.tx_dropped - c->base.tx_dropped },
		{ "packets_undecoded", c->undecoded },
		/* meanwhile some are always under way */
		{ "packets_unaccounted", final ? unaccounted(c) : 0 },
		{ "bytes_captured", c->bytes },
		{ "file_bytes", png_size(c->png) },
		{ "memory_peak_kib", tb_memory_peak_kib() },
	};
	struct ev ev = { .kind = EV_COUNTERS };

	ev.u.counters.v = pairs;
	ev.u.counters.n = TB_ARRAY_SIZE(pairs);
	ev.u.counters.final = final;
	c->reported = c->captured;
	return rec_append(c->rec, &ev);
}

static void on_packet(u_char *arg, const struct pcap_pkthdr *h, const u_char *data)
{
	struct capt *c = (struct capt *)(void *)arg;
	int64_t t = h->ts.tv_sec * TB_NS_PER_S + h->ts.tv_usec;	/* nanoseconds, as asked for */
	struct spill_head head;

	if (c->failed)
		return;
	c->failed = png_packet(c->png, t, data, h->caplen, h->len);
	if (c->failed) {
		pcap_breakloop(c->pcap);
		return;
	}
	c->captured++;
	c->bytes += h->len;
	if (t >= c->base_ns)
		c->accountable++;
	head.time_ns = t;
	head.number = c->captured;
	head.origlen = h->len;
	head.caplen = h->caplen < CAPT_DECODE_LEN ? h->caplen : CAPT_DECODE_LEN;
	if (c->decoder_gone || spill_add(c->spill, &head, data))
		c->undecoded++;
}

/*
 * feed_decoder() - a decoder that died is no reason to stop. Return: 0, or negative errno of the
 * record
 */
static int feed_decoder(struct capt *c, bool *all)
{
	int rc;

	*all = true;
	if (c->decoder_gone)
		return 0;
	rc = spill_flush(c->spill);
	*all = rc != 0;
	if (rc >= 0)
		return 0;
	c->decoder_gone = true;
	c->undecoded += spill_waiting(c->spill);	/* and what was in the pipe, which cannot
							 * be known */
	return append_loss(c, "decoder",
			   "the packet decoder ended early; the packets are in the capture, "
			   "but flows and names after this moment are missing",
			   0);
}

/* take() - what the ring holds now, to the file and the decoder */
static int take(struct capt *c, bool *all_decoded, struct tb_err *err)
{
	int n, rc;

	n = pcap_dispatch(c->pcap, BATCH, on_packet, (u_char *)c);
	if (c->failed)
		return tb_err_set(err, -c->failed, "write the capture file");
	if (n == PCAP_ERROR)
		return tb_err_msg(err, EIO, "capture on %s: %s", c->opt.ifname,
				  pcap_geterr(c->pcap));
	rc = feed_decoder(c, all_decoded);
	return rc ? tb_err_set(err, -rc, "append to the record") : 0;
}

/*
 * tick() - twice a second: what was captured survives the death of this process, and progress
 * can be shown
 */
static int tick(struct capt *c, struct tb_err *err)
{
	int rc;

	if (tb_monotonic_ns() < c->next_tick)
		return 0;
	c->next_tick = tb_monotonic_ns() + TICK_NS;
	rc = png_flush(c->png);
	if (rc)
		return tb_err_set(err, -rc, "write the capture file");
	if (c->captured == c->reported)
		return 0;
	read_pcap_stats(c);
	rc = ifstats_get(c->ifstats, &c->now, err);
	if (rc)
		return rc;
	rc = append_counters(c, false);
	if (!rc)
		rc = rec_flush(c->rec);
	return rc ? tb_err_set(err, -rc, "append to the record") : 0;
}

static int until_stop(struct capt *c, struct tb_err *err)
{
	struct pollfd p[3] = {
		{ .fd = pcap_get_selectable_fd(c->pcap), .events = POLLIN },
		{ .fd = c->opt.stop_fd, .events = POLLIN },
		{ .events = POLLOUT },
	};
	bool all = true;
	int rc;

	c->next_tick = tb_monotonic_ns() + TICK_NS;
	for (;;) {
		p[2].fd = all ? -1 : c->opt.decoder_fd;
		if (poll(p, 3, (int)(TICK_NS / TB_NS_PER_MS)) < 0 && errno != EINTR)
			return tb_err_set(err, errno, "poll");
		rc = take(c, &all, err);
		if (!rc)
			rc = tick(c, err);
		if (rc)
			return rc;
		if (p[1].revents)
			return 0;
	}
}

/*
 * drain() - until the interface's own counters are accounted for; packets that the kernel
 * dropped will not come
 */
static int drain(struct capt *c, struct tb_err *err)
{
	struct pollfd ring = { .fd = pcap_get_selectable_fd(c->pcap), .events = POLLIN };
	int64_t deadline = tb_monotonic_ns() + DRAIN_NS;
	bool all;
	int rc;

	for (;;) {
		rc = ifstats_get(c->ifstats, &c->now, err);
		if (!rc)
			rc = take(c, &all, err);
		if (rc)
			return rc;
		read_pcap_stats(c);
		if (unaccounted(c) <= c->dropped || tb_monotonic_ns() > deadline)
			return 0;
		(void)poll(&ring, 1, TIMEOUT_MS);
	}
}

static int finish_decoder(struct capt *c, struct tb_err *err)
{
	struct pollfd p = { .fd = c->opt.decoder_fd, .events = POLLOUT };
	int64_t deadline = tb_monotonic_ns() + DECODER_NS;
	bool all = false;
	int rc = 0;

	while (!rc && !all && tb_monotonic_ns() < deadline) {
		rc = feed_decoder(c, &all);
		if (!all)
			(void)poll(&p, 1, 100);
	}
	if (!rc && !all) {
		c->decoder_gone = true;
		c->undecoded += spill_waiting(c->spill);
		rc = append_loss(c, "decoder",
				 "the packet decoder did not take the last packets in time",
				 spill_waiting(c->spill));
	}
	return rc ? tb_err_set(err, -rc, "append to the record") : 0;
}

static int finish(struct capt *c, struct tb_err *err)
{
	struct png_stats s = { .start_ns = c->base_ns, .end_ns = tb_realtime_ns() };
	char detail[160];
	int rc;

	s.received = c->received;
	s.dropped = c->ifdropped;
	s.accepted = c->captured;
	s.os_dropped = c->dropped;
	rc = png_stats(c->png, &s);
	if (!rc)
		rc = png_flush(c->png);
	if (rc)
		return tb_err_set(err, -rc, "write the capture file");
	if (unaccounted(c) || c->dropped) {
		(void)snprintf(
			detail, sizeof(detail),
			"the kernel dropped %llu packets, the interface saw %llu, "
			"%llu were captured",
			(unsigned long long)c->dropped, (unsigned long long)on_interface(c),
			(unsigned long long)c->accountable);
		rc = append_loss(c, "packets", detail,
				 unaccounted(c) > c->dropped ? unaccounted(c) : c->dropped);
	}
	if (!rc && c->undecoded && !c->decoder_gone)
		rc = append_loss(c, "decoder",
				 "the packet decoder was too slow: packets are in no flow",
				 c->undecoded);
	if (!rc)
		rc = append_counters(c, true);
	return rc ? tb_err_set(err, -rc, "append to the record") : 0;
}

/* activate() - open the packet socket. Return: 0 or negative errno */
static int activate(struct capt *c, struct tb_err *err)
{
	const struct capt_options *opt = &c->opt;
	char msg[PCAP_ERRBUF_SIZE] = "";
	int rc;

	c->pcap = pcap_create(opt->ifname, msg);
	if (!c->pcap)
		return tb_err_msg(err, EIO, "capture on %s: %s", opt->ifname, msg);
	rc = pcap_set_snaplen(c->pcap, opt->snaplen);
	if (!rc)
		rc = pcap_set_buffer_size(c->pcap, (int)opt->buffer_bytes);
	if (!rc)
		rc = pcap_set_timeout(c->pcap, TIMEOUT_MS);
	if (!rc)
		rc = pcap_set_tstamp_type(c->pcap, PCAP_TSTAMP_HOST);
	if (!rc)
		rc = pcap_set_tstamp_precision(c->pcap, PCAP_TSTAMP_PRECISION_NANO);
	if (!rc)
		rc = pcap_activate(c->pcap);
	if (rc < 0)
		return tb_err_msg(err, EIO, "capture on %s: %s %s", opt->ifname,
				  pcap_statustostr(rc), pcap_geterr(c->pcap));
	if (pcap_datalink(c->pcap) != DLT_EN10MB)
		return tb_err_msg(err, EINVAL, "capture on %s: not an Ethernet interface",
				  opt->ifname);
	if (pcap_setnonblock(c->pcap, 1, msg))
		return tb_err_msg(err, EIO, "capture on %s: %s", opt->ifname, msg);
	return 0;
}

/*
 * begin_account() - counters and a time that belong together. The listener reports of the two
 * kernels (links.c) may pass just now: so the counters must be the same before and after the
 * clock is read
 */
static int begin_account(struct capt *c, struct tb_err *err)
{
	int rc = ifstats_get(c->ifstats, &c->now, err), tries = 0;

	do {
		c->base = c->now;
		c->base_ns = tb_realtime_ns();
		if (!rc)
			rc = ifstats_get(c->ifstats, &c->now, err);
	} while (!rc && on_interface(c) && ++tries < BASE_TRIES);
	return rc;
}

static int start(struct capt *c, struct tb_err *err)
{
	const struct capt_options *opt = &c->opt;
	const int keep[] = { opt->file_fd, opt->decoder_fd, opt->record_fd, opt->ready_fd,
			     opt->stop_fd };
	int rc;

	(void)signal(SIGPIPE, SIG_IGN);		/* the decoder may die */
	rc = tb_lock_fds(keep, TB_ARRAY_SIZE(keep), err);
	if (!rc)
		rc = png_open(&c->png, opt->file_fd, opt->ifname, "tcbox gate",
			      (uint32_t)opt->snaplen, err);
	if (!rc)
		rc = spill_new(&c->spill, opt->decoder_fd, SPILL_BYTES, err);
	if (!rc)
		rc = ifstats_open(&c->ifstats, opt->ifname, err);
	if (!rc)
		rc = activate(c, err);
	if (!rc)
		rc = begin_account(c, err);
	if (!rc)
		rc = tb_lock_privileges(0, err);
	if (!rc)
		rc = tb_lock_memory(0, err);
	if (!rc)
		rc = tb_lock_calls(calls, TB_ARRAY_SIZE(calls), err);
	if (!rc && tb_write_all(opt->ready_fd, "r", 1))
		rc = tb_err_set(err, errno, "say that the capture is ready");
	return rc;
}

int capt_main(const struct capt_options *opt, struct tb_err *err)
{
	struct capt c = { .opt = *opt };
	struct tb_err own = { 0 };
	int rc;

	if (!err)
		err = &own;
	if (!c.opt.snaplen)
		c.opt.snaplen = CAPT_SNAPLEN;
	if (!c.opt.buffer_bytes)
		c.opt.buffer_bytes = CAPT_BUFFER;
	c.rec = rec_out_new(opt->record_fd, EV_SRC_CAPTURE, opt->t0_ns);
	if (!c.rec)
		return tb_err_set(err, ENOMEM, "begin the record of the capture");
	rc = start(&c, err);
	if (!rc)
		rc = until_stop(&c, err);
	if (!rc)
		rc = drain(&c, err);
	if (!rc)
		rc = finish_decoder(&c, err);
	if (!rc)
		rc = finish(&c, err);
	if (rc) {
		if (c.png && !c.failed)
			c.failed = png_flush(c.png);
		(void)append_loss(&c, c.failed ? "disk" : "capture", err->msg, 0);
	}
	if (rec_flush(c.rec) && !rc)
		rc = tb_err_set(err, EIO, "append to the record");
	/* The packet socket stays open until the process ends: libpcap closes it with calls that
	 * are forbidden now. */
	png_free(c.png);
	spill_free(c.spill);
	ifstats_free(c.ifstats);
	rec_out_free(c.rec);
	return rc;
}
