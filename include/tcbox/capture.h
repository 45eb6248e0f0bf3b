/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture.h - everything that passes the gate: raw packets to a file, flows and names to the record
 *
 * Two processes, so that the one that parses hostile bytes has nothing to lose. capt_main() owns
 * the libpcap descriptor, writes pcapng and does not look into packets; it passes the head of
 * each packet down a pipe. dec_main() owns only the reading end of that pipe and its pipe to the
 * record, under a filter of a few system calls. If the decoder dies or falls behind, the capture
 * goes on and the loss is recorded.
 */
#ifndef TCBOX_CAPTURE_H
#define TCBOX_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/err.h"
#include "tcbox/event.h"

#define CAPT_SNAPLEN 262144
#define CAPT_BUFFER (64u << 20)		/* bytes of kernel ring, for a link that is not shaped */
#define CAPT_DECODE_LEN 4096		/* bytes of each packet that the decoder gets to see */

struct capt_options {
	const char *ifname;
	int file_fd;		/* capture.pcapng, open for writing, empty; borrowed */
	int decoder_fd;		/* writing end of the pipe to the decoder */
	int record_fd;		/* pipe to the record, source "capture" */
	int ready_fd;		/* one byte is written here once every packet from now on is seen */
	int stop_fd;		/* readable or at end of file: drain, close the capture and
				 * return */
	int64_t t0_ns;		/* start of the run, CLOCK_REALTIME */
	int snaplen;
	size_t buffer_bytes;	/* kernel ring: bursts wait here; 0: CAPT_BUFFER */
};

/**
 * capt_main() - capture until told to stop
 *
 * Runs in a process of its own in the gate's network namespace, needs CAP_NET_RAW there when it
 * starts and gives it up. On stop it drains the ring until the interface's own counters are
 * accounted for (or a deadline of 2 s), writes the interface statistics block and its final
 * counters: packets_captured, packets_received (libpcap), packets_dropped (libpcap),
 * packets_ifdropped, interface_rx_packets, interface_tx_packets, interface_rx_dropped,
 * interface_tx_dropped, packets_undecoded (not passed to the decoder), packets_unaccounted
 * (interface counters minus captured, if positive), bytes_captured, file_bytes. About twice a
 * second it appends interim counters for the progress line.
 *
 * Return: 0; negative errno when the capture could not start or the file could not be written
 * (an EV_LOSS was appended)
 */
int capt_main(const struct capt_options *opt, struct tb_err *err);

struct dec_options {
	int packets_fd;		/* reading end of the pipe from capt_main() */
	int record_fd;		/* pipe to the record, source "net" */
	int ready_fd;		/* one byte once it can take packets; -1: nobody waits, and
				 * nobody needs to */
	int64_t t0_ns;
	const char *const *box;	/* addresses, NULL after the last: who sends from there is the
				 * box */
	const char *const *gate; /* of the other end of its link, in the same way */
	uint32_t max_flows;	/* kept at once; 0: 1000000. When full the oldest idle one ends
				 * early, and is counted */
};

/**
 * dec_main() - decode until the pipe ends
 *
 * Runs in a process of its own and locks itself up before it reads the first packet. Appends
 * EV_FLOW, EV_LOOKUP, and at the end EV_COUNTERS: flows, packets_decoded, packets_malformed,
 * packets_link_arp, packets_link_nd, packets_link_mld, packets_other, flows_evicted,
 * lookups_malformed, names_lost (addresses or names over a maximum, see capture/names.h),
 * memory_peak_kib.
 */
int dec_main(const struct dec_options *opt, struct tb_err *err);

/**
 * capt_again() - decode a capture once more, in a process without rights
 * @path:	The capture, which anybody may have written
 * @how:	As for the run; packets_fd and ready_fd do not matter
 *
 * The caller ignores SIGPIPE. Return: 0; -EBADMSG: it is no capture; -EIO: the decoder died; other
 * negative errno
 */
int capt_again(const char *path, const struct dec_options *how, struct tb_err *err);

/* A packet of a capture: TCP, UDP and SCTP have ports. */
struct capt_seen {
	uint64_t number;	/* from 1 */
	uint8_t proto;		/* of IP */
	struct ev_addr src, dst;
};

/* What is known of it. */
struct capt_note {
	uint32_t pid;		/* 0: no process is known */
	const char *text;	/* UTF-8; NULL: none */
};

/* capt_note_fn() - Return: what is known; NULL: nothing. Valid until the next call */
typedef const struct capt_note *capt_note_fn(void *arg, const struct capt_seen *seen);

struct capt_name {
	struct ev_addr addr;
	const char *name;	/* UTF-8 */
};

struct capt_export_opts {
	const char *path;	/* of the capture, which is only read */
	int fd;			/* where the copy goes: empty, open for writing; borrowed */
	const char *secrets;	/* lines of a TLS key log */
	size_t nsecrets;	/* bytes */
	const struct capt_name *names;
	size_t nnames;
	capt_note_fn *note;
	void *arg;
};

/**
 * capt_export() - copy a capture as pcapng (draft-ietf-opsawg-pcapng), with notes
 * @truncated:	Set if the capture ends in the middle of a packet; what is before it is in the copy
 *
 * Secrets and names stand before all packets, where readers look for them. Return: 0; -EBADMSG: it
 * is no capture; other negative errno
 */
int capt_export(const struct capt_export_opts *opt, bool *truncated, struct tb_err *err);

/* A part of a capture that became zeros. */
struct capt_redacted {
	uint64_t offset, bytes;	/* in the file */
	uint64_t packet;	/* from 1; 0: it belongs to none */
	const uint8_t *data;	/* what it was; valid during the call */
};

/* capt_redacted_fn() - Return: 0, or negative errno to stop, with its text in what @arg knows */
typedef int capt_redacted_fn(void *arg, const struct capt_redacted *part);

/**
 * capt_redact() - copy a capture with zeros for all that its packets carry behind their headers
 * @in:		The capture, which anybody may have written; read from where it stands
 * @out:	As many bytes are written
 *
 * What is no packet of a pcapng file, and not its head or statistics, becomes zeros, too. Return:
 * 0; what @fn returned; other negative errno
 */
int capt_redact(int in, int out, capt_redacted_fn *fn, void *arg, struct tb_err *err);

#endif
